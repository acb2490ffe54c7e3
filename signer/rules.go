package signer

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"trinhky/signer/internal/pdf"
)

// fieldReadOnly is the first field flag (ISO 32000-1, Table 221).
const fieldReadOnly = 1

func forbidden(rule Prohibition) error { return &ForbiddenError{Rule: rule} }

// checkDocMDP asks whether earlier signatures allow any further one.
func checkDocMDP(doc *pdf.Document, form *pdf.Form) error {
	if p, ok := doc.DocMDP(); ok && p == 1 {
		return forbidden(ForbiddenByDocMDP)
	}
	for _, f := range form.Fields {
		if !f.Signed() {
			continue
		}
		sig, err := doc.Resolve(f.V)
		if err != nil {
			return err
		}
		if p, ok := doc.DocMDPOf(sig); ok && p == 1 {
			return forbidden(ForbiddenByDocMDP)
		}
		if lock, ok := doc.ReadLock(f.Dict.Get("Lock")); ok && lock.P == 1 {
			return forbidden(ForbiddenByDocMDP)
		}
	}
	return nil
}

// checkPermissions obeys the encryption (ISO 32000-1, Table 22).
func checkPermissions(doc *pdf.Document, existing bool) error {
	if !doc.Encrypted() {
		return nil
	}
	p := doc.Permissions()
	if existing && (p.FillForms || p.Annotate) {
		return nil
	}
	if !existing && p.Modify && p.Annotate {
		return nil
	}
	return forbidden(ForbiddenByPermissions)
}

// locksOf gathers what the signatures of a document lock.
func locksOf(doc *pdf.Document, form *pdf.Form) ([]pdf.Lock, error) {
	var out []pdf.Lock
	for _, f := range form.Fields {
		if !f.Signed() {
			continue
		}
		sig, err := doc.Resolve(f.V)
		if err != nil {
			return nil, err
		}
		if lock, ok := doc.ReadLock(f.Dict.Get("Lock")); ok {
			out = append(out, lock)
		}
		for _, t := range doc.Transforms(sig) {
			if lock, ok := doc.ReadLock(t.Params); ok && t.Method == "FieldMDP" {
				out = append(out, lock)
			}
		}
	}
	return out, nil
}

// locked says whether one of the locks covers the field of that name.
func locked(locks []pdf.Lock, name string) bool {
	return slices.ContainsFunc(locks, func(l pdf.Lock) bool { return l.Locks(name) })
}

// findPlace finds the field that is asked for, or where a new one goes.
func findPlace(doc *pdf.Document, form *pdf.Form, want SignatureField) (place, error) {
	name := want.Name
	if name == "" {
		name = freeName(form)
	}
	name = asWritten(form, name)
	locks, err := locksOf(doc, form)
	if err != nil {
		return place{}, err
	}
	if locked(locks, name) {
		return place{}, forbidden(ForbiddenByLock)
	}
	if f, ok := form.Field(name); ok {
		if shared(form, name) {
			return place{}, forbidden(ForbiddenByShape)
		}
		return existingPlace(doc, f)
	}
	if taken(form, name) || strings.Contains(name, ".") {
		return place{}, forbidden(ForbiddenNoSuchField)
	}
	page, err := doc.Page(want.Page)
	if err != nil {
		return place{}, err
	}
	if page.Ref.IsZero() {
		return place{}, forbidden(ForbiddenByShape)
	}
	p := place{name: name, page: page}
	if !want.Rect.Empty() {
		p.rect = want.Rect
	}
	return p, nil
}

// asWritten is name as the form has it: a keyboard gives marks and letters as
// one, some writers give them apart, and both look the same.
func asWritten(form *pdf.Form, name string) string {
	if _, ok := form.Field(name); ok {
		return name
	}
	typed := norm.NFC.String(name)
	for _, f := range form.Fields {
		if norm.NFC.String(f.Name) == typed {
			return f.Name
		}
	}
	return name
}

// shared says whether several fields are called name: which of them was signed
// could not be told (ISO 32000-1, 12.7.3.2).
func shared(form *pdf.Form, name string) bool {
	first := slices.IndexFunc(form.Fields, func(f pdf.Field) bool { return f.Name == name })
	return first >= 0 && slices.ContainsFunc(form.Fields[first+1:], func(f pdf.Field) bool { return f.Name == name })
}

