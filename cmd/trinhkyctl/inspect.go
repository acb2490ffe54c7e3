package main

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"trinhky/app/review"
	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer"
)

// open reads a document with the renderer.
func (s *session) open(ctx context.Context, path string, f passwordFlags) (*review.Document, error) {
	return reading(s, path, f, func(r *review.Reader, password signer.PIN) (*review.Document, error) {
		return r.Open(ctx, path, password)
	})
}

// reading has read open the document at path and wipes its password behind it.
func reading[D any](s *session, path string, f passwordFlags, read func(*review.Reader, signer.PIN) (D, error)) (D, error) {
	var none D
	if err := notExist(path); err != nil {
		return none, err
	}
	password, err := f.password(s)
	if err != nil {
		return none, err
	}
	defer password.Wipe()
	r, err := s.Reader()
	if err != nil {
		return none, err
	}
	return read(r, password)
}

type inspectCommand struct {
	passwordFlags
	whoFlags
	plannedFlags
	In string `arg:"" name:"in.pdf" help:"${document}"`
}

// Run looks at a document.
func (c *inspectCommand) Run(ctx context.Context, s *session) error {
	d, err := s.open(ctx, c.In, c.passwordFlags)
	if err != nil {
		return err
	}
	defer s.closing(d.Close)
	if _, err := d.Unseen(ctx); err != nil {
		return err
	}
	stamp, err := c.planned(ctx, s, d, c.whoFlags)
	if err != nil {
		return err
	}
	d.Parts = d.Parts.Whose(layout.Who{Name: c.Signer, Title: c.Title, Told: true})
	v := d.Inspected(s.finding)
	v.Stamp = stamp
	s.answer(v)
	s.tell("cli.inspected", "file", d.Name(), "pages", strconv.Itoa(len(v.Pages)),
		"revisions", strconv.Itoa(v.Revisions), "fields", strconv.Itoa(len(v.Fields)))
	for _, f := range v.Findings {
		s.say("  - %s", f.Text)
	}
	return nil
}

// closing closes something whose loss would matter to nobody but the log.
func (s *session) closing(f func() error) {
	if err := f(); err != nil {
		s.Log.Warn("close", "error", err)
	}
}

type metaCommand struct {
	passwordFlags
	In string `arg:"" name:"in.pdf" help:"${document}"`
}

// Run prints the fields of the message; they are the answer with and without --json.
func (c *metaCommand) Run(ctx context.Context, s *session) error {
	d, err := s.open(ctx, c.In, c.passwordFlags)
	if err != nil {
		return err
	}
	defer s.closing(d.Close)
	m := d.Metadata()
	s.print(m)
	if len(m.Guessed) > 0 {
		s.tell("cli.guessed", "fields", strings.Join(m.Guessed, ", "))
	}
	return nil
}

type renderCommand struct {
	passwordFlags
	In   string  `arg:"" name:"in.pdf" help:"${document}"`
	Page int     `default:"1" help:"${page}"`
	DPI  float64 `name:"dpi" default:"150" help:"${dpi}"`
	Out  string  `short:"o" required:"" placeholder:"OUT.png" help:"${png}"`
}

// mostPixels keeps a slip of the keyboard from filling the memory.
const mostPixels = 200_000_000

// Run paints a page.
func (c *renderCommand) Run(ctx context.Context, s *session) error {
	if !(c.DPI >= 1 && c.DPI <= 2400) {
		return usage("dpi")
	}
	d, err := s.view(ctx, c.In, c.passwordFlags)
	if err != nil {
		return err
	}
	defer s.closing(d.Close)
	page, err := pageOf(c.Page, d.Pages())
	if err != nil {
		return err
	}
	g, err := d.Page(ctx, page)
	if err != nil {
		return err
	}
	scale := c.DPI / 72
	size := g.ShownSize().Scale(scale)
	if size.W*size.H > mostPixels {
		return usage("image-size", "size", fmt.Sprintf("%.0f × %.0f", size.W, size.H))
	}
	img, err := d.Render(ctx, page, scale, image.Rect(0, 0, int(math.Ceil(size.W)), int(math.Ceil(size.H))))
	if err != nil {
		return err
	}
	if err := writePNG(c.Out, img); err != nil {
		return err
	}
	s.answer(map[string]any{
		"output": c.Out, "page": page + 1, "width": img.Bounds().Dx(), "height": img.Bounds().Dy(),
	})
	s.say("%s", c.Out)
	return nil
}

