package signer

import (
	"slices"
	"sync"

	"golang.org/x/text/unicode/norm"

	"trinhky/signer/internal/truetype"
)

// maxSubsets is how many finished subsets a Font keeps: a batch uses one or two.
const maxSubsets = 8

// common are characters that every subset holds, so that the time and the
// number on a stamp do not make a new subset for every document.
const common = " 0123456789:/.,-+"

// Font is a TrueType font that stamps are written with. It is embedded as a
// subset; parsed once and shared, it is safe for concurrent use.
type Font struct {
	face *truetype.Font

	mu      sync.Mutex
	subsets []*fontSubset // most recently used first
}

// fontSubset is a subset as it is embedded.
type fontSubset struct {
	key       string // its characters, ascending
	data      *truetype.Subset
	program   []byte // deflated
	toUnicode []byte // deflated
}

// ParseFont reads a TrueType font (glyf outlines). It keeps ttf.
func ParseFont(ttf []byte) (*Font, error) {
	face, err := truetype.Parse(ttf)
	if err != nil {
		return nil, err
	}
	return &Font{face: face}, nil
}

// ParseFace reads the regular face of a family, upright or italic, from a
// TrueType font or a collection of them, by what the font says of itself. It
// keeps ttf.
func ParseFace(ttf []byte, family string, italic bool) (*Font, error) {
	face, err := truetype.ParseFace(ttf, family, italic)
	if err != nil {
		return nil, err
	}
	return &Font{face: face}, nil
}

// Width is the width of text at size, in points.
func (f *Font) Width(text string, size float64) float64 {
	w := 0.0
	for _, r := range norm.NFC.String(text) {
		w += f.face.Advance(f.face.Glyph(r))
	}
	return w * size
}

// Ascent is the height above the baseline at size, in points.
func (f *Font) Ascent(size float64) float64 {
	return float64(f.face.Metrics().Ascent) / 1000 * size
}

// Descent is the depth below the baseline at size, in points; positive.
func (f *Font) Descent(size float64) float64 {
	return -float64(f.face.Metrics().Descent) / 1000 * size
}

// Missing returns the characters of text that the font cannot show.
func (f *Font) Missing(text string) []rune {
	var out []rune
	for _, r := range norm.NFC.String(text) {
		if f.face.Glyph(r) == 0 && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// glyphs are the glyph numbers of text.
func (f *Font) glyphs(text string) []truetype.GlyphID {
	var out []truetype.GlyphID
	for _, r := range norm.NFC.String(text) {
		out = append(out, f.face.Glyph(r))
	}
	return out
}

// subset returns the embedded form for all characters of texts.
func (f *Font) subset(texts []string) (*fontSubset, error) {
	chars := []rune(common)
	for _, t := range texts {
		chars = append(chars, []rune(norm.NFC.String(t))...)
	}
	slices.Sort(chars)
	chars = slices.Compact(chars)
	key := string(chars)

	f.mu.Lock()
	defer f.mu.Unlock()
	for i, s := range f.subsets {
		if s.key == key {
			copy(f.subsets[1:i+1], f.subsets[:i])
			f.subsets[0] = s
			return s, nil
		}
	}
	data, err := f.face.Subset(chars)
	if err != nil {
		return nil, err
	}
	s := &fontSubset{key: key, data: data, program: deflate(data.Program), toUnicode: deflate(data.ToUnicode)}
	f.subsets = slices.Insert(f.subsets, 0, s)
	f.subsets = f.subsets[:min(len(f.subsets), maxSubsets)]
	return s, nil
}
