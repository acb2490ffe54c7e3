// Package flowtest holds the world around a flow for tests: documents, a
// token, a pipeline and an outbox in memory that count what reaches them and
// misbehave on request, and a runner whose work waits until it is let go.
package flowtest

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-fonts/liberation/liberationserifregular"
	"trinhky/app/flow"
	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// Now is the time of everything here.
var Now = time.Date(2026, 11, 20, 3, 15, 0, 0, time.UTC)

// Band is the blank band of the signature block of a Document, user space.
var Band = geom.Rect{X0: 330, Y0: 240, X1: 500, Y1: 310}

// Document is a letter of two pages with everything found in it.
func Document(path string) *review.Document {
	part := func(text string) layout.Part {
		return layout.Part{Text: text, Rect: geom.Rect{X0: 60, Y0: 700, X1: 200, Y1: 712}, Confidence: 0.97}
	}
	page := geom.Page{MediaBox: geom.Rect{X1: geom.A4.W, Y1: geom.A4.H}}
	subject := part("V/v thử nghiệm gửi, nhận văn bản điện tử")
	subject.Confidence = 0.7
	on := func(text string, y float64) layout.Part {
		return layout.Part{Text: text, Page: 1, Rect: geom.Rect{X0: 350, Y0: y, X1: 480, Y1: y + 14}, Confidence: 0.96}
	}
	return &review.Document{
		Path: path, Size: 1000, SHA256: sha256.Sum256([]byte(path)),
		Pages: []geom.Page{page, page}, Report: &verify.Report{File: path},
		Parts: layout.Parts{
			Number: part("125"), Notation: part("STN-VP"), Place: part("Tỉnh Mẫu"), Date: part("ngày 20 tháng 11 năm 2026"),
			Day: 20, Month: 11, Year: 2026, Type: part("Công văn"), Subject: subject,
			Signers: []layout.Signer{{
				Authority: on("KT. GIÁM ĐỐC", 330), Title: on("PHÓ GIÁM ĐỐC", 315), Name: on("Nguyễn Văn Thử", 220),
				Band: layout.Part{Page: 1, Rect: Band, Confidence: 0.97},
			}},
		},
		View: &View{},
	}
}

// Unnumbered is a Document that its leader signed and that leaves number and
// date open.
func Unnumbered(path string) *review.Document {
	d := Document(path)
	p := &d.Parts
	p.Number.Text, p.Number.Rect = "", geom.Rect{X0: 85, Y0: 700, X1: 125, Y1: 714}
	p.Day, p.Month, p.Year = 0, 0, 0
	p.Date = layout.Part{Text: "ngày tháng năm", Rect: geom.Rect{X0: 330, Y0: 700, X1: 500, Y1: 714}, Confidence: 0.97}
	for i, x := range []float64{360, 410, 460} {
		p.DateBlanks[i] = geom.Rect{X0: x, Y0: 700, X1: x + 32, Y1: 714}
	}
	d.Report.Signatures = []verify.Signature{{
		N: 1, Verdict: verify.Valid, Intact: true, Claimed: Now, Page: 2, Rect: Band, Field: "Signature1",
		Certificate: &x509.Certificate{Raw: []byte{1}, Subject: pkix.Name{CommonName: "Nguyễn Văn Thử"}},
	}}
	d.Report.Verdict = verify.Valid
	return d
}

// View is an open document of grey pages.
type View struct {
	mu     sync.Mutex
	closed bool
}

// Closed says whether Close was called.
func (v *View) Closed() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.closed
}

// Pages implements pdfview.Document.
func (v *View) Pages() int { return 2 }

// Page implements pdfview.Document.
func (v *View) Page(context.Context, int) (geom.Page, error) {
	return geom.Page{MediaBox: geom.Rect{X1: geom.A4.W, Y1: geom.A4.H}}, nil
}

// Render implements pdfview.Document.
func (v *View) Render(ctx context.Context, _ int, _ float64, clip image.Rectangle) (*image.RGBA, error) {
	if v.Closed() {
		return nil, errors.New("closed")
	}
	img := image.NewRGBA(image.Rect(0, 0, clip.Dx(), clip.Dy()))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.Gray{0xF0}), image.Point{}, draw.Src)
	return img, ctx.Err()
}

// Text implements pdfview.Document.
func (v *View) Text(context.Context, int) (pdfview.Text, error) { return pdfview.Text{}, nil }

// Close implements pdfview.Document.
func (v *View) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	return nil
}

// World is everything around a flow.
type World struct {
	// Verified is what verification says of files, by their names.
	Verified map[string]review.Outcome
	// Augmented is what was added later, AugmentErr why it cannot be.
	Augmented  []signer.Augmentation
	AugmentErr error
	Home       string
	Token      *Token
	Others     []*Token // beside Token
	Out        *Outbox
	In         *Inbox
	Book       *Register
	Log        *Audit
	// ArrivedVerdict and ArrivedErr are what the check of incoming files says.
	ArrivedVerdict verify.Verdict
	// Reopen is what a document that the pipeline wrote is read back as; nil: as
	// every other. SignErrAt lets that signature fail, counted from 1.
	Reopen     *review.Document
	SignErrAt  int
	ArrivedErr error

	// Documents by path, beside the ordinary one that every other path has.
	Documents map[string]*review.Document
	// OpenErr, PreflightErr and SignErr are what those steps fail with.
	OpenErr, PreflightErr, SignErr error
	// Lost and RepairErr are what a repair says.
	Lost      []flow.Lost
	RepairErr error
	// Requests are the orders that reached the pipeline.
	Requests []signer.Request
	// Opened are the documents that were handed out.
	Opened []*review.Document
	Level  signer.Level // what signatures reach
	// ChainGap is what signatures lack of their chain.
	ChainGap string
	font     *signer.Font
	mu       sync.Mutex // guards Requests: a pile signs on several goroutines
}

