package layout_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"math/rand/v2"
	"testing"

	"trinhky/pdfview/layout"
)

// A writer of JBIG2 as office copiers embed it in PDF: one generic region a
// page, arithmetically coded with template 0 (ITU-T T.88, 6.2 and Annex E).

// qe is one row of table E.1.
type qe struct {
	p        uint32
	mps, lps uint8
	flip     bool
}

var qeRows = []qe{
	{0x5601, 1, 1, true},
	{0x3401, 2, 6, false},
	{0x1801, 3, 9, false},
	{0x0AC1, 4, 12, false},
	{0x0521, 5, 29, false},
	{0x0221, 38, 33, false},
	{0x5601, 7, 6, true},
	{0x5401, 8, 14, false},
	{0x4801, 9, 14, false},
	{0x3801, 10, 14, false},
	{0x3001, 11, 17, false},
	{0x2401, 12, 18, false},
	{0x1C01, 13, 20, false},
	{0x1601, 29, 21, false},
	{0x5601, 15, 14, true},
	{0x5401, 16, 14, false},
	{0x5101, 17, 15, false},
	{0x4801, 18, 16, false},
	{0x3801, 19, 17, false},
	{0x3401, 20, 18, false},
	{0x3001, 21, 19, false},
	{0x2801, 22, 19, false},
	{0x2401, 23, 20, false},
	{0x2201, 24, 21, false},
	{0x1C01, 25, 22, false},
	{0x1801, 26, 23, false},
	{0x1601, 27, 24, false},
	{0x1401, 28, 25, false},
	{0x1201, 29, 26, false},
	{0x1101, 30, 27, false},
	{0x0AC1, 31, 28, false},
	{0x09C1, 32, 29, false},
	{0x08A1, 33, 30, false},
	{0x0521, 34, 31, false},
	{0x0441, 35, 32, false},
	{0x02A1, 36, 33, false},
	{0x0221, 37, 34, false},
	{0x0141, 38, 35, false},
	{0x0111, 39, 36, false},
	{0x0085, 40, 37, false},
	{0x0049, 41, 38, false},
	{0x0025, 42, 39, false},
	{0x0015, 43, 40, false},
	{0x0009, 44, 41, false},
	{0x0005, 45, 42, false},
	{0x0001, 45, 43, false},
	{0x5601, 46, 46, false},
}

// coder is the arithmetic encoder of Annex E.2. out begins with a byte that is
// not part of the data, to which a carry may go.
type coder struct {
	a, c  uint32
	ct    int
	out   []byte
	index [1 << 16]uint8
	mps   [1 << 16]uint8
}

func (e *coder) encode(context int, bit uint8) {
	row := qeRows[e.index[context]]
	e.a -= row.p
	if bit == e.mps[context] {
		if e.a&0x8000 != 0 {
			e.c += row.p
			return
		}
		if e.a < row.p {
			e.a = row.p
		} else {
			e.c += row.p
		}
		e.index[context] = row.mps
	} else {
		if e.a < row.p {
			e.c += row.p
		} else {
			e.a = row.p
		}
		if row.flip {
			e.mps[context] ^= 1
		}
		e.index[context] = row.lps
	}
	for {
		e.a, e.c, e.ct = e.a<<1, e.c<<1, e.ct-1
		if e.ct == 0 {
			e.put()
		}
		if e.a&0x8000 != 0 {
			return
		}
	}
}

// put is BYTEOUT.
func (e *coder) put() {
	last := &e.out[len(e.out)-1]
	if *last != 0xFF && e.c >= 0x8000000 {
		*last++
		e.c &= 0x7FFFFFF
	}
	if *last == 0xFF {
		e.out, e.c, e.ct = append(e.out, byte(e.c>>20)), e.c&0xFFFFF, 7
		return
	}
	e.out, e.c, e.ct = append(e.out, byte(e.c>>19)), e.c&0x7FFFF, 8
}

func (e *coder) flush() []byte {
	limit := e.c + e.a
	e.c |= 0xFFFF
	if e.c >= limit {
		e.c -= 0x8000
	}
	for range 2 {
		e.c <<= uint(e.ct)
		e.put()
	}
	return append(e.out[1:], 0xFF, 0xAC)
}

// around are the neighbours that make the context of a pixel (figure 3), with
// the adaptive ones at their usual places.
var around = []image.Point{
	{-2, -2},
	{-1, -2},
	{0, -2},
	{1, -2},
	{2, -2},
	{-3, -1},
	{-2, -1},
	{-1, -1},
	{0, -1},
	{1, -1},
	{2, -1},
	{3, -1},
	{-4, 0},
	{-3, 0},
	{-2, 0},
	{-1, 0},
}

