package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"slices"
	"time"

	"trinhky/pdfview"
	"trinhky/pdfview/layout"
	"trinhky/pdfview/pdfium"
)

// placing are the promises about placing and looking at documents.
func placing() []Row {
	return []Row{
		{Name: "place-page", Unit: "ms", Bar: 40, Absolute: true, Measure: placeLetter},
		{Name: "place-300-pages-end", Unit: "ms", Bar: 300, Absolute: true, Measure: placeAtEnd},
		{Name: "place-300-pages-search", Unit: "ms/page", Bar: 15, Absolute: true, Measure: placeSearching},
		{Name: "place-scan", Unit: "ms", Bar: 300, Absolute: true, Measure: placeScan},
		{Name: "place-cancel", Unit: "ms", Bar: 100, Absolute: true, Measure: placeCancelled},
		{Name: "review-first-page", Unit: "ms", Bar: 150, Absolute: true, Measure: firstPage},
	}
}

// placeRounds is how often a time is taken; the middle one counts.
const placeRounds = 5

// administrative is a document in the form of Decree 30 with its block on page
// signed of pages, 0-based. Its letters are without marks, which the search
// folds away anyway, so that no font is needed.
func administrative(pages, signed int) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	var offsets []int
	object := func(format string, args ...any) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n", len(offsets))
		fmt.Fprintf(&b, format, args...)
		b.WriteString("\nendobj\n")
	}
	object("<</Type/Catalog/Pages 2 0 R>>")
	var kids bytes.Buffer
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 5+2*i)
	}
	object("<</Type/Pages/Count %d/Kids[%s]/MediaBox[0 0 595 842]/Resources<</Font<</R 3 0 R/B 4 0 R>>>>>>", pages, kids.String())
	object("<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding>>")
	object("<</Type/Font/Subtype/Type1/BaseFont/Times-Bold/Encoding/WinAnsiEncoding>>")
	for i := range pages {
		object("<</Type/Page/Parent 2 0 R/Contents %d 0 R>>", 6+2*i)
		text := administrativePage(i, signed)
		object("<</Length %d>>stream\n%s\nendstream", len(text), text)
	}
	finish(&b, offsets)
	return b.Bytes()
}

// finish writes the cross-reference table of objects and the end of the file.
func finish(b *bytes.Buffer, offsets []int) {
	at := b.Len()
	fmt.Fprintf(b, "xref\n0 %d\n0000000000 65535 f\r\n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(b, "%010d 00000 n\r\n", o)
	}
	fmt.Fprintf(b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, at)
}

// administrativePage is the content of a page: heading, text, signature.
func administrativePage(i, signed int) string {
	var b bytes.Buffer
	put := func(font string, x, y float64, text string) {
		fmt.Fprintf(&b, "BT /%s 13 Tf %.1f %.1f Td (%s) Tj ET\n", font, x, y, text)
	}
	y := 780.0
	if i == 0 {
		put("B", 90, 780, "UY BAN NHAN DAN")
		put("B", 95, 764, "XA BINH MAU")
		put("B", 270, 780, "CONG HOA XA HOI CHU NGHIA VIET NAM")
		put("B", 310, 764, "Doc lap - Tu do - Hanh phuc")
		put("R", 95, 738, "So: 15/QD-UBND")
		put("R", 310, 738, "Binh Mau, ngay 05 thang 3 nam 2026")
		put("B", 255, 700, "QUYET DINH")
		put("B", 200, 684, "Ve viec ban hanh quy che")
		y = 650
	}
	low := 80.0
	if i == signed {
		low = 330
	}
	for ; y > low; y -= 18 {
		put("R", 85, y, "De nghi cac don vi khan truong thuc hien, tong hop ket qua va bao cao theo quy dinh.")
	}
	if i == signed {
		put("B", 85, 300, "Noi nhan:")
		put("R", 85, 285, "- Nhu tren;")
		put("R", 85, 270, "- Luu: VT.")
		put("B", 370, 300, "TM. UY BAN NHAN DAN")
		put("B", 405, 284, "CHU TICH")
		put("B", 390, 200, "Nguyen Van Thu")
	}
	return b.String()
}

// opened opens a document in an engine that has started already, as the
// window's has.
func opened(ctx context.Context, pdf []byte) (d pdfview.Document, end func() error, err error) {
	dir, err := pdfium.DefaultCacheDir()
	if err != nil {
		dir = ""
	}
	engine := pdfium.New(pdfium.Config{CacheDir: dir})
	d, err = engine.Open(ctx, pdf, nil)
	if err != nil {
		return nil, nil, errors.Join(err, engine.Close())
	}
	return d, func() error { return errors.Join(d.Close(), engine.Close()) }, nil
}

