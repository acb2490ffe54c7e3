//go:build !cgo

package app

import (
	"errors"

	"fyne.io/fyne/v2"
)

// errNoWindow: the toolkit's driver needs cgo. Such a build is for tests.
var errNoWindow = errors.New("this build has no window: it was made without cgo")

func newToolkit() (fyne.App, error) { return nil, errNoWindow }
