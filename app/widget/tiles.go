package widget

import (
	"image"

	"fyne.io/fyne/v2/canvas"
)

// look asks for the tiles that can be seen, and forgets those far away.
func (v *PageView) look() {
	if v.painter == nil || v.extent.Width <= 0 || len(v.sheet.pages) == 0 {
		return
	}
	off, size := v.scroll.Offset, v.scroll.Size()
	view := image.Rect(int(off.X*v.pixel), int(off.Y*v.pixel),
		int((off.X+size.Width)*v.pixel)+1, int((off.Y+size.Height)*v.pixel)+1)
	near := view.Inset(-view.Dy() / 2)
	v.tellPage(view)
	v.forget(near.Inset(-view.Dy()))
	v.queue = v.queue[:0]
	for _, t := range append(v.sheet.tiles(view), v.sheet.tiles(near)...) {
		if _, ok := v.shown[t]; !ok {
			v.queue = append(v.queue, t)
		}
	}
	v.resting = v.resting && len(v.queue) == 0
	v.next()
}

func (v *PageView) tellPage(view image.Rectangle) {
	page := v.sheet.pageAt((view.Min.Y + view.Max.Y) / 2)
	if page != v.page {
		v.page = page
		if v.OnPage != nil {
			v.OnPage(page)
		}
	}
}

func (v *PageView) forget(keep image.Rectangle) {
	for t := range v.shown {
		if !t.clip.Add(v.sheet.pages[t.page].Min).Overlaps(keep) {
			delete(v.shown, t)
		}
	}
}

// next renders the next tile; one is under way at a time, because the engine
// does one at a time and what is wanted may change meanwhile.
func (v *PageView) next() {
	if v.busy {
		return
	}
	for len(v.queue) > 0 {
		t := v.queue[0]
		v.queue = v.queue[1:]
		if _, ok := v.shown[t]; !ok {
			v.render(t)
			return
		}
	}
	v.rest()
}

func (v *PageView) rest() {
	if len(v.stale) > 0 {
		clear(v.stale)
		v.arrange()
	}
	if !v.resting {
		v.resting = true
		if v.OnIdle != nil {
			v.OnIdle()
		}
	}
	if v.OnLook != nil {
		v.OnLook()
	}
}

func (v *PageView) render(t tile) {
	v.busy = true
	ctx, painter := v.ctx, v.painter
	v.runner.Go(func() func() {
		img, err := painter.Render(ctx, t.page, t.scale, t.clip)
		return func() {
			if ctx != v.ctx || ctx.Err() != nil {
				return // another document is shown by now
			}
			v.busy = false
			if err == nil && t.scale == v.sheet.scale {
				v.add(t, img)
			}
			v.next()
		}
	})
}

func (v *PageView) add(t tile, img *image.RGBA) {
	pic := canvas.NewImageFromImage(img)
	pic.FillMode, pic.ScaleMode = canvas.ImageFillStretch, canvas.ImageScalePixels
	v.shown[t] = pic
	v.put(pic, t.clip.Add(v.sheet.pages[t.page].Min))
	v.plane.insert(pic)
}