// existingPlace checks an existing field and finds its page.
func existingPlace(doc *pdf.Document, f pdf.Field) (place, error) {
	switch {
	case f.Type != "Sig":
		return place{}, forbidden(ForbiddenNoSuchField)
	case f.Signed():
		return place{}, forbidden(ForbiddenFieldTaken)
	}
	if rule := barred(f, nil); rule != 0 {
		return place{}, forbidden(rule)
	}
	p := place{name: f.Name, field: &f, lock: f.Dict.Get("Lock"), page: pdf.Page{Index: -1}}
	if len(f.Widgets) == 0 {
		return p, nil
	}
	index, err := widgetPage(doc, f.Widgets[0])
	if err != nil || index < 0 {
		return p, err
	}
	if p.page, err = doc.Page(index); err != nil {
		return p, err
	}
	p.rect = f.Widgets[0].Rect
	return p, nil
}

// barred says why an empty field cannot be signed; 0: it can.
func barred(f pdf.Field, locks []pdf.Lock) Prohibition {
	switch {
	case locked(locks, f.Name):
		return ForbiddenByLock
	case f.Flags&fieldReadOnly != 0:
		return ForbiddenReadOnly
	case !ownObjects(f):
		return ForbiddenByShape
	}
	return 0
}

// ownObjects says whether a field and its widget are indirect objects. Others
// could only be signed by writing anew what they stand in.
func ownObjects(f pdf.Field) bool {
	return !f.Ref.IsZero() && (len(f.Widgets) == 0 || !f.Widgets[0].Ref.IsZero())
}

// widgetPage is the 0-based page of one widget, -1 where it is on none: by its
// /P, else by the /Annots of the pages.
func widgetPage(doc *pdf.Document, w pdf.Widget) (int, error) {
	if !w.Page.IsZero() {
		if i, err := doc.PageIndex(w.Page); err == nil && i >= 0 {
			return i, nil
		}
	}
	var x pageFinder
	return x.find(doc, w)
}

// pageFinder finds the pages of many widgets, reading the page tree once.
type pageFinder struct {
	pages   map[pdf.Ref]int
	widgets map[pdf.Ref]int // by /Annots; read when the first widget needs it
	order   []pdf.Ref
}

func (x *pageFinder) find(doc *pdf.Document, w pdf.Widget) (int, error) {
	if x.pages == nil {
		var err error
		if x.order, err = doc.AllPages(); err != nil {
			return -1, err
		}
		x.pages = make(map[pdf.Ref]int, len(x.order))
		for i, ref := range x.order {
			x.pages[ref] = i
		}
	}
	if i, ok := x.pages[w.Page]; ok {
		return i, nil
	}
	if err := x.readAnnots(doc); err != nil {
		return -1, err
	}
	if i, ok := x.widgets[w.Ref]; ok {
		return i, nil
	}
	return -1, nil
}

func (x *pageFinder) readAnnots(doc *pdf.Document) error {
	if x.widgets != nil {
		return nil
	}
	x.widgets = map[pdf.Ref]int{}
	for i, ref := range x.order {
		page, err := doc.Get(ref)
		if err != nil {
			return err
		}
		annots, err := doc.Lookup(page, "Annots")
		if err != nil {
			return err
		}
		for k := range annots.Len() {
			if r, ok := annots.At(k).Ref(); ok {
				x.widgets[r] = i
			}
		}
	}
	return nil
}

// taken says whether a field or a branch of the form has the name.
func taken(form *pdf.Form, name string) bool {
	return slices.ContainsFunc(form.Fields, func(f pdf.Field) bool {
		return f.Name == name || strings.HasPrefix(f.Name, name+".")
	})
}

// freeName is a name that no field has: Signature1, Signature2 …
func freeName(form *pdf.Form) string {
	used := map[string]bool{}
	for _, f := range form.Fields {
		first, _, _ := strings.Cut(f.Name, ".")
		used[first] = true
	}
	for n := 1; ; n++ {
		if name := "Signature" + strconv.Itoa(n); !used[name] {
			return name
		}
	}
}
