package signer

import (
	"context"
	"slices"

	"trinhky/pdfview/geom"
	"trinhky/signer/internal/pdf"
)

// DocumentInfo is what can be said of a document before signing it.
type DocumentInfo struct {
	Version     string // "1.7"
	Size        int64
	Pages       int
	Revisions   []int64 // the end of each save, in bytes
	Fields      []FieldInfo
	Encrypted   bool
	Permissions Permissions
	// Certified is the P of a certification (1 nothing, 2 forms and signatures,
	// 3 also annotations); 0: none.
	Certified int
	XFA       bool
	// Redrawn says that some readers draw all fields anew (/NeedAppearances), and so
	// leave the place of a visible signature empty.
	Redrawn bool
	// Repairable says that the file is damaged in a way that readers forgive,
	// but nothing may be appended before it is made whole.
	Repairable bool
	Notes      []string // irregularities, English, for logs
}

// Permissions is what an encrypted document allows; without encryption all.
type Permissions struct{ Print, Modify, Copy, Annotate, FillForms, Assemble bool }

// FieldInfo describes a form field.
type FieldInfo struct {
	Name   string
	Type   string // Sig, Tx, Btn, Ch
	Signed bool
	Locked bool // by an earlier signature, read-only, or no object of its own
	// Barred says why it is Locked; 0: it is not.
	Barred Prohibition
	Page   int       // 0-based; -1: on no page
	Rect   geom.Rect // user space; empty: invisible
	// Tooltip is /TU, and Seed what a field that waits was prepared for.
	Tooltip string
	Seed    Seed
}

// EmptyField is the only unsigned, unlocked signature field, if there is just
// one: a caller may offer it instead of making a new one.
func (d *DocumentInfo) EmptyField() (FieldInfo, bool) {
	var found []FieldInfo
	for _, f := range d.Fields {
		if f.Type == "Sig" && !f.Signed && !f.Locked {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		return FieldInfo{}, false
	}
	return found[0], true
}

// Inspect reads what there is to know before signing the file at path. It
// never fails for a document that may not be signed, only for one that cannot
// be read (*UnreadableError, ErrPassword, ForbiddenEncryption).
func Inspect(ctx context.Context, path string, password PIN) (*DocumentInfo, error) {
	f, size, err := openInput(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	doc, err := pdf.Open(f, size, pdf.Options{Password: password})
	if err != nil {
		return nil, documentError(path, err)
	}
	d := &DocumentInfo{
		Version: doc.Version(), Size: size, Encrypted: doc.Encrypted(),
		Permissions: Permissions(doc.Permissions()),
	}
	if err := d.read(ctx, doc); err != nil {
		return nil, documentError(path, err)
	}
	return d, nil
}

func (d *DocumentInfo) read(ctx context.Context, doc *pdf.Document) error {
	var err error
	if d.Pages, err = doc.NumPages(); err != nil {
		return err
	}
	for _, r := range doc.Revisions() {
		d.Revisions = append(d.Revisions, r.End)
	}
	if p, ok := doc.DocMDP(); ok {
		d.Certified = p
	}
	form, err := doc.Form()
	if err != nil {
		return err
	}
	d.XFA = form.XFA
	d.Redrawn = doc.Redrawn(form) || form.NeedAppearances && slices.ContainsFunc(form.Fields, pdf.Field.Signed)
	locks, err := locksOf(doc, form)
	if err != nil {
		return err
	}
	var pages pageFinder
	for _, f := range form.Fields {
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := fieldInfo(doc, locks, f, &pages)
		if err != nil {
			return err
		}
		d.Fields = append(d.Fields, info)
	}
	d.Repairable = doc.Repaired()
	d.Notes = append(doc.Notes(), form.Notes...)
	return nil
}

func fieldInfo(doc *pdf.Document, locks []pdf.Lock, f pdf.Field, pages *pageFinder) (FieldInfo, error) {
	info := FieldInfo{Name: f.Name, Type: f.Type, Signed: f.Signed(), Page: -1}
	info.Barred = barred(f, locks)
	info.Locked = info.Barred != 0
	if f.Type == "Sig" && !info.Signed {
		if tu, err := doc.Lookup(f.Dict, "TU"); err == nil {
			info.Tooltip = tu.Text()
		}
		info.Seed = readSeed(doc, f.Dict)
	}
	if len(f.Widgets) == 0 {
		return info, nil
	}
	info.Rect = f.Widgets[0].Rect
	var err error
	info.Page, err = pages.find(doc, f.Widgets[0])
	return info, err
}
