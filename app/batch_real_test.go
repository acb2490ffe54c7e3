package app_test

import (
	"context"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"trinhky/app"
	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/app/page"
	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/pdfview"
	"trinhky/pdfview/pdfium"
	"trinhky/signer"
	"trinhky/signer/signertest/sample"
	"trinhky/signer/signertest/validators"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// real gives the stage the renderer, the pipeline and documents of an office.
func (s *stage) real() {
	s.t.Helper()
	dir, err := pdfium.DefaultCacheDir()
	if err != nil {
		s.t.Fatal(err)
	}
	engine := pdfium.New(pdfium.Config{CacheDir: dir})
	s.t.Cleanup(func() { _ = engine.Close() })
	open := func(context.Context) (pdfview.Engine, error) { return engine, nil }
	s.kit.Preview = app.Painter(open)
	documents := filepath.Join(s.world.Home, "documents")
	if err := os.RemoveAll(documents); err != nil {
		s.t.Fatal(err)
	}
	if err := os.MkdirAll(documents, 0o700); err != nil {
		s.t.Fatal(err)
	}
	for _, d := range sample.Demo(flowtest.Now, "Nguyễn Văn Thử") {
		data, _, err := sample.Generate(d)
		if err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(documents, "van-ban-"+d.Number+".pdf"), data, 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	font, err := signer.ParseFont(flowtest.Font())
	if err != nil {
		s.t.Fatal(err)
	}
	c := s.world.Config(flowtest.At{})
	c.Reader = &review.Reader{Engine: open}
	c.Signer = func(settings.Settings) (flow.Signer, error) {
		return &signer.Pipeline{Now: func() time.Time { return flowtest.Now }}, nil
	}
	c.Stamp = func(_ context.Context, _ settings.Settings, role stamp.Role, c *x509.Certificate) (stamp.Input, []verify.Finding, error) {
		in := stamp.Input{Role: role, Font: font, Time: flowtest.Now, Agency: "Sở Thử nghiệm tỉnh Mẫu"}
		if c != nil {
			in.Signer = c.Subject.CommonName
		}
		return in, nil, nil
	}
	c.Paint = s.kit.Preview
	c.OnChange = func(st flow.State) { s.frame.OnState(st) }
	c.OnLists = func(l flow.Lists) { s.frame.OnLists(l) }
	c.OnBatch = func(b flow.Batch, row int) { s.frame.OnBatch(b, row) }
	s.flow = flow.New(c)
	s.t.Cleanup(s.flow.Close)
	s.kit.Flow = s.flow
	s.frame = page.NewFrame(s.kit)
	s.win.SetContent(s.frame.Object())
	s.win.Resize(s.win.Canvas().Size())
}

// The pile with the real renderer, layout and pipeline: documents of an office
// are found, read, reviewed by keyboard until every page was on the screen, and
// signed with one PIN where the stamp stood.
func TestBatchReal(t *testing.T) {
	s := newStage(t, rooms[0], false, false)
	s.real()
	s.pile(0)
	settle(s.win.Content())
	keepShot(t, s.win, "batch-real")
	rows := s.flow.Batch().Rows
	if len(rows) != 3 {
		t.Fatalf("%d documents", len(rows))
	}
	for i, r := range rows {
		if r.State != flow.RowReady || r.Number == "" || r.Thumb == nil || !r.Place.Sure() {
			t.Fatalf("document %d: state %d, number %q, %v", i, r.State, r.Number, r.Err)
		}
	}
	s.flow.BatchOpen(0)
	settle(s.win.Content())
	keepShot(t, s.win, "batch-real-review")
	for i := range rows {
		for presses := 0; presses < 60 && !s.flow.Batch().CanAgree(); presses++ {
			s.frame.OnKey(&fyne.KeyEvent{Name: fyne.KeySpace})
		}
		if !s.flow.Batch().CanAgree() {
			t.Fatalf("document %d: %d pages are unseen after 60 screens", i, rows[i].Unseen())
		}
		s.frame.OnKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		settle(s.win.Content())
	}
	s.flow.BatchSign()
	s.flow.BatchPIN(flow.PINs{Login: signer.PIN("12345678")}, false)
	settle(s.win.Content())
	keepShot(t, s.win, "batch-real-done")
	for i, r := range rows {
		if r.State != flow.RowDone {
			t.Fatalf("document %d: state %d, %v", i, r.State, r.Err)
		}
		report, err := verify.File(t.Context(), r.Signed.Path, verify.Options{})
		if err != nil || len(report.Signatures) != 1 || !report.Signatures[0].Intact || report.Signatures[0].Page != r.Place.Page+1 {
			t.Errorf("document %d: %+v, %v", i, report, err)
		}
	}
	if len(s.world.Token.Entered) != 1 || s.world.Token.Unlocked != 0 {
		t.Errorf("%d PINs, %d keys open", len(s.world.Token.Entered), s.world.Token.Unlocked)
	}
	validators.Check(t, rows[0].Signed.Path, validators.Expect{Signatures: 1})
}
