package stamp_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trinhky/assets"
	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/pdfview/pdfium"
	"trinhky/signer"
	"trinhky/signer/stamp"
)

// press signs and renders.
type press struct {
	engine   *pdfium.Engine
	dir      string
	key      heldKey
	cert     *x509.Certificate
	font     *signer.Font
	italic   *signer.Font
	leader   *signer.Picture
	seal     *signer.Picture
	sequence int
}

type heldKey struct{ *ecdsa.PrivateKey }

func (heldKey) Close() error { return nil }

func newPress(t *testing.T) *press {
	t.Helper()
	cache, err := pdfium.DefaultCacheDir()
	if err != nil {
		cache = ""
	}
	p := &press{engine: pdfium.New(pdfium.Config{CacheDir: cache}), dir: t.TempDir()}
	t.Cleanup(func() {
		if err := p.engine.Close(); err != nil {
			t.Error(err)
		}
	})
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Nguyễn Văn Thử"}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		NotBefore: clock.Add(-time.Hour), NotAfter: clock.Add(1000 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if p.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	p.key = heldKey{key}
	p.font, p.italic = parseFont(t, assets.StampFont()), parseFont(t, assets.StampItalic())
	p.leader = frame(t, 900, 450, color.NRGBA{B: 200, A: 255})
	p.seal = frame(t, 720, 720, color.NRGBA{R: 220, A: 255})
	return p
}

func parseFont(t *testing.T, data []byte) *signer.Font {
	t.Helper()
	f, err := signer.ParseFont(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var clock = time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)

// frame is a picture whose ink reaches its edges, half transparent inside.
func frame(t *testing.T, w, h int, c color.NRGBA) *signer.Picture {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			switch {
			case x < 12 || y < 12 || x >= w-12 || y >= h-12:
				img.SetNRGBA(x, y, c)
			case (x+y)%180 < 25:
				img.SetNRGBA(x, y, color.NRGBA{c.R, c.G, c.B, 110})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	p, err := signer.ParsePicture(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// sign puts a stamp onto the first page of pdf.
func (p *press) sign(t *testing.T, pdf []byte, page geom.Page, look signer.Appearance, shown geom.Rect) []byte {
	t.Helper()
	p.sequence++
	in, out := filepath.Join(p.dir, fmt.Sprint(p.sequence, ".pdf")), filepath.Join(p.dir, fmt.Sprint(p.sequence, "-signed.pdf"))
	if err := os.WriteFile(in, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	pipeline := signer.Pipeline{Now: func() time.Time { return clock }}
	_, err := pipeline.Sign(context.Background(), signer.Request{
		Input: in, Output: out, Certificate: p.cert, Appearance: &look,
		Field: signer.SignatureField{Page: 0, Rect: page.RectToUser(shown)},
	}, p.key, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func (p *press) open(t *testing.T, pdf []byte) pdfview.Document {
	t.Helper()
	d, err := p.engine.Open(context.Background(), pdf, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// render is a page at goldenScale, with the geometry of it.
func (p *press) render(t *testing.T, pdf []byte, page int) (*image.RGBA, geom.Page) {
	t.Helper()
	d := p.open(t, pdf)
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	g, err := d.Page(context.Background(), page)
	if err != nil {
		t.Fatal(err)
	}
	s := g.ShownSize().Scale(goldenScale)
	img, err := d.Render(context.Background(), page, goldenScale, image.Rect(0, 0, int(math.Ceil(s.W)), int(math.Ceil(s.H))))
	if err != nil {
		t.Fatal(err)
	}
	return img, g
}

// preview is a stamp alone, as the window paints it while it is dragged.
func (p *press) preview(t *testing.T, look signer.Appearance) *image.NRGBA {
	t.Helper()
	pdf, err := signer.Preview(look)
	if err != nil {
		t.Fatal(err)
	}
	d := p.open(t, pdf)
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	clip := pixels(geom.At(geom.Point{}, look.Size))
	img, err := d.(pdfview.TransparentRenderer).RenderTransparent(context.Background(), 0, goldenScale, clip)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// pixels is a rectangle of shown space in pixels.
func pixels(r geom.Rect) image.Rectangle {
	at := func(v float64) int { return int(math.Round(v * goldenScale)) }
	return image.Rect(at(r.X0), at(r.Y0), at(r.X1), at(r.Y1))
}

// whole makes a stamp as large as whole pixels and puts it onto them.
func whole(look signer.Appearance, r geom.Rect) (signer.Appearance, geom.Rect) {
	up := func(v float64) float64 { return math.Ceil(v*goldenScale-1e-6) / goldenScale }
	size := geom.Size{W: up(look.Size.W), H: up(look.Size.H)}
	at := geom.Point{X: math.Round(r.X0*goldenScale) / goldenScale, Y: math.Round(r.Y0*goldenScale) / goldenScale}
	return stamp.Within(look, size), geom.At(at, size)
}
