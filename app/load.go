package app

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"io/fs"
	"math"
	"strings"
	"sync"

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

// stampPainter paints appearances with the engine that shows the pages: the
// stamp that is dragged is the stamp that will be signed. It keeps the last one
// open, because zooming paints it again and again.
type stampPainter struct {
	engine func(ctx context.Context) (pdfview.Engine, error)

	mu   sync.Mutex
	last *signer.Appearance
	doc  pdfview.Document
}

// paint paints a on nothing, w × h pixels.
func (p *stampPainter) paint(ctx context.Context, a *signer.Appearance, w, h int) (image.Image, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.open(ctx, a); err != nil {
		return nil, err
	}
	scale := math.Max(float64(w)/a.Size.W, float64(h)/a.Size.H)
	clip := image.Rect(0, 0, int(math.Ceil(a.Size.W*scale)), int(math.Ceil(a.Size.H*scale)))
	if t, ok := p.doc.(pdfview.TransparentRenderer); ok {
		return t.RenderTransparent(ctx, 0, scale, clip)
	}
	return p.doc.Render(ctx, 0, scale, clip)
}

func (p *stampPainter) open(ctx context.Context, a *signer.Appearance) error {
	if err := ctx.Err(); err != nil || p.last == a {
		return err
	}
	data, err := signer.Preview(*a)
	if err != nil {
		return err
	}
	e, err := p.engine(ctx)
	if err != nil {
		return err
	}
	doc, err := e.Open(ctx, data, nil)
	if err != nil {
		return err
	}
	p.close()
	p.last, p.doc = a, doc
	return nil
}

// close lets go of the last one.
func (p *stampPainter) close() {
	if p.doc != nil {
		_ = p.doc.Close() // only a picture of it was wanted
	}
	p.last, p.doc = nil, nil
}
