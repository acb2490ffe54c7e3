package stamp

import (
	"testing"

	"pgregory.net/rapid"

	"trinhky/pdfview/geom"
	"trinhky/signer"
)

func TestPlaceLeader(t *testing.T) {
	band := geom.Rect{X0: 300, Y0: 600, X1: 540, Y1: 680}
	for name, c := range map[string]struct {
		b    Block
		s    geom.Size
		want geom.Point
	}{
		"middle of the band": {Block{Band: band}, geom.Size{W: 100, H: 60}, geom.Point{X: 420, Y: 640}},
		"under the title": {
			Block{Band: band, Title: geom.Rect{X0: 380, Y0: 580, X1: 480, Y1: 599}, Name: geom.Rect{X0: 390, Y0: 681, X1: 470, Y1: 700}},
			geom.Size{W: 100, H: 60},
			geom.Point{X: 430, Y: 640},
		},
		"not out of the band": {
			Block{Band: band, Title: geom.Rect{X0: 300, Y0: 580, X1: 360, Y1: 599}},
			geom.Size{W: 100, H: 60},
			geom.Point{X: 350, Y: 640},
		},
		"wider than the band": {Block{Band: band}, geom.Size{W: 300, H: 60}, geom.Point{X: 420, Y: 640}},
	} {
		if got := PlaceLeader(c.b, c.s); got != geom.CenterOn(c.want, c.s) {
			t.Errorf("%s: %v, middle %v", name, got, got.Center())
		}
	}
}

func TestRoom(t *testing.T) {
	room := func(band geom.Size) geom.Size {
		s, err := Room(Input{Role: Leader, Rules: TT01}, Block{Band: geom.At(geom.Point{}, band)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if got := room(geom.Size{W: geom.MM(80), H: geom.MM(27)}); !same(got.W, geom.MM(50)) || !same(got.H, geom.MM(23)) {
		t.Errorf("usual band: %v", got)
	}
	if got := room(geom.Size{W: geom.MM(40), H: geom.MM(10)}); !same(got.W, geom.MM(36)) || !same(got.H, geom.MM(8)) {
		t.Errorf("narrow band: %v", got)
	}
}

// The rule with any sizes: the seal covers a third of the leader's stamp from
// its left, their middles are level.
func TestPlaceSealRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.Float64Range(10, 200)
		leader := geom.At(geom.Point{X: side.Draw(t, "x"), Y: side.Draw(t, "y")}, geom.Size{W: side.Draw(t, "w"), H: side.Draw(t, "h")})
		seal := side.Draw(t, "seal")
		left := rapid.Float64Range(0, 80).Draw(t, "left") // text wider than the seal
		look := signer.Appearance{
			Size:  geom.Size{W: seal + 2*left, H: seal + 22},
			Items: []signer.Item{signer.Text{}, signer.Image{Rect: geom.At(geom.Point{X: left}, geom.Size{W: seal, H: seal})}},
		}
		r := PlaceSeal(leader, look)
		on := geom.At(geom.Point{X: r.X0 + left, Y: r.Y0}, geom.Size{W: seal, H: seal})
		if !same(on.X1, leader.X0+leader.W()/3) || !same(on.Center().Y, leader.Center().Y) || !same(r.W(), look.Size.W) || !same(r.H(), look.Size.H) {
			t.Fatalf("leader %v, seal %v in %v", leader, on, r)
		}
	})
}

