package signer

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"trinhky/pdfview/geom"
	"trinhky/signer/internal/pdf"
	"trinhky/signer/internal/truetype"
)

// maxItems bounds an appearance.
const maxItems = 1000

// painter turns an appearance into a form XObject of an update.
type painter struct {
	u        *pdf.Update
	archive  archive
	space    pdf.Value // of colours, where they are calibrated
	content  bytes.Buffer
	fonts    []paintedFont
	pictures []paintedPicture
}

type paintedFont struct {
	font *Font
	ref  pdf.Ref
}

type paintedPicture struct {
	picture *Picture
	ref     pdf.Ref
}

// canvas is what an appearance is painted on.
type canvas struct {
	size    geom.Size // as the reader sees it
	rotate  int       // of the page, degrees clockwise: 0, 90, 180, 270
	archive archive
}

// paint adds the form XObject of a to the update. Where the appearance is
// smaller than the canvas it is centred, where it is larger it is made smaller.
func paint(u *pdf.Update, a *Appearance, c canvas) (pdf.Ref, error) {
	p := &painter{u: u, archive: c.archive}
	box := c.size
	if err := p.check(a); err != nil {
		return pdf.Ref{}, err
	}
	if a != nil {
		fit := a.Size.Fit(box)
		k := fit.W / a.Size.W
		fmt.Fprintf(&p.content, "q %s 0 0 %s %s %s cm\n", num(k), num(k), num((box.W-fit.W)/2), num((box.H-fit.H)/2))
		if err := p.items(a); err != nil {
			return pdf.Ref{}, err
		}
		p.content.WriteString("Q\n")
	}
	form := pdf.Dict("Type", pdf.Name("XObject"), "Subtype", pdf.Name("Form"),
		"BBox", pdf.Numbers(0, 0, box.W, box.H), "Resources", p.resources())
	if c.rotate != 0 {
		form = form.With("Matrix", upright(box, c.rotate))
	}
	return u.Add(pdf.Stream(form, p.content.Bytes())), nil
}

// upright is the /Matrix that turns the box against the page's rotation.
func upright(box geom.Size, rotate int) pdf.Value {
	switch rotate {
	case 90:
		return pdf.Numbers(0, 1, -1, 0, box.H, 0)
	case 180:
		return pdf.Numbers(-1, 0, 0, -1, box.W, box.H)
	default: // 270
		return pdf.Numbers(0, -1, 1, 0, 0, box.W)
	}
}

// check refuses what cannot be painted.
func (p *painter) check(a *Appearance) error {
	if a == nil {
		return nil
	}
	if !(a.Size.W > 0 && a.Size.H > 0) || math.IsInf(a.Size.W+a.Size.H, 0) {
		return fmt.Errorf("appearance of %v × %v points", a.Size.W, a.Size.H)
	}
	if len(a.Items) > maxItems {
		return fmt.Errorf("appearance with %d items", len(a.Items))
	}
	return nil
}

// items paints in order; y goes down in an Appearance and up in PDF.
func (p *painter) items(a *Appearance) error {
	texts := textsOf(a)
	for _, item := range a.Items {
		switch x := item.(type) {
		case Text:
			if err := p.text(x, a.Size.H, texts); err != nil {
				return err
			}
		case Image:
			if err := p.image(x, a.Size.H); err != nil {
				return err
			}
		case Line:
			fmt.Fprintf(&p.content, "%s %s w %s %s m %s %s l S\n", p.stroke(x.Color), num(x.Width),
				num(x.From.X), num(a.Size.H-x.From.Y), num(x.To.X), num(a.Size.H-x.To.Y))
		}
	}
	return nil
}

// textsOf gathers the texts of every font, because a font is embedded once.
func textsOf(a *Appearance) map[*Font][]string {
	out := map[*Font][]string{}
	for _, item := range a.Items {
		if t, ok := item.(Text); ok {
			out[t.Font] = append(out[t.Font], t.Text)
		}
	}
	return out
}

