package installer_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/sample"
	"trinhky/signer/signertest/validators"
)

// office is a folder with what a leader has: a document, a key, a picture.
type office struct{ document, key, pinFile, image, home string }

func newOffice(t *testing.T) office {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "Sở Thử nghiệm")
	if err := os.MkdirAll(filepath.Join(dir, "home"), 0o700); err != nil {
		t.Fatal(err)
	}
	o := office{
		document: filepath.Join(dir, "Công văn số 125.pdf"),
		key:      filepath.Join(dir, "lãnh đạo.p12"),
		pinFile:  filepath.Join(dir, "pin.txt"),
		image:    filepath.Join(dir, "chữ ký.png"),
		home:     filepath.Join(dir, "home"),
	}
	ca, err := pki.New(pki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p12, err := ca.PKCS12(ca.Leader, "1234")
	if err != nil {
		t.Fatal(err)
	}
	pdf, _, err := sample.Generate(sample.Demo(time.Now(), "Nguyễn Văn Thử")[0])
	if err != nil {
		t.Fatal(err)
	}
	for file, data := range map[string][]byte{
		o.document: pdf, o.key: p12, o.pinFile: []byte("1234\n"), o.image: sample.SignatureImage(),
	} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// The Windows command line signs with a PKCS#12 file at the place it finds
// itself, in folders with Vietnamese names; every validator accepts the result.
func TestSignUnderWine(t *testing.T) {
	w, o := newWine(t), newOffice(t)
	signed := filepath.Join(filepath.Dir(o.document), "đã ký.pdf")
	out := w.mustRun("wine", filepath.Join(w.windows, "trinhkyctl.exe"), "sign", path(o.document), "-o", path(signed),
		"--home", path(o.home), "--key", "pkcs12:"+path(o.key), "--pin-file", path(o.pinFile),
		"--image", path(o.image), "--json")
	var answer struct {
		Level, Place string
		Confidence   float64
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if answer.Level != "B-B" || answer.Place != "auto" || answer.Confidence < 0.9 {
		t.Errorf("signed as %+v", answer)
	}
	validators.Check(t, signed, validators.Expect{Signatures: 1})
}

// The Windows window shows a page of the document; its picture is kept for a
// person to look at.
func TestWindowUnderWine(t *testing.T) {
	w, o := newWine(t), newOffice(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	window := w.command(ctx, "wine", filepath.Join(w.windows, "trinhky.exe"), "--home", path(o.home), path(o.document))
	if err := window.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- window.Wait() }()

	kept := filepath.Join("..", ".cache", "wine")
	if err := os.MkdirAll(kept, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(kept, "trinhky-exe.png")
	deadline := time.Now().Add(limit)
	for {
		select {
		case err := <-ended:
			t.Fatalf("the program ended by itself: %v", err)
		case <-time.After(2 * time.Second):
		}
		if paper(w.screenshot(file)) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no page of a document on the screen; see %s", file)
		}
	}
}
