//go:build cgo

package app

import (
	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"
)

// newToolkit starts the toolkit. It has nothing to run when the window is closed:
// Fyne 2.8.1 hands such a hook from one queue to another while it closes that one,
// and where the hook comes too late ShowAndRun waits for it for ever. The only hook
// it has by itself saves preferences, which are not used here.
func newToolkit() (fyne.App, error) {
	a := fyneapp.NewWithID(ID)
	if l, ok := a.Lifecycle().(stopHook); ok {
		l.SetOnStoppedHookExecuted(nil)
	}
	return a, nil
}

// stopHook is what the toolkit's life cycle has beside fyne.Lifecycle.
type stopHook interface {
	OnStopped() func()
	SetOnStoppedHookExecuted(f func())
}
