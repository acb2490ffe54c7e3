package assets

import (
	"github.com/go-fonts/liberation/liberationserifregular"
)

// StampFont is the font that stamps are written with where Times New Roman is
// not installed: Liberation Serif has its metrics and the Vietnamese letters.
// The bytes are shared and must not be changed.
func StampFont() []byte { return liberationserifregular.TTF }
