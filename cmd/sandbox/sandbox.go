package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	stdlog "log"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/net/webdav"

	"trinhky/app/settings"
	"trinhky/cmd/sandbox/axis"
	"trinhky/cmd/sandbox/dialect"
	"trinhky/cmd/sandbox/dms"
	"trinhky/cmd/sandbox/workspace"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/sample"
)

// The paths of the services; those of the PKI stand in its package.
const (
	pathAxis   = "/axis"
	pathDMS    = "/dms/"
	pathWebDAV = "/webdav/"
	pathFault  = "/_fault"

	pathGateway = "/gateway/"
	systemID    = "sandbox.sys.01"
)

// sandbox is everything that is served.
type sandbox struct {
	options   options
	listeners []net.Listener
	server    *http.Server
	pki       *pki.Services
	axis      *axis.Server
	gateways  map[string]*dialect.Gateway // by their form
	dms       *dms.Site
	documents []workspace.Document
	ready     Ready
}

// open makes or loads everything below the home. The caller closes it.
func open(o options, log io.Writer) (_ *sandbox, err error) {
	for _, dir := range []*string{&o.home, &o.workspace} {
		if *dir == "" {
			continue
		}
		if *dir, err = filepath.Abs(*dir); err != nil {
			return nil, err
		}
		if err := os.MkdirAll(*dir, 0o700); err != nil {
			return nil, err
		}
	}
	s := &sandbox{options: o}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err := s.listen(log); err != nil {
		return nil, err
	}
	base := "http://" + s.listeners[0].Addr().String()
	authority, err := openPKI(filepath.Join(o.home, "pki"), base)
	if err != nil {
		return nil, err
	}
	s.pki = &pki.Services{PKI: authority, Delay: 5 * time.Second}
	token, err := openToken(filepath.Join(o.home, "token"), authority, log)
	if err != nil {
		return nil, err
	}
	secret, err := s.openAxis()
	if err != nil {
		return nil, err
	}
	if err := s.openDMS(); err != nil {
		return nil, err
	}
	return s, s.describe(base, secret, token)
}

