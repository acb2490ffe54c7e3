package signer

import (
	"fmt"
	"slices"

	"trinhky/signer/internal/pdf"
)

// attachment adds new fields, each its own widget, to a document.
type attachment struct {
	u   *pdf.Update
	doc *pdf.Document
	// unsigned says that no signature is there yet. Only then is the logical
	// structure touched: validators that allow new fields behind a signature do
	// not all allow new structure elements.
	unsigned bool
}

// add puts a field into the form, on its page and, in a tagged document, into
// the logical structure.
func (a attachment) add(page pdf.Page, field pdf.Value) error {
	ref := a.u.Alloc()
	if a.unsigned {
		t, ok, err := readTags(a.u, a.doc)
		if err != nil {
			return fmt.Errorf("read the structure: %w", err)
		}
		if ok {
			if field, err = t.tag(page, ref, field); err != nil {
				return fmt.Errorf("tag the field: %w", err)
			}
		}
	}
	a.u.Put(ref, field)
	if err := a.form(); err != nil {
		return fmt.Errorf("add the form: %w", err)
	}
	if err := a.list(a.doc.RootRef(), []string{"AcroForm", "Fields"}, ref); err != nil {
		return fmt.Errorf("add the field: %w", err)
	}
	if err := a.annotate(page.Ref, ref); err != nil {
		return fmt.Errorf("add the annotation: %w", err)
	}
	return nil
}

// annotate lists a widget on a page. A list that other pages share stays theirs, as
// it is: the page gets one of its own, or the stamp would show on all of them.
func (a attachment) annotate(page, widget pdf.Ref) error {
	if !a.shared(page) {
		return a.list(page, []string{"Annots"}, widget)
	}
	return a.u.Edit(page, nil, func(v pdf.Value) (pdf.Value, error) {
		all, err := a.u.Resolve(v.Get("Annots"))
		if err != nil || lists(all, widget) {
			return v, err
		}
		return v.With("Annots", all.Append(pdf.RefTo(widget))), nil
	})
}

// shared says whether the list of a page's annotations is an object that another
// page has as well, or one reached through a second reference.
func (a attachment) shared(page pdf.Ref) bool {
	own, ok := a.annots(page)
	if !ok {
		return false
	}
	list, err := a.u.Get(own)
	if err != nil {
		return false
	}
	if r, ok := list.Ref(); ok {
		list, err = a.u.Resolve(pdf.RefTo(r))
		return err == nil && list.Kind() == pdf.KindArray
	}
	if list.Kind() != pdf.KindArray {
		return false
	}
	pages, err := a.doc.AllPages()
	return err == nil && slices.ContainsFunc(pages, func(r pdf.Ref) bool {
		other, ok := a.annots(r)
		return ok && other == own && r != page
	})
}

// annots is the object that a page names as the list of its annotations; ok is
// false where the list stands in the page itself.
func (a attachment) annots(page pdf.Ref) (list pdf.Ref, ok bool) {
	v, err := a.u.Get(page)
	if err != nil {
		return pdf.Ref{}, false
	}
	return v.Get("Annots").Ref()
}

// list puts ref into the array at path, once: /Fields and /Annots may be one
// object. What stands there and is no array gives way to a new one.
func (a attachment) list(holder pdf.Ref, path []string, ref pdf.Ref) error {
	at, err := a.u.Get(holder)
	for _, key := range path {
		if err != nil {
			return err
		}
		at, err = a.u.Resolve(at.Get(key))
	}
	if err != nil {
		return err
	}
	if last := len(path) - 1; !at.IsNull() && at.Kind() != pdf.KindArray {
		return a.u.Edit(holder, path[:last], func(v pdf.Value) (pdf.Value, error) {
			return v.With(path[last], pdf.Array(pdf.RefTo(ref))), nil
		})
	}
	if lists(at, ref) {
		return nil
	}
	return a.u.Edit(holder, path, func(v pdf.Value) (pdf.Value, error) { return v.Append(pdf.RefTo(ref)), nil })
}

// lists says whether an array holds the reference.
func lists(array pdf.Value, ref pdf.Ref) bool {
	for i := range array.Len() {
		if r, ok := array.At(i).Ref(); ok && r == ref {
			return true
		}
	}
	return false
}

// form makes the /AcroForm where there is none, or no dictionary, as an object of its own, and
// gives one that stands in the catalog itself such an object while nothing is
// signed: later signatures then leave the catalog alone, and poppler, when it
// signs, forgets the fields of a form in the catalog.
func (a attachment) form() error {
	catalog, err := a.u.Get(a.doc.RootRef())
	if err != nil {
		return err
	}
	form, err := a.u.Resolve(catalog.Get("AcroForm"))
	if err != nil {
		return err
	}
	_, own := catalog.Get("AcroForm").Ref()
	switch {
	case !form.IsDict(): // what is no form holds no fields
		form = pdf.Dict("Fields", pdf.Array())
	case own || !a.unsigned:
		return nil
	}
	ref := a.u.Add(form)
	a.u.Put(a.doc.RootRef(), catalog.With("AcroForm", pdf.RefTo(ref)))
	return declare(a.u, a.doc, esicSignature)
}

// Levels of the ESIC extension of PDF 1.7: of the signatures of PAdES, and of
// their validation data and document timestamps.
const (
	esicSignature = 2
	esicEvidence  = 5
)

// declare names the extension in the catalog (ISO 32000-1, 7.12), where that is
// written anew anyway: for its own sake a catalog is left as it is. The extension
// belongs to PDF 1.7: PDF 2.0 needs none, and an older document may not name one
// whose base version is later than its own.
func declare(u *pdf.Update, doc *pdf.Document, level int) error {
	if doc.Version() != "1.7" {
		return nil
	}
	catalog, err := u.Get(doc.RootRef())
	if err != nil {
		return err
	}
	all, err := u.Resolve(catalog.Get("Extensions"))
	if err != nil || !all.IsNull() && !all.IsDict() {
		return err
	}
	esic, err := u.Resolve(all.Get("ESIC"))
	if err != nil {
		return err
	}
	named, _ := esic.Get("ExtensionLevel").Int()
	if named >= int64(level) || !esic.IsNull() && !esic.IsDict() {
		return nil
	}
	return u.Edit(doc.RootRef(), []string{"Extensions", "ESIC"}, func(pdf.Value) (pdf.Value, error) {
		return pdf.Dict("BaseVersion", pdf.Name("1.7"), "ExtensionLevel", pdf.Int(level)), nil
	})
}
