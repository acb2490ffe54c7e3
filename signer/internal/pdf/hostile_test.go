package pdf

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// build lays out objects (from number 1 on) with a classic table.
func build(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var offs []int
	for i, o := range objects {
		offs = append(offs, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offs {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, at)
	return b.Bytes()
}

func deflate(data []byte) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.String()
}

func streamObject(dict string, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>stream\n%s\nendstream", dict, len(data), data)
}

// sparseTable is a document whose table has n sections of one entry, far apart.
func sparseTable(n int) []byte {
	whole := string(build("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R>>"))
	at := strings.LastIndex(whole, "xref\n0")
	var index strings.Builder
	for i := range n {
		fmt.Fprintf(&index, "%d 1 ", i*entryPage)
	}
	data := deflate(bytes.Repeat([]byte{1, 9, 0}, n))
	return fmt.Appendf([]byte(whole[:at]), "9 0 obj\n<</Type/XRef/W[1 1 1]/Root 1 0 R/Size 4/Index[%s]/Filter/FlateDecode/Length %d>>stream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n",
		index.String(), len(data), data, at)
}

// TestHostile: loops, deep nesting, bombs and absurd numbers end quickly, with
// an error where the thing itself is asked for, and with little memory.
func TestHostile(t *testing.T) {
	const catalog, pages = "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>"
	page := "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
	object := func(n int) func(*Document) error {
		return func(d *Document) error { _, err := d.Get(Ref{Num: n}); return err }
	}
	data := func(n int) func(*Document) error {
		return func(d *Document) error {
			v, err := d.Get(Ref{Num: n})
			if err == nil {
				_, err = d.Data(v)
			}
			return err
		}
	}
	allPages := func(d *Document) error { _, err := d.AllPages(); return err }
	form := func(d *Document) error { _, err := d.Form(); return err }
	bomb := deflate(make([]byte, 2*maxDecoded))
	many := func(s string, n int) string { return strings.Repeat(s, n) }
	for _, c := range []struct {
		name string
		file []byte
		ask  func(*Document) error
		fine bool // no error is expected, only an end
	}{
		{"arrays nested deeply", build(catalog, pages, page, many("[", 100000)), object(4), false},
		{"dictionaries nested deeply", build(catalog, pages, page, many("<</A", 100000)), object(4), false},
		{"parentheses nested deeply", build(catalog, pages, page, many("(", 100000)), object(4), false},
		{"a number too large", build(catalog, pages, page, many("9", 100000)), object(4), true},
		{"a name without end", build(catalog, pages, page, "/"+many("A", 100000)), object(4), true},
		{"a reference to itself", build(catalog, pages, page, "4 0 R"), func(d *Document) error {
			_, err := d.Resolve(RefTo(Ref{Num: 4}))
			return err
		}, false},
		{"a length that is its own stream", build(catalog, pages, page, "<</Length 4 0 R>>stream\nx\nendstream"), data(4), true},
		{"a bomb", build(catalog, pages, page, streamObject("/Filter/FlateDecode", bomb)), data(4), false},
		{"a bomb in a bomb", build(catalog, pages, page, streamObject("/Filter[/FlateDecode/FlateDecode]",
			deflate([]byte(bomb)))), data(4), false},
		{"a run length bomb", build(catalog, pages, page, streamObject("/Filter[/RunLengthDecode/RunLengthDecode/RunLengthDecode/RunLengthDecode]",
			many("\x81\x81", 40000))), data(4), false},
		{"a bomb of abbreviated zeros", build(catalog, pages, page, streamObject("/Filter[/FlateDecode/ASCII85Decode]",
			deflate([]byte(many("z", maxDecoded/2))))), data(4), false},
		{"LZW within LZW", build(catalog, pages, page, streamObject("/Filter["+many("/LZW", 50)+"]", "\x80\x0b\x60\x50")), data(4), false},
		{"filters without end", build(catalog, pages, page, streamObject("/Filter["+many("/AHx", 1000)+"]", "00")), data(4), false},
		{"a predictor of absurd width", build(catalog, pages, page, streamObject("/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 2147483647>>",
			deflate([]byte("abc")))), data(4), true},
		{"a page tree that is a loop", build(catalog, "<</Type/Pages/Kids[2 0 R]/Count 1>>"), allPages, false},
		{"a page tree that doubles", build(catalog, "<</Type/Pages/Kids[3 0 R 3 0 R]/Count 4>>", "<</Type/Pages/Kids[4 0 R 4 0 R]/Count 2>>", page), allPages, false},
		{"parents that are a loop", build(catalog, pages, "<</Type/Page/Parent 4 0 R>>", "<</Parent 3 0 R>>"), func(d *Document) error {
			_, err := d.PageIndex(Ref{Num: 3})
			return err
		}, false},
		{"a count that lies", build(catalog, "<</Type/Pages/Kids[3 0 R]/Count 2000000000>>", page), func(d *Document) error {
			if n, err := d.NumPages(); err != nil || n != 1 {
				return fmt.Errorf("%d pages, %w", n, err)
			}
			return nil
		}, true},
		{"a form that is a loop", build("<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>", pages, page,
			"<</T(a)/Kids[4 0 R 5 0 R]>>", "<</T(b)/Kids[4 0 R 5 0 R]>>"), form, true},
		{"a form with a name that is inherited by thousands", build("<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>", pages, page,
			"<</T("+many("a", 1<<20)+")/Kids["+many("<</T(b)/FT/Tx>>", 10000)+"]>>"), form, false},
		{"a table of one object in every sixty-four", sparseTable(200_000), object(1), false},
		{"an object stream that says millions", build(catalog, pages, page, streamObject("/Type/ObjStm/N 4000000/First 8000000/Filter/FlateDecode",
			deflate([]byte(many("9 ", 4000000))))), func(d *Document) error {
			_, err := d.compressed(4, 1, 7)
			return err
		}, false},
		{"an object stream within itself", build(catalog, pages, page, "<</Type/ObjStm/N 1/First 4/Extends 4 0 R/Length 5>>stream\n4 0 1\nendstream"), data(4), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			d, err := open(c.file, "")
			if err == nil {
				err = c.ask(d)
			}
			runtime.ReadMemStats(&after)
			if took := time.Since(start); took > 2*time.Minute {
				t.Errorf("took %v", took)
			}
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 512 {
				t.Errorf("%d MB were allocated", used)
			}
			if (err == nil) != c.fine {
				t.Errorf("error %v", err)
			}
			if e, ok := errors.AsType[*Error](err); err != nil && !ok {
				t.Errorf("%v is no *Error but %T", err, e)
			}
		})
	}
}

