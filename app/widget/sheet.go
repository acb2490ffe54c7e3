package widget

import (
	"image"
	"math"
	"sort"

	"trinhky/pdfview/geom"
)

// tileSide is the largest side of a tile, in device pixels.
const tileSide = 512

// gapUnits is the room between two pages and around them, in Fyne units.
const gapUnits = 14

// sheet lays the pages out below each other, in device pixels, so that tiles
// of exactly rendered pixels fall on exact pixels of the screen.
type sheet struct {
	scale float64 // device pixels per shown point
	gap   int
	pages []image.Rectangle
	size  image.Point
}

// newSheet lays out pages of the given shown sizes at scale, in a window of
// width pixels; pages are centred and never start left of the gap.
func newSheet(sizes []geom.Size, scale float64, width, gap int) sheet {
	s := sheet{scale: scale, gap: gap}
	widest := 0
	for _, p := range sizes {
		widest = max(widest, pixels(p.W, scale))
	}
	total := max(width, widest+2*gap)
	y := gap
	for _, p := range sizes {
		w, h := pixels(p.W, scale), pixels(p.H, scale)
		x := (total - w) / 2
		s.pages = append(s.pages, image.Rect(x, y, x+w, y+h))
		y += h + gap
	}
	s.size = image.Pt(total, y)
	return s
}

// pixels is the rendered length of a side: rounded up, as pdfview renders it.
func pixels(points, scale float64) int { return int(math.Ceil(points*scale - 1e-6)) }

// tile is one piece of one page at one scale; clip is in pixels of the page.
type tile struct {
	page  int
	scale float64
	clip  image.Rectangle
}

// tiles lists the tiles that touch view, those nearest to its middle first.
func (s sheet) tiles(view image.Rectangle) []tile {
	var out []tile
	for n, page := range s.pages {
		part := page.Intersect(view)
		if part.Empty() {
			continue
		}
		part = part.Sub(page.Min)
		for y := part.Min.Y / tileSide * tileSide; y < part.Max.Y; y += tileSide {
			for x := part.Min.X / tileSide * tileSide; x < part.Max.X; x += tileSide {
				clip := image.Rect(x, y, min(x+tileSide, page.Dx()), min(y+tileSide, page.Dy()))
				out = append(out, tile{page: n, scale: s.scale, clip: clip})
			}
		}
	}
	s.sortByDistance(out, view)
	return out
}

func (s sheet) sortByDistance(tiles []tile, view image.Rectangle) {
	mid := view.Min.Add(view.Max).Div(2)
	distance := func(t tile) int {
		c := t.clip.Add(s.pages[t.page].Min)
		m := c.Min.Add(c.Max).Div(2).Sub(mid)
		return m.X*m.X + m.Y*m.Y
	}
	sortStable(tiles, func(a, b tile) bool { return distance(a) < distance(b) })
}

// pageAt is the page that y falls on, or the one after the gap that y is in.
func (s sheet) pageAt(y int) int {
	for n, p := range s.pages {
		if y < p.Max.Y {
			return n
		}
	}
	return max(0, len(s.pages)-1)
}

// toSheet takes a rectangle of shown space to pixels of the sheet.
func (s sheet) toSheet(page int, r geom.Rect) (x, y, w, h float64) {
	o := s.pages[page].Min
	return float64(o.X) + r.X0*s.scale, float64(o.Y) + r.Y0*s.scale, r.W() * s.scale, r.H() * s.scale
}

// follow gives the height, in pixels, of what stood at y when the same pages lay
// as in old: pages grow with the zoom, the gaps between them do not.
func (s sheet) follow(old sheet, y float32) float32 {
	if len(old.pages) == 0 || len(old.pages) != len(s.pages) {
		return y
	}
	i := sort.Search(len(old.pages)-1, func(i int) bool { return float32(old.pages[i].Max.Y) > y })
	was, is := old.pages[i], s.pages[i]
	if was.Dy() == 0 {
		return y
	}
	return float32(is.Min.Y) + (y-float32(was.Min.Y))*float32(is.Dy())/float32(was.Dy())
}
