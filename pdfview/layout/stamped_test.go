package layout_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trinhky/assets"
	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer"
	"trinhky/signer/signertest/sample"
	"trinhky/signer/stamp"
)

// proofScale is 300 dpi: a pixel is 0.085 mm.
const proofScale = 300.0 / 72

// proof is a page with stamps on it, as the preview shows them.
type proof struct {
	t    *testing.T
	page *image.RGBA
	font *signer.Font
}

func newProof(t *testing.T, d pdfview.Document, page int) *proof {
	t.Helper()
	g, err := d.Page(context.Background(), page)
	if err != nil {
		t.Fatal(err)
	}
	s := g.ShownSize().Scale(proofScale)
	img, err := d.Render(context.Background(), page, proofScale, image.Rect(0, 0, int(math.Ceil(s.W)), int(math.Ceil(s.H))))
	if err != nil {
		t.Fatal(err)
	}
	font, err := signer.ParseFont(assets.StampFont())
	if err != nil {
		t.Fatal(err)
	}
	return &proof{t, img, font}
}

// paint puts a look onto the page at r and returns its pixels alone.
func (p *proof) paint(look signer.Appearance, r geom.Rect) *image.NRGBA {
	p.t.Helper()
	pdf, err := signer.Preview(look)
	if err != nil {
		p.t.Fatal(err)
	}
	d := open(p.t, pdf)
	size := look.Size.Scale(proofScale)
	clip := image.Rect(0, 0, int(math.Ceil(size.W)), int(math.Ceil(size.H)))
	img, err := d.(pdfview.TransparentRenderer).RenderTransparent(context.Background(), 0, proofScale, clip)
	if err != nil {
		p.t.Fatal(err)
	}
	at := image.Pt(int(math.Round(r.X0*proofScale)), int(math.Round(r.Y0*proofScale)))
	draw.Draw(p.page, clip.Add(at), img, image.Point{}, draw.Over)
	return img
}

