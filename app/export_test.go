package app

import (
	"context"
	"image"

	"trinhky/pdfview"
	"trinhky/signer"
)

// What the tests of the whole window need of the inside.
var (
	LoadIcons        = loadIcons
	TranslateToolkit = translateToolkit
)

// OwnWords is the prefix of the toolkit's strings.
const OwnWords = ownWords

// Painter paints stamps with an engine, as the program does.
func Painter(engine func(context.Context) (pdfview.Engine, error)) func(context.Context, *signer.Appearance, int, int) (image.Image, error) {
	return (&stampPainter{engine: engine}).paint
}
