package assets

import "embed"

// Icons holds the icons of the window and the one of the program:
// icons/<name>.svg and icons/app.png.
//
//go:embed icons/*.svg icons/app.png
var Icons embed.FS
