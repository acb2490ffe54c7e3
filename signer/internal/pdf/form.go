package pdf

import (
	"slices"

	"trinhky/pdfview/geom"
)

// Form is the interactive form of a document (ISO 32000-1, 12.7.2).
type Form struct {
	Dict            Value // the /AcroForm dictionary, null where there is none
	SigFlags        int64
	NeedAppearances bool
	XFA             bool
	Fields          []Field // terminal fields, in the order of the form
	Notes           []string
}

// Field is a terminal field with what it inherits.
type Field struct {
	Ref     Ref    // zero where the field is no object of its own
	Name    string // fully qualified, parts joined by periods
	Type    string // Sig, Tx, Btn, Ch, or ""
	Flags   int64  // /Ff
	Dict    Value
	Parents []Ref // from the root of the form downwards
	V       Value // as written, inherited where the field has none
	Widgets []Widget
}

// Widget is a place where a field is shown.
type Widget struct {
	Ref  Ref // equal to the field's where both are one dictionary
	Dict Value
	Page Ref // /P, zero where it is missing
	Rect geom.Rect
}

// Signed says whether a signature field has a value.
func (f Field) Signed() bool { return f.Type == "Sig" && !f.V.IsNull() }

// Form reads the fields. Malformed parts are left out and noted.
func (d *Document) Form() (*Form, error) {
	cat, err := d.Catalog()
	if err != nil {
		return nil, err
	}
	f := &Form{}
	if f.Dict, err = d.Resolve(cat.Get("AcroForm")); err != nil {
		return nil, err
	}
	if f.Dict.Kind() != KindDict {
		if !f.Dict.IsNull() {
			f.Notes = append(f.Notes, "the /AcroForm is no dictionary")
		}
		f.Dict = Value{}
		return f, nil
	}
	if v, err := d.Lookup(f.Dict, "SigFlags"); err == nil {
		f.SigFlags, _ = v.Int()
	}
	if v, err := d.Lookup(f.Dict, "NeedAppearances"); err == nil {
		f.NeedAppearances, _ = v.Bool()
	}
	f.XFA = f.Dict.Has("XFA")
	fields, err := d.Lookup(f.Dict, "Fields")
	if err != nil {
		return nil, err
	}
	w := &fieldWalk{d: d, form: f, seen: map[Ref]bool{}}
	for i := range fields.Len() {
		if fields.Kind() != KindArray {
			break
		}
		if err := w.visit(fields.At(i), Field{}, 0); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Field returns the field of that fully qualified name.
func (f *Form) Field(name string) (Field, bool) {
	for _, x := range f.Fields {
		if x.Name == name {
			return x, true
		}
	}
	return Field{}, false
}

type fieldWalk struct {
	d    *Document
	form *Form
	seen map[Ref]bool
	size int // bytes of the names so far
}

func (w *fieldWalk) note(s string) {
	if !slices.Contains(w.form.Notes, s) {
		w.form.Notes = append(w.form.Notes, s)
	}
}

// visit reads the field at v below parent, whose attributes it inherits.
func (w *fieldWalk) visit(v Value, parent Field, depth int) error {
	dict, err := w.enter(v, depth)
	if err != nil || dict.IsNull() {
		return err
	}
	r, _ := v.Ref()
	f, err := w.inherit(dict, parent)
	if err != nil {
		return err
	}
	f.Ref = r
	kids, widgets, err := w.split(dict)
	if err != nil {
		return err
	}
	if len(kids) > 0 {
		f.Parents = append(slices.Clip(f.Parents), r)
		for _, k := range kids {
			if err := w.visit(k, f, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if dict.Get("Subtype").IsName("Widget") {
		widgets = append([]Value{v}, widgets...)
	}
	for _, x := range widgets {
		if err := w.widget(&f, x); err != nil {
			return err
		}
	}
	w.form.Fields = append(w.form.Fields, f)
	return nil
}

// enter returns the dictionary of a field that was not visited yet, else null.
func (w *fieldWalk) enter(v Value, depth int) (Value, error) {
	if depth > maxPageDepth || len(w.seen) > maxFields || len(w.form.Fields) > maxFields {
		return Value{}, limited("the form has too many fields")
	}
	if r, ok := v.Ref(); ok {
		if w.seen[r] {
			w.note("a field stands twice in the form")
			return Value{}, nil
		}
		w.seen[r] = true
	}
	dict, err := w.d.Resolve(v)
	if err != nil {
		return Value{}, err
	}
	if dict.Kind() != KindDict {
		w.note("the form names a field that is no dictionary")
		return Value{}, nil
	}
	return dict, nil
}

// inherit makes the field of dict with what it has and what parent passes on.
func (w *fieldWalk) inherit(dict Value, parent Field) (Field, error) {
	f := parent
	f.Dict, f.Widgets = dict, nil
	t, err := w.d.Lookup(dict, "T")
	if err != nil {
		return f, err
	}
	if t.Kind() == KindString {
		if f.Name != "" {
			f.Name += "."
		}
		f.Name += t.Text()
		if w.size += len(f.Name); w.size > maxNames {
			return f, limited("the names of the fields are too long")
		}
	}
	ft, err := w.d.Lookup(dict, "FT")
	if err != nil {
		return f, err
	}
	if s := ft.Name(); s != "" {
		f.Type = s
	}
	if ff, err := w.d.Lookup(dict, "Ff"); err != nil {
		return f, err
	} else if n, ok := ff.Int(); ok {
		f.Flags = n
	}
	if v, err := w.d.Lookup(dict, "V"); err != nil || !v.IsNull() { // nor a reference to nothing (ISO 32000-1, 7.3.10)
		f.V = dict.Get("V")
	}
	return f, nil
}

// split sorts /Kids into fields (they have a /T) and widgets.
func (w *fieldWalk) split(dict Value) (fields, widgets []Value, err error) {
	kids, err := w.d.Lookup(dict, "Kids")
	if err != nil || kids.Kind() != KindArray {
		return nil, nil, err
	}
	for i := range kids.Len() {
		k, err := w.d.Resolve(kids.At(i))
		if err != nil {
			return nil, nil, err
		}
		if k.Has("T") || k.Has("Kids") && !k.Get("Subtype").IsName("Widget") {
			fields = append(fields, kids.At(i))
		} else {
			widgets = append(widgets, kids.At(i))
		}
	}
	return fields, widgets, nil
}

func (w *fieldWalk) widget(f *Field, v Value) error {
	r, _ := v.Ref()
	dict, err := w.d.Resolve(v)
	if err != nil {
		return err
	}
	if dict.Kind() != KindDict {
		w.note("a field names a widget that is no dictionary")
		return nil
	}
	if len(f.Widgets) > maxFields {
		return limited("a field has too many widgets")
	}
	x := Widget{Ref: r, Dict: dict}
	x.Page, _ = dict.Get("P").Ref()
	x.Rect, _ = w.d.Rect(dict.Get("Rect"))
	f.Widgets = append(f.Widgets, x)
	return nil
}