// Whatever stands in the corner, the stamp stands clear of it, on the page.
func TestPlaceCorner(t *testing.T) {
	page := geom.A4
	s := geom.Size{W: geom.MM(70), H: geom.MM(5)}
	r, ok := PlaceCorner(page, s, nil)
	if !ok || !same(r.X1, page.W-geom.MM(5)) || !same(r.Y0, geom.MM(7)) {
		t.Errorf("free corner: %v, %v", r, ok)
	}
	number := geom.CenterOn(geom.Point{X: page.W / 2, Y: geom.MM(10)}, geom.Size{W: 12, H: 14})
	if beside, ok := PlaceCorner(page, s, []geom.Rect{number}); !ok || beside != r {
		t.Errorf("beside the page number: %v, %v", beside, ok)
	}
	other := geom.Rect{X0: 400, Y0: 0, X1: 590, Y1: 50}
	if below, ok := PlaceCorner(page, s, []geom.Rect{number, other}); !ok || below.Y0 < 50 || !below.Intersect(other).Empty() {
		t.Errorf("below another stamp: %v, %v", below, ok)
	}
	if _, ok := PlaceCorner(page, s, []geom.Rect{{X1: 600, Y1: 800}}); ok {
		t.Error("no room, but a place")
	}
	if _, ok := PlaceCorner(geom.Size{W: 100, H: 100}, s, nil); ok {
		t.Error("wider than the page, but a place")
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 6).Draw(t, "n")
		c := rapid.Float64Range(0, 600)
		var taken []geom.Rect
		for range n {
			taken = append(taken, geom.RectOf(geom.Point{X: c.Draw(t, "x"), Y: c.Draw(t, "y")}, geom.Point{X: c.Draw(t, "x"), Y: c.Draw(t, "y")}))
		}
		r, ok := PlaceCorner(page, s, taken)
		for _, q := range taken {
			if ok && !r.Intersect(q).Empty() {
				t.Fatalf("%v on %v", r, q)
			}
		}
	})
}

func TestPlaceLineEnd(t *testing.T) {
	line := geom.Rect{X0: 80, Y0: 400, X1: 300, Y1: 416}
	s := geom.Size{W: 40, H: 20}
	if r := PlaceLineEnd(line, geom.A4, s); !same(r.X0, 300+geom.MM(2)) || !same(r.Center().Y, 408) {
		t.Errorf("behind the line: %v", r)
	}
	line.X1 = geom.A4.W - 10
	if r := PlaceLineEnd(line, geom.A4, s); r.X1 > geom.A4.W || r.Size() != s {
		t.Errorf("behind a full line: %v", r)
	}
}

func TestWithin(t *testing.T) {
	look := signer.Appearance{Size: geom.Size{W: 100, H: 50}, Items: []signer.Item{
		signer.Image{Rect: geom.Rect{X1: 100, Y1: 40}},
		signer.Text{At: geom.Point{X: 10, Y: 48}, Size: 10},
		signer.Line{From: geom.Point{}, To: geom.Point{X: 100, Y: 50}, Width: 1},
	}}
	a := Within(look, geom.Size{W: 200, H: 100}) // room enough: centred, as large as it was
	if r := pictures(a)[0]; a.Size != (geom.Size{W: 200, H: 100}) || r != (geom.Rect{X0: 50, Y0: 25, X1: 150, Y1: 65}) {
		t.Errorf("room enough: %+v", a)
	}
	a = Within(look, geom.Size{W: 50, H: 100}) // half as large
	if r := pictures(a)[0]; r != (geom.Rect{X0: 0, Y0: 37.5, X1: 50, Y1: 57.5}) {
		t.Errorf("half as large: %v", r)
	}
	if x := a.Items[1].(signer.Text); x.Size != 5 || x.At != (geom.Point{X: 5, Y: 61.5}) {
		t.Errorf("half as large: %+v", x)
	}
	if l := a.Items[2].(signer.Line); l.Width != 0.5 || l.To != (geom.Point{X: 50, Y: 62.5}) {
		t.Errorf("half as large: %+v", l)
	}
	if !Shrinks(look, geom.Size{W: 50, H: 100}) || Shrinks(look, geom.Size{W: 100, H: 50}) {
		t.Error("Shrinks is wrong")
	}
	if b, r := Settle(look, geom.Rect{X0: 10, Y0: 10, X1: 210, Y1: 110}); b.Size != r.Size() || r != (geom.Rect{X0: 10, Y0: 10, X1: 210, Y1: 110}) {
		t.Errorf("settled in %v: %v", r, b.Size)
	}
	if b, r := Settle(look, geom.Rect{X0: 10, Y0: 10, X1: 30, Y1: 20}); b.Size != look.Size || r != (geom.Rect{X0: -30, Y0: -10, X1: 70, Y1: 40}) {
		t.Errorf("a seal drawn too small: %v, %v", r, b.Size)
	}
}
