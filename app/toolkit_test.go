//go:build cgo

package app

import "testing"

// A window that is closed ends the program: nothing of the toolkit's is left to run
// then (newToolkit says why).
func TestNothingRunsAfterTheWindow(t *testing.T) {
	a, err := newToolkit()
	if err != nil {
		t.Fatal(err)
	}
	l, ok := a.Lifecycle().(stopHook)
	if !ok {
		t.Fatal("the toolkit's life cycle is another one: does closing the window still end the program?")
	}
	if l.OnStopped() != nil {
		t.Error("something runs when the window is closed")
	}
}