// middle is the median time of f in milliseconds, over fresh documents: what
// was read once is remembered by some of them.
func middle(ctx context.Context, pdf []byte, f func(d pdfview.Document) error) (ms float64, err error) {
	first, end, err := opened(ctx, pdf)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, end()) }()
	if err := f(first); err != nil { // the sandbox's code is read and its memory grown
		return 0, err
	}
	var times []float64
	for range placeRounds {
		start := time.Now()
		if err := f(first); err != nil {
			return 0, err
		}
		times = append(times, float64(time.Since(start).Microseconds())/1000)
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// foundOn looks for the block and makes sure that it was found.
func foundOn(ctx context.Context, page int) func(d pdfview.Document) error {
	return func(d pdfview.Document) error {
		parts, err := layout.Find(ctx, d)
		if err != nil {
			return err
		}
		if len(parts.Signers) != 1 || parts.Signers[0].Band.Page != page || parts.Signers[0].Band.Confidence < 0.9 {
			return fmt.Errorf("the block of page %d was not found: %+v", page+1, parts.Signers)
		}
		return nil
	}
}

func placeLetter(ctx context.Context, _ Place) (Figure, error) {
	ms, err := middle(ctx, administrative(1, 0), foundOn(ctx, 0))
	return Figure{Value: ms, Note: "one page of text, all parts and the block"}, err
}

func placeAtEnd(ctx context.Context, _ Place) (Figure, error) {
	worst := 0.0
	for _, page := range []int{297, 298, 299} {
		ms, err := middle(ctx, administrative(300, page), foundOn(ctx, page))
		if err != nil {
			return Figure{}, err
		}
		worst = max(worst, ms)
	}
	return Figure{Value: worst, Note: "300 pages, the block on one of the last three; the slowest"}, nil
}

func placeSearching(ctx context.Context, _ Place) (Figure, error) {
	const pages, at = 300, 150
	ms, err := middle(ctx, administrative(pages, at), foundOn(ctx, at))
	read := at + 1 + 3 // from the front, after the last three
	return Figure{Value: ms / float64(read), Note: fmt.Sprintf("300 pages, the block on page %d, %d pages read", at+1, read)}, err
}

// placeScan is finding the block of a scan, a picture without text, from its ink.
func placeScan(ctx context.Context, _ Place) (f Figure, err error) {
	pdf, err := scanned(ctx, administrative(1, 0))
	if err != nil {
		return f, err
	}
	ms, err := middle(ctx, pdf, func(d pdfview.Document) error {
		parts, err := layout.Find(ctx, d)
		if err != nil {
			return err
		}
		if len(parts.Signers) != 1 || parts.Signers[0].Band.Confidence < 0.5 {
			return fmt.Errorf("the block of the scan was not found: %+v", parts.Signers)
		}
		return nil
	})
	return Figure{Value: ms, Note: fmt.Sprintf("one page scanned at %d dpi, JPEG, the block found from the ink", scanDPI)}, err
}

// scanDPI is what offices scan at.
const scanDPI = 200

// scanned is the first page of a document as a copier sends it: one picture.
func scanned(ctx context.Context, pdf []byte) (out []byte, err error) {
	d, end, err := opened(ctx, pdf)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, end()) }()
	w, h := 595*scanDPI/72, 842*scanDPI/72
	page, err := d.Render(ctx, 0, scanDPI/72.0, image.Rect(0, 0, w, h))
	if err != nil {
		return nil, err
	}
	var picture, b bytes.Buffer
	if err := jpeg.Encode(&picture, page, &jpeg.Options{Quality: 75}); err != nil {
		return nil, err
	}
	const paint = "595 0 0 842 0 0 cm /I Do"
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(paint), paint),
		fmt.Sprintf("<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length %d>>stream\n%s\nendstream",
			w, h, picture.Len(), picture.Bytes()),
	}
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	finish(&b, offsets)
	return b.Bytes(), nil
}

// placeCancelled is how long a search goes on after it was cancelled.
func placeCancelled(ctx context.Context, _ Place) (f Figure, err error) {
	d, end, err := opened(ctx, administrative(300, -1))
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, end()) }()
	stopped, stop := context.WithCancel(ctx)
	var at time.Time
	timer := time.AfterFunc(30*time.Millisecond, func() { at = time.Now(); stop() })
	defer timer.Stop()
	if _, err := layout.Find(stopped, d); !errors.Is(err, context.Canceled) {
		return f, fmt.Errorf("the search was not cancelled: %w", err)
	}
	return Figure{Value: float64(time.Since(at).Microseconds()) / 1000, Note: "a search of 300 pages, cancelled after 30 ms"}, nil
}

// firstPage is opening a document for review until its first page is painted
// for a screen of 1240 pixels, with an engine that has started.
func firstPage(ctx context.Context, _ Place) (f Figure, err error) {
	pdf := administrative(300, 299)
	dir, err := pdfium.DefaultCacheDir()
	if err != nil {
		dir = ""
	}
	engine := pdfium.New(pdfium.Config{CacheDir: dir})
	defer func() { err = errors.Join(err, engine.Close()) }()
	show := func() (err error) {
		d, err := engine.Open(ctx, pdf, nil)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, d.Close()) }()
		g, err := d.Page(ctx, 0)
		if err != nil {
			return err
		}
		scale := 1240 / g.ShownSize().W
		_, err = d.Render(ctx, 0, scale, image.Rect(0, 0, 1240, int(math.Ceil(g.ShownSize().H*scale))))
		return err
	}
	var times []float64
	for range placeRounds + 1 {
		start := time.Now()
		if err := show(); err != nil {
			return f, err
		}
		times = append(times, float64(time.Since(start).Microseconds())/1000)
	}
	times = times[1:]
	slices.Sort(times)
	return Figure{Value: times[len(times)/2], Note: "300 pages of text, opened and the first page at 1240 pixels"}, nil
}
