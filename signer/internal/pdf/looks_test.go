package pdf

import (
	"fmt"
	"strings"
	"testing"
)

// TestRedrawn: /NeedAppearances matters only where a field has no look that shows
// its value.
func TestRedrawn(t *testing.T) {
	look := func(s string) string { return fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(s), s) }
	for _, c := range []struct {
		name, field, look string
		want              bool
	}{
		{"a value and its text", "/FT/Tx/V(Van phong)/AP<</N 4 0 R>>", "/Tx BMC q BT /F 9 Tf (Van ) Tj (phong)Tj ET Q EMC", false},
		{"a value in pieces", "/FT/Tx/V(Van phong)/AP<</N 4 0 R>>", "BT[(Va)-20(n phong)]TJ ET", false},
		{"an accent in both encodings", "/FT/Tx/V<FEFF00E9>/AP<</N 4 0 R>>", "BT<E9>Tj ET", false},
		{"a value and an empty look, as LibreOffice writes it", "/FT/Tx/V(Van phong)/AP<</N 4 0 R>>", "/Tx BMC\nEMC\n", true},
		{"a value and the look of an earlier one", "/FT/Tx/V(moi)/AP<</N 4 0 R>>", "BT(cu)Tj ET", true},
		{"no value but a look of text", "/FT/Tx/AP<</N 4 0 R>>", "BT(cu)Tj ET", true},
		{"no value but another object painted", "/FT/Tx/AP<</N 4 0 R>>", "/Fm0 Do", true},
		{"no value, nothing painted", "/FT/Tx/AP<</N 4 0 R>>", "/Tx BMC EMC", false},
		{"no value, no look", "/FT/Tx/V()", "", false},
		{"no look of a border", "/FT/Tx/MK<</BC[0]>>", "", true},
		{"a value without a look", "/FT/Tx/V(x)", "", true},
		{"a look that is unreadable", "/FT/Tx/V(x)/AP<</N 4 0 R>>", "BT(x)Tj <<", true},
		{"a choice and its text", "/FT/Ch/Ff 131072/V(mot)/AP<</N 4 0 R>>", "BT(mot)Tj ET", false},
		{"a list box", "/FT/Ch/AP<</N 4 0 R>>", "", true},
		{"a check box, on", "/FT/Btn/V/Yes/AS/Yes/AP<</N<</Yes 4 0 R>>>>", "", false},
		{"a check box, off", "/FT/Btn/V/Off/AS/Off/AP<</N<</Yes 4 0 R>>>>", "", false},
		{"a check box that shows another state", "/FT/Btn/V/Yes/AS/Off/AP<</N<</Yes 4 0 R>>>>", "", true},
		{"a check box without a look", "/FT/Btn/V/Yes/AS/Yes", "", true},
		{"a push button", "/FT/Btn/Ff 65536/AP<</N 4 0 R>>", "", false},
		{"a push button without a look", "/FT/Btn/Ff 65536", "", true},
		{"a signature field", "/FT/Sig", "", false},
		{"a field of no kind", "/V(x)", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, needed := range []bool{true, false} {
				d := opened(t, fmt.Sprintf("<</Type/Catalog/Pages 2 0 R/AcroForm<</NeedAppearances %v/Fields[3 0 R]>>>>", needed),
					"<</Type/Pages/Kids[]/Count 0>>", "<</Type/Annot/Subtype/Widget/Rect[0 0 9 9]/T(a)"+c.field+">>", look(c.look))
				f, err := d.Form()
				if err != nil {
					t.Fatal(err)
				}
				if got := d.Redrawn(f); got != (c.want && needed) {
					t.Errorf("with /NeedAppearances %v: %v", needed, got)
				}
			}
		})
	}
}

// opened is a document of these objects, the catalog first.
func opened(t *testing.T, objects ...string) *Document {
	t.Helper()
	var b strings.Builder
	b.WriteString("%PDF-1.7\n")
	var table strings.Builder
	for i, o := range objects {
		fmt.Fprintf(&table, "%010d 00000 n\r\n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	n := len(objects) + 1
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f\r\n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", n, table.String(), n, at)
	d, err := Open(strings.NewReader(b.String()), int64(b.Len()), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}
