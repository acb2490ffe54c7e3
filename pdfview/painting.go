package pdfview

import (
	"context"
	"image"

	"trinhky/pdfview/geom"
)

// ObjectKind says what an object of a page paints.
type ObjectKind int

// The kinds of page objects (ISO 32000-1, 8.2).
const (
	OtherObject ObjectKind = iota
	TextObject
	PathObject
	ImageObject
	ShadingObject
)

// Object is one thing that the content of a page paints.
type Object struct {
	Kind ObjectKind
	Box  geom.Rect // what it can reach, user space of the page; clipping is not applied
}

// Painting is all that the content of a page paints.
type Painting struct {
	Objects []Object // in the order of painting; those of a form XObject stand in its place
	Text    Text
	Source  []int // for each character of Text its place in Objects, or -1
}

// ObjectRenderer is what a Document may also be able to do: take the content of
// a page apart, and paint it with some of its objects left out.
type ObjectRenderer interface {
	Painting(ctx context.Context, page int) (Painting, error)
	// RenderWithout paints as Render does, but not the objects of Painting for
	// which hide says so. Annotations are painted.
	RenderWithout(ctx context.Context, page int, scale float64, clip image.Rectangle, hide func(i int) bool) (*image.RGBA, error)
}
