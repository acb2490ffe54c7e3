package review_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"strings"
	"testing"

	"trinhky/app/review"
)

// leaf is a document of one A4 page made by hand: F is Helvetica, the images
// and forms are named by their places among objects, which start with number 5.
type leaf struct {
	catalog, page, content string
	resources              string
	objects                []string
}

func (l leaf) bytes() []byte {
	page := l.page + "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>" + l.resources + ">>"
	out := hand(l.catalog, page, l.objects...)
	content := fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(l.content), l.content)
	return bytes.Replace(out, []byte("<</Length 27>>stream\n0.5 g 100 100 200 200 re f\n\nendstream"), []byte(content), 1)
}

// photo is a picture of w × h with dark detail everywhere, or what paint says.
func photo(w, h int, paint func(x, y int) uint8) string {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetGray(x, y, color.Gray{Y: paint(x, y)})
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, &jpeg.Options{Quality: 90})
	return fmt.Sprintf("<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode/Length %d>>stream\n%s\nendstream",
		w, h, b.Len(), b.String())
}

func noisy(x, y int) uint8 { return uint8((x*x*7 + y*y*13 + x*y*3) % 251) }
func white(int, int) uint8 { return 255 }

// lines is a page of print: rows of dark bars, as the lines of say are.
func lines(x, y int) uint8 {
	if row := y % 40; y > 80 && row > 13 && row < 24 && x > 90 && x < 330 && x%9 < 5 {
		return 20
	}
	return 250
}

// say writes a line; y is from the bottom of the page.
func say(y int, text string) string { return fmt.Sprintf("BT/F 14 Tf 99 %d Td(%s)Tj ET\n", y, text) }

const secret = "PAY 900000000 VND"

// form is a form XObject over the whole page.
func formObject(content, more string) string {
	return fmt.Sprintf("<</Type/XObject/Subtype/Form/BBox[0 0 596 842]%s/Length %d>>stream\n%s\nendstream", more, len(content), content)
}

const named = "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"

const seenLine = "0 g BT/F 14 Tf 99 760 Td(Everybody sees this line)Tj ET\n"

