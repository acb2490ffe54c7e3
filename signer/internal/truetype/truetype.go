// Package truetype reads TrueType fonts (glyf outlines) and makes the subsets
// that stamps are embedded with. A subset keeps the glyph numbers of the font,
// so that text in a PDF is written as glyph numbers (Identity-H).
//
// The table names and fields are those of the OpenType specification. Fonts
// are data from outside: every offset is checked, nothing is trusted.
package truetype

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// maxData is the size of the largest font that is taken.
const maxData = 64 << 20

// ErrFont says that the bytes are not a usable TrueType font.
var ErrFont = errors.New("not a usable TrueType font")

func bad(what string) error { return fmt.Errorf("%w: %s", ErrFont, what) }

// GlyphID is the number of a glyph in its font; 0 is .notdef.
type GlyphID uint16

// Font is a parsed font. It is never modified and safe for concurrent use.
type Font struct {
	tables     map[string]table
	unitsPerEm int
	longLoca   bool
	numGlyphs  int
	hMetrics   int // entries of hmtx with an advance
	cmap       charMap
	metrics    Metrics
}

// Metrics are what a font descriptor says (ISO 32000-1, 9.8), in 1/1000 em.
type Metrics struct {
	Name                       string // PostScript name
	Ascent, Descent, CapHeight int    // Descent is negative
	BBox                       [4]int
	ItalicAngle                float64
	StemV                      int
	Serif, FixedPitch          bool
}

// Parse reads a font. It keeps data; the caller leaves it alone from then on.
func Parse(data []byte) (*Font, error) {
	if len(data) < 12 || len(data) > maxData {
		return nil, bad("size")
	}
	switch string(data[:4]) {
	case "\x00\x01\x00\x00", "true":
	case "OTTO":
		return nil, bad("its outlines are CFF, not glyf")
	case "ttcf":
		return nil, bad("a collection of several fonts")
	default:
		return nil, bad("no TrueType header")
	}
	return parseAt(data, 0)
}

// parseAt reads the font whose table directory begins at offset of data.
func parseAt(data []byte, offset int) (*Font, error) {
	f := &Font{tables: map[string]table{}}
	if err := f.readDirectory(data, offset); err != nil {
		return nil, err
	}
	for _, need := range []string{"head", "hhea", "maxp", "hmtx", "cmap", "loca", "glyf"} {
		if _, ok := f.tables[need]; !ok {
			return nil, bad("no table " + need)
		}
	}
	if err := f.readSizes(); err != nil {
		return nil, err
	}
	if err := f.checkEmbedding(); err != nil {
		return nil, err
	}
	var err error
	if f.cmap, err = readCharMap(f.tables["cmap"]); err != nil {
		return nil, err
	}
	f.readMetrics()
	return f, nil
}

func (f *Font) readDirectory(data []byte, at int) error {
	d := table(data)
	n := int(d.u16(at + 4))
	if n > 256 || len(data) < at+12+16*n {
		return bad("table directory")
	}
	for i := range n {
		rec := d[at+12+16*i:]
		offset, length := int64(rec.u32(8)), int64(rec.u32(12))
		if offset+length > int64(len(data)) {
			return bad("table outside the file")
		}
		f.tables[string(rec[:4])] = d[offset : offset+length : offset+length]
	}
	return nil
}

// readSizes reads head, maxp and hhea and checks what hangs on them.
func (f *Font) readSizes() error {
	head, hhea, maxp := f.tables["head"], f.tables["hhea"], f.tables["maxp"]
	if len(head) < 54 || len(hhea) < 36 || len(maxp) < 6 {
		return bad("short head, hhea or maxp")
	}
	f.unitsPerEm = int(head.u16(18))
	f.longLoca = head.u16(50) != 0
	f.numGlyphs = int(maxp.u16(4))
	f.hMetrics = int(hhea.u16(34))
	if f.unitsPerEm < 16 || f.unitsPerEm > 16384 || f.numGlyphs == 0 {
		return bad("units per em or number of glyphs")
	}
	if f.hMetrics == 0 || f.hMetrics > f.numGlyphs || len(f.tables["hmtx"]) < 4*f.hMetrics {
		return bad("hmtx")
	}
	entry := 2
	if f.longLoca {
		entry = 4
	}
	if len(f.tables["loca"]) < entry*(f.numGlyphs+1) {
		return bad("loca")
	}
	return nil
}

// checkEmbedding obeys OS/2 fsType: restricted fonts and those that must not
// be subset, or embedded as bitmaps only, are refused.
func (f *Font) checkEmbedding() error {
	os2 := f.tables["OS/2"]
	if len(os2) < 10 {
		return nil
	}
	fsType := os2.u16(8)
	if fsType&0x000f == 2 || fsType&0x0300 != 0 {
		return bad("its licence forbids embedding a subset (fsType)")
	}
	return nil
}

func (f *Font) readMetrics() {
	head, hhea, os2, post := f.tables["head"], f.tables["hhea"], f.tables["OS/2"], f.tables["post"]
	m := Metrics{
		Name:    f.postScriptName(),
		Ascent:  f.scale(int(hhea.i16(4))),
		Descent: f.scale(int(hhea.i16(6))),
		StemV:   80,
	}
	for i := range m.BBox {
		m.BBox[i] = f.scale(int(head.i16(36 + 2*i)))
	}
	m.CapHeight = m.Ascent * 3 / 4
	if len(os2) >= 90 && os2.u16(0) >= 2 {
		m.CapHeight = f.scale(int(os2.i16(88)))
	}
	if len(os2) >= 34 {
		if class := os2.u16(4); class >= 600 { // usWeightClass: bold
			m.StemV = 140
		}
		family := os2.i16(30) >> 8 // sFamilyClass
		m.Serif = family >= 1 && family <= 7
	}
	if len(post) >= 16 {
		m.ItalicAngle = float64(int32(post.u32(4))) / 65536
		m.FixedPitch = post.u32(12) != 0
	}
	f.metrics = m
}

// scale takes font units to 1/1000 em, rounded.
func (f *Font) scale(units int) int {
	n := units * 1000
	if n < 0 {
		return -((-n + f.unitsPerEm/2) / f.unitsPerEm)
	}
	return (n + f.unitsPerEm/2) / f.unitsPerEm
}

// Metrics returns the numbers of the font descriptor.
func (f *Font) Metrics() Metrics { return f.metrics }

// Glyph is the glyph of r, or 0 where the font has none.
func (f *Font) Glyph(r rune) GlyphID {
	g := f.cmap.lookup(r)
	if g >= f.numGlyphs {
		return 0
	}
	return GlyphID(g)
}

// Advance is the width of g in em.
func (f *Font) Advance(g GlyphID) float64 {
	i := min(int(g), f.hMetrics-1)
	return float64(f.tables["hmtx"].u16(4*i)) / float64(f.unitsPerEm)
}

// table is the bytes of a table; reading past the end gives zero, and the
// places where that would matter check lengths first.
type table []byte

func (t table) u16(at int) uint16 {
	if at < 0 || at+2 > len(t) {
		return 0
	}
	return binary.BigEndian.Uint16(t[at:])
}

func (t table) i16(at int) int16 { return int16(t.u16(at)) }

func (t table) u32(at int) uint32 {
	if at < 0 || at+4 > len(t) {
		return 0
	}
	return binary.BigEndian.Uint32(t[at:])
}
