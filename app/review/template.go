package review

import (
	"context"
	"slices"

	"trinhky/app/template"
	"trinhky/pdfview/geom"
	"trinhky/signer/stamp"
)

// Corrected puts what a person corrected on documents of the same type upon the
// place that the rule found for ask. A field that waits stays where it is.
func (d *Document) Corrected(ctx context.Context, known template.List, ask Ask, rule Placement) (Placement, error) {
	t, ok := known.Find(d.Parts.Type.Text, ask.Stamp.Role.String())
	if !ok || rule.How != Auto || rule.Appearance == nil || !d.byRule(rule) {
		return rule, nil
	}
	shown := t.Apply(rule.Shown, d.Pages[rule.Page].ShownSize())
	if ask.Stamp.Role == stamp.Number { // as large as the gaps of this heading ask for
		move := geom.Point{X: shown.Center().X - rule.Shown.Center().X, Y: shown.Center().Y - rule.Shown.Center().Y}
		p := d.inside(d.at(rule, rule.Shown.Move(move.X, move.Y)))
		p.Corrected = true
		return p, nil
	}
	ask.How, ask.Page, ask.Shown = Fixed, rule.Page, shown
	p, err := d.Place(ctx, ask)
	if err != nil {
		return rule, err
	}
	p.How, p.Confidence, p.Field, p.Corrected = Auto, rule.Confidence, rule.Field, true
	return p, nil
}

// byRule says whether a place was found by the rule, not given by a field.
func (d *Document) byRule(p Placement) bool {
	return !slices.ContainsFunc(d.Fields, func(f Field) bool { return f.Name == p.Field })
}

// corrected puts a correction upon a slot's place.
func (d *Document) corrected(known template.List, s Slot) Slot {
	if t, ok := known.Find(d.Parts.Type.Text, s.Role.String()); ok {
		s.Shown = t.Apply(s.Shown, d.Pages[s.Page].ShownSize())
	}
	return s
}
