package truetype

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"
	"unicode/utf16"
)

// Subset is what a PDF needs to show the chosen glyphs. It is never modified.
type Subset struct {
	Name      string // "ABCDEF+LiberationSerif"
	Metrics   Metrics
	Program   []byte    // the font file, for /FontFile2
	Glyphs    []GlyphID // ascending, those that show characters
	Present   []GlyphID // ascending, all that the font file has outlines for
	Widths    []int     // of Glyphs, in 1/1000 em
	ToUnicode []byte    // a CMap (ISO 32000-1, 9.10.3)
}

// componentFlags of composite glyphs.
const (
	argsAreWords   = 0x0001
	haveScale      = 0x0008
	moreComponents = 0x0020
	haveXYScale    = 0x0040
	have2x2        = 0x0080
)

// Subset makes a subset that shows chars. Glyph numbers stay as they are;
// characters that the font does not have are left out.
func (f *Font) Subset(chars []rune) (*Subset, error) {
	meaning := map[GlyphID]rune{}
	for _, r := range chars {
		g := f.Glyph(r)
		if g == 0 {
			continue
		}
		if old, ok := meaning[g]; !ok || r < old {
			meaning[g] = r
		}
	}
	s := &Subset{Metrics: f.metrics}
	for g := range meaning {
		s.Glyphs = append(s.Glyphs, g)
	}
	slices.Sort(s.Glyphs)
	for _, g := range s.Glyphs {
		s.Widths = append(s.Widths, f.scale(int(f.Advance(g)*float64(f.unitsPerEm)+0.5)))
	}
	var err error
	if s.Present, err = f.withComponents(s.Glyphs); err != nil {
		return nil, err
	}
	s.Program = f.program(s.Present)
	s.ToUnicode = toUnicode(s.Glyphs, meaning)
	s.Name = subsetTag(s.Program) + "+" + f.metrics.Name
	return s, nil
}

// withComponents adds .notdef and what composite glyphs are made of.
func (f *Font) withComponents(glyphs []GlyphID) ([]GlyphID, error) {
	seen := map[GlyphID]bool{0: true}
	queue := append([]GlyphID{0}, glyphs...)
	for i := 0; i < len(queue); i++ {
		g := queue[i]
		seen[g] = true
		outline, err := f.outline(g)
		if err != nil {
			return nil, err
		}
		for _, part := range components(outline) {
			if !seen[part] && int(part) < f.numGlyphs {
				seen[part] = true
				queue = append(queue, part)
			}
		}
	}
	slices.Sort(queue)
	return slices.Compact(queue), nil
}

// outline is the entry of g in glyf; empty for a blank.
func (f *Font) outline(g GlyphID) (table, error) {
	loca, glyf := f.tables["loca"], f.tables["glyf"]
	var from, to int64
	if f.longLoca {
		from, to = int64(loca.u32(4*int(g))), int64(loca.u32(4*int(g)+4))
	} else {
		from, to = 2*int64(loca.u16(2*int(g))), 2*int64(loca.u16(2*int(g)+2))
	}
	if from > to || to > int64(len(glyf)) {
		return nil, bad(fmt.Sprintf("glyph %d lies outside glyf", g))
	}
	return glyf[from:to], nil
}

// components lists the parts of a composite glyph.
func components(t table) []GlyphID {
	if len(t) < 10 || t.i16(0) >= 0 {
		return nil
	}
	var out []GlyphID
	for at := 10; at+4 <= len(t); {
		flags := t.u16(at)
		out = append(out, GlyphID(t.u16(at+2)))
		at += 6
		if flags&argsAreWords != 0 {
			at += 2
		}
		switch {
		case flags&haveScale != 0:
			at += 2
		case flags&haveXYScale != 0:
			at += 4
		case flags&have2x2 != 0:
			at += 8
		}
		if flags&moreComponents == 0 {
			break
		}
	}
	return out
}

