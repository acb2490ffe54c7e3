package stamp_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/stamp"
)

// Stamps as pixels: every profile on every kind of page, signed by the
// pipeline and rendered. The renderer is one program on all machines, so that
// the pixels are the same everywhere.

var update = flag.Bool("update", false, "write the golden files anew")

// goldenScale is 144 dpi: a pixel is half a point.
const goldenScale = 2.0

// leaf is a page that is asked for: its entries, and its name.
type leaf struct{ name, entries string }

func leaves() []leaf {
	return []leaf{
		{"A4", "/MediaBox[0 0 595 842]"},
		{"A4 turned 90", "/MediaBox[0 0 842 595]/Rotate 90"},
		{"A4 turned 180", "/MediaBox[0 0 595 842]/Rotate 180"},
		{"A4 turned 270", "/MediaBox[0 0 842 595]/Rotate 270"},
		{"cropped", "/MediaBox[0 0 700 900]/CropBox[40 30 635 872]"},
		{"shifted origin", "/MediaBox[-300 -200 295 642]"},
		{"cropped, shifted and turned", "/MediaBox[-100 -50 900 700]/CropBox[-80 -20 762 575]/Rotate 270"},
		{"user unit 2", "/MediaBox[0 0 297.5 421]/UserUnit 2"},
		{"A3", "/MediaBox[0 0 842 1191]"},
		{"landscape", "/MediaBox[0 0 842 595]"},
	}
}

// document has two pages of the kind, with colours below the stamp.
func (l leaf) document() []byte {
	paint := "0.96 0.96 0.9 rg -500 -500 3000 3000 re f 0.7 0.85 0.75 rg 0 0 400 30 re f 30 200 60 500 re f 0.8 g 200 300 300 9 re f"
	page := "<</Type/Page/Parent 2 0 R/Contents 5 0 R " + l.entries + ">>"
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>", page, page,
		fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(paint), paint),
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f\r\n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n\r\n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, at)
	return b.Bytes()
}

// profile is one stamp that is tried.
type profile struct {
	rules stamp.RuleSet
	role  stamp.Role
}

func (c profile) String() string { return string(c.rules) + " " + c.role.String() }

// profiles are all stamps. Roles without a row of Circular 01/2019 take the
// decree's, of which a test of the rules makes sure.
func profiles() []profile {
	out := []profile{{stamp.TT01, stamp.Seal}, {stamp.TT01, stamp.Digitised}}
	for _, role := range []stamp.Role{
		stamp.Leader, stamp.Seal, stamp.Attachment, stamp.Copy, stamp.Digitised, stamp.Archive, stamp.Initials, stamp.Number,
	} {
		out = append(out, profile{stamp.ND30, role})
	}
	return out
}

// tried leaves out, without TRINHKY_SOAK, all but four profiles on the more
// special pages.
func tried(c profile, l leaf) bool {
	if os.Getenv("TRINHKY_SOAK") != "" || *update || l.name == "A4" || l.name == "A4 turned 90" {
		return true
	}
	switch c.role {
	case stamp.Leader, stamp.Attachment, stamp.Number:
		return true
	case stamp.Seal:
		return c.rules == stamp.TT01
	case stamp.Copy, stamp.Digitised, stamp.Archive, stamp.Initials:
	}
	return false
}

// input is what the stamp carries.
func (p *press) input(c profile) stamp.Input {
	in := stamp.Input{
		Role: c.role, Rules: c.rules, Signer: "Nguyễn Văn Thử", Agency: "Ủy ban nhân dân tỉnh Mẫu", Number: "15/QĐ-UBND",
		CopyForm: "Sao y", Time: clock, Town: "Tỉnh Mẫu", Issued: clock, Font: p.font, Italic: p.italic,
	}
	switch c.role {
	case stamp.Leader, stamp.Initials:
		in.Picture = p.leader
	case stamp.Seal, stamp.Digitised:
		in.Picture, in.Width = p.seal, geom.MM(36)
	case stamp.Attachment, stamp.Copy, stamp.Archive, stamp.Number:
	}
	return in
}

// band is the place between title and name of a page, in shown space.
func band(page geom.Size) geom.Rect {
	return geom.At(geom.Point{X: page.W * 0.55, Y: page.H * 0.7}, geom.Size{W: geom.MM(80), H: geom.MM(30)})
}

// lay makes a stamp and its place on a page.
func (p *press) lay(t *testing.T, c profile, page geom.Size) (signer.Appearance, geom.Rect) {
	t.Helper()
	in, b := p.input(c), stamp.Block{Band: band(page)}
	var room geom.Size
	if c.role == stamp.Leader {
		var err error
		if room, err = stamp.Room(in, b); err != nil {
			t.Fatal(err)
		}
	}
	look, err := stamp.Lay(in, room)
	if err != nil {
		t.Fatal(err)
	}
	leader := geom.CenterOn(b.Band.Center(), geom.Size{W: geom.MM(50), H: geom.MM(25)})
	var r geom.Rect
	switch c.role {
	case stamp.Leader:
		r = stamp.PlaceLeader(b, look.Size)
	case stamp.Seal:
		r = stamp.PlaceSeal(leader, look)
	case stamp.Initials:
		r = stamp.PlaceLineEnd(geom.Rect{X0: 90, Y0: 300, X1: 300, Y1: 316}, page, look.Size)
	case stamp.Number:
		r = geom.At(geom.Point{X: 90, Y: 110}, look.Size)
	case stamp.Attachment, stamp.Copy, stamp.Digitised, stamp.Archive:
		var ok bool
		if r, ok = stamp.PlaceCorner(page, look.Size, nil); !ok {
			t.Fatal("no room in the corner")
		}
	}
	return look, r
}

