package app_test

import (
	"testing"

	"fyne.io/fyne/v2"

	"trinhky/app/flow"
	"trinhky/signer"
)

// bottom is where a part of the window ends.
func (s *stage) bottom(key string) float32 {
	o := s.kit.Part(key)
	return fyne.CurrentApp().Driver().AbsolutePositionForObject(o).Y + o.Size().Height
}

// In the smallest window the PIN field stands above the buttons, with the
// keyboard, also while a wrong PIN is told.
func TestPINInSight(t *testing.T) {
	pile := func(s *stage) { s.pile(2); s.flow.BatchSign() }
	wrong := flow.PINs{Login: signer.PIN("0000")}
	for _, c := range []struct {
		name, field, button string
		reach               func(*stage)
	}{
		{"one", "pin.field", "pin.sign", func(s *stage) { s.ask() }},
		{"one, wrong", "pin.field", "pin.sign", func(s *stage) { s.ask(); s.flow.EnterPIN(signer.PIN("x"), false) }},
		{"pile", "batch.pin", "batch.pin.sign", pile},
		{"pile, wrong", "batch.pin", "batch.pin.sign", func(s *stage) { pile(s); s.flow.BatchPIN(wrong, false) }},
		{"issue, wrong", "issue.pin", "", func(s *stage) {
			s.chooseIssue("", true)
			s.flow.RunIssue(signer.PIN("0000"), false)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, rooms[1], false, false)
			c.reach(s)
			settle(s.win.Content())
			if got := s.win.Canvas().Focused(); got == nil || fyne.CanvasObject(got.(fyne.Widget)) != s.kit.Part(c.field) {
				t.Errorf("the keyboard is with %T", got)
			}
			if c.button == "" {
				return
			}
			top := fyne.CurrentApp().Driver().AbsolutePositionForObject(s.kit.Part(c.button)).Y
			if y := s.bottom(c.field); y > top {
				t.Errorf("the field ends at %v, the buttons begin at %v", y, top)
			}
		})
	}
}

// A photo without ink keeps its room: its corners are what has to be moved.
func TestPhotoKeepsItsRoom(t *testing.T) {
	s := newStage(t, rooms[1], false, false)
	s.studio("settings.seal.studio", studioPhoto(t))
	settle(s.win.Content())
	if h := s.kit.Part("studio.corners").Size().Height; h < 150 {
		t.Errorf("the photo is %v high", h)
	}
}

// Whoever went to the end at once comes back to the pages passed over.
func TestBatchComesBack(t *testing.T) {
	s := newStage(t, rooms[1], false, false)
	s.pile(0)
	s.flow.BatchOpen(0)
	settle(s.win.Content())
	press := func(name fyne.KeyName) { s.frame.OnKey(&fyne.KeyEvent{Name: name}) }
	press(fyne.KeyEnd)
	for range 40 {
		press(fyne.KeySpace)
	}
	if !s.flow.Batch().CanAgree() {
		t.Errorf("%d pages stay unseen", s.flow.Batch().Rows[0].Unseen())
	}
}
