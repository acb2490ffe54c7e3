package signer

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	"trinhky/pdfview/geom"
	"trinhky/signer/internal/pdf"
)

// EmptyField is a signature field that waits for somebody to come.
type EmptyField struct {
	Name    string
	Tooltip string // /TU: what readers show and speak
	Page    int    // 0-based
	Rect    geom.Rect
	Seed    Seed
	Lock    *FieldLock // nil: signing it locks nothing
}

// FieldLock corresponds to the /Lock entry of a signature field (ISO 32000-1,
// Table 233): which fields nobody may change once it is signed.
type FieldLock struct {
	Except []string // these stay open; none: all fields are locked
}

// Seed is what a field's seed value dictionary says (/SV, ISO 32000-1, Table
// 234; ISO 32000-2, Table 237). PAdES is offered and SHA-1 shut out in any case.
type Seed struct {
	// Look corresponds to the /AppearanceFilter entry: which stamp is meant.
	Look string
	// Certificate is the only one that may sign; nil: any.
	Certificate *x509.Certificate
	// CommonName is whose certificate is expected (/SubjectDN); "": anybody's.
	// Required makes it a constraint for all software.
	CommonName string
	Required   bool
}

// Preparation is everything that adding empty fields needs.
type Preparation struct {
	Input, Output string
	Overwrite     bool // allow an existing Output; never the Input
	Password      PIN
	Source        *[32]byte // as in Request
	Fields        []EmptyField
}

// Ready says what came out of AddFields.
type Ready struct {
	Path   string
	SHA256 [32]byte
	Fields []string // their names, in the order of the request
}

// AddFields adds empty signature fields to a document in one incremental
// update: earlier bytes, and so earlier signatures, stay as they are. A
// document whose signatures allow no further fields is refused
// (ForbiddenByDocMDP, ForbiddenByLock). The output is complete or absent.
func AddFields(ctx context.Context, p Preparation) (Ready, error) {
	if len(p.Fields) == 0 {
		return Ready{}, errors.New("no fields to add")
	}
	f, err := openDocument(p.Input)
	if err != nil {
		return Ready{}, err
	}
	defer f.close()
	if err := checkOutput(p.Output, p.Overwrite, f); err != nil {
		return Ready{}, err
	}
	inc, err := layOutFields(f, p)
	if err != nil {
		return Ready{}, documentError(p.Input, err)
	}
	out, err := newOutput(p.Output, p.Overwrite, f)
	if err != nil {
		return Ready{}, err
	}
	defer out.file.Abort()
	a := Augmentation{Input: p.Input, Source: p.Source}
	if err := out.copyFile(ctx, f, a); err != nil {
		return Ready{}, err
	}
	if err := out.write(inc.Bytes); err != nil {
		return Ready{}, err
	}
	ready := Ready{Path: p.Output}
	if ready.SHA256, err = out.commit(ctx); err != nil {
		return Ready{}, err
	}
	for _, x := range p.Fields {
		ready.Fields = append(ready.Fields, x.Name)
	}
	return ready, nil
}

// layOutFields builds the increment with the fields.
func layOutFields(f *document, p Preparation) (*pdf.Increment, error) {
	doc, err := pdf.Open(f.reader(), f.size, pdf.Options{Password: p.Password})
	if err != nil {
		return nil, err
	}
	form, err := doc.Form()
	if err != nil {
		return nil, err
	}
	if err := checkPreparable(doc, form, p.Fields); err != nil {
		return nil, err
	}
	u, err := pdf.NewUpdate(doc)
	if err != nil {
		return nil, err
	}
	unsigned := !slices.ContainsFunc(form.Fields, pdf.Field.Signed)
	for _, x := range p.Fields {
		if err := addEmptyField(u, doc, x, unsigned); err != nil {
			return nil, err
		}
	}
	if form.SigFlags&1 == 0 { // SignaturesExist means signature fields (Table 219)
		set := func(pdf.Value) (pdf.Value, error) { return pdf.Int(form.SigFlags | 1), nil }
		if err := u.Edit(doc.RootRef(), []string{"AcroForm", "SigFlags"}, set); err != nil {
			return nil, err
		}
	}
	return u.Layout()
}

