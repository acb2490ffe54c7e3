package assets

import (
	"github.com/go-fonts/liberation/liberationserifitalic"
	"github.com/go-fonts/liberation/liberationserifregular"
)

// StampFont is the font that stamps are written with where Times New Roman is
// not installed: Liberation Serif has its metrics and the Vietnamese letters.
// The bytes are shared and must not be changed.
func StampFont() []byte { return liberationserifregular.TTF }

// StampItalic is the italic of StampFont, for the place and date of issue.
func StampItalic() []byte { return liberationserifitalic.TTF }