// TestXrefHostile: chains and tables that lie.
func TestXrefHostile(t *testing.T) {
	body := string(build("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R>>"))
	at := strings.Index(body, "xref\n0 4")
	for name, file := range map[string]string{
		"a chain that is a loop":    strings.Replace(body, "/Root", fmt.Sprintf("/Prev %d/Root", at), 1),
		"a table without end":       body[:at] + "xref\n0 99999999\n" + body[at+9:],
		"no trailer":                body[:strings.Index(body, "trailer")],
		"a startxref beyond":        strings.Replace(body, fmt.Sprintf("startxref\n%d", at), "startxref\n999999999", 1),
		"a previous section beyond": strings.Replace(body, "/Root", "/Prev 999999/Root", 1),
	} {
		t.Run(name, func(t *testing.T) {
			d, err := open([]byte(file), "")
			if err == nil && !d.Repaired() {
				t.Error("opened without a word")
			}
			if err != nil {
				if _, ok := FaultOf(err); !ok {
					t.Errorf("%T: %v", err, err)
				}
			} else if _, err := NewUpdate(d); !errors.Is(err, ErrRepaired) {
				t.Errorf("an update of a repaired file: %v", err)
			}
		})
	}
}

// TestFaults: each kind of unusable file has its name.
func TestFaults(t *testing.T) {
	whole := string(build("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R>>"))
	for _, c := range []struct {
		name, file string
		want       Fault
	}{
		{"no bytes", "", FaultEmpty},
		{"zeros", strings.Repeat("\x00", 5000), FaultEmpty},
		{"a picture", "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 2000), FaultNotPDF},
		{"HTML", "<html><body>Not found</body></html>", FaultNotPDF},
		{"cut off", whole[:len(whole)/2], FaultTruncated},
		{"no catalog", strings.Replace(whole, "/Root 1 0 R", "/Rxxt 1 0 R", 1), FaultDamaged},
		{"unknown handler", strings.Replace(whole, "/Root", "/Encrypt<</Filter/Adobe.PubSec/V 4>>/Root", 1), FaultEncryption},
	} {
		_, err := open([]byte(c.file), "")
		if f, ok := FaultOf(err); !ok || f != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
