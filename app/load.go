package app

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"io/fs"
	"math"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"trinhky/app/page"
	"trinhky/pdfview"
	"trinhky/signer"
)

// ownWords is the prefix of the keys that are the toolkit's own strings.
const ownWords = "fyne."

// loadWords reads the words of a language and gives the toolkit its own.
func loadWords(locale fs.FS, language string) (page.Words, error) {
	data, err := fs.ReadFile(locale, "window."+language+".json")
	if err != nil {
		return nil, fmt.Errorf("words of the window: %w", err)
	}
	words, err := page.ParseWords(data)
	if err != nil {
		return nil, err
	}
	return words, translateToolkit(words)
}

// translateToolkit makes the toolkit speak the program's language. It looks at
// the system's language only, so the words are given to it under that name too.
func translateToolkit(words page.Words) error {
	own := map[string]string{}
	for key, text := range words {
		if name, ok := strings.CutPrefix(key, ownWords); ok {
			own[name] = text
		}
	}
	data, err := json.Marshal(own)
	if err != nil {
		return err
	}
	for _, l := range []fyne.Locale{"vi", "en", lang.SystemLocale()} {
		if err := lang.AddTranslationsForLocale(data, l); err != nil {
			return fmt.Errorf("words of the toolkit: %w", err)
		}
	}
	return nil
}

// loadIcons reads the icons of the pages and the one of the program.
func loadIcons(files fs.FS) (map[page.Icon]fyne.Resource, fyne.Resource, error) {
	icons := map[page.Icon]fyne.Resource{}
	for _, i := range page.Icons() {
		name := string(i) + ".svg"
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, nil, fmt.Errorf("icons: %w", err)
		}
		icons[i] = fyne.NewStaticResource(name, data)
	}
	logo, err := fs.ReadFile(files, "app.png")
	if err != nil {
		return nil, nil, fmt.Errorf("icons: %w", err)
	}
	return icons, fyne.NewStaticResource("app.png", logo), nil
}

// preview paints an appearance with the engine that shows the pages: the stamp
// that is dragged is the stamp that will be signed.
func preview(engine func(ctx context.Context) (pdfview.Engine, error)) func(context.Context, *signer.Appearance, int, int) (image.Image, error) {
	if engine == nil {
		return nil
	}
	return func(ctx context.Context, a *signer.Appearance, w, h int) (image.Image, error) {
		e, err := engine(ctx)
		if err != nil {
			return nil, err
		}
		data, err := signer.Preview(*a)
		if err != nil {
			return nil, err
		}
		doc, err := e.Open(ctx, data, nil)
		if err != nil {
			return nil, err
		}
		defer func() { _ = doc.Close() }()
		scale := math.Max(float64(w)/a.Size.W, float64(h)/a.Size.H)
		clip := image.Rect(0, 0, int(math.Ceil(a.Size.W*scale)), int(math.Ceil(a.Size.H*scale)))
		if t, ok := doc.(pdfview.TransparentRenderer); ok {
			return t.RenderTransparent(ctx, 0, scale, clip)
		}
		return doc.Render(ctx, 0, scale, clip)
	}
}
