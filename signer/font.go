package signer

import "errors"

// Font is a TrueType font that stamps are written with. It is embedded as a
// subset; parsed once and shared, it is safe for concurrent use.
type Font struct {
	data []byte
}

// ParseFont reads a TrueType font (glyf outlines).
func ParseFont(ttf []byte) (*Font, error) { return nil, errors.New("not built yet") }

// Width is the width of text at size, in points.
func (f *Font) Width(text string, size float64) float64 { return 0 }

// Ascent is the height above the baseline at size, in points.
func (f *Font) Ascent(size float64) float64 { return 0 }

// Descent is the depth below the baseline at size, in points; positive.
func (f *Font) Descent(size float64) float64 { return 0 }

// Missing returns the characters of text that the font cannot show.
func (f *Font) Missing(text string) []rune { return nil }