func (p *painter) text(t Text, height float64, texts map[*Font][]string) error {
	if t.Font == nil {
		return fmt.Errorf("text %q has no font", t.Text)
	}
	if missing := t.Font.Missing(t.Text); len(missing) > 0 {
		return fmt.Errorf("the font has no %q", missing)
	}
	i := slices.IndexFunc(p.fonts, func(f paintedFont) bool { return f.font == t.Font })
	if i < 0 {
		s, err := t.Font.subset(texts[t.Font])
		if err != nil {
			return fmt.Errorf("embed font: %w", err)
		}
		i = len(p.fonts)
		p.fonts = append(p.fonts, paintedFont{t.Font, embed(p.u, s, p.archive.cidSet)})
	}
	fmt.Fprintf(&p.content, "BT %s /F%d %s Tf %s %s Td <", p.fill(t.Color), i, num(t.Size), num(t.At.X), num(height-t.At.Y))
	for _, g := range t.Font.glyphs(t.Text) {
		fmt.Fprintf(&p.content, "%04X", uint16(g))
	}
	p.content.WriteString("> Tj ET\n")
	return nil
}

func (p *painter) image(m Image, height float64) error {
	if m.Picture == nil {
		return errors.New("an image without a picture")
	}
	i := slices.IndexFunc(p.pictures, func(x paintedPicture) bool { return x.picture == m.Picture })
	if i < 0 {
		i = len(p.pictures)
		p.pictures = append(p.pictures, paintedPicture{m.Picture, p.store(m.Picture)})
	}
	r := m.Rect
	fmt.Fprintf(&p.content, "q %s 0 0 %s %s %s cm /I%d Do Q\n", num(r.W()), num(r.H()), num(r.X0), num(height-r.Y1), i)
	return nil
}

func (p *painter) resources() pdf.Value {
	out := pdf.Dict()
	if len(p.fonts) > 0 {
		d := pdf.Dict()
		for i, f := range p.fonts {
			d = d.With("F"+strconv.Itoa(i), pdf.RefTo(f.ref))
		}
		out = out.With("Font", d)
	}
	if len(p.pictures) > 0 {
		d := pdf.Dict()
		for i, m := range p.pictures {
			d = d.With("I"+strconv.Itoa(i), pdf.RefTo(m.ref))
		}
		out = out.With("XObject", d)
	}
	if !p.space.IsNull() {
		out = out.With("ColorSpace", pdf.Dict("C", p.space))
	}
	return out
}

// stroke and fill are the operators that choose a colour.
func (p *painter) stroke(c Color) string {
	if p.archive.calibrated {
		p.colours()
		return "/C CS " + rgb(c) + " SC"
	}
	return rgb(c) + " RG"
}

func (p *painter) fill(c Color) string {
	if p.archive.calibrated {
		p.colours()
		return "/C cs " + rgb(c) + " sc"
	}
	return rgb(c) + " rg"
}

// colours is the colour space of what is painted.
func (p *painter) colours() pdf.Value {
	if !p.archive.calibrated {
		return pdf.Name("DeviceRGB")
	}
	if p.space.IsNull() {
		p.space = pdf.RefTo(p.u.Add(calibratedRGB()))
	}
	return p.space
}

// store adds the image XObject of a picture, with an /SMask for its alpha, or
// laid on white where there are none.
func (p *painter) store(m *Picture) pdf.Ref {
	colour, alpha := m.streams()
	if p.archive.flat && alpha != nil {
		colour, alpha = m.onWhite(), nil
	}
	image := func(space pdf.Value) pdf.Value {
		return pdf.Dict("Type", pdf.Name("XObject"), "Subtype", pdf.Name("Image"),
			"Width", pdf.Int(m.W), "Height", pdf.Int(m.H), "BitsPerComponent", pdf.Int(8),
			"ColorSpace", space, "Filter", pdf.Name("FlateDecode"))
	}
	d := image(p.colours())
	if alpha != nil {
		d = d.With("SMask", pdf.RefTo(p.u.Add(pdf.Stream(image(pdf.Name("DeviceGray")), alpha))))
	}
	return p.u.Add(pdf.Stream(d, colour))
}

