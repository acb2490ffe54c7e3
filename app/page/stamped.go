package page

import (
	"context"
	"image"

	"trinhky/app/flow"
	"trinhky/app/review"
	"trinhky/app/widget"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/stamp"
)

// stamped is the stamp on the pages of a view: it can be moved, and it is
// painted as it will be signed. UI thread only.
type stamped struct {
	kit    *Kit
	pages  *widget.PageView
	thumbs *widget.Thumbs
	part   string // its name among the parts of the window
	moved  func(page int, shown geom.Rect)

	stamp  *widget.Stamp
	look   *signer.Appearance
	pixels image.Point // of the picture that is there or on its way
	cancel context.CancelFunc
}

// show puts the stamp where the desk has it; locked says that it cannot be
// moved. It answers whether the stamp is new on these pages.
func (s *stamped) show(desk flow.Desk, locked bool) bool {
	if desk.Place.Appearance == nil {
		s.stamp = nil
		s.pages.SetStamp(nil)
		s.thumbs.SetMarked()
		return false
	}
	first := s.stamp == nil
	if first {
		s.stamp = widget.NewStamp(desk.Place.Page, desk.Place.Shown)
		name(s.kit, s.part, s.stamp)
		s.stamp.OnDone = s.moved
		s.pages.SetStamp(s.stamp)
	}
	s.stamp.Locked = locked || desk.Place.How == review.InField
	s.stamp.Fixed, s.stamp.Unsure = desk.Role == stamp.Seal, !desk.Place.Sure()
	s.stamp.Snap = nil
	if desk.Guide != nil && desk.Proposed.Page == desk.Place.Page {
		s.stamp.Snap = desk.Guide
	}
	s.stamp.Place(desk.Place.Page, desk.Place.Shown)
	s.thumbs.SetMarked(desk.Place.Page)
	if s.look != desk.Place.Appearance {
		s.look, s.pixels = desk.Place.Appearance, image.Point{}
	}
	s.paint()
	return first
}

// paint renders the very appearance that will be signed, at the pixels of the
// screen.
func (s *stamped) paint() {
	if s.stamp == nil || s.look == nil || s.kit.Preview == nil {
		return
	}
	w, h := s.stamp.Pixels()
	if w == 0 || h == 0 || s.pixels == image.Pt(w, h) {
		return
	}
	s.pixels = image.Pt(w, h)
	s.stop()
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	look, target := s.look, s.stamp
	s.kit.Runner.Go(func() func() {
		img, err := s.kit.Preview(ctx, look, w, h)
		return func() {
			switch {
			case ctx.Err() != nil || target != s.stamp:
			case err != nil: // the frame still shows where the stamp goes
				s.kit.Log.Warn("paint the stamp", "err", err)
			default:
				target.SetPicture(img)
			}
		}
	})
}

func (s *stamped) stop() {
	if s.cancel != nil {
		s.cancel()
	}
}

// forget ends what is painted; the next document has a stamp of its own.
func (s *stamped) forget() {
	s.stop()
	s.stamp, s.look, s.pixels = nil, nil, image.Point{}
}
