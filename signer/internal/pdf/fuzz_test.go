package pdf

import (
	"bytes"
	"os"
	"testing"
)

// seedCorpus adds the small files of the corpus to those in testdata.
func seedCorpus(f *testing.F) {
	if _, err := os.Stat(corpus); err != nil {
		return
	}
	for _, p := range corpusFiles(f) {
		if b := load(f, p); len(b) < 20<<10 {
			f.Add(b)
		}
	}
}

const small = "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>endobj\n" +
	"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n" +
	"4 0 obj<</FT/Sig/T(a\\051)/V<</Type/Sig/Contents<00>>>/Kids[<</Subtype/Widget/P 3 0 R>>]>>endobj\n" +
	"xref\n0 5\n0000000000 65535 f \n0000000009 00000 n \n0000000083 00000 n \n0000000132 00000 n \n0000000191 00000 n \n" +
	"trailer<</Size 5/Root 1 0 R>>\nstartxref\n287\n%%EOF\n"

func FuzzValue(f *testing.F) {
	for _, s := range []string{
		"<</A[1 0 R -2.5(a\\(b)<41 4>/N#20m true null]/B<</C 1>>>>", "[[[[", "<</A", "(((\\", "1 0 R", "<<>>x",
		"<</K>>", "99999999999999999999", "[scribble]", "/#", "<4", "%c\n7",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p := &parser{buf: b, last: true}
		v, err := p.value(0)
		if err != nil {
			return
		}
		// Formed anew, a value must read the same.
		e := &encoder{marks: map[string]Span{}}
		e.value(strip(v))
		q := &parser{buf: e.buf, last: true}
		w, err := q.value(0)
		if err != nil {
			t.Fatalf("%q was written as %q: %v", v.raw, e.buf, err)
		}
		if !same(v, w) {
			t.Fatalf("%q was written as %q", v.raw, e.buf)
		}
	})
}

// strip forgets the raw bytes, so that the value is formed anew.
func strip(v Value) Value {
	v.raw = nil
	items := make([]Value, len(v.items))
	for i, x := range v.items {
		items[i] = strip(x)
	}
	v.items = items
	return v
}

// same compares values; reals are written rounded, keywords may be odd.
func same(a, b Value) bool {
	switch {
	case a.kind == KindKeyword:
		return true
	case a.kind == KindReal:
		return b.kind == KindReal || b.kind == KindInt
	case a.kind != b.kind || len(a.items) != len(b.items) || a.s != b.s:
		return false
	}
	for i := range a.items {
		if a.keys != nil && a.keys[i] != b.keys[i] || !same(a.items[i], b.items[i]) {
			return false
		}
	}
	return true
}

func FuzzFilters(f *testing.F) {
	for i, n := range []string{"FlateDecode", "LZWDecode", "ASCIIHexDecode", "ASCII85Decode", "RunLengthDecode"} {
		f.Add([]byte("\x78\x9c\x4b\x4c\x04\x02\x00"), n, i*10, 3)
		f.Add([]byte("\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01"), n, 12, 5)
	}
	f.Fuzz(func(t *testing.T, b []byte, name string, predictor, columns int) {
		parm := Dict("Predictor", Int(predictor), "Columns", Int(columns))
		out, err := decodeOne(b, filter{name, parm}, 1<<20)
		if err == nil && len(out) > 2<<20 {
			t.Fatalf("%d bytes came out", len(out))
		}
	})
}

// FuzzOpen opens a whole file and walks everything that the signer looks at.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(small))
	seedCorpus(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Open(bytes.NewReader(b), int64(len(b)), Options{})
		if err != nil {
			return
		}
		walk(d)
		for _, r := range d.Revisions() {
			if old, err := d.At(r.End); err == nil {
				walk(old)
			}
		}
		u, err := NewUpdate(d)
		if err != nil {
			return
		}
		_ = u.Edit(d.RootRef(), []string{"AcroForm", "Fields"}, func(v Value) (Value, error) {
			if v.Kind() != KindArray {
				v = Value{}
			}
			return v.Append(Int(1)), nil
		})
		inc, err := u.Layout()
		if err != nil {
			return
		}
		out := append(bytes.Clone(b), inc.Bytes...)
		if _, err := Open(bytes.NewReader(out), int64(len(out)), Options{}); err != nil {
			t.Fatalf("the update cannot be read: %v", err)
		}
	})
}

func walk(d *Document) {
	n, err := d.NumPages()
	if err == nil {
		for i := range min(n, 20) {
			if p, err := d.Page(i); err == nil {
				_, _ = d.PageIndex(p.Ref)
			}
		}
	}
	_, _ = d.Form()
	_, _ = d.DocMDP()
	_ = d.Version()
	for i := range min(d.HighestObject()+1, 200) {
		v, err := d.Get(Ref{Num: i})
		if err == nil && v.Kind() == KindStream {
			_, _ = d.Data(v)
		}
	}
}
