package verify_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/verify"
)

// TestCorpusTwice signs every document of the corpus that may be signed twice,
// the second time with evidence and timestamps: nothing that the product itself
// does is ever called a change, and what was there before is not blamed.
func TestCorpusTwice(t *testing.T) {
	b := newBench(t)
	p := &signer.Pipeline{TSA: b.authority, Evidence: lists{b}}
	n := 0
	for file := range manifest(t) {
		if !strings.HasPrefix(file, "difficult/") && !strings.HasPrefix(file, "unsigned/") {
			continue
		}
		password := map[string]string{
			"2e4c31ab-encrypted-file.pdf": "test", "5fe7a8d7-test.pdf": "test", "36b8102c-minimal-rc4.pdf": "usersecret",
		}[filepath.Base(file)]
		t.Run(file, func(t *testing.T) {
			r := signer.Request{
				Input: filepath.Join(corpus, file), Output: filepath.Join(b.dir, "once.pdf"), Overwrite: true,
				Certificate: b.Leader.Certificate, Chain: b.Chain(), Password: signer.PIN(password),
				Field: signer.SignatureField{Name: "TK một", Rect: geom.Rect{X0: 10, Y0: 10, X1: 60, Y1: 30}},
			}
			_, err := p.Sign(context.Background(), r, softKey{b.Leader.Key}, nil)
			if unreadable, ok := errors.AsType[*signer.UnreadableError](err); ok {
				t.Skip(unreadable)
			}
			if forbidden, ok := errors.AsType[*signer.ForbiddenError](err); ok {
				t.Skip(forbidden)
			}
			if errors.Is(err, signer.ErrPassword) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			r.Input, r.Output = r.Output, filepath.Join(b.dir, "twice.pdf")
			r.Certificate, r.Field.Name, r.Level = b.Agency.Certificate, "TK hai", signer.LevelLTA
			if _, err := p.Sign(context.Background(), r, softKey{b.Agency.Key}, nil); err != nil {
				t.Fatal(err)
			}
			o := b.options()
			o.Password = signer.PIN(password)
			data, err := os.ReadFile(r.Output)
			if err != nil {
				t.Fatal(err)
			}
			report := b.verify(t, data, o)
			n++
			for _, s := range report.Signatures {
				if ours := strings.HasPrefix(s.Field, "TK") || s.Kind == verify.DocumentTimestamp; ours && s.Verdict != verify.Valid {
					t.Errorf("signature %d: %v", s.N, s.Verdict)
				}
			}
			if t.Failed() {
				show(t, report)
			}
		})
	}
	if n < 50 {
		t.Errorf("only %d files were signed", n)
	}
}
