// Package widget holds the drawn parts of the window: the page view with its
// tiles, the stamp that is dragged on it, the thumbnails, chips and badges.
//
// A widget holds no truth and decides nothing: it shows what it is given and
// reports what the person did through callbacks. Places on a page are in
// shown space (geom), in points; screen pixels never leave this package.
// Everything here runs on the thread of the user interface; what takes time
// goes through Runner.
package widget

import (
	"context"
	"image"
)

// Runner takes work off the thread of the user interface and brings what it
// returns back to it (task.Runner in the window, task.Plain in tests).
type Runner interface {
	Go(work func() (back func()))
}

// Painter renders a part of a page; pdfview.Document satisfies it. It is
// called off the thread of the user interface.
type Painter interface {
	Render(ctx context.Context, page int, scale float64, clip image.Rectangle) (*image.RGBA, error)
}
