package stamp

import (
	"math"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
)

// The text under a seal makes room for the name; the seal stays where it is.
func TestClearOf(t *testing.T) {
	look, err := Lay(Input{
		Role: Seal, Rules: TT01, Picture: picture(t, 100, 100), Font: font(t), Agency: "Sở Thử nghiệm", Time: noon, Width: geom.MM(36),
	}, geom.Size{})
	if err != nil {
		t.Fatal(err)
	}
	at := geom.At(geom.Point{X: 250, Y: 400}, look.Size)
	seal := pictures(look)[0].Move(at.X0, at.Y0)
	name := geom.Rect{X0: seal.X1 - 30, X1: seal.X1 + 60, Y0: seal.Y1 - 2, Y1: seal.Y1 + 13}
	moved, place := ClearOf(look, at, []geom.Rect{name})
	if got := pictures(moved)[0].Move(place.X0, place.Y0); math.Abs(got.X0-seal.X0) > 0.01 || got.Size() != seal.Size() {
		t.Errorf("the seal moved from %v to %v", seal, got)
	}
	if place.X1 != at.X1 || moved.Size.H != look.Size.H || math.Abs(place.W()-moved.Size.W) > 0.01 {
		t.Errorf("%v became %v for %v", at, place, moved.Size)
	}
	for _, it := range moved.Items {
		x, ok := it.(signer.Text)
		if !ok {
			continue
		}
		box := textBox(x).Move(place.X0, place.Y0)
		if !box.Intersect(name).Empty() || box.X1 < seal.X0 || x.At.X < -0.01 {
			t.Errorf("%q at %v, the name at %v", x.Text, box, name)
		}
	}
	for _, free := range []geom.Rect{{}, name.Move(0, 200)} {
		if same, p := ClearOf(look, at, []geom.Rect{free}); p != at || len(same.Items) != len(look.Items) || same.Size != look.Size {
			t.Errorf("moved for nothing: %v", p)
		}
	}
	far := name.Move(-300, 0) // there is no way around it: the text stays under the seal
	far.X1 = name.X1
	moved, place = ClearOf(look, at, []geom.Rect{far})
	for _, it := range moved.Items {
		if x, ok := it.(signer.Text); ok && textBox(x).Move(place.X0, 0).X1 < seal.X0 && x.Text == "Sở Thử nghiệm" {
			t.Errorf("%q left the seal", x.Text)
		}
	}
}