// golden are the sums of the pixels by profile and page.
type golden map[string]string

func goldenFile() string { return filepath.Join("testdata", "stamps.json") }

// Every profile on every page: the pixels of old, the same as the preview's,
// nothing else on the page is touched, and the other page not at all.
func TestGoldenStamps(t *testing.T) {
	p := newPress(t)
	want, got := golden{}, golden{}
	if data, err := os.ReadFile(goldenFile()); err == nil {
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
	}
	worst := 0
	for _, l := range leaves() {
		pdf := l.document()
		before, page := p.render(t, pdf, 0)
		for _, c := range profiles() {
			if !tried(c, l) {
				continue
			}
			name := c.String() + ", " + l.name
			look, r := whole(p.lay(t, c, page.ShownSize()))
			signed := p.sign(t, pdf, page, look, r)
			after, _ := p.render(t, signed, 0)
			box := pixels(r)
			checkOutside(t, name, before, after, box)
			worst = max(worst, checkPreview(t, name, before, after, p.preview(t, look), box))
			if other, _ := p.render(t, signed, 1); l.name == "A4" && !bytes.Equal(other.Pix, before.Pix) {
				t.Errorf("%s: the second page changed", name)
			}
			crop := after.SubImage(box).(*image.RGBA)
			got[name] = sum(crop)
			if !*update && got[name] != want[name] {
				t.Errorf("%s: other pixels than in %s (%s)", name, goldenFile(), kept(t, name, crop))
			}
			if l.name == "A4" {
				checkPicture(t, c, crop)
			}
		}
	}
	t.Logf("%d stamps; preview and signed page differ by at most %d of 255", len(got), worst)
	if *update {
		data, err := json.MarshalIndent(got, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(goldenFile(), append(data, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func sum(img *image.RGBA) string {
	h := sha256.New()
	for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y++ {
		h.Write(img.Pix[img.PixOffset(img.Rect.Min.X, y):img.PixOffset(img.Rect.Max.X, y)])
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// kept writes a picture for eyes and returns where.
func kept(t *testing.T, name string, img image.Image) string {
	t.Helper()
	dir := os.Getenv("STAMP_DIR")
	if dir == "" {
		return "STAMP_DIR keeps pictures"
	}
	path := filepath.Join(dir, strings.NewReplacer(" ", "-", ",", "").Replace(name)+".png")
	writePNG(t, path, img)
	return path
}

func writePNG(t *testing.T, path string, img image.Image) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// checkPicture compares with the small picture that people look at.
func checkPicture(t *testing.T, c profile, img *image.RGBA) {
	t.Helper()
	path := filepath.Join("testdata", strings.ReplaceAll(c.String(), " ", "-")+".png")
	if *update {
		writePNG(t, path, img)
		return
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			a, b := img.At(img.Rect.Min.X+x, img.Rect.Min.Y+y), want.At(x, y)
			if color.RGBAModel.Convert(a) != color.RGBAModel.Convert(b) {
				t.Errorf("%s: the pixel (%d, %d) is %v, in %s %v", c, x, y, a, path, b)
				return
			}
		}
	}
}

// checkOutside compares all of the page but the stamp and a pixel around it.
func checkOutside(t *testing.T, name string, before, after *image.RGBA, box image.Rectangle) {
	t.Helper()
	box = box.Inset(-1).Intersect(before.Rect)
	same := func(x0, x1, y int) bool {
		from, to := before.PixOffset(x0, y), before.PixOffset(x1, y)
		return bytes.Equal(before.Pix[from:to], after.Pix[from:to])
	}
	w := before.Rect.Dx()
	for y := range before.Rect.Dy() {
		whole := y < box.Min.Y || y >= box.Max.Y
		if whole && !same(0, w, y) || !whole && !(same(0, box.Min.X, y) && same(box.Max.X, w, y)) {
			t.Errorf("%s: the page changed in row %d, outside of %v", name, y, box)
			return
		}
	}
}

// mostApart is what rounding may make of a channel when the preview is put
// onto the page by us instead of by the renderer.
const mostApart = 2

// checkPreview puts the preview onto the page and compares with the signed one.
func checkPreview(t *testing.T, name string, before, after *image.RGBA, preview *image.NRGBA, box image.Rectangle) int {
	t.Helper()
	page := image.NewRGBA(before.Rect)
	copy(page.Pix, before.Pix)
	draw.Draw(page, box, preview, image.Point{}, draw.Over)
	worst, at := 0, image.Point{}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			a, b := page.RGBAAt(x, y), after.RGBAAt(x, y)
			for _, d := range []int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B)} {
				if d = max(d, -d); d > worst {
					worst, at = d, image.Pt(x, y)
				}
			}
		}
	}
	if worst > mostApart {
		t.Errorf("%s: preview and signed page differ by %d at %v of %v", name, worst, at, box)
	}
	return worst
}
