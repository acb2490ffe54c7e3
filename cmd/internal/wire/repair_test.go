package wire_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/app/message"
	"trinhky/app/review"
	"trinhky/cmd/internal/wire"
	"trinhky/pdfview"
	"trinhky/pdfview/pdfium"
	"trinhky/signer/signertest/sample"
)

// A really damaged document, opened as the window opens it, comes up repaired;
// one that carries a signature is left as it is.
func TestDamagedInTheWindow(t *testing.T) {
	good, _, err := sample.Generate(sample.Demo(flowtest.Now, "Nguyễn Văn Đạt")[1])
	if err != nil {
		t.Fatal(err)
	}
	bad := regexp.MustCompile(`startxref\s+\d+`).ReplaceAll(good, []byte("startxref\n7"))
	w := flowtest.New(t)
	path := filepath.Join(w.Home, "documents", "hong.pdf")
	if err := os.WriteFile(path, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	engine := pdfium.New(pdfium.Config{})
	defer func() { _ = engine.Close() }()
	c := w.Config(flowtest.At{})
	c.Reader = &review.Reader{Engine: func(context.Context) (pdfview.Engine, error) { return engine, nil }}
	c.Repair = wire.RepairCopy
	f := flow.New(c)
	defer f.Close()
	f.Open(path)
	if _, ok := f.State().(flow.Damaged); !ok {
		t.Fatalf("opened as %#v", f.State())
	}
	f.Repair()
	p, ok := f.State().(flow.Placing)
	if !ok || p.Doc.Permissions.Repairable || len(p.Doc.Pages) != 2 {
		t.Fatalf("after the repair: %#v", f.State())
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, bad) {
		t.Error("the damaged file was changed", err)
	}

	signed := filepath.Join(w.Home, "signed.pdf")
	if err := os.WriteFile(signed, append(bad, "%/ByteRange [0 1 2 3]"...), 0o600); err != nil {
		t.Fatal(err)
	}
	var why *message.Coded
	if _, err := wire.RepairCopy(t.Context(), signed, signed+".out"); !errors.As(err, &why) || why.Code != "error.damaged-signed" {
		t.Errorf("a signed file: %v", err)
	}
}
