package sample

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"time"

	"github.com/go-pdf/fpdf"
	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"trinhky/pdfview/geom"
)

// ScanOptions say how paper was scanned.
type ScanOptions struct {
	DPI     float64 // of the pages given
	Skew    float64 // degrees, clockwise as seen
	Noise   float64 // standard deviation of the sensor's noise, grey levels of 255
	Specks  int     // dark specks of dust on a page
	Gray    bool    // one channel
	Quality int     // of the JPEG; 0: 80
	Seed    uint64
}

// Scan makes the PDF of a scan from rendered A4 pages: skewed, with noise and
// dust, one JPEG a page and no text. The truth is moved along; a rectangle
// becomes the smallest upright one around it.
func Scan(pages []image.Image, truth Truth, o ScanOptions) ([]byte, Truth, error) {
	if len(pages) == 0 || o.DPI <= 0 {
		return nil, Truth{}, fmt.Errorf("scan: %d pages at %v dpi", len(pages), o.DPI)
	}
	scanned := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(scanned)
	pdf.SetModificationDate(scanned)
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	quality := o.Quality
	if quality == 0 {
		quality = 80
	}
	for i, page := range pages {
		r := rand.New(rand.NewPCG(o.Seed, uint64(i)))
		var data bytes.Buffer
		if err := jpeg.Encode(&data, o.paper(page, r), &jpeg.Options{Quality: quality}); err != nil {
			return nil, Truth{}, fmt.Errorf("scan page %d: %w", i+1, err)
		}
		name := "page" + itoa(i)
		options := fpdf.ImageOptions{ImageType: "JPG"}
		pdf.RegisterImageOptionsReader(name, options, &data)
		pdf.AddPage()
		pdf.ImageOptions(name, 0, 0, pageW, pageH, false, options, 0, "")
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, Truth{}, fmt.Errorf("scan: %w", err)
	}
	return out.Bytes(), o.move(truth), nil
}

// paper is a page as the scanner's glass saw it.
func (o ScanOptions) paper(page image.Image, r *rand.Rand) image.Image {
	b := page.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, image.NewUniform(color.RGBA{250, 249, 245, 255}), image.Point{}, draw.Src)
	sin, cos := math.Sincos(o.Skew * math.Pi / 180)
	cx, cy := float64(b.Dx())/2, float64(b.Dy())/2
	turn := f64.Aff3{cos, -sin, cx - cos*cx + sin*cy, sin, cos, cy - sin*cx - cos*cy}
	draw.BiLinear.Transform(out, turn, page, b, draw.Over, nil)
	for range o.Specks {
		c := point{r.Float64() * float64(b.Dx()), r.Float64() * float64(b.Dy())}
		size := int(1 + r.Float64()*o.DPI/120)
		shade := uint8(40 + r.IntN(100))
		draw.Draw(out, image.Rect(int(c.x), int(c.y), int(c.x)+size, int(c.y)+size),
			image.NewUniform(color.Gray{shade}), image.Point{}, draw.Src)
	}
	if o.Noise > 0 {
		for i := range out.Pix {
			if i%4 != 3 {
				v := float64(out.Pix[i])*0.97 + r.NormFloat64()*o.Noise
				out.Pix[i] = uint8(math.Max(0, math.Min(255, v)))
			}
		}
	}
	if !o.Gray {
		return out
	}
	gray := image.NewGray(out.Rect)
	draw.Draw(gray, gray.Rect, out, image.Point{}, draw.Src)
	return gray
}

// move turns the truth with the paper.
func (o ScanOptions) move(t Truth) Truth {
	t.Motto, t.Parent, t.Agency = o.moved(t.Motto), o.moved(t.Parent), o.moved(t.Agency)
	t.Number, t.Notation = o.moved(t.Number), o.moved(t.Notation)
	t.Place, t.Date = o.moved(t.Place), o.moved(t.Date)
	t.Type, t.Subject, t.Urgency = o.moved(t.Type), o.moved(t.Subject), o.moved(t.Urgency)
	for _, list := range []*[]Part{&t.Addressees, &t.Recipients, &t.PageNumbers, &t.Lines} {
		moved := make([]Part, len(*list))
		for i, p := range *list {
			moved[i] = o.moved(p)
		}
		*list = moved
	}
	signers := make([]SignerTruth, len(t.Signers))
	for i, s := range t.Signers {
		signers[i] = SignerTruth{
			Authority: o.moved(s.Authority), Title: o.moved(s.Title), Name: o.moved(s.Name), Band: o.moved(s.Band),
		}
	}
	t.Signers = signers
	return t
}

func (o ScanOptions) moved(p Part) Part {
	if p.Rect.Empty() {
		return p
	}
	sin, cos := math.Sincos(-o.Skew * math.Pi / 180) // y goes up here
	cx, cy := geom.MM(pageW)/2, geom.MM(pageH)/2
	out := geom.Rect{X0: math.Inf(1), Y0: math.Inf(1), X1: math.Inf(-1), Y1: math.Inf(-1)}
	for _, q := range []point{{p.Rect.X0, p.Rect.Y0}, {p.Rect.X1, p.Rect.Y0}, {p.Rect.X0, p.Rect.Y1}, {p.Rect.X1, p.Rect.Y1}} {
		x, y := cx+cos*(q.x-cx)-sin*(q.y-cy), cy+sin*(q.x-cx)+cos*(q.y-cy)
		out = geom.Rect{X0: min(out.X0, x), Y0: min(out.Y0, y), X1: max(out.X1, x), Y1: max(out.Y1, y)}
	}
	p.Rect = out
	return p
}
