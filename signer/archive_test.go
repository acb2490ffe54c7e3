package signer_test

import (
	"bytes"
	"fmt"
	"image"
	"os"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/signertest/pki"
)

// TestArchive: what is painted into a PDF/A document keeps its promise: no soft
// mask in part 1 or without an output intent to blend in, DeviceRGB only with an
// RGB intent, a CIDSet in part 1; XMP and output intents stay as they are.
func TestArchive(t *testing.T) {
	b := newBench(t, pki.P256)
	for _, c := range []struct {
		name       string
		part       string // of the XMP; "": no PDF/A
		colours    int    // of the output intent; 0: none
		mask, rgb  bool
		cidSet     bool
		appearance *signer.Appearance
	}{
		{"no PDF/A", "", 0, true, true, false, b.stamp()},
		{"no PDF/A, gray intent", "", 1, true, true, false, b.stamp()},
		{"PDF/A-1, RGB", "1", 3, false, true, true, b.stamp()},
		{"PDF/A-1, gray", "1", 1, false, false, true, b.stamp()},
		{"PDF/A-1, CMYK", "1", 4, false, false, true, b.stamp()},
		{"PDF/A-1, no intent", "1", 0, false, false, true, b.stamp()},
		{"PDF/A-2, RGB", "2", 3, true, true, false, b.stamp()},
		{"PDF/A-2, CMYK", "2", 4, true, false, false, b.stamp()},
		{"PDF/A-3, gray", "3", 1, true, false, false, b.stamp()},
		{"PDF/A-3, no intent", "3", 0, false, false, false, b.stamp()},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := b.request(b.write(t, "in.pdf", archived(c.part, c.colours)), "out.pdf")
			r.Overwrite = true
			r.Field.Rect, r.Appearance = geom.Rect{X0: 60, Y0: 60, X1: 230, Y1: 128}, c.appearance
			if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err != nil {
				t.Fatal(err)
			}
			original, _ := os.ReadFile(r.Input)
			signed, _ := os.ReadFile(r.Output)
			added := signed[len(original):]
			for _, x := range []struct {
				what string
				want bool
			}{
				{"/SMask", c.mask},
				{"/DeviceRGB", c.rgb},
				{"/CalRGB", !c.rgb},
				{"/CIDSet", c.cidSet},
				{"/pdfaid", false},
				{"/GTS_PDFA1", false},
				{"\n5 0 obj", false},
				{"\n6 0 obj", false},
			} {
				if bytes.Contains(added, []byte(x.what)) != x.want {
					t.Errorf("%q in the increment: %v", x.what, !x.want)
				}
			}
			if !blue(render(t, r.Output, 2)) {
				t.Error("the blue text of the stamp is not to be seen")
			}
		})
	}
}

// blue says whether anything is clearly more blue than red.
func blue(img image.Image) bool {
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			if r, _, b, _ := img.At(x, y).RGBA(); b > r+0x4000 {
				return true
			}
		}
	}
	return false
}

// archived is a document that claims a part of PDF/A and has an output intent
// with so many colours.
func archived(part string, colours int) []byte {
	xmp := "<x:xmpmeta xmlns:x='adobe:ns:meta/'>"
	if part != "" {
		xmp += "<pdfaid:part>" + part + "</pdfaid:part>"
	}
	xmp += "</x:xmpmeta>"
	catalog := "/Metadata 5 0 R"
	if colours > 0 {
		catalog += "/OutputIntents[6 0 R]"
	}
	return plain("/MediaBox[0 0 300 200]", catalog,
		fmt.Sprintf("<</Type/Metadata/Subtype/XML/Length %d>>stream\n%s\nendstream", len(xmp), xmp),
		"<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(x)/DestOutputProfile 7 0 R>>",
		fmt.Sprintf("<</N %d/Length 4>>stream\n....\nendstream", colours))
}
