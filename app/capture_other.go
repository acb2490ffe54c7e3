//go:build !cgo || !linux

package app

import (
	"image"

	"fyne.io/fyne/v2"
)

// Capture is a picture of what the window shows.
func Capture(w fyne.Window) image.Image { return w.Canvas().Capture() }
