//go:build cgo

package app

import (
	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"
)

// newToolkit starts the toolkit.
func newToolkit() (fyne.App, error) { return fyneapp.NewWithID(ID), nil }
