package verify

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// FuzzExamine: whatever the bytes are, it ends, and a file that is not exactly
// one of the seeds is never valid: nobody is trusted here.
func FuzzExamine(f *testing.F) {
	f.Add([]byte("%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>endobj\n" +
		"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n" +
		"4 0 obj<</FT/Sig/T(a)/V<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 300 304 200]/Contents<3000>>>>>endobj\n" +
		"trailer<</Size 5/Root 1 0 R>>\nstartxref\n0\n%%EOF\n"))
	for _, folder := range []string{"attacks", "signed"} {
		files, _ := filepath.Glob(filepath.Join("../../../shared/corpus", folder, "*.pdf"))
		for _, p := range files {
			if b, err := os.ReadFile(p); err == nil && len(b) < 50<<10 {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		start := time.Now()
		r, err := examine(context.Background(), bytes.NewReader(b), int64(len(b)), Options{At: time.Unix(1.6e9, 0)})
		if d := time.Since(start); d > time.Minute {
			t.Fatalf("took %v", d)
		}
		if err == nil && r.Verdict == Valid {
			t.Fatal("valid without any anchor")
		}
	})
}

// FuzzChanges: whatever follows a signed document, the comparison ends, and the
// document counts as unchanged only where nothing but white space follows.
func FuzzChanges(f *testing.F) {
	signed, err := os.ReadFile("../testdata/visible-rotated.golden.pdf")
	if err != nil {
		f.Fatal(err)
	}
	at := bytes.LastIndex(signed, []byte("startxref"))
	update := func(body string) []byte {
		return []byte(body + "xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 99/Root 1 0 R/Prev " +
			string(bytes.Fields(signed[at:])[1]) + ">>\nstartxref\n" + strconv.Itoa(len(signed)+len(body)) + "\n%%EOF\n")
	}
	f.Add(update(""))
	f.Add(update("1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"))
	f.Add([]byte("\n"))
	f.Add([]byte("3 0 obj<<>>endobj\nstartxref\n9\n%%EOF"))
	f.Fuzz(func(t *testing.T, tail []byte) {
		doc := append(bytes.Clone(signed), tail...)
		start := time.Now()
		r, err := examine(context.Background(), bytes.NewReader(doc), int64(len(doc)), Options{})
		if d := time.Since(start); d > time.Minute {
			t.Fatalf("took %v", d)
		}
		if err != nil || len(bytes.TrimSpace(tail)) == 0 || len(r.Signatures) == 0 {
			return
		}
		for _, s := range r.Signatures {
			if s.Intact && s.Coverage == CoverageFile && s.Changes == ChangesNone && len(bytes.Trim(tail, " \r\n\t\f\x00")) > 0 {
				t.Fatalf("%q is not noticed", tail)
			}
		}
	})
}
