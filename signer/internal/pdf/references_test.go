package pdf

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

// referencesOf compares the quick scan with what the parser sees.
func referencesOf(t *testing.T, d *Document) {
	t.Helper()
	for num := range min(d.HighestObject()+1, 5000) {
		gen, _, ok := d.Defined(num)
		if !ok {
			continue
		}
		r := Ref{num, gen}
		clear(d.objects)
		var quick, careful []Ref
		page, err := d.References(r, func(x Ref) { quick = append(quick, x) })
		v, err2 := d.Get(r)
		if err2 != nil {
			continue // a scan may pass over what a parser refuses
		}
		if err != nil {
			t.Fatalf("%v: %v", r, err)
		}
		v.References(func(x Ref) { careful = append(careful, x) })
		if !slices.Equal(quick, careful) || page != v.Get("Type").IsName("Page") {
			t.Fatalf("%v: %v, want %v; page %v", r, quick, careful, page)
		}
	}
}

// document has body as its first object.
func document(body []byte) (*bytes.Reader, int64, Options) {
	var b bytes.Buffer
	offs := []int{}
	b.WriteString("%PDF-1.7\n")
	for i, o := range [][]byte{body, []byte("<</Type/Catalog/Pages 3 0 R>>"), []byte("<</Type/Pages/Count 0/Kids[]>>")} {
		offs = append(offs, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	b.WriteString("xref\n0 4\n0000000000 65535 f \n")
	for _, o := range offs {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Root 2 0 R/Size 4>>\nstartxref\n%d\n%%%%EOF\n", at)
	return bytes.NewReader(b.Bytes()), int64(b.Len()), Options{}
}

func TestReferences(t *testing.T) {
	for name, body := range map[string]string{
		"plain":    "<</Type/Page/Parent 2 0 R/Kids[3 0 R 4 1 R]>>",
		"nested":   "<</A<</Type/Page/B 7 0 R>>/Type /Font>>",
		"strings":  `<</A(5 0 R \) ( 6 0 R))/B<35 20 30>/C 8 0 R>>`,
		"alone":    "12 0 R",
		"word":     "null",
		"numbers":  "[1 2 3 0 R 4.5 0 R -1 0 R 6 7 0 R]",
		"comments": "<</A % 3 0 R\n 4 0 R/Type/Page>>",
		"name":     "<</Type/Page/R 1 0/X 9 0 R/Rx(a)>>",
	} {
		d, err := Open(document([]byte(body)))
		if err != nil {
			t.Fatal(name, err)
		}
		referencesOf(t, d)
	}
}

func FuzzReferences(f *testing.F) {
	f.Add([]byte("<</Type/Page/Parent 2 0 R>>"))
	f.Add([]byte("[(\\)1 0 R) <31> 2 0 R]"))
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := Open(document(body))
		if err != nil {
			return
		}
		referencesOf(t, d)
	})
}
