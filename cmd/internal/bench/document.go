package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"strings"
)

// document writes PDF files that are as large as a row needs: pages pages and
// filler bytes in the content stream of the first one.
type document struct {
	w       *bufio.Writer
	at      int64
	offsets []int64
}

func writeDocument(path string, pages int, filler int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	d := &document{w: bufio.NewWriterSize(f, 1<<20)}
	d.body(pages, filler)
	d.end()
	if err := d.w.Flush(); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

func (d *document) print(format string, args ...any) {
	n, _ := fmt.Fprintf(d.w, format, args...) // Flush tells of errors
	d.at += int64(n)
}

func (d *document) object(format string, args ...any) {
	d.offsets = append(d.offsets, d.at)
	d.print("%d 0 obj\n", len(d.offsets))
	d.print(format, args...)
	d.print("\nendobj\n")
}

// fanOut is how many pages hang on one node of the page tree.
const fanOut = 50

// body writes catalog (1), page tree (2), font (3), content (4) and for every
// branch its node and its pages.
func (d *document) body(pages int, filler int64) {
	d.print("%%PDF-1.7\n%%\xe2\xe3\xcf\xd3\n")
	d.object("<</Type/Catalog/Pages 2 0 R>>")
	branches := (pages + fanOut - 1) / fanOut
	var kids strings.Builder
	for i := range branches {
		fmt.Fprintf(&kids, "%d 0 R ", 5+i*(fanOut+1))
	}
	d.object("<</Type/Pages/Kids[%s]/Count %d/MediaBox[0 0 595 842]>>", kids.String(), pages)
	d.object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
	d.content(filler)
	for i := range branches {
		n := min(fanOut, pages-i*fanOut)
		first := 5 + i*(fanOut+1)
		var leaves strings.Builder
		for k := range n {
			fmt.Fprintf(&leaves, "%d 0 R ", first+1+k)
		}
		d.object("<</Type/Pages/Parent 2 0 R/Kids[%s]/Count %d>>", leaves.String(), n)
		for range n {
			d.object("<</Type/Page/Parent %d 0 R/Contents 4 0 R/Resources<</Font<</F 3 0 R>>>>>>", first)
		}
	}
}

func (d *document) content(filler int64) {
	const text = "BT /F 14 Tf 72 760 Td (Uy ban nhan dan tinh Song Gianh) Tj ET\n"
	d.offsets = append(d.offsets, d.at)
	d.print("4 0 obj\n<</Length %d>>stream\n%s", int64(len(text))+filler, text)
	block := bytes.Repeat([]byte("q 1 0 0 1 0 0 cm Q\n"), 55_000)
	for left := filler; left > 0; left -= int64(len(block)) {
		block = block[:min(left, int64(len(block)))]
		n, _ := d.w.Write(block)
		d.at += int64(n)
	}
	d.print("\nendstream\nendobj\n")
}

func (d *document) end() {
	start := d.at
	d.print("xref\n0 %d\n0000000000 65535 f\r\n", len(d.offsets)+1)
	for _, at := range d.offsets {
		d.print("%010d 00000 n\r\n", at)
	}
	d.print("trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(d.offsets)+1, start)
}

// ink is a signature image with alpha of some 40 kB: strokes with noise, which
// does not compress away.
func ink() ([]byte, error) {
	const w, h = 480, 200
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a picture, the same every time
	for x := range w {
		middle := h/2 + 60*math.Sin(float64(x)/23)*math.Cos(float64(x)/71)
		for y := range h {
			if away := math.Abs(float64(y) - middle); away < 22 {
				shade := uint8(r.IntN(8))
				img.SetNRGBA(x, y, color.NRGBA{R: shade, G: shade, B: 150 + shade, A: uint8(255 - 11*away)})
			}
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}
