package ink

import "testing"

// The marks of a seal's letters are smaller and fainter than what counts as a
// speck elsewhere: they stay within its ring, and only there.
func TestSealMarksStay(t *testing.T) {
	const side, mark, speck, smudge = 300, 150*300 + 150, 20*300 + 280, 180*300 + 100
	for _, c := range []struct {
		kind               Kind
		mark, speck, faint bool
	}{{Seal, true, false, false}, {Signature, false, false, false}} {
		l := &Lifted{W: side, H: side, Kind: c.kind, Alpha: make([]float32, side*side)}
		paint := func(at, w, h int, a float32) {
			for i := range w * h {
				l.Alpha[at+i/w*side+i%w] = a
			}
		}
		for _, edge := range [4][3]int{{50*side + 50, 200, 8}, {242*side + 50, 200, 8}, {50*side + 50, 8, 200}, {50*side + 242, 8, 200}} {
			paint(edge[0], edge[1], edge[2], 0.9)
		}
		paint(mark, 4, 3, 0.38)
		paint(speck, 4, 3, 0.38)
		paint(smudge, 6, 6, 0.2)
		l.keepInk(inks{{0.2, 0.8, 0.8}, {0.8, 0.8, 0.3}, {0.8, 0.8, 0.8}})
		for what, v := range map[string][2]bool{
			"ring":   {l.Alpha[52*side+60] > 0, true},
			"mark":   {l.Alpha[mark] > 0, c.mark},
			"speck":  {l.Alpha[speck] > 0, c.speck},
			"smudge": {l.Alpha[smudge] > 0, c.faint},
		} {
			if v[0] != v[1] {
				t.Errorf("kind %d: the %s is there: %v", c.kind, what, v[0])
			}
		}
	}
}
