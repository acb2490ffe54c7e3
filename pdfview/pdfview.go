// Package pdfview opens PDF documents for reading: page sizes, pixels, text
// with positions. The engine (PDFium as WebAssembly) stands behind the small
// interfaces here, so that another one can take its place.
//
// Nothing here changes a document, and nothing here may be called on the
// thread of the user interface: every call can take time and honours ctx.
package pdfview

import (
	"context"
	"errors"
	"image"

	"trinhky/pdfview/geom"
)

// ErrPassword says that the document needs a password, or another one.
var ErrPassword = errors.New("the document needs its password")

// ErrFormat says that the data is not a PDF document, or too damaged to be read.
var ErrFormat = errors.New("not a readable PDF document")

// Engine opens documents. It is safe for concurrent use.
type Engine interface {
	// Open reads the document in data; data must not change until Close.
	Open(ctx context.Context, data []byte, password []byte) (Document, error)
	Close() error
}

// Document is an open document with an engine instance of its own; calls on it
// are done one after another. Pages are counted from 0.
type Document interface {
	Pages() int
	// Page is the geometry of a page; it never renders.
	Page(ctx context.Context, page int) (geom.Page, error)
	// Render paints the part clip of page n at scale pixels per shown point
	// (150 dpi is 150.0/72). The whole page is ShownSize × scale pixels,
	// rounded up. Annotations and signature widgets are painted. The image is
	// the caller's; its bounds are those of clip moved to the origin.
	Render(ctx context.Context, page int, scale float64, clip image.Rectangle) (*image.RGBA, error)
	// Text is the text layer of a page, in the order of its content stream.
	Text(ctx context.Context, page int) (Text, error)
	Close() error
}

// TransparentRenderer is what a Document may also be able to do: paint as
// Render does, but on nothing instead of white. The preview of a stamp is the
// page of the signed file that carries it, painted this way.
type TransparentRenderer interface {
	RenderTransparent(ctx context.Context, page int, scale float64, clip image.Rectangle) (*image.NRGBA, error)
}

// Text is the text layer of one page.
type Text struct {
	Chars []Char
}

// Char is one character as it was painted.
type Char struct {
	Rune rune
	Box  geom.Rect  // ink of the glyph, user space of the page; a space has little or none
	Base geom.Point // origin of the glyph on its baseline, user space
	Size float64    // font size in points of user space
	// Advance is how far the pen goes on in reading direction, by the font; 0
	// where that is not known.
	Advance float64
	Bold    bool
	Font    string
	// Color of the fill, 0xRRGGBB, and whether it is painted at all (Tr 3 is not).
	Color     uint32
	Invisible bool
}
