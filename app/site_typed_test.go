package app_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/signer/stamp"
)

// later brings back what was done only when it is told to, as the window's loop does
// after the one who draws has ended.
type later struct{ backs []func() }

func (l *later) Go(work func() func()) {
	if back := work(); back != nil {
		l.backs = append(l.backs, back)
	}
}

func (l *later) run() {
	for _, back := range l.backs {
		back()
	}
	l.backs = nil
}

// TestTypedForSite: what a person types for a web page stays, with the keyboard,
// when a state makes the panel anew; nothing can be signed before it is put in.
func TestTypedForSite(t *testing.T) {
	s := newStage(t, rooms[0], false, false)
	s.flow.Start()
	s.siteAs(1, stamp.Comment)
	loop := &later{}
	s.kit.Runner = loop
	draw := func() { s.frame.OnState(s.flow.State()); loop.run() }
	canvas := s.kit.Window.Canvas()
	entry := func() *fynewidget.Entry { return s.kit.Part("site.opinion").(*fynewidget.Entry) }
	before := entry()
	canvas.Focus(before)
	test.Type(before, "Đồng ý ")
	draw()
	now := entry()
	if now == before {
		t.Fatal("the panel was not made anew")
	}
	if canvas.Focused() != fyne.Focusable(now) {
		t.Error("the keyboard is lost")
	}
	test.Type(now, "triển khai")
	if now.Text != "Đồng ý triển khai" {
		t.Errorf("%q", now.Text)
	}
	if !s.kit.Part("document.sign").(*fynewidget.Button).Disabled() {
		t.Error("it can be signed before the words are on the page")
	}
	draw()
	if s.kit.Part("site.apply").(*fynewidget.Button).Disabled() {
		t.Error("the words cannot be put in")
	}
	test.Tap(s.kit.Part("site.apply").(*fynewidget.Button))
	draw()
	if got := entry().Text; got != "Đồng ý triển khai" || !s.kit.Part("site.apply").(*fynewidget.Button).Disabled() {
		t.Errorf("put in: %q", got)
	}
}
