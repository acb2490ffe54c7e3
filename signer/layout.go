package signer

import (
	"io"
	"slices"
	"strings"
	"time"

	"trinhky/pdfview/geom"
	"trinhky/signer/internal/pdf"
)

// Names of the holes in an increment.
const (
	markContents  = "contents"
	markByteRange = "byterange"
	// byteRangeWidth holds [0 n n n] with offsets of 19 digits.
	byteRangeWidth = 64
)

// Annotation flags of a signature widget: Print and Locked (ISO 32000-1, 12.5.3).
const widgetFlags = 4 | 128

// place is where a signature goes, found in the document.
type place struct {
	name  string
	field *pdf.Field // an existing, empty one; nil: a new one is made
	lock  pdf.Value  // its /Lock, or null
	page  pdf.Page   // Index -1: an existing field that stands on no page
	rect  geom.Rect
}

// layOut builds the increment with the signature, its field and appearance,
// and notes in d where they are.
func (p *Pipeline) layOut(d *Prepared, f io.ReaderAt, r Request, hole int) (*pdf.Increment, error) {
	doc, err := pdf.Open(f, d.Size, pdf.Options{Password: r.Password})
	if err != nil {
		return nil, err
	}
	form, err := doc.Form()
	if err != nil {
		return nil, err
	}
	if err := checkDocMDP(doc, form); err != nil {
		return nil, err
	}
	where, err := findPlace(doc, form, r.Field)
	if err != nil {
		return nil, err
	}
	if where.field != nil {
		if err := obeySeed(doc, where.field.Dict, &r); err != nil {
			return nil, err
		}
	}
	if r.Certify != NoCertification && slices.ContainsFunc(form.Fields, pdf.Field.Signed) {
		return nil, forbidden(ForbiddenCertifyLate)
	}
	if err := checkPermissions(doc, where.field != nil); err != nil {
		return nil, err
	}
	u, err := pdf.NewUpdate(doc)
	if err != nil {
		return nil, err
	}
	w := &fieldWriter{u: u, doc: doc, form: form, where: where}
	if err := w.write(r, signatureDict(r, p.now(), hole)); err != nil {
		return nil, err
	}
	d.Field, d.Page, d.Rect = where.name, where.page.Index, where.rect
	return u.Layout()
}

// signatureDict is the signature dictionary (ISO 32000-1, Table 252; EN 319
// 142-1, 6.3).
func signatureDict(r Request, now time.Time, hole int) pdf.Value {
	name := r.Name
	if name == "" {
		name = r.Certificate.Subject.CommonName
	}
	return pdf.Dict("Type", pdf.Name("Sig"), "Filter", pdf.Name("Adobe.PPKLite"),
		"SubFilter", pdf.Name("ETSI.CAdES.detached"),
		"ByteRange", pdf.Hole(markByteRange, byteRangeWidth),
		"Contents", pdf.HexHole(markContents, hole),
		"M", pdf.Text(pdfDate(now)),
		"Name", text(name), "Reason", text(r.Reason), "Location", text(r.Location), "ContactInfo", text(r.Contact))
}

// text is a text string, null where there is nothing to say.
func text(s string) pdf.Value {
	if s == "" {
		return pdf.Value{}
	}
	return pdf.Text(s)
}

// pdfDate writes a date (ISO 32000-1, 7.9.4): D:20261121223500+07'00'.
func pdfDate(t time.Time) string {
	zone := t.Format("-07:00")
	return t.Format("D:20060102150405") + strings.ReplaceAll(zone, ":", "'") + "'"
}

// fieldWriter puts a signature into its field and the field into the document.
type fieldWriter struct {
	u     *pdf.Update
	doc   *pdf.Document
	form  *pdf.Form
	where place
}

// write adds everything that the signature needs.
func (w *fieldWriter) write(r Request, sig pdf.Value) error {
	sigRef := w.u.Alloc()
	if refs := w.references(r.Certify); len(refs) > 0 {
		sig = sig.With("Reference", pdf.Array(refs...))
	}
	if r.Certify != NoCertification {
		set := func(pdf.Value) (pdf.Value, error) { return pdf.RefTo(sigRef), nil }
		if err := w.u.Edit(w.doc.RootRef(), []string{"Perms", "DocMDP"}, set); err != nil {
			return err
		}
	}
	var err error
	if w.where.field != nil {
		err = w.fill(r, sigRef)
	} else {
		err = w.create(r, sigRef)
	}
	if err != nil {
		return err
	}
	w.u.Put(sigRef, sig)
	return nil
}

// references are the entries of /Reference: DocMDP for a certification, and
// FieldMDP where the field has a /Lock (ISO 32000-1, 12.8.2).
func (w *fieldWriter) references(c Certification) []pdf.Value {
	var out []pdf.Value
	add := func(method string, params pdf.Value) {
		out = append(out, pdf.Dict("Type", pdf.Name("SigRef"), "TransformMethod", pdf.Name(method),
			"TransformParams", params.With("Type", pdf.Name("TransformParams")).With("V", pdf.Name("1.2")),
			"Data", pdf.RefTo(w.doc.RootRef())))
	}
	if c != NoCertification {
		add("DocMDP", pdf.Dict("P", pdf.Int(int(c)+1)))
	}
	lock, ok := w.doc.ReadLock(w.where.lock)
	if !ok {
		return out
	}
	params := pdf.Dict("Action", pdf.Name(lock.Action))
	if lock.Action != "All" {
		var names []pdf.Value
		for _, n := range lock.Fields {
			names = append(names, pdf.Text(n))
		}
		params = params.With("Fields", pdf.Array(names...))
	}
	add("FieldMDP", params)
	return out
}

