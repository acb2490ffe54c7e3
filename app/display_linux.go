package app

import "os"

// displayMissing says whether there is nothing to show a window on: the
// toolkit would only panic.
func displayMissing() bool {
	return os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == ""
}