// What a page holds and does not show is named, whatever hides it, and what it
// shows is not.
func TestWhatIsNotSeen(t *testing.T) {
	r := reader(t)
	im := "/XObject<</Im 5 0 R>>"
	text := say(700, secret)
	scanText := func(mode int) string {
		var b strings.Builder
		fmt.Fprintf(&b, "%d Tr ", mode)
		for i := range 10 {
			b.WriteString(say(842-80-40*(i+1)+17, "a line that a program read"))
		}
		return b.String() + "0 Tr "
	}
	fullPage := "q 595 0 0 842 0 0 cm/Im Do Q\n"
	layers := func(d string) string {
		return "/OCProperties<</OCGs[5 0 R]/D<<" + d + ">>>>"
	}
	layered := "/OC/L BDC " + text + "EMC "
	props := "/Properties<</L 5 0 R>>"
	for name, c := range map[string]struct {
		leaf leaf
		want string // codes, sorted
	}{
		"photo over text":          {leaf{content: text + "q 300 0 0 60 80 680 cm/Im Do Q", resources: im, objects: []string{photo(200, 60, noisy)}}, "hidden-text"},
		"photo beside text":        {leaf{content: text + "q 300 0 0 60 80 600 cm/Im Do Q", resources: im, objects: []string{photo(200, 60, noisy)}}, ""},
		"text over a photo":        {leaf{content: "q 300 0 0 60 80 680 cm/Im Do Q 1 0 0 rg " + text, resources: im, objects: []string{photo(200, 60, noisy)}}, ""},
		"photo over some of it":    {leaf{content: text + "q 70 0 0 60 140 680 cm/Im Do Q", resources: im, objects: []string{photo(200, 60, noisy)}}, "hidden-text"},
		"photo of the whole page":  {leaf{content: scanText(0) + fullPage, resources: im, objects: []string{photo(400, 560, noisy)}}, "hidden-text"},
		"white picture over it":    {leaf{content: text + "q 300 0 0 60 80 680 cm/Im Do Q", resources: im, objects: []string{photo(200, 60, white)}}, "hidden-text"},
		"white text on it":         {leaf{content: "q 300 0 0 60 80 680 cm/Im Do Q 1 g " + text, resources: im, objects: []string{photo(200, 60, white)}}, "hidden-text"},
		"see-through picture":      {leaf{content: text + "/G gs q 300 0 0 60 80 680 cm/Im Do Q", resources: im + "/ExtGState<</G<</ca 0.3>>>>", objects: []string{photo(200, 60, white)}}, ""},
		"form over it":             {leaf{content: text + "/Im Do", resources: im, objects: []string{formObject("0.2 0.4 0.9 rg 80 690 300 30 re f", "")}}, "hidden-text"},
		"in a form, under another": {leaf{content: "/Im Do/Jm Do", resources: "/XObject<</Im 5 0 R/Jm 6 0 R>>", objects: []string{formObject(text, "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"), formObject("1 g 80 690 300 30 re f", "/Matrix[1 0 0 1 0 0]")}}, "hidden-text"},
		"form moved over it":       {leaf{content: text + "q 1 0 0 1 80 690 cm/Im Do Q", resources: im, objects: []string{formObject("0 0 300 30 re f", "")}}, "hidden-text"},
		"covered, written anew":    {leaf{content: text + "1 g 80 690 300 30 re f 0 g BT/F 14 Tf 104 700 Td(NO 1 VND AT ALL)Tj ET", resources: ""}, "hidden-text overlapping-text"},
		"hatched pattern over it":  {leaf{content: text + "/Pattern cs/P scn 80 690 300 30 re f", resources: "/Pattern<</P 5 0 R>>", objects: []string{"<</Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 4 4]/XStep 4/YStep 4/Resources<<>>/Length 44>>stream\n0.9 g 0 0 4 4 re f 0.1 g 0 0 2 2 re f       \nendstream"}}, "hidden-text"},
		"shading over it":          {leaf{content: text + "q 80 690 300 30 re W n/S sh Q", resources: "/Shading<</S<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 595 0]/Extend[true true]/Function<</FunctionType 2/Domain[0 1]/N 1/C0[1 1 1]/C1[0 0 1]>>>>>>"}, "hidden-text"},
		"letters named, in a form": {leaf{content: seenLine + "q 1 0 0 1 60 300 cm/Im Do Q", resources: "/XObject<</Im 5 0 R>>", objects: []string{formObject("/Span<</ActualText("+secret+")>>BDC "+say(100, secret)+"EMC", named)}}, ""},
		"and white there":          {leaf{content: seenLine + "q 1 0 0 1 60 300 cm/Im Do Q", resources: "/XObject<</Im 5 0 R>>", objects: []string{formObject("1 g/Span<</ActualText("+secret+")>>BDC "+say(100, secret)+"EMC", named)}}, "hidden-text"},
		"row shaded before":        {leaf{content: "0.85 g 80 690 300 30 re f 0 g " + text + "0.7 g 80 660 300 30 re f 0 g " + say(670, "next row")}, ""},
		"highlighted":              {leaf{content: text, page: "/Annots[<</Type/Annot/Subtype/Highlight/Rect[80 690 380 720]/QuadPoints[80 720 380 720 80 690 380 690]/C[1 1 0]/AP<</N 5 0 R>>>>]", objects: []string{formObject("/G gs 1 1 0 rg 80 690 300 30 re f", "/Resources<</ExtGState<</G<</BM/Multiply>>>>>>/Group<</S/Transparency>>")}}, ""},
		"stamp annotation over it": {leaf{content: text, page: "/Annots[<</Type/Annot/Subtype/Stamp/F 4/Rect[0 0 596 842]/AP<</N 5 0 R>>>>]", objects: []string{formObject("0.2 0.8 0.3 rg 80 690 300 30 re f", "")}}, "text-under-annotation"},
		"stamp annotation beside":  {leaf{content: text, page: "/Annots[<</Type/Annot/Subtype/Stamp/F 4/Rect[0 0 596 842]/AP<</N 5 0 R>>>>]", objects: []string{formObject("0.2 0.8 0.3 rg 80 590 300 30 re f", "")}}, ""},
		"watermark":                {leaf{content: text + "q 0.9 g BT/F 90 Tf 0.7 0.7 -0.7 0.7 150 200 Tm(DRAFT)Tj ET Q"}, ""},
		"nearly white":             {leaf{content: seenLine + "0.96 g " + text}, "hidden-text"},
		"white in CMYK":            {leaf{content: seenLine + "0 0 0 0 k " + text}, "hidden-text"},
		"white as a spot colour":   {leaf{content: seenLine + "/S cs 0 scn " + text, resources: "/ColorSpace<</S[/Separation/Gold/DeviceCMYK<</FunctionType 2/Domain[0 1]/N 1/C0[0 0 0 0]/C1[0 0.2 0.8 0]>>]>>"}, "hidden-text"},
		"white of a palette":       {leaf{content: seenLine + "/S cs 1 sc " + text, resources: "/ColorSpace<</S[/Indexed/DeviceRGB 1<000000FEFEFE>]>>"}, "hidden-text"},
		"spot colour that shows":   {leaf{content: seenLine + "/S cs 1 scn " + text, resources: "/ColorSpace<</S[/Separation/Gold/DeviceCMYK<</FunctionType 2/Domain[0 1]/N 1/C0[0 0 0 0]/C1[0 0.2 0.8 0]>>]>>"}, ""},
		"grey that can be read":    {leaf{content: seenLine + "0.6 g " + text}, ""},
		"almost transparent":       {leaf{content: seenLine + "/G gs " + text, resources: "/ExtGState<</G<</ca 0.03>>>>"}, "hidden-text"},
		"outside the crop box":     {leaf{page: "/CropBox[0 0 595 650]", content: seenLine}, "hidden-text page-not-a4"},
		"beyond the media box":     {leaf{content: seenLine + say(-60, secret)}, "hidden-text"},
		"less than a point":        {leaf{content: seenLine + "BT/F 0.7 Tf 99 700 Td(" + secret + ")Tj ET"}, "hidden-text"},
		"scaled to nothing":        {leaf{content: seenLine + "q 0.05 0 0 0.05 90 600 cm " + say(700, secret) + "Q"}, "hidden-text"},
		"cut away":                 {leaf{content: seenLine + "q 300 100 50 50 re W n " + text + "Q"}, "hidden-text"},
		"cut to its line":          {leaf{content: seenLine + "q 80 690 300 30 re W n " + text + "Q"}, ""},
		"not painted, no picture":  {leaf{content: seenLine + "3 Tr " + text}, "hidden-text"},
		"not painted, over text":   {leaf{content: seenLine + "3 Tr BT/F 14 Tf 99 760 Td(Nobody will see this)Tj ET"}, "hidden-text"},
		"layer of a scan":          {leaf{content: fullPage + scanText(3), resources: im, objects: []string{photo(595, 842, lines)}}, "scan-text-layer"},
		"layer under a scan":       {leaf{content: scanText(0) + fullPage, resources: im, objects: []string{photo(595, 842, lines)}}, "scan-text-layer"},
		"more than the scan shows": {leaf{content: fullPage + scanText(3) + "3 Tr " + say(90, secret), resources: im, objects: []string{photo(595, 842, func(x, y int) uint8 {
			if y > 500 {
				return 250
			}
			return lines(x, y)
		})}}, "hidden-text scan-text-layer"},
		"layer that is off":            {leaf{catalog: layers("/OFF[5 0 R]"), content: seenLine + layered, resources: props, objects: []string{"<</Type/OCG/Name(A)>>"}}, "hidden-text optional-content"},
		"membership that is off":       {leaf{catalog: "/OCProperties<</OCGs[6 0 R]/D<</OFF[6 0 R]>>>>", content: seenLine + layered, resources: props, objects: []string{"<</Type/OCMD/OCGs[6 0 R]/P/AllOn>>", "<</Type/OCG/Name(A)>>"}}, "hidden-text optional-content"},
		"layer that is on":             {leaf{catalog: layers("/ON[5 0 R]"), content: seenLine + layered, resources: props, objects: []string{"<</Type/OCG/Name(A)>>"}}, "optional-content"},
		"picture under a rectangle":    {leaf{content: seenLine + "q 200 0 0 60 80 580 cm/Im Do Q 1 g 70 570 300 100 re f", resources: im, objects: []string{photo(200, 60, noisy)}}, "covered-picture"},
		"picture under a picture":      {leaf{content: seenLine + "q 200 0 0 60 80 580 cm/Im Do Q q 300 0 0 100 70 570 cm/Jm Do Q", resources: "/XObject<</Im 5 0 R/Jm 6 0 R>>", objects: []string{photo(200, 60, noisy), photo(90, 60, white)}}, "covered-picture"},
		"picture painted twice":        {leaf{content: seenLine + "q 200 0 0 60 80 580 cm/Im Do Q q 200 0 0 60 80 580 cm/Im Do Q", resources: im, objects: []string{photo(200, 60, noisy)}}, ""},
		"picture in a frame":           {leaf{content: seenLine + "q 200 0 0 60 80 580 cm/Im Do Q 70 570 300 100 re S", resources: im, objects: []string{photo(200, 60, noisy)}}, ""},
		"surface under a surface":      {leaf{content: "0.9 g 80 580 200 60 re f 1 g 70 570 300 100 re f 0 g " + seenLine}, ""},
		"drawn letters under a sheet":  {leaf{content: seenLine + strings.Repeat("0 g 100 600 10 10 re 104 604 3 3 re f* 1 0 0 1 14 0 cm ", 8) + "1 0 0 1 -112 0 cm 1 g 70 570 300 100 re f"}, "covered-picture"},
		"white cross in a black field": {leaf{content: seenLine + "0 g 80 690 300 30 re f 1 g " + text}, ""},
		"text turned upside down":      {leaf{page: "/Rotate 180", content: seenLine + text}, ""},
		"turned, photo over it":        {leaf{page: "/Rotate 90", content: seenLine + text + "q 300 0 0 60 80 680 cm/Im Do Q", resources: im, objects: []string{photo(200, 60, noisy)}}, "hidden-text page-not-a4"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "outside the crop box" {
				c.leaf.content += text
			}
			got := inspected(t, r, c.leaf.bytes())
			var codes []string
			for code := range got {
				if code != review.PartsUnreadable && (slices.Contains(review.Codes(), code)) {
					codes = append(codes, code)
				}
			}
			slices.Sort(codes)
			want := strings.TrimSpace(strings.ReplaceAll(c.want, " page-not-a4", ""))
			if s := strings.TrimSpace(strings.ReplaceAll(strings.Join(codes, " "), "page-not-a4", "")); s != want {
				t.Errorf("%q, want %q: %+v", s, want, got)
			}
		})
	}
}