// presentGlyphs is the data of a /CIDSet: a bit for every glyph that the subset holds, the first one highest
// (ISO 32000-1, Table 124).
func presentGlyphs(present []truetype.GlyphID) []byte {
	out := make([]byte, int(present[len(present)-1])/8+1)
	for _, g := range present {
		out[g/8] |= 0x80 >> (g % 8)
	}
	return out
}

// embed adds the Type 0 font of a subset (ISO 32000-1, 9.7).
func embed(u *pdf.Update, s *fontSubset, cidSet bool) pdf.Ref {
	m := s.data.Metrics
	flate := func(data []byte) pdf.Value {
		return pdf.Stream(pdf.Dict("Filter", pdf.Name("FlateDecode")), data)
	}
	program := u.Add(flate(s.program).With("Length1", pdf.Int(len(s.data.Program))))
	flags := 4 // Symbolic: glyphs are chosen by number
	if m.FixedPitch {
		flags |= 1
	}
	if m.Serif {
		flags |= 2
	}
	if m.ItalicAngle != 0 {
		flags |= 64
	}
	name := pdf.Name(s.data.Name)
	describe := pdf.Dict("Type", pdf.Name("FontDescriptor"), "FontName", name,
		"Flags", pdf.Int(flags), "FontBBox", pdf.Array(ints(m.BBox[:])...),
		"ItalicAngle", pdf.Real(m.ItalicAngle), "Ascent", pdf.Int(m.Ascent), "Descent", pdf.Int(m.Descent),
		"CapHeight", pdf.Int(m.CapHeight), "StemV", pdf.Int(m.StemV), "FontFile2", pdf.RefTo(program))
	if cidSet {
		describe = describe.With("CIDSet", pdf.RefTo(u.Add(pdf.Stream(pdf.Dict(), presentGlyphs(s.data.Present)))))
	}
	descriptor := u.Add(describe)
	descendant := u.Add(pdf.Dict("Type", pdf.Name("Font"), "Subtype", pdf.Name("CIDFontType2"), "BaseFont", name,
		"CIDSystemInfo", pdf.Dict("Registry", pdf.Text("Adobe"), "Ordering", pdf.Text("Identity"), "Supplement", pdf.Int(0)),
		"FontDescriptor", pdf.RefTo(descriptor), "CIDToGIDMap", pdf.Name("Identity"), "W", widths(s)))
	unicode := u.Add(flate(s.toUnicode))
	return u.Add(pdf.Dict("Type", pdf.Name("Font"), "Subtype", pdf.Name("Type0"), "BaseFont", name,
		"Encoding", pdf.Name("Identity-H"), "DescendantFonts", pdf.Array(pdf.RefTo(descendant)),
		"ToUnicode", pdf.RefTo(unicode)))
}

// widths is the /W array: "first [w w …]" for every run of neighbouring glyphs.
func widths(s *fontSubset) pdf.Value {
	var out, run []pdf.Value
	for i, g := range s.data.Glyphs {
		if i > 0 && g != s.data.Glyphs[i-1]+1 {
			out, run = append(out, pdf.Array(run...)), nil
		}
		if len(run) == 0 {
			out = append(out, pdf.Int(int(g)))
		}
		run = append(run, pdf.Int(s.data.Widths[i]))
	}
	if len(run) > 0 {
		out = append(out, pdf.Array(run...))
	}
	return pdf.Array(out...)
}

func ints(n []int) []pdf.Value {
	out := make([]pdf.Value, len(n))
	for i := range n {
		out[i] = pdf.Int(n[i])
	}
	return out
}

// num writes a number for a content stream: at most four decimals.
func num(f float64) string {
	s := strconv.FormatFloat(f, 'f', 4, 64)
	s = string(bytes.TrimRight([]byte(s), "0"))
	s = string(bytes.TrimSuffix([]byte(s), []byte(".")))
	if s == "-0" {
		return "0"
	}
	return s
}

func rgb(c Color) string {
	return num(float64(c.R)/255) + " " + num(float64(c.G)/255) + " " + num(float64(c.B)/255)
}