// Font is a font with Vietnamese letters.
func Font() []byte { return liberationserifregular.TTF }

// New makes a world with one token and one destination in a folder of t.
func New(t testing.TB) *World {
	t.Helper()
	font, err := signer.ParseFont(liberationserifregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	for _, name := range []string{"cong-van-125.pdf", "quyet-dinh-42.pdf", "to-trinh-18.pdf"} {
		path := filepath.Join(home, "documents", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("%PDF-1.7"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return &World{
		Home: home, Token: NewToken(t, "Nguyễn Văn Thử", "12345678"), Out: &Outbox{}, In: &Inbox{}, Book: &Register{}, Log: &Audit{},
		ArrivedVerdict: verify.Valid, font: font,
		Documents: map[string]*review.Document{},
	}
}

// Waiting is the path of the first document that waits.
func (w *World) Waiting() string { return filepath.Join(w.Home, "documents", "cong-van-125.pdf") }

// Config is a flow's config on this world; OnChange and OnLists are free.
func (w *World) Config(r flow.Runner) flow.Config {
	return flow.Config{
		Home: w.Home, Runner: r, Reader: w, Tokens: reader{w}, Outbox: w.Out,
		Inbox: w.In, Arrivals: w, Register: w.Book, AuditLog: w.Log, Print: liberationserifregular.TTF,
		Settings: settings.Settings{
			Agency:  settings.Agency{Code: "H99.97", Name: "Sở Thử nghiệm tỉnh Mẫu"},
			Signing: settings.Signing{Documents: "documents", Signed: "signed"},
			Connectors: []settings.Connector{{
				Name: "truc", Kind: "axis", Endpoint: "http://127.0.0.1:1/axis", SystemID: "demo.sys.01",
			}},
		},
		Signer: func(settings.Settings) (flow.Signer, error) { return w, nil },
		Stamp: func(_ context.Context, _ settings.Settings, role stamp.Role, c *x509.Certificate) (stamp.Input, []verify.Finding, error) {
			in := stamp.Input{Role: role, Font: w.font, Time: Now, Agency: "Sở Thử nghiệm tỉnh Mẫu", Signer: "Nguyễn Văn Thử"}
			if c != nil {
				in.Signer = c.Subject.CommonName
			}
			return in, nil, nil
		},
		Preflight: func(context.Context, settings.Settings, *review.Document, signer.Request) error {
			return w.PreflightErr
		},
		Repair: w.repair, Augment: w.Augment,
		Save: func(settings.Settings) error { return nil },
		Now:  func() time.Time { return Now },
	}
}

// Open implements flow.Reader.
func (w *World) Open(_ context.Context, path string, _ signer.PIN) (*review.Document, error) {
	if w.OpenErr != nil {
		return nil, w.OpenErr
	}
	d, ok := w.Documents[path]
	switch {
	case !ok && w.Reopen != nil && (strings.Contains(path, "signed") || strings.Contains(path, "issuing")):
		same := w.Reopen.Parts
		report := *w.Reopen.Report
		d = Document(path)
		d.Parts, d.Report = same, &report
	case !ok:
		d = Document(path)
	}
	if strings.Contains(path, "signed") && len(d.Report.Signatures) == 0 {
		d.Report.Signatures = []verify.Signature{{
			N: 1, Certificate: w.Token.Certificate, Verdict: verify.Valid, Intact: true, Level: w.Level,
			Claimed: Now, Page: 2, Rect: Band,
		}}
		d.Report.Verdict = verify.Valid
	}
	if strings.Contains(path, "issuing") {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		d.SHA256 = sha256.Sum256(data)
	}
	w.Opened = append(w.Opened, d)
	return d, nil
}

// repair writes a copy where none is.
func (w *World) repair(_ context.Context, _, out string) ([]flow.Lost, error) {
	if w.RepairErr != nil {
		return nil, w.RepairErr
	}
	if _, err := os.Stat(out); err == nil {
		return nil, signer.ErrExists
	}
	return w.Lost, os.WriteFile(out, []byte("%PDF-1.7 repaired"), 0o600)
}

// Sign implements flow.Signer: the output is written, as the real one does.
func (w *World) Sign(_ context.Context, r signer.Request, k signer.Key, on func(signer.Stage)) (signer.Signed, error) {
	if on == nil { // as the pile calls it
		on = func(signer.Stage) {}
	}
	w.mu.Lock()
	w.Requests = append(w.Requests, r)
	nth := len(w.Requests)
	w.mu.Unlock()
	on(signer.StagePrepare)
	if r.Read != nil {
		if err := r.Read(sha256.Sum256([]byte(r.Input))); err != nil {
			return signer.Signed{}, err
		}
	}
	on(signer.StageToken)
	if w.SignErr != nil {
		return signer.Signed{}, w.SignErr
	}
	if nth == w.SignErrAt {
		return signer.Signed{}, &signer.TokenError{Fault: signer.TokenRemoved, Err: errors.New("the token fell out")}
	}
	if _, err := k.Sign(rand.Reader, make([]byte, 32), crypto.SHA256); err != nil {
		return signer.Signed{}, err
	}
	on(signer.StageWrite)
	data := []byte("%PDF-1.7 signed")
	if err := os.WriteFile(r.Output, data, 0o600); err != nil {
		return signer.Signed{}, err
	}
	return signer.Signed{Path: r.Output, SHA256: sha256.Sum256(data), Level: w.Level, ChainGap: w.ChainGap}, nil
}
