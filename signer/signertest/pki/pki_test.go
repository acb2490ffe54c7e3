package pki_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
	"golang.org/x/crypto/ocsp"

	"trinhky/signer/signertest/pki"
)

var shared = sync.OnceValues(func() (*pki.Server, error) { return pki.Start(pki.Options{}) })

func start(t *testing.T) *pki.Server {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Services.SetFault(pki.ServiceTSA, pki.FaultNone)
		s.Services.SetFault(pki.ServiceOCSP, pki.FaultNone)
		s.Services.SetFault(pki.ServiceCRL, pki.FaultNone)
	})
	return s
}

func tool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
}

func TestChains(t *testing.T) {
	s := start(t)
	pool := x509.NewCertPool()
	pool.AddCert(s.Intermediate.Certificate)
	for name, c := range map[string]struct {
		id  pki.Identity
		at  time.Time
		bad bool
	}{
		"leader":       {s.Leader, s.Now, false},
		"agency":       {s.Agency, s.Now, false},
		"revoked":      {s.RevokedLeaf, s.Now, false},
		"ocsp":         {s.OCSP, s.Now, false},
		"tsa":          {s.TSA, s.Now, false},
		"expired":      {s.ExpiredLeaf, s.Now, true},
		"expired then": {s.ExpiredLeaf, s.Now.Add(-365 * 24 * time.Hour), false},
	} {
		_, err := c.id.Certificate.Verify(x509.VerifyOptions{
			Roots: s.Roots(), Intermediates: pool, CurrentTime: c.at,
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		})
		if (err != nil) != c.bad {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := s.Leader.Certificate.Subject.CommonName; got != "Nguyễn Văn Đạt" {
		t.Errorf("leader is %q", got)
	}
}

func TestSaveAndLoad(t *testing.T) {
	s := start(t)
	dir := filepath.Join(t.TempDir(), "ca")
	if err := s.Save(dir, "matkhau"); err != nil {
		t.Fatal(err)
	}
	p, err := pki.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Leader.Certificate.Equal(s.Leader.Certificate) || p.BaseURL != s.BaseURL || !p.Now.Equal(s.Now) {
		t.Error("what was loaded is not what was saved")
	}
	crl, err := p.CRL(p.Intermediate, p.Now, p.Now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.ParseRevocationList(crl)
	if err != nil || len(list.RevokedCertificateEntries) != 1 {
		t.Errorf("the revocation was lost: %v, %v", list, err)
	}
}

func request(t *testing.T, s *pki.Server, digest []byte) (*timestamp.Timestamp, error) {
	t.Helper()
	q, err := timestamp.CreateRequest(bytes.NewReader(digest), &timestamp.RequestOptions{Hash: crypto.SHA256, Certificates: true})
	if err != nil {
		t.Fatal(err)
	}
	body, err := post(s.TSAURL(), "application/timestamp-query", q)
	if err != nil {
		return nil, err
	}
	return timestamp.ParseResponse(body)
}

func post(url, kind string, q []byte) ([]byte, error) {
	resp, err := http.Post(url, kind, bytes.NewReader(q)) //nolint:gosec,noctx // loopback
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	return io.ReadAll(resp.Body)
}

func TestTimestampByAnotherParser(t *testing.T) {
	s := start(t)
	ts, err := request(t, s, []byte("nội dung"))
	if err != nil {
		t.Fatal(err)
	}
	if !ts.Policy.Equal(pki.Policy) || len(ts.Certificates) != 2 || ts.Accuracy != time.Second {
		t.Errorf("got %+v", ts)
	}
	for _, f := range []pki.Fault{
		pki.FaultDown, pki.FaultHTML, pki.FaultPortal, pki.FaultGarbage,
		pki.FaultTooMany, pki.FaultCutShort, pki.FaultBadSignature, pki.FaultRejected,
	} {
		s.Services.SetFault(pki.ServiceTSA, f)
		if _, err := request(t, s, []byte("nội dung")); err == nil {
			t.Errorf("%s: the answer is a good timestamp", f)
		}
	}
	s.Services.SetFault(pki.ServiceTSA, pki.FaultWrongTime)
	if ts, err = request(t, s, []byte("x")); err != nil || time.Until(ts.Time) < 48*time.Hour {
		t.Errorf("wrong time: %v, %v", ts, err)
	}
}

func TestTSARefuses(t *testing.T) {
	s := start(t)
	good, err := timestamp.CreateRequest(strings.NewReader("x"), &timestamp.RequestOptions{Hash: crypto.SHA256})
	if err != nil {
		t.Fatal(err)
	}
	sha1, err := timestamp.CreateRequest(strings.NewReader("x"), &timestamp.RequestOptions{Hash: crypto.SHA1})
	if err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string][]byte{
		"empty": {}, "cut": good[:len(good)-1], "trailing": append(bytes.Clone(good), 0), "sha1": sha1,
	} {
		body, err := post(s.TSAURL(), "application/timestamp-query", q)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := timestamp.ParseResponse(body); err == nil || !strings.Contains(err.Error(), "rejected") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTimestampByOpenSSL(t *testing.T) {
	tool(t, "openssl")
	s := start(t)
	dir := t.TempDir()
	if err := s.Save(dir, "x"); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	must(t, os.WriteFile(data, []byte("văn bản"), 0o600))
	for _, hash := range []string{"-sha256", "-sha384", "-sha512"} {
		run(t, "openssl", "ts", "-query", "-data", data, hash, "-cert", "-out", data+".tsq")
		q, err := os.ReadFile(data + ".tsq")
		must(t, err)
		a, err := post(s.TSAURL(), "application/timestamp-query", q)
		must(t, err)
		must(t, os.WriteFile(data+".tsr", a, 0o600))
		out := run(t, "openssl", "ts", "-verify", "-queryfile", data+".tsq", "-in", data+".tsr",
			"-CAfile", dir+"/root.pem", "-untrusted", dir+"/intermediate.pem")
		if !strings.Contains(out, "Verification: OK") {
			t.Errorf("%s: %s", hash, out)
		}
	}
	for _, f := range []pki.Fault{pki.FaultWrongNonce, pki.FaultWrongImprint, pki.FaultBadSignature, pki.FaultWrongESSCert} {
		s.Services.SetFault(pki.ServiceTSA, f)
		q, err := os.ReadFile(data + ".tsq")
		must(t, err)
		a, err := post(s.TSAURL(), "application/timestamp-query", q)
		must(t, err)
		must(t, os.WriteFile(data+".tsr", a, 0o600))
		out, err := exec.Command("openssl", "ts", "-verify", "-queryfile", data+".tsq", "-in", data+".tsr",
			"-CAfile", dir+"/root.pem", "-untrusted", dir+"/intermediate.pem").CombinedOutput()
		if err == nil {
			t.Errorf("%s: openssl accepts it: %s", f, out)
		}
	}
}

func TestOCSPByOpenSSL(t *testing.T) {
	tool(t, "openssl")
	s := start(t)
	dir := t.TempDir()
	if err := s.Save(dir, "x"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ cert, issuer, want string }{
		{"leader", "intermediate", "leader.pem: good"},
		{"revoked", "intermediate", "revoked.pem: revoked"},
		{"tsa", "intermediate", "tsa.pem: good"},
		{"intermediate", "root", "intermediate.pem: good"},
	} {
		out := run(t, "openssl", "ocsp", "-issuer", filepath.Join(dir, c.issuer+".pem"),
			"-cert", filepath.Join(dir, c.cert+".pem"), "-url", s.OCSPURL(),
			"-CAfile", filepath.Join(dir, "root.pem"), "-verify_other", filepath.Join(dir, "intermediate.pem"))
		if !strings.Contains(out, "Response verify OK") || !strings.Contains(out, c.want) {
			t.Errorf("%s: %s", c.cert, out)
		}
	}
}

func TestOCSPFaults(t *testing.T) {
	s := start(t)
	issuer := s.Intermediate.Certificate
	ask := func() (*ocsp.Response, error) {
		q, err := ocsp.CreateRequest(s.Leader.Certificate, issuer, &ocsp.RequestOptions{Hash: crypto.SHA256})
		must(t, err)
		body, err := post(s.OCSPURL(), "application/ocsp-request", q)
		if err != nil {
			return nil, err
		}
		return ocsp.ParseResponseForCert(body, s.Leader.Certificate, issuer)
	}
	if r, err := ask(); err != nil || r.Status != ocsp.Good {
		t.Fatalf("%v, %v", r, err)
	}
	for _, f := range []pki.Fault{
		pki.FaultDown, pki.FaultHTML, pki.FaultGarbage, pki.FaultCutShort,
		pki.FaultTryLater, pki.FaultWrongSerial, pki.FaultBadSignature,
	} {
		s.Services.SetFault(pki.ServiceOCSP, f)
		if _, err := ask(); err == nil {
			t.Errorf("%s: a good answer came", f)
		}
	}
	s.Services.SetFault(pki.ServiceOCSP, pki.FaultUnknown)
	if r, err := ask(); err != nil || r.Status != ocsp.Unknown {
		t.Errorf("unknown: %v, %v", r, err)
	}
	s.Services.SetFault(pki.ServiceOCSP, pki.FaultStale)
	if r, err := ask(); err != nil || time.Until(r.NextUpdate) > 0 {
		t.Errorf("stale: %v, %v", r, err)
	}
}

func TestCRLAndIssuersByTheirAddresses(t *testing.T) {
	s := start(t)
	c := s.Leader.Certificate
	crl := get(t, c.CRLDistributionPoints[0])
	list, err := x509.ParseRevocationList(crl)
	must(t, err)
	must(t, list.CheckSignatureFrom(s.Intermediate.Certificate))
	if len(list.RevokedCertificateEntries) != 1 ||
		list.RevokedCertificateEntries[0].SerialNumber.Cmp(s.RevokedLeaf.Certificate.SerialNumber) != 0 {
		t.Errorf("entries: %v", list.RevokedCertificateEntries)
	}
	issuer, err := x509.ParseCertificate(get(t, c.IssuingCertificateURL[0]))
	must(t, err)
	must(t, c.CheckSignatureFrom(issuer))
	root, err := x509.ParseCertificate(get(t, issuer.IssuingCertificateURL[0]))
	must(t, err)
	if !root.Equal(s.Root.Certificate) {
		t.Error("the intermediate's issuer is not the root")
	}
	rootList, err := x509.ParseRevocationList(get(t, issuer.CRLDistributionPoints[0]))
	must(t, err)
	must(t, rootList.CheckSignatureFrom(root))
}

func get(t *testing.T, url string) []byte {
	t.Helper()
	resp, err := http.Get(url) //nolint:gosec,noctx // loopback
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	return body
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