// listen takes the address of the flag. The certificates of a home point to
// the address of its first start: with port 0 that one is taken again, and with
// another port it is served too, where it is free.
func (s *sandbox) listen(log io.Writer) error {
	home, err := pki.Load(filepath.Join(s.options.home, "pki"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var first net.Listener
	if home != nil {
		if u, err := url.Parse(home.BaseURL); err == nil {
			first, _ = net.Listen("tcp", u.Host) // taken: the log says so below
		}
	}
	_, port, _ := net.SplitHostPort(s.options.listen) // checked with the flags
	if first != nil && (port == "0" || first.Addr().String() == s.options.listen) {
		s.listeners = []net.Listener{first}
		return nil
	}
	l, err := net.Listen("tcp", s.options.listen)
	if err != nil {
		if first != nil {
			err = errors.Join(err, first.Close())
		}
		return err
	}
	s.listeners = []net.Listener{l}
	switch {
	case first != nil:
		s.listeners = append(s.listeners, first)
	case home != nil:
		_, _ = fmt.Fprintf(log, "sandbox: %s is taken; the certificates point there for OCSP and CRL\n", home.BaseURL)
	}
	return nil
}

// openAxis opens the axis and its secret, which is made at the first start.
func (s *sandbox) openAxis() (secret string, err error) {
	dir := filepath.Join(s.options.home, "axis")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	s.ready.SecretFile = filepath.Join(dir, "secret")
	data, err := os.ReadFile(s.ready.SecretFile)
	if errors.Is(err, fs.ErrNotExist) {
		key := make([]byte, 24)
		_, _ = rand.Read(key) // never fails
		data = []byte(hex.EncodeToString(key) + "\n")
		err = os.WriteFile(s.ready.SecretFile, data, 0o600)
	}
	if err != nil {
		return "", err
	}
	secret = strings.TrimSpace(string(data))
	mail := &letters{authority: s.pki.PKI, dir: dir, from: map[string]pki.Identity{}}
	s.axis, err = axis.New(axis.Config{
		Dir: dir, SystemID: systemID, Systems: map[string]string{systemID: secret},
		Agencies: axis.Filler(s.options.directory), Letter: mail.write,
	})
	if err != nil {
		return secret, err
	}
	s.gateways = map[string]*dialect.Gateway{}
	for _, form := range []string{dialect.Token, dialect.WSO2, dialect.Octet, dialect.XRoad} {
		if s.gateways[form], err = dialect.New(form, s.axis, systemID); err != nil {
			return secret, err
		}
	}
	return secret, nil
}

// openDMS makes the documents of the demonstration, the document system that
// holds them, and the folder that WebDAV serves.
func (s *sandbox) openDMS() error {
	if err := os.MkdirAll(s.webdavFolder(), 0o700); err != nil {
		return err
	}
	var waiting []dms.Document
	for i, d := range sample.Demo(time.Now(), leaderName) {
		pdf, _, err := sample.Generate(d)
		if err != nil {
			return err
		}
		number := d.Number + "/" + d.Notation
		waiting = append(waiting, dms.Document{ID: "vb" + d.Number, Title: d.Subject, Number: number, PDF: pdf})
		s.documents = append(s.documents, workspace.Document{Name: documentNames()[i], PDF: pdf})
	}
	issue, err := s.toIssue()
	if err != nil {
		return err
	}
	waiting = append(waiting, issue)
	s.dms, err = dms.New(filepath.Join(s.options.home, "dms"), waiting)
	return err
}

// toIssue is a letter that its leader signed and that has no number yet: the
// document system gives it one, and the clerk puts it in and seals.
func (s *sandbox) toIssue() (dms.Document, error) {
	d := sample.Demo(time.Now(), "Trần Thị Lãnh Đạo")[0]
	d.Number, d.Subject = strings.Repeat(" ", 8), "V/v phát hành văn bản từ hệ thống quản lý văn bản"
	mail := &letters{authority: s.pki.PKI, dir: s.options.home, from: map[string]pki.Identity{}}
	pdf, err := mail.signed(d)
	return dms.Document{ID: "phathanh", Title: d.Subject, Number: "79", PDF: pdf}, err
}

// documentNames are the files of sample.Demo, in its order.
func documentNames() []string {
	return []string{"cong-van-125-STN-VP.pdf", "quyet-dinh-42-QD-STN.pdf", "to-trinh-18-TTr-STN.pdf"}
}

// describe fills the ready line and writes files for the hand: PIN, images,
// documents, the workspace.
func (s *sandbox) describe(base, secret string, token tokenKeys) error {
	home := s.options.home
	keys := filepath.Join(home, "pki")
	r := &s.ready
	r.Axis, r.SystemID, r.OrganID = base+pathAxis, systemID, axis.CodeSender
	r.TSA, r.OCSP = base+pki.PathTSA, base+pki.PathOCSP
	r.CRL, r.CA = base+pki.PathCRL+"intermediate.crl", filepath.Join(keys, "root.pem")
	r.DMS, r.WebDAV = base+pathDMS, base+pathWebDAV
	r.Gateways = map[string]string{
		"lgsp-token": base + pathGateway + dialect.Token, "lgsp-wso2": base + pathGateway + dialect.WSO2,
		"edoc-octet": base + pathGateway + dialect.Octet, "xroad-adapter": base + pathGateway + dialect.XRoad,
	}
	r.Keys = Keys{
		Leader: "pkcs12:" + filepath.Join(keys, "leader.p12"), Agency: "pkcs12:" + filepath.Join(keys, "agency.p12"),
		Revoked: "pkcs12:" + filepath.Join(keys, "revoked.p12"), Expired: "pkcs12:" + filepath.Join(keys, "expired.p12"),
		LeaderToken: token.Leader, AgencyToken: token.Agency,
	}
	r.Agencies = Agencies{Answers: axis.CodeAnswers, Refuses: axis.CodeRefuses, Silent: axis.CodeSilent}
	r.Env = map[string]string{}
	if token.Conf != "" {
		r.Env["SOFTHSM2_CONF"] = token.Conf
	}
	r.PINFile = filepath.Join(home, "pin")
	if err := os.WriteFile(r.PINFile, []byte(testPIN+"\n"), 0o600); err != nil {
		return err
	}
	files, err := s.files(secret, token)
	if err != nil {
		return err
	}
	r.Images = Images{Signature: files.Signature, Seal: files.Seal}
	r.Documents, r.Workspace = files.Documents, s.options.workspace
	return nil
}

// files writes images and documents into the workspace, or into the home where
// no workspace is asked for.
func (s *sandbox) files(secret string, token tokenKeys) (workspace.Files, error) {
	authority := s.pki.PKI
	if s.options.workspace == "" {
		return workspace.WriteFiles(s.options.home, s.documents)
	}
	in := workspace.Input{Documents: s.documents}
	in.Agency = settings.Agency{
		Code: axis.CodeSender, OldCode: "000.00.97.H99", Name: agencyName, InCharge: parentName, Place: "Tỉnh Mẫu",
		Address: "Số 1 đường Thử Nghiệm, tỉnh Mẫu", Email: "vanthu.stn@mau.example", Telephone: "02900000000",
	}
	in.Axis = settings.Connector{Name: workspace.Connector, Kind: "axis", Endpoint: s.ready.Axis, SystemID: systemID}
	in.Secret, in.TSA, in.Environment = secret, []string{s.ready.TSA}, s.ready.Env
	if token.Module != "" {
		in.Modules = []string{token.Module}
	}
	in.Site = strings.TrimSuffix(s.ready.DMS, pathDMS)
	in.Trust = map[string][]byte{
		"root.pem":         pemOf(authority.Root),
		"intermediate.pem": pemOf(authority.Intermediate),
	}
	if err := writeDraft(s.options.workspace); err != nil {
		return workspace.Files{}, err
	}
	return workspace.Write(s.options.workspace, in)
}

func pemOf(id pki.Identity) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.Certificate.Raw})
}

