package review

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/verify"
)

// Difference is a page that looks different from what was signed.
type Difference struct {
	Signature int // the number of the signature whose document is compared
	Page      int // from 0
	// Places are where it differs, in shown space. Allowed says of each that it
	// is the look of a later signature that was found good.
	Places  []geom.Rect
	Allowed []bool
	// Signed and Now are the page as it was and as it is; one of them is nil
	// where the page is new or gone. The scale is DifferenceScale.
	Signed, Now *image.RGBA
}

// DifferenceScale is pixels per shown point of the pages of a Difference.
const DifferenceScale = 110.0 / 72

// mostCompared bounds the pages that are compared; the pages that findings name
// come first.
const mostCompared = 400

// Compared is the visual proof for one file.
type Compared struct {
	Differences []Difference
	Skipped     int // pages that were not compared, as there are too many
}

// Suspect is the signature whose document is worth comparing: the first with a
// forbidden change, else the first that later revisions follow; 0: none.
func Suspect(r *verify.Report) int {
	found := 0
	for _, s := range r.Signatures {
		whole := s.Coverage == verify.CoverageRevision
		if whole && s.Changes == verify.ChangesSuspicious {
			return s.N
		}
		if whole && found == 0 && s.Changes == verify.ChangesAllowed {
			found = s.N
		}
	}
	return found
}

// Compare renders what signature n signed and what the file shows now, page by
// page, and says where they differ. progress is told how many pages are done.
func (r *Reader) Compare(ctx context.Context, report *verify.Report, n int, password signer.PIN, progress func(done, all int)) (Compared, error) {
	var out Compared
	if n < 1 || n > len(report.Signatures) || report.Signatures[n-1].Coverage < verify.CoverageRevision {
		return out, nil
	}
	s := &report.Signatures[n-1]
	data, err := os.ReadFile(report.File)
	if err != nil {
		return out, fmt.Errorf("read %s: %w", report.File, err)
	}
	end := s.ByteRange[2] + s.ByteRange[3]
	if end > int64(len(data)) {
		return out, signer.ErrSourceChanged
	}
	now, err := r.view(ctx, report.File, data, password)
	if err != nil {
		return out, err
	}
	defer func() { _ = now.Close() }()
	was, err := r.view(ctx, report.File, data[:end], password)
	if err != nil {
		return out, err
	}
	defer func() { _ = was.Close() }()
	pages := pagesToCompare(report, max(was.Pages(), now.Pages()))
	out.Skipped = max(was.Pages(), now.Pages()) - len(pages)
	for i, p := range pages {
		d, err := comparePages(ctx, was, now, p)
		if err != nil {
			return out, err
		}
		if len(d.Places) > 0 {
			d.Signature = n
			if err := d.judge(ctx, now, report); err != nil {
				return out, err
			}
			out.Differences = append(out.Differences, d)
		}
		if progress != nil {
			progress(i+1, len(pages))
		}
	}
	slices.SortFunc(out.Differences, func(a, b Difference) int { return cmp.Compare(a.Page, b.Page) })
	return out, nil
}