// checkPreparable asks everything that may forbid further fields: any
// certification (it allows to fill in what is there, no new visible field), locks,
// permissions, names.
func checkPreparable(doc *pdf.Document, form *pdf.Form, fields []EmptyField) error {
	if err := checkDocMDP(doc, form); err != nil {
		return err
	}
	if _, ok := doc.DocMDP(); ok {
		return forbidden(ForbiddenByDocMDP)
	}
	if err := checkPermissions(doc, false); err != nil {
		return err
	}
	locks, err := locksOf(doc, form)
	if err != nil {
		return err
	}
	var names []string
	for _, f := range fields {
		if err := checkField(SignatureField{Name: f.Name, Rect: f.Rect}); err != nil {
			return err
		}
		switch {
		case locked(locks, f.Name):
			return forbidden(ForbiddenByLock)
		case f.Name == "" || strings.Contains(f.Name, "."):
			return fmt.Errorf("%q is no name of a field", f.Name)
		case taken(form, f.Name) || slices.Contains(names, f.Name):
			return forbidden(ForbiddenFieldTaken)
		case f.Rect.Empty():
			return fmt.Errorf("the field %q has no place", f.Name)
		}
		names = append(names, f.Name)
	}
	return nil
}

// addEmptyField adds a field that is its own widget. It has no appearance:
// nothing of it is printed while nobody has signed.
func addEmptyField(u *pdf.Update, doc *pdf.Document, x EmptyField, unsigned bool) error {
	page, err := doc.Page(x.Page)
	if err != nil {
		return err
	}
	field := pdf.Dict("Type", pdf.Name("Annot"), "Subtype", pdf.Name("Widget"), "FT", pdf.Name("Sig"),
		"T", pdf.Text(x.Name), "F", pdf.Int(widgetFlags), "P", pdf.RefTo(page.Ref), "Rect", rectValue(x.Rect),
		"SV", pdf.RefTo(u.Add(seedValue(x.Seed))))
	if x.Tooltip != "" {
		field = field.With("TU", pdf.Text(x.Tooltip))
	}
	if x.Lock != nil {
		field = field.With("Lock", pdf.RefTo(u.Add(x.Lock.value())))
	}
	if turn := page.Geometry.Turn(); turn != 0 {
		field = field.With("MK", pdf.Dict("R", pdf.Int(turn)))
	}
	return attachment{u, doc, unsigned}.add(page, field)
}

// value is the /Lock dictionary.
func (l *FieldLock) value() pdf.Value {
	v := pdf.Dict("Type", pdf.Name("SigFieldLock"), "Action", pdf.Name("All"))
	if len(l.Except) == 0 {
		return v
	}
	var names []pdf.Value
	for _, n := range l.Except {
		names = append(names, pdf.Text(n))
	}
	return v.With("Action", pdf.Name("Exclude")).With("Fields", pdf.Array(names...))
}

// seedValue is the /SV dictionary. The format is a hint, so that other software
// can sign in its own; the digest is a constraint.
func seedValue(s Seed) pdf.Value {
	var digests []pdf.Value
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		digests = append(digests, pdf.PlainBytes([]byte(digestName(h))))
	}
	v := pdf.Dict("Type", pdf.Name("SV"), "Ff", pdf.Int(seedDigest), "Filter", pdf.Name("Adobe.PPKLite"),
		"SubFilter", pdf.Array(pdf.Name("ETSI.CAdES.detached"), pdf.Name("adbe.pkcs7.detached")),
		"DigestMethod", pdf.Array(digests...))
	if s.Look != "" {
		v = v.With("AppearanceFilter", pdf.Text(s.Look))
	}
	if c, ok := s.certificate(); ok {
		v = v.With("Cert", c)
	}
	return v
}