// view opens a document with the renderer alone.
func (s *session) view(ctx context.Context, path string, f passwordFlags) (pdfview.Document, error) {
	return reading(s, path, f, func(r *review.Reader, password signer.PIN) (pdfview.Document, error) {
		return r.View(ctx, path, password)
	})
}

// pageOf turns a page of the command line into an index.
func pageOf(page, pages int) (int, error) {
	if page == -1 {
		page = pages
	}
	if page < 1 || page > pages {
		return 0, &review.RuleError{Rule: review.RuleNoPage, Args: map[string]string{
			"page": strconv.Itoa(page), "pages": strconv.Itoa(pages),
		}}
	}
	return page - 1, nil
}

// writePNG writes the whole picture or nothing.
func writePNG(path string, img image.Image) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".trinhky-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err := png.Encode(f, img); err != nil {
		return fmt.Errorf("encode PNG: %w", err)
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

type textCommand struct {
	passwordFlags
	In   string `arg:"" name:"in.pdf" help:"${document}"`
	Page int    `help:"${only_page}"`
}

type textPage struct {
	Page  int        `json:"page"`
	Text  string     `json:"text"`
	Lines []textLine `json:"lines"`
}

type textLine struct {
	Text   string     `json:"text"`
	RectMM [4]float64 `json:"rect_mm"`
	Size   float64    `json:"size"`
	Bold   bool       `json:"bold,omitempty"`
}

// Run prints the text of a document, in NFC.
func (c *textCommand) Run(ctx context.Context, s *session) error {
	d, err := s.view(ctx, c.In, c.passwordFlags)
	if err != nil {
		return err
	}
	defer s.closing(d.Close)
	first, last := 0, d.Pages()-1
	if c.Page != 0 {
		if first, err = pageOf(c.Page, d.Pages()); err != nil {
			return err
		}
		last = first
	}
	pages := []textPage{}
	for n := first; n <= last; n++ {
		p, err := readText(ctx, d, n)
		if err != nil {
			return err
		}
		pages = append(pages, p)
		if !s.JSON {
			if _, err := fmt.Fprintln(s.out, p.Text); err != nil {
				return err
			}
		}
	}
	s.answer(map[string]any{"file": c.In, "pages": pages})
	return nil
}

func readText(ctx context.Context, d pdfview.Document, n int) (textPage, error) {
	g, err := d.Page(ctx, n)
	if err != nil {
		return textPage{}, err
	}
	text, err := d.Text(ctx, n)
	if err != nil {
		return textPage{}, err
	}
	p := textPage{Page: n + 1, Lines: lines(g, text.Chars)}
	all := make([]string, 0, len(p.Lines))
	for _, l := range p.Lines {
		all = append(all, l.Text)
	}
	p.Text = strings.Join(all, "\n")
	return p, nil
}

// lines joins the characters of a page, in the order of the content stream, as
// long as they stand on one line.
func lines(g geom.Page, chars []pdfview.Char) []textLine {
	out := []textLine{}
	var b strings.Builder
	var box geom.Rect
	var line textLine
	flush := func() {
		if line.Text = strings.TrimSpace(norm.NFC.String(b.String())); line.Text != "" {
			line.RectMM = review.MM(box)
			out = append(out, line)
		}
		b.Reset()
		box, line = geom.Rect{}, textLine{}
	}
	for _, c := range chars {
		if c.Rune == '\n' || c.Rune == '\r' {
			flush()
			continue
		}
		shown := g.RectToShown(c.Box)
		if !box.Empty() && !shown.Empty() && (shown.Y0 > box.Y1 || shown.Y1 < box.Y0) {
			flush()
		}
		if b.Len() == 0 {
			line.Size, line.Bold = c.Size, c.Bold
		}
		b.WriteRune(c.Rune)
		if !shown.Empty() {
			box = box.Union(shown)
		}
	}
	flush()
	return out
}
