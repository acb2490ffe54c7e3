//go:build linux

package main

import (
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/app/settings"
	"trinhky/cmd/internal/wire"
	"trinhky/signer"
	"trinhky/signer/signertest"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/sample"
	"trinhky/signer/signertest/softhsm"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// The tokens of an office, by who holds them; each has a PIN of its own.
const (
	ofLeader = "Lanh dao"
	ofClerk  = "Van thu"
	ofSeal   = "Con dau"
)

func pinOf(token string) signer.PIN {
	return signer.PIN(map[string]string{ofLeader: "11112222", ofClerk: "33334444", ofSeal: "55556666"}[token])
}

// deskTokens is an office with real tokens: the graph of the program, its token
// helper and SoftHSM2, without the window.
type deskTokens struct {
	*testing.T
	home, dir string
	flow      *flow.Flow
	graph     *wire.Graph
}

func newDeskTokens(t *testing.T) *deskTokens {
	t.Helper()
	ca, err := pki.New(pki.Options{
		Leader: pki.Person("Nguyễn Văn Thử", "Phó Giám đốc", "Sở Thử nghiệm tỉnh Mẫu"),
		Agency: pkix.Name{Country: []string{"VN"}, Organization: []string{"Sở Thử nghiệm tỉnh Mẫu"}, CommonName: "Sở Thử nghiệm tỉnh Mẫu"},
	})
	if err != nil {
		t.Fatal(err)
	}
	clerk, err := ca.Issue(pki.Template{Subject: pki.Person("Trần Thị Văn Thư", "Văn thư", "Sở Thử nghiệm tỉnh Mẫu")})
	if err != nil {
		t.Fatal(err)
	}
	w := &deskTokens{T: t, home: t.TempDir(), dir: t.TempDir()}
	var module, conf string
	for _, one := range []struct {
		label string
		id    pki.Identity
	}{{ofLeader, ca.Leader}, {ofClerk, clerk}, {ofSeal, ca.Agency}} {
		token, err := softhsm.NewToken(w.dir, one.label, string(pinOf(one.label)),
			softhsm.Object{ID: []byte{1}, Label: one.label, Key: one.id.Key, Certificate: one.id.Certificate})
		if errors.Is(err, softhsm.ErrNotInstalled) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		module, conf = token.Module, token.Conf
	}
	t.Setenv("TRINHKY_TOKEN_HELPER", signertest.Helper(t))
	trust := filepath.Join(w.home, "trust")
	if err := os.Mkdir(trust, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]pki.Identity{"root": ca.Root, "intermediate": ca.Intermediate} {
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.Certificate.Raw})
		if err := os.WriteFile(filepath.Join(trust, name+".pem"), block, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := settings.Settings{Environment: map[string]string{"SOFTHSM2_CONF": conf}}
	s.Agency = settings.Agency{Code: "H99.97", Name: "Sở Thử nghiệm tỉnh Mẫu", Place: "Tỉnh Mẫu"}
	s.Connectors = []settings.Connector{{Name: "noi-bo", Kind: settings.KindFolder, Endpoint: w.TempDir()}}
	s.Signing = settings.Signing{Modules: []string{module}, Trust: "trust"}
	if err := settings.Save(w.home, s); err != nil {
		t.Fatal(err)
	}
	w.start()
	t.Cleanup(w.stop)
	return w
}

func (w *deskTokens) start() {
	w.Helper()
	var err error
	if w.graph, err = wire.Open(wire.Options{Home: w.home}); err != nil {
		w.Fatal(err)
	}
	c, err := config(w.Context(), w.graph, slog.New(slog.DiscardHandler))
	if err != nil {
		w.Fatal(err)
	}
	c.Flow.Runner = flowtest.At{}
	w.flow = flow.New(c.Flow)
	w.flow.Start()
}

func (w *deskTokens) stop() {
	w.Helper()
	w.flow.Close()
	if err := w.graph.Close(); err != nil {
		w.Error(err)
	}
}

// again starts the program anew: SoftHSM2 sees a token that came back only then.
func (w *deskTokens) again() {
	w.Helper()
	w.stop()
	w.start()
}

// signed is a draft without a number that the leader signed with the own token.
func (w *deskTokens) signed() string {
	w.Helper()
	d := sample.Demo(time.Now(), "Nguyễn Văn Thử")[0]
	d.Number = strings.Repeat(" ", 8)
	data, _, err := sample.Generate(d)
	if err != nil {
		w.Fatal(err)
	}
	path := filepath.Join(w.home, "du-thao.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		w.Fatal(err)
	}
	w.flow.Open(path)
	w.flow.Sign()
	ask, ok := w.flow.State().(flow.AskPIN)
	if !ok || ask.Asks().Slot.Token.Label != ofLeader {
		w.Fatalf("%T %+v", w.flow.State(), w.flow.State())
	}
	w.flow.EnterPIN(pinOf(ofLeader), false)
	s, ok := w.flow.State().(flow.Signed)
	if !ok {
		w.Fatalf("%T %+v", w.flow.State(), w.flow.State())
	}
	out := s.Result.Path
	w.flow.Leave()
	return out
}

// choose begins to issue a document: the secretary's token is asked first.
func (w *deskTokens) choose(path string) {
	w.Helper()
	w.flow.ChooseIssue(path)
	i := w.flow.Lists().Issue
	if i.Problem != nil || i.Leader != nil || i.Asks() == nil || i.Asks().Slot.Token.Label != ofClerk || i.Seal == nil || i.Seal.Slot.Token.Label != ofSeal {
		w.Fatalf("%v %v %+v %+v", i.Problem, i.Leader, i.Asks(), i.Seal)
	}
}

// lines are those of the register, by state.
func (w *deskTokens) lines() map[submit.NumberState]int {
	w.Helper()
	r, err := w.graph.Register(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	all, err := r.Lines(w.Context(), "H99.97", time.Now().In(submit.WireZone()).Year())
	if err != nil {
		w.Fatal(err)
	}
	out := map[submit.NumberState]int{}
	for _, l := range all {
		out[l.State]++
	}
	return out
}

// pull takes a token away, as a hand would; the function puts it back.
func (w *deskTokens) pull(label string) (back func()) {
	w.Helper()
	found := ""
	err := filepath.WalkDir(filepath.Join(w.dir, "tokens"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "token.object" {
			if data, err := os.ReadFile(path); err == nil && strings.Contains(string(data), label) {
				found = filepath.Dir(path)
			}
		}
		return err
	})
	if err != nil || found == "" {
		w.Fatalf("no token %s: %v", label, err)
	}
	away := filepath.Join(w.TempDir(), "away")
	if err := os.Rename(found, away); err != nil {
		w.Fatal(err)
	}
	return func() {
		if err := os.Rename(away, found); err != nil {
			w.Fatal(err)
		}
	}
}

// TestIssueRealTokens issues with the secretary's and the agency's own SoftHSM2
// tokens: a wrong PIN stops everything, a token that is pulled gives the number
// back or keeps it for the seal, and each right PIN is asked once.
func TestIssueRealTokens(t *testing.T) {
	w := newDeskTokens(t)
	signed := w.signed()
	w.choose(signed)
	w.flow.RunIssue(pinOf(ofSeal), false) // the other token's
	i := w.flow.Lists().Issue
	var pin *signer.PINError
	if !errors.As(i.Problem, &pin) || i.Taken != nil || i.Done != nil || w.lines()[submit.NumberReserved] != 0 {
		t.Fatalf("wrong PIN: %v %+v %v", i.Problem, i.Taken, w.lines())
	}
	back := w.pull(ofClerk)
	w.flow.RunIssue(pinOf(ofClerk), false)
	var gone *signer.TokenError
	if i = w.flow.Lists().Issue; !errors.As(i.Problem, &gone) || i.Taken != nil || w.lines()[submit.NumberReserved] != 0 {
		t.Fatalf("no token: %v %+v %v", i.Problem, i.Taken, w.lines())
	}
	back()
	w.again()
	w.choose(signed)
	w.flow.RunIssue(pinOf(ofClerk), false)
	if i = w.flow.Lists().Issue; i.Problem != nil || i.Taken == nil || !i.Taken.Waits() || i.Asks().Slot.Token.Label != ofSeal {
		t.Fatalf("number: %v %+v", i.Problem, i.Taken)
	}
	back = w.pull(ofSeal)
	w.flow.RunIssue(pinOf(ofSeal), false)
	if i = w.flow.Lists().Issue; !errors.As(i.Problem, &gone) || i.Done != nil || i.Taken == nil || w.lines()[submit.NumberReserved] != 1 {
		t.Fatalf("no seal: %v %+v %v", i.Problem, i.Taken, w.lines())
	}
	back()
	w.again()
	w.flow.ChooseIssue(signed)
	if i = w.flow.Lists().Issue; i.Taken == nil || !i.Taken.Waits() || i.Asks() == nil || i.Asks().Slot.Token.Label != ofSeal {
		t.Fatalf("after the restart: %v %+v", i.Problem, i)
	}
	w.flow.RunIssue(pinOf(ofSeal), false)
	i = w.flow.Lists().Issue
	if i.Problem != nil || i.Done == nil || i.Done.Number != "01/STN-VP" || w.lines()[submit.NumberIssued] != 1 {
		t.Fatalf("seal: %v %+v %v", i.Problem, i.Done, w.lines())
	}
	w.issued(i.Done.Path)
	w.flow.SendIssued()
	c, ok := w.flow.State().(flow.Composing)
	if !ok || len(c.Missing) != 0 || c.Document.Number != "01" {
		t.Fatalf("to be sent: %T %+v", w.flow.State(), w.flow.State())
	}
	c.To = []submit.Party{{Code: "H99.98", Name: "Sở Nhận văn bản tỉnh Mẫu"}}
	w.flow.Send(c.Form)
	if q, ok := w.flow.State().(flow.Queued); !ok || q.Record.Envelope.Document.Number != "01" {
		t.Errorf("sent: %T %+v", w.flow.State(), w.flow.State())
	}
}

// issued sees the three signatures of what was issued, in their order.
func (w *deskTokens) issued(path string) {
	w.Helper()
	report, err := verify.File(w.Context(), path, verify.Options{})
	if err != nil || len(report.Signatures) != 3 {
		w.Fatalf("%v %+v", err, report)
	}
	for n, who := range []string{"Nguyễn Văn Thử", "Trần Thị Văn Thư", "Sở Thử nghiệm tỉnh Mẫu"} {
		if s := report.Signatures[n]; !s.Intact || s.Certificate.Subject.CommonName != who {
			w.Errorf("signature %d: %+v", n+1, s)
		}
	}
}
