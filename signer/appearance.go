package signer

import "trinhky/pdfview/geom"

// Appearance is a laid-out stamp in points: what to paint, not how. Its space
// has the origin in the top left corner and y going down, as the reader sees
// it; the writer turns it upright on rotated pages.
type Appearance struct {
	Size  geom.Size
	Items []Item
}

// Item is a Text, an Image or a Line; the set is sealed.
type Item interface{ item() }

// Color is an sRGB colour, 0–255 a channel.
type Color struct{ R, G, B uint8 }

// Text is one line of text.
type Text struct {
	At    geom.Point // left end of the baseline
	Size  float64    // points
	Color Color
	Font  *Font
	Text  string // NFC
}

// Image is a picture with alpha, stretched into Rect.
type Image struct {
	Rect    geom.Rect
	Picture *Picture
}

// Line is a straight stroke.
type Line struct {
	From, To geom.Point
	Width    float64
	Color    Color
}

func (Text) item()  {}
func (Image) item() {}
func (Line) item()  {}