// jbig2 is the stream of a page; what is darker than half is ink.
func jbig2(g *image.Gray) []byte {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	const side, over = 4, 2 // a blank border
	wide := w + 2*side
	ink := make([]uint8, wide*(h+over))
	for y := range h {
		for x := range w {
			if g.Pix[y*g.Stride+x] < 128 {
				ink[(y+over)*wide+x+side] = 1
			}
		}
	}
	e := coder{a: 0x8000, ct: 12, out: []byte{0}}
	for y := range h {
		for x := range w {
			at, context := (y+over)*wide+x+side, 0
			for _, p := range around {
				context = context<<1 | int(ink[at+p.Y*wide+p.X])
			}
			e.encode(context, ink[at])
		}
	}
	size := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	page := append(bytes.Clone(size), make([]byte, 11)...)
	region := append(bytes.Clone(size), make([]byte, 10)...) // at the corner, OR, template 0
	region = append(region, 3, 0xFF, 0xFD, 0xFF, 2, 0xFE, 0xFE, 0xFE)
	return append(segment(0, 48, page), segment(1, 38, append(region, e.flush()...))...)
}

func segment(number uint32, kind byte, data []byte) []byte {
	out := append(binary.BigEndian.AppendUint32(nil, number), kind, 0, 1)
	return append(binary.BigEndian.AppendUint32(out, uint32(len(data))), data...)
}

// jbig2File is a document whose A4 pages are pictures in JBIG2.
func jbig2File(pages []*image.Gray) []byte {
	var b bytes.Buffer
	var offsets []int
	object := func(format string, args ...any) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n"+format+"\nendobj\n", append([]any{len(offsets)}, args...)...)
	}
	b.WriteString("%PDF-1.7\n")
	object("<</Type/Catalog/Pages 2 0 R>>")
	var kids bytes.Buffer
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 3+3*i)
	}
	object("<</Type/Pages/Count %d/Kids[%s]/MediaBox[0 0 595.276 841.89]>>", len(pages), &kids)
	const paint = "595.276 0 0 841.89 0 0 cm /I Do"
	for i, g := range pages {
		object("<</Type/Page/Parent 2 0 R/Contents %d 0 R/Resources<</XObject<</I %d 0 R>>>>>>", 4+3*i, 5+3*i)
		object("<</Length %d>>stream\n%s\nendstream", len(paint), paint)
		data := jbig2(g)
		object("<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/JBIG2Decode/Length %d>>stream\n%s\nendstream",
			g.Rect.Dx(), g.Rect.Dy(), len(data), data)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, table)
	return b.Bytes()
}

// What the writer of JBIG2 makes is the picture that went in.
func TestJBIG2(t *testing.T) {
	g := image.NewGray(image.Rect(0, 0, 595, 842))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range g.Pix {
		g.Pix[i] = 255
	}
	for range 300 {
		x, y := r.IntN(560), r.IntN(820)
		for k := range 1 + r.IntN(30) {
			g.Pix[y*g.Stride+x+k] = 0
		}
	}
	d := open(t, jbig2File([]*image.Gray{g}))
	got, err := d.Render(context.Background(), 0, 595/595.276, g.Rect)
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i, v := range g.Pix {
		if (got.Pix[4*i] < 128) != (v < 128) {
			wrong++
		}
	}
	if wrong > 0 {
		t.Errorf("%d pixels differ", wrong)
	}
}

// Copiers that send two levels at 300 dpi in JBIG2: the block is found and not
// sure.
func TestJBIG2Scans(t *testing.T) {
	c := newTally()
	const dpi = 300
	n := samples(2, 40)
	for seed := uint64(7300); uint64(c.all["block of a scan"]) < n; seed++ {
		pdf, truth := administrative(seed)
		if len(truth.Signers) != 1 || truth.Pages > 2 {
			continue
		}
		r := rand.New(rand.NewPCG(seed, 13))
		var pages []*image.Gray
		slope := (r.Float64() - 0.5) * 0.04
		for _, p := range pagesOf(t, open(t, pdf), dpi) {
			g := copied(p.(*image.RGBA), r, slope)
			twoLevels(g, r)
			pages = append(pages, g)
		}
		file := jbig2File(pages)
		keep(t, fmt.Sprintf("jbig2-%d.pdf", seed), file)
		got, err := layout.Find(context.Background(), open(t, file))
		if err != nil {
			t.Fatal(err)
		}
		want := truth.Signers[0].Band
		c.scanned(fmt.Sprint(seed), got, want.Page, want.Rect.Move(0, -slope*want.Rect.Center().X))
	}
	c.check(t, map[string]float64{"block of a scan": 0.9, "unsure of a scan": 1})
}
