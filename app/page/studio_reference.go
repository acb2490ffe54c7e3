package page

import (
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/ink"
	"trinhky/app/widget"
)

// reference makes the list of what can lie beside the ink.
func (s *studio) reference() {
	k := s.kit
	known := ink.References()
	names := make([]string, 0, len(known))
	for _, r := range known {
		names = append(names, k.say("studio.reference."+r.ID))
	}
	s.refer = name(k, "studio.reference", fynewidget.NewSelect(names, nil))
	s.refer.PlaceHolder = k.say("studio.reference.none")
	s.refer.OnChanged = func(string) {
		if i := s.refer.SelectedIndex(); i >= 0 && !s.drawing {
			s.choose(known[i])
		}
	}
	s.coin = caption("")
}

// choose takes a reference: its length stands in the entry, and the marks wait
// for the person unless the coin is found.
func (s *studio) choose(r ink.Reference) {
	if s.core.State().Photo == nil {
		return
	}
	s.drawing = true
	s.ruler.SetChecked(true)
	if r.MM > 0 {
		s.known.SetText(writeMM(r.MM))
	}
	s.drawing = false
	s.measure()
	s.core.SetReference(r)
}

// drawReference shows the marks that were found, and how sure they are.
func (s *studio) drawReference(st flow.StudioState) {
	k := s.kit
	switch {
	case st.Photo == nil || st.Reference.ID == "":
		s.refer.ClearSelected()
		s.coin.SetText("")
		return
	case !st.Looked:
		s.coin.SetText(k.say("studio.coin.marks"))
		return
	case st.Marked == 0:
		s.coin.SetText(k.say("studio.coin.none"))
		return
	case st.Marked < ink.SureMark:
		s.coin.SetText(k.say("studio.coin.unsure"))
	default:
		s.coin.SetText(k.say("studio.coin.found"))
	}
	b := st.Photo.Bounds()
	spot := func(p ink.Point) widget.Spot {
		return widget.Spot{X: p.X / float64(b.Dx()), Y: p.Y / float64(b.Dy())}
	}
	s.known.SetText(writeMM(st.RulerMM))
	s.corners.SetRuler(true, spot(st.Ruler[0]), spot(st.Ruler[1]))
}