// pagesToCompare lists the pages: those that findings name first.
func pagesToCompare(r *verify.Report, n int) []int {
	var out []int
	add := func(p int) {
		if p >= 0 && p < n && len(out) < mostCompared && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	for _, s := range r.Signatures {
		for _, f := range s.Findings {
			add(f.Page - 1)
		}
		add(s.Page - 1)
	}
	for p := range min(n, mostCompared) {
		add(p)
	}
	return out
}

// comparePages renders one page of both.
func comparePages(ctx context.Context, was, now pdfview.Document, p int) (Difference, error) {
	d := Difference{Page: p}
	a, err := wholePage(ctx, was, p)
	if err != nil {
		return d, err
	}
	b, err := wholePage(ctx, now, p)
	if err != nil {
		return d, err
	}
	switch {
	case a != nil && b != nil:
		d.Places = differ(a, b)
	case a != nil:
		d.Places = []geom.Rect{shownRect(a.Bounds())}
	case b != nil:
		d.Places = []geom.Rect{shownRect(b.Bounds())}
	}
	if len(d.Places) > 0 {
		d.Signed, d.Now = a, b
	}
	return d, nil
}

// wholePage renders a page; nil where there is none.
func wholePage(ctx context.Context, d pdfview.Document, p int) (*image.RGBA, error) {
	if p >= d.Pages() {
		return nil, nil
	}
	g, err := d.Page(ctx, p)
	if err != nil {
		return nil, err
	}
	size := g.ShownSize()
	scale := DifferenceScale
	clip := image.Rect(0, 0, int(size.W*scale+0.999), int(size.H*scale+0.999))
	return d.Render(ctx, p, scale, clip)
}

// cell is the side of the squares in which differences are gathered, pixels.
const cell = 8

// differ lists where two pictures of a page differ, in shown space.
func differ(a, b *image.RGBA) []geom.Rect {
	if a.Bounds() != b.Bounds() {
		return []geom.Rect{shownRect(a.Bounds().Union(b.Bounds()))}
	}
	w, h := (a.Bounds().Dx()+cell-1)/cell, (a.Bounds().Dy()+cell-1)/cell
	marks := make([]bool, w*h)
	for y := range a.Bounds().Dy() {
		ra, rb := a.Pix[y*a.Stride:][:4*a.Bounds().Dx()], b.Pix[y*b.Stride:][:4*b.Bounds().Dx()]
		for x := 0; x < len(ra); x++ {
			if d := int(ra[x]) - int(rb[x]); d > 24 || d < -24 {
				marks[y/cell*w+x/4/cell] = true
			}
		}
	}
	return gather(marks, w, h)
}

// gather joins neighbouring marked cells into rectangles.
func gather(marks []bool, w, h int) []geom.Rect {
	var out []geom.Rect
	for i := range marks {
		if !marks[i] {
			continue
		}
		box := image.Rect(i%w, i/w, i%w+1, i/w+1)
		marks[i] = false
		for todo := []int{i}; len(todo) > 0; {
			at := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			x, y := at%w, at/w
			box = box.Union(image.Rect(x, y, x+1, y+1))
			for ny := max(y-2, 0); ny <= min(y+2, h-1); ny++ {
				for nx := max(x-2, 0); nx <= min(x+2, w-1); nx++ {
					if k := ny*w + nx; marks[k] {
						marks[k] = false
						todo = append(todo, k)
					}
				}
			}
		}
		out = append(out, shownRect(image.Rect(box.Min.X*cell, box.Min.Y*cell, box.Max.X*cell, box.Max.Y*cell)))
	}
	return out
}

func shownRect(r image.Rectangle) geom.Rect {
	return geom.Rect{
		X0: float64(r.Min.X) / DifferenceScale, Y0: float64(r.Min.Y) / DifferenceScale,
		X1: float64(r.Max.X) / DifferenceScale, Y1: float64(r.Max.Y) / DifferenceScale,
	}
}

// judge says which places are the looks of later signatures that are good.
func (d *Difference) judge(ctx context.Context, now pdfview.Document, report *verify.Report) error {
	d.Allowed = make([]bool, len(d.Places))
	if d.Page >= now.Pages() {
		return nil
	}
	g, err := now.Page(ctx, d.Page)
	if err != nil {
		return err
	}
	for _, s := range report.Signatures {
		if s.N <= d.Signature || s.Page != d.Page+1 || s.Verdict == verify.Invalid || s.Rect.Empty() {
			continue
		}
		look := g.RectToShown(s.Rect)
		for i, p := range d.Places {
			d.Allowed[i] = d.Allowed[i] || within(p, look)
		}
	}
	return nil
}

// within allows the edges of the cells.
func within(p, look geom.Rect) bool {
	const edge = 2 * cell / DifferenceScale
	return p.X0 >= look.X0-edge && p.Y0 >= look.Y0-edge && p.X1 <= look.X1+edge && p.Y1 <= look.Y1+edge
}

// ErrNoSigned says that no whole document belongs to a signature.
var ErrNoSigned = errors.New("the signature covers no whole document")

// signedEnd is where the document ends that signature n covers; 0: all of it.
func signedEnd(r *verify.Report, n int) (int64, error) {
	if n == 0 {
		return 0, nil
	}
	if n < 1 || n > len(r.Signatures) || r.Signatures[n-1].Coverage < verify.CoverageRevision {
		return 0, ErrNoSigned
	}
	s := &r.Signatures[n-1]
	return s.ByteRange[2] + s.ByteRange[3], nil
}

// ViewSigned opens the document as signature n covered it, 0: as it is now.
func (r *Reader) ViewSigned(ctx context.Context, report *verify.Report, n int, password signer.PIN) (pdfview.Document, []geom.Page, error) {
	end, err := signedEnd(report, n)
	if err != nil {
		return nil, nil, err
	}
	data, err := os.ReadFile(report.File)
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", report.File, err)
	}
	if sha256.Sum256(data) != report.SHA256 {
		return nil, nil, signer.ErrSourceChanged
	}
	if end > 0 {
		data = data[:end]
	}
	view, err := r.view(ctx, report.File, data, password)
	if err != nil {
		return nil, nil, err
	}
	var pages []geom.Page
	for i := range view.Pages() {
		p, err := view.Page(ctx, i)
		if err != nil {
			_ = view.Close()
			return nil, nil, err
		}
		pages = append(pages, p)
	}
	return view, pages, nil
}

// WriteSigned writes the document as signature n covered it: the bytes up to the
// end of its byte range, all of them or no file.
func WriteSigned(r *verify.Report, n int, to string) (sum [32]byte, err error) {
	end, err := signedEnd(r, n)
	if err != nil {
		return sum, err
	}
	in, err := os.Open(r.File)
	if err != nil {
		return sum, err
	}
	defer func() { _ = in.Close() }()
	out, err := os.CreateTemp(filepath.Dir(to), ".trinhky-*")
	if err != nil {
		return sum, err
	}
	defer func() {
		if err != nil {
			_ = out.Close()
			_ = os.Remove(out.Name())
		}
	}()
	h := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(out, h), in, end); err != nil {
		return sum, fmt.Errorf("copy the signed version: %w", err)
	}
	if err := errors.Join(out.Chmod(0o644), out.Sync(), out.Close()); err != nil {
		return sum, err
	}
	return [32]byte(h.Sum(nil)), os.Rename(out.Name(), to)
}
