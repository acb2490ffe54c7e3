package signer_test

import (
	"os"
	"path/filepath"
	"testing"

	"trinhky/signer"
	"trinhky/signer/signertest/pki"
)

// A hostile document ends the search soon and says what was left.
func FuzzActive(f *testing.F) {
	for _, page := range []string{
		"/AA<</O<</S/JavaScript/JS(x)>>>>", "/Annots[3 0 R 4 0 R]", "/Annots[<</A<</S/Launch/F<</UF(a.exe)>>>>/EF<</F 3 0 R>>>>]", "/Next 3 0 R",
		"/A<</S/URI/URI 3 0 R>>", "/Ref<</F 3 0 R>>/Subtype/Form", "/F 4 0 R",
	} {
		f.Add([]byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/OCProperties<</OCGs[3 0 R]/D<</BaseState/OFF>>>>>>endobj\n" +
			"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]" + page + ">>endobj\n" +
			"4 0 obj<</Length 2>>stream\nMZ\nendstream endobj\ntrailer<</Root 1 0 R/Size 5>>\n%%EOF"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x.pdf")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		items, err := signer.Active(t.Context(), path, nil)
		if err == nil && len(items) > 201 {
			t.Errorf("%d items", len(items))
		}
	})
}

// A prepared field of any shape is read without harm, and what it says of the
// certificate is obeyed.
func TestSeedShapes(t *testing.T) {
	b := newBench(t, pki.RSA2048)
	in, _ := b.document(t, 0)
	cn := b.Leader.Certificate.Subject.CommonName
	for name, c := range map[string]struct {
		seed    signer.Seed
		refused bool
	}{
		"nothing":             {signer.Seed{}, false},
		"his name":            {signer.Seed{CommonName: cn, Required: true}, false},
		"another name":        {signer.Seed{CommonName: "Lê Văn Khác", Required: true}, true},
		"another name, hint":  {signer.Seed{CommonName: "Lê Văn Khác"}, false},
		"his certificate":     {signer.Seed{Certificate: b.Leader.Certificate}, false},
		"another certificate": {signer.Seed{Certificate: b.Agency.Certificate}, true},
	} {
		out := filepath.Join(b.dir, "seed.pdf")
		fields := slots("")
		fields[0].Seed = c.seed
		if _, err := signer.AddFields(t.Context(), signer.Preparation{Input: in, Output: out, Overwrite: true, Fields: fields}); err != nil {
			t.Fatal(name, err)
		}
		info, err := signer.Inspect(t.Context(), out, nil)
		if err != nil || info.Fields[0].Seed.CommonName != c.seed.CommonName || info.Fields[0].Seed.Required != c.seed.Required ||
			(info.Fields[0].Seed.Certificate == nil) != (c.seed.Certificate == nil) {
			t.Errorf("%s: %+v, %v", name, info.Fields[0].Seed, err)
		}
		if _, err := b.signIn(t, out, "leader", b.Leader); (err != nil) != c.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}
