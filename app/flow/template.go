package flow

import (
	"context"

	"trinhky/app/review"
	"trinhky/app/template"
	"trinhky/pdfview/geom"
	"trinhky/signer/stamp"
)

// Templates are the corrections that were remembered.
func (f *Flow) Templates() template.List {
	if l := f.templates.Load(); l != nil {
		return *l
	}
	return nil
}

// readTemplates reads them at the start.
func (f *Flow) readTemplates() {
	home := f.c.Home
	aside(f, func(context.Context) (template.List, error) { return template.Load(home) }, func(l template.List, err error) {
		if err != nil {
			f.c.Log.Warn("templates", "err", err)
			return
		}
		f.templates.Store(&l)
		f.tellLists()
	})
}

// DropTemplate forgets the correction for a type and a role.
func (f *Flow) DropTemplate(kind, role string) { f.keepTemplates(f.Templates().Without(kind, role)) }

func (f *Flow) keepTemplates(l template.List) {
	f.templates.Store(&l)
	home := f.c.Home
	f.c.Runner.Go(func() func() {
		if err := template.Save(home, l); err != nil {
			f.c.Log.Warn("templates", "err", err)
		}
		return nil
	})
	f.tellLists()
}

// learn remembers where a person put a stamp, or forgets it where the person
// put it back to the rule's place.
func (f *Flow) learn(kind string, role stamp.Role, rule, own geom.Rect) {
	t, corrected := template.Of(kind, role.String(), rule, own)
	switch _, known := f.Templates().Find(kind, role.String()); {
	case corrected:
		f.keepTemplates(f.Templates().With(t))
	case known:
		f.DropTemplate(kind, role.String())
	}
}

// learnSigned learns from a stamp that was moved by hand and signed.
func (f *Flow) learnSigned(d Desk) {
	if d.Place.How == review.Fixed && d.rule != nil && d.rule.Page == d.Place.Page && d.rule.Confidence >= review.Possible {
		f.learn(d.Doc.Parts.Type.Text, d.Role, d.rule.Shown, d.Place.Shown)
	}
}