// ink is the bounds of what is red, or blue, on the page, in millimetres.
func (p *proof) ink(match func(color.RGBA) bool) geom.Rect {
	var r image.Rectangle
	for y := range p.page.Rect.Dy() {
		for x := range p.page.Rect.Dx() {
			if match(p.page.RGBAAt(x, y)) {
				r = r.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	mm := func(n int) float64 { return geom.ToMM(float64(n) / proofScale) }
	return geom.Rect{X0: mm(r.Min.X), Y0: mm(r.Min.Y), X1: mm(r.Max.X), Y1: mm(r.Max.Y)}
}

func blue(c color.RGBA) bool { return c.B > 180 && c.R < 90 }
func red(c color.RGBA) bool  { return c.R > 180 && c.B < 90 }

// frame is a picture whose ink reaches its edges.
func frame(t *testing.T, w, h int, c color.NRGBA) *signer.Picture {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			if x < 6 || y < 6 || x >= w-6 || y >= h-6 {
				img.Set(x, y, c)
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

// block is the signature block of a document, in shown space.
func block(t *testing.T, d pdfview.Document) (stamp.Block, int) {
	t.Helper()
	parts, err := layout.Find(context.Background(), d)
	if err != nil || len(parts.Signers) == 0 {
		t.Fatalf("no block: %v", err)
	}
	s := parts.Signers[0]
	g, err := d.Page(context.Background(), s.Band.Page)
	if err != nil {
		t.Fatal(err)
	}
	return stamp.Block{
		Band: g.RectToShown(s.Band.Rect), Title: g.RectToShown(s.Title.Rect), Name: g.RectToShown(s.Name.Rect),
	}, s.Band.Page
}

// Measured on the rendered page: the leader's stamp is centred between title
// and name (±0.5 mm), the seal has its true size (±0.2 mm), covers a third of
// the leader's stamp (±3 %) and is level with it.
func TestStampsOnThePage(t *testing.T) {
	for _, rules := range []stamp.RuleSet{stamp.TT01, stamp.ND30} {
		for _, doc := range sample.Demo(time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), "Nguyễn Văn Thử") {
			t.Run(string(rules)+" "+doc.Notation, func(t *testing.T) {
				pdf, truth, err := sample.Generate(doc)
				if err != nil {
					t.Fatal(err)
				}
				d := open(t, pdf)
				b, page := block(t, d)
				p := newProof(t, d, page)
				leader := p.leader(rules, b, frame(t, 600, 300, color.NRGBA{B: 255, A: 255}))
				p.measureLeader(truth)
				p.seal(rules, leader, frame(t, 500, 500, color.NRGBA{R: 255, A: 255}), 38)
				p.measureSeal(38, leader)
			})
		}
	}
}

func (p *proof) leader(rules stamp.RuleSet, b stamp.Block, picture *signer.Picture) geom.Rect {
	p.t.Helper()
	in := stamp.Input{Role: stamp.Leader, Rules: rules, Picture: picture, Font: p.font}
	room, err := stamp.Room(in, b)
	if err != nil {
		p.t.Fatal(err)
	}
	look, err := stamp.Lay(in, room)
	if err != nil {
		p.t.Fatal(err)
	}
	r := stamp.PlaceLeader(b, look.Size)
	p.paint(look, r)
	return r
}

func (p *proof) seal(rules stamp.RuleSet, leader geom.Rect, picture *signer.Picture, width float64) {
	p.t.Helper()
	in := stamp.Input{
		Role: stamp.Seal, Rules: rules, Picture: picture, Width: geom.MM(width), Font: p.font,
		Agency: "Sở Thử nghiệm tỉnh Mẫu", Time: time.Date(2026, 11, 21, 3, 4, 5, 0, time.UTC),
	}
	look, err := stamp.Lay(in, geom.Size{})
	if err != nil {
		p.t.Fatal(err)
	}
	p.paint(look, stamp.PlaceSeal(leader, look))
}

func (p *proof) measureLeader(truth sample.Truth) {
	p.t.Helper()
	ink := p.ink(blue)
	band := truth.Signers[0].Band.Rect // user space of a plain A4 page
	mid := geom.Point{X: geom.ToMM(band.Center().X), Y: geom.ToMM(geom.A4.H - band.Center().Y)}
	if math.Abs(ink.Center().X-mid.X) > 0.5 || math.Abs(ink.Center().Y-mid.Y) > 0.5 {
		p.t.Errorf("leader's stamp at %v, the middle of the band is %v", ink.Center(), mid)
	}
	if ink.H() > geom.ToMM(band.H())-3.5 {
		p.t.Errorf("leader's stamp %v fills the band of %.1f mm", ink, geom.ToMM(band.H()))
	}
}

func (p *proof) measureSeal(width float64, leader geom.Rect) {
	p.t.Helper()
	ink := p.ink(red)
	if math.Abs(ink.W()-width) > 0.2 || math.Abs(ink.H()-width) > 0.2 {
		p.t.Errorf("seal of %.2f × %.2f mm, true size %g", ink.W(), ink.H(), width)
	}
	covered := (ink.X1 - geom.ToMM(leader.X0)) / geom.ToMM(leader.W())
	if math.Abs(covered-1.0/3) > 0.03 {
		p.t.Errorf("the seal covers %.3f of the leader's stamp", covered)
	}
	if d := ink.Center().Y - geom.ToMM(leader.Center().Y); math.Abs(d) > 0.3 {
		p.t.Errorf("the seal is %.2f mm off the middle", d)
	}
}

// The demonstration's own pictures, for eyes: PROOF_DIR says where to.
func TestProofPages(t *testing.T) {
	dir := os.Getenv("PROOF_DIR")
	if dir == "" {
		t.Skip("PROOF_DIR is not set")
	}
	seal, err := sample.SealImage("ỦY BAN NHÂN DÂN TỈNH MẪU", "SỞ", "THỬ NGHIỆM")
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range sample.Demo(time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), "Nguyễn Văn Thử") {
		pdf, _, err := sample.Generate(doc)
		if err != nil {
			t.Fatal(err)
		}
		d := open(t, pdf)
		b, page := block(t, d)
		p := newProof(t, d, page)
		signature, err := signer.ParsePicture(sample.SignatureImage())
		if err != nil {
			t.Fatal(err)
		}
		picture, err := signer.ParsePicture(seal)
		if err != nil {
			t.Fatal(err)
		}
		p.seal(stamp.TT01, p.leader(stamp.TT01, b, signature), picture, 36)
		p.keep(filepath.Join(dir, doc.Notation+".png"))
	}
}

func (p *proof) keep(path string) {
	p.t.Helper()
	f, err := os.Create(path)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := png.Encode(f, p.page); err != nil {
		p.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		p.t.Fatal(err)
	}
}
