package signer_test

import (
	"path/filepath"
	"strings"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/verify"
)

// TestAfterForeignSignatures signs what others signed: what our verification
// says of their signatures is the same before and after.
func TestAfterForeignSignatures(t *testing.T) {
	b := newBench(t, pki.P256)
	for _, c := range corpus(t, "signed", "difficult/05-signed-add-second-signature") {
		t.Run(c.path, func(t *testing.T) {
			r := b.request(filepath.Join(corpusDir, c.path), strings.ReplaceAll(c.path, "/", "_"))
			before, err := verify.File(t.Context(), r.Input, verify.Options{})
			if err != nil {
				t.Skip(err)
			}
			r.Field.Rect, r.Appearance = geom.Rect{X0: 60, Y0: 60, X1: 230, Y1: 128}, b.stamp()
			if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err != nil {
				checkRefusal(t, r.Input, err)
				return
			}
			after, err := verify.File(t.Context(), r.Output, verify.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(after.Signatures) != len(before.Signatures)+1 {
				t.Fatalf("%d signatures became %d", len(before.Signatures), len(after.Signatures))
			}
			for i, s := range before.Signatures {
				now := after.Signatures[i]
				if now.Intact != s.Intact || now.Changes != max(s.Changes, verify.ChangesAllowed) || now.Verdict > s.Verdict {
					t.Errorf("signature %d: %v %v %v became %v %v %v: %+v", i+1,
						s.Intact, s.Changes, s.Verdict, now.Intact, now.Changes, now.Verdict, now.Findings)
				}
			}
		})
	}
}