// serve starts everything that runs until ctx ends, and gives the first error.
func (s *sandbox) serve(ctx context.Context, lines []line) <-chan error {
	failed := make(chan error, len(s.listeners)+3)
	later, err := s.play(lines)
	if err != nil {
		failed <- err
		return failed
	}
	s.server = &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: stdlog.New(io.Discard, "", 0), // faults cut connections on purpose
	}
	start := func(f func() error) {
		go func() {
			if err := f(); err != nil && !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		}()
	}
	for _, l := range s.listeners {
		start(func() error { return s.server.Serve(l) })
	}
	start(func() error { return s.axis.Run(ctx, s.options.step) })
	start(func() error { return later(ctx) })
	return failed
}

func (s *sandbox) webdavFolder() string { return filepath.Join(s.options.home, "webdav") }

func (s *sandbox) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(pathAxis+"/", http.StripPrefix(pathAxis, s.axis))
	mux.Handle(pathDMS, http.StripPrefix(strings.TrimSuffix(pathDMS, "/"), s.dms))
	mux.Handle(pathWebDAV, &webdav.Handler{
		Prefix: strings.TrimSuffix(pathWebDAV, "/"), FileSystem: webdav.Dir(s.webdavFolder()), LockSystem: webdav.NewMemLS(),
	})
	for form, g := range s.gateways {
		prefix := pathGateway + form
		mux.Handle(prefix+"/", http.StripPrefix(prefix, g))
	}
	mux.HandleFunc("POST "+pathFault, s.serveFault)
	mux.Handle("/", s.pki)
	return mux
}

// close ends the services: those in the middle of an answer have two seconds.
func (s *sandbox) close() {
	if s.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if s.server.Shutdown(ctx) != nil {
			_ = s.server.Close()
		}
	}
	for _, l := range s.listeners {
		_ = l.Close() // closed already where it was served
	}
	if s.axis != nil {
		_ = s.axis.Close() // the journal is written line by line
	}
}