// fill puts the signature into an existing field: /V goes to the field, the
// appearance to its widget. Object numbers stay.
func (w *fieldWriter) fill(r Request, sig pdf.Ref) error {
	setValue := func(v pdf.Value) (pdf.Value, error) { return v.With("V", pdf.RefTo(sig)), nil }
	if err := w.u.Edit(w.where.field.Ref, nil, setValue); err != nil {
		return err
	}
	for _, ref := range w.apart() {
		if err := w.u.Edit(ref, nil, setValue); err != nil {
			return err
		}
	}
	if err := w.sigFlags(); err != nil {
		return err
	}
	if r.Appearance == nil || w.where.rect.Empty() {
		return nil
	}
	return w.show(r.Appearance)
}

// apart are the widgets of the field that are dictionaries of their own. MuPDF and
// poppler look for the signature there, not in the field above them; to others the
// entry means nothing in a widget.
func (w *fieldWriter) apart() []pdf.Ref {
	var out []pdf.Ref
	for _, x := range w.where.field.Widgets {
		if x.Ref != w.where.field.Ref && !x.Ref.IsZero() {
			out = append(out, x.Ref)
		}
	}
	return out
}

// show gives the widget of an existing field its appearance, and puts it on its
// page where it is not listed there; behind a signature that is left as it is.
func (w *fieldWriter) show(a *Appearance) error {
	appearance, err := w.appearance(a)
	if err != nil {
		return err
	}
	if err := w.showable(); err != nil {
		return err
	}
	ref := w.where.field.Widgets[0].Ref
	if page := w.where.page; page.Index >= 0 && !page.Ref.IsZero() && !w.signed() {
		if err := (attachment{w.u, w.doc, true}).annotate(page.Ref, ref); err != nil {
			return err
		}
	}
	return w.u.Edit(ref, nil, func(v pdf.Value) (pdf.Value, error) {
		flags, err := w.doc.Lookup(v, "F")
		if err != nil {
			return v, err
		}
		old, _ := flags.Int()
		v = v.With("AP", appearance).With("F", pdf.Int(old|widgetFlags)).Without("AS")
		return w.turn(v)
	})
}

// showable sets /NeedAppearances to false: with it, readers draw a signature's
// widget anew from its value, that is, empty. It stays where other fields would lose
// what they show, and behind a signature; DocumentInfo.Redrawn says so beforehand.
func (w *fieldWriter) showable() error {
	if !w.form.NeedAppearances || w.signed() || w.doc.Redrawn(w.form) {
		return nil
	}
	off := func(pdf.Value) (pdf.Value, error) { return pdf.Bool(false), nil }
	return w.u.Edit(w.doc.RootRef(), []string{"AcroForm", "NeedAppearances"}, off)
}

// turn sets /MK /R for a page that is shown turned; other entries of /MK stay.
func (w *fieldWriter) turn(widget pdf.Value) (pdf.Value, error) {
	turn := w.where.page.Geometry.Turn()
	mk, err := w.doc.Lookup(widget, "MK")
	if err != nil || (turn == 0 && !mk.Has("R")) {
		return widget, err
	}
	if !mk.IsDict() {
		mk = pdf.Dict()
	}
	return widget.With("MK", mk.With("R", pdf.Int(turn))), nil
}

// create makes a new field that is its own widget.
func (w *fieldWriter) create(r Request, sig pdf.Ref) error {
	field := pdf.Dict("Type", pdf.Name("Annot"), "Subtype", pdf.Name("Widget"), "FT", pdf.Name("Sig"),
		"T", pdf.Text(w.where.name), "V", pdf.RefTo(sig), "F", pdf.Int(widgetFlags),
		"P", pdf.RefTo(w.where.page.Ref), "Rect", rectValue(w.where.rect), "TU", pdf.Text(tooltip(r)))
	if !w.where.rect.Empty() {
		appearance, err := w.appearance(r.Appearance)
		if err != nil {
			return err
		}
		if field, err = w.turn(field.With("AP", appearance)); err != nil {
			return err
		}
		if err := w.showable(); err != nil {
			return err
		}
	}
	if err := (attachment{w.u, w.doc, !w.signed()}).add(w.where.page, field); err != nil {
		return err
	}
	return w.sigFlags()
}

// signed says whether the document carries a signature.
func (w *fieldWriter) signed() bool { return slices.ContainsFunc(w.form.Fields, pdf.Field.Signed) }

// tooltip is the /TU of a field, which readers for the blind speak
// (ISO 14289-1, 7.18.1).
func tooltip(r Request) string {
	switch {
	case r.Field.Tooltip != "":
		return r.Field.Tooltip
	case r.Name != "":
		return r.Name
	}
	return r.Certificate.Subject.CommonName
}

// sigFlags sets SignaturesExist and AppendOnly where they are not set yet.
func (w *fieldWriter) sigFlags() error {
	if w.form.SigFlags&3 == 3 {
		return nil
	}
	set := func(pdf.Value) (pdf.Value, error) { return pdf.Int(w.form.SigFlags | 3), nil }
	return w.u.Edit(w.doc.RootRef(), []string{"AcroForm", "SigFlags"}, set)
}

// appearance is the /AP dictionary, upright for the reader.
func (w *fieldWriter) appearance(a *Appearance) (pdf.Value, error) {
	g := w.where.page.Geometry
	box := g.RectToShown(w.where.rect).Size()
	c := canvas{size: box, rotate: g.Turn()}
	if a != nil {
		c.archive = archiveOf(w.doc)
	}
	form, err := paint(w.u, a, c)
	if err != nil {
		return pdf.Value{}, err
	}
	return pdf.Dict("N", pdf.RefTo(form)), nil
}
