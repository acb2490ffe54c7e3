package pdf

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestShapes: junk before the header with offsets counted from the file or from
// the header, junk behind the end, generations, free objects, hidden objects.
// Each is read, updated, and read again.
func TestShapes(t *testing.T) {
	plain := build("<</Type/Catalog/Pages 2 0 R/X 4 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>", "(here)")
	generation := strings.NewReplacer("4 0 R", "4 2 R", "4 0 obj", "4 2 obj").Replace(string(plain))
	i := strings.LastIndex(generation, "00000 n")
	generation = generation[:i] + "00002 n" + generation[i+len("00002 n"):]
	for name, file := range map[string][]byte{
		"plain":            plain,
		"shifted by junk":  append([]byte("junk before the header\n"), plain...),
		"junk behind":      append(bytes.Clone(plain), strings.Repeat("\x00", 300)...),
		"no end of line":   bytes.TrimRight(plain, "\n"),
		"generation two":   []byte(generation),
		"entries of 19":    bytes.ReplaceAll(plain, []byte(" n \n"), []byte(" n\n")),
		"carriage returns": bytes.Replace(plain, []byte("trailer\n"), []byte("trailer\r"), 1),
	} {
		t.Run(name, func(t *testing.T) {
			for round := range 3 {
				d, err := open(file, "")
				if err != nil {
					t.Fatal(err)
				}
				cat, err := d.Catalog()
				if err != nil {
					t.Fatal(err)
				}
				x, err := d.Resolve(cat.Get("X"))
				if s, _ := x.Str(); err != nil || s != "here" {
					t.Fatalf("round %d: object 4 is %q, %v (%q)", round, x.Raw(), err, d.Notes())
				}
				if d.Repaired() || len(d.Sections()) != round+1 {
					t.Fatalf("round %d: %d sections, %q", round, len(d.Sections()), d.Notes())
				}
				u, err := NewUpdate(d)
				if err != nil {
					t.Fatal(err)
				}
				added := u.Add(Dict("Round", Int(round)))
				if added.Num <= 4+round {
					t.Fatalf("the number %d is not new", added.Num)
				}
				if err := u.Edit(d.RootRef(), []string{"Extra", fmt.Sprint(round)}, func(Value) (Value, error) { return RefTo(added), nil }); err != nil {
					t.Fatal(err)
				}
				inc, err := u.Layout()
				if err != nil {
					t.Fatal(err)
				}
				file = append(bytes.Clone(file), inc.Bytes...)
			}
		})
	}
}

// TestMarks: holes are where the increment says, and are filled within bounds.
func TestMarks(t *testing.T) {
	file := build("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R>>")
	d, err := open(file, "")
	if err != nil {
		t.Fatal(err)
	}
	u, err := NewUpdate(d)
	if err != nil {
		t.Fatal(err)
	}
	sig := u.Add(Dict("Type", Name("Sig"), "ByteRange", Hole("range", 20), "Contents", HexHole("contents", 8)))
	inc, err := u.Layout()
	if err != nil {
		t.Fatal(err)
	}
	if err := inc.Fill("range", "[0 1 2 3]"); err != nil {
		t.Fatal(err)
	}
	if err := inc.FillHex("contents", []byte{0x30, 0x82}); err != nil {
		t.Fatal(err)
	}
	if inc.FillHex("contents", make([]byte, 9)) == nil || inc.Fill("range", strings.Repeat(" ", 21)) == nil || inc.Fill("none", "") == nil {
		t.Error("what does not fit is written")
	}
	out := append(bytes.Clone(file), inc.Bytes...)
	s, ok := inc.Mark("contents")
	if got := string(out[s.Start:s.End]); !ok || got != "<3082000000000000>" {
		t.Errorf("contents %q", got)
	}
	e, err := open(out, "")
	if err != nil {
		t.Fatal(err)
	}
	found, ok := e.Locate(sig, "Contents")
	if !ok || found != s {
		t.Errorf("the hole is said to be at %v, found at %v", s, found)
	}
	v, err := e.Get(sig)
	if err != nil || v.Get("ByteRange").Len() != 4 {
		t.Errorf("%v %v", v.Get("ByteRange"), err)
	}
}
