//go:build !linux

package app

// displayMissing: this system always has something to show a window on.
func displayMissing() bool { return false }