// program writes the font file: the tables that ISO 32000-1, 9.9 asks for.
// Glyphs that are not kept have no outline and no width.
func (f *Font) program(keep []GlyphID) []byte {
	n := int(keep[len(keep)-1]) + 1
	loca := make([]byte, 4*(n+1))
	hmtx := make([]byte, 4*n)
	var glyf []byte
	next := 0
	for g := range n {
		binary.BigEndian.PutUint32(loca[4*g:], uint32(len(glyf)))
		if GlyphID(g) != keep[next] {
			continue
		}
		next++
		outline, _ := f.outline(GlyphID(g)) // withComponents has read it
		glyf = append(glyf, outline...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		f.putMetric(hmtx[4*g:], g)
	}
	binary.BigEndian.PutUint32(loca[4*n:], uint32(len(glyf)))

	head := bytes.Clone(f.tables["head"])
	clear(head[8:12])                          // checkSumAdjustment, set at the end
	binary.BigEndian.PutUint16(head[50:52], 1) // indexToLocFormat: long
	hhea := bytes.Clone(f.tables["hhea"])
	binary.BigEndian.PutUint16(hhea[34:36], uint16(n))
	maxp := bytes.Clone(f.tables["maxp"])
	binary.BigEndian.PutUint16(maxp[4:6], uint16(n))

	parts := map[string][]byte{"head": head, "hhea": hhea, "maxp": maxp, "hmtx": hmtx, "loca": loca, "glyf": glyf}
	for _, hinting := range []string{"cvt ", "fpgm", "prep"} {
		if t, ok := f.tables[hinting]; ok {
			parts[hinting] = t
		}
	}
	return assemble(parts)
}

// putMetric writes the entry of g in hmtx: advance and left side bearing.
func (f *Font) putMetric(out []byte, g int) {
	hmtx := f.tables["hmtx"]
	i := min(g, f.hMetrics-1)
	binary.BigEndian.PutUint16(out, hmtx.u16(4*i))
	bearing := hmtx.u16(4*i + 2)
	if g >= f.hMetrics {
		bearing = hmtx.u16(4*f.hMetrics + 2*(g-f.hMetrics))
	}
	binary.BigEndian.PutUint16(out[2:], bearing)
}

// assemble writes directory and tables with their checksums.
func assemble(parts map[string][]byte) []byte {
	tags := make([]string, 0, len(parts))
	for tag := range parts {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	n := len(tags)
	selector := 0
	for 1<<(selector+1) <= n {
		selector++
	}
	out := []byte{0, 1, 0, 0}
	for _, v := range []int{n, 16 << selector, selector, 16*n - 16<<selector} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	at, headAt := 12+16*n, 0
	for _, tag := range tags {
		if tag == "head" {
			headAt = at
		}
		out = append(out, tag...)
		out = binary.BigEndian.AppendUint32(out, checksum(parts[tag]))
		out = binary.BigEndian.AppendUint32(out, uint32(at))
		out = binary.BigEndian.AppendUint32(out, uint32(len(parts[tag])))
		at += (len(parts[tag]) + 3) &^ 3
	}
	for _, tag := range tags {
		out = append(out, parts[tag]...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	binary.BigEndian.PutUint32(out[headAt+8:], 0xb1b0afba-checksum(out))
	return out
}

func checksum(b []byte) uint32 {
	var sum uint32
	for len(b) >= 4 {
		sum += binary.BigEndian.Uint32(b)
		b = b[4:]
	}
	var last [4]byte
	copy(last[:], b)
	return sum + binary.BigEndian.Uint32(last[:])
}

// subsetTag makes the six letters of a subset's name (ISO 32000-1, 9.6.4) from
// its bytes, so that the same subset has the same name.
func subsetTag(program []byte) string {
	h := fnv.New64a()
	_, _ = h.Write(program)
	v := h.Sum64()
	var tag [6]byte
	for i := range tag {
		tag[i] = 'A' + byte(v%26)
		v /= 26
	}
	return string(tag[:])
}

// toUnicode writes the CMap from glyph numbers to characters.
func toUnicode(glyphs []GlyphID, meaning map[GlyphID]rune) []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for chunk := range slices.Chunk(glyphs, 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n", len(chunk))
		for _, g := range chunk {
			fmt.Fprintf(&b, "<%04X> <", uint16(g))
			for _, u := range utf16.AppendRune(nil, meaning[g]) {
				fmt.Fprintf(&b, "%04X", u)
			}
			b.WriteString(">\n")
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.Bytes()
}
