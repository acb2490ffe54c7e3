package verify

import (
	"fmt"
	"slices"

	"trinhky/signer/internal/pdf"
)

// compareForm compares the /AcroForm dictionaries.
func (m *comparison) compareForm(a, b pdf.Value, owner int) error {
	was, err := m.old.Resolve(a)
	if err != nil {
		return err
	}
	is, err := m.cur.Resolve(b)
	if err != nil {
		return err
	}
	m.explain(a, owner)
	if r, ok := a.Ref(); ok {
		owner = r.Num
	}
	if was.IsDict() && !is.IsDict() {
		m.suspect("form-changed", 0, "the form is gone")
		return nil
	}
	for _, k := range keysOf(was, is) {
		x, y := was.Get(k), is.Get(k)
		switch k {
		case "Fields":
			if err := m.compareFields(x, y, fieldPath{owner: owner}); err != nil {
				return err
			}
		case "SigFlags":
			m.explain(x, owner)
		case "DR":
			if err := m.compareAdditive(x, y, owner, 2); err != nil {
				return err
			}
		default:
			if !m.same(x, y, 0) && !m.formDefault(k, x, y) {
				m.suspect("form-changed", 0, fmt.Sprintf("/%s of the form changed", k))
			}
		}
	}
	return nil
}

// formDefault: /DA and /Q may come with the first signature. With
// /NeedAppearances, fields are drawn from their values instead of their looks:
// that is harmless only where there is nothing to draw.
func (m *comparison) formDefault(key string, was, is pdf.Value) bool {
	switch key {
	case "DA", "Q":
		need, _ := m.laterNeeds()
		return was.IsNull() || !need
	case "NeedAppearances":
		if on, _ := is.Bool(); !on {
			return true // what is painted is in the file
		}
		return !slices.ContainsFunc(m.signedForm().Fields, func(f pdf.Field) bool { return f.Type != "Sig" })
	}
	return false
}

// laterNeeds is /NeedAppearances as it is now.
func (m *comparison) laterNeeds() (on, ok bool) {
	cat, err := m.cur.Catalog()
	if err != nil {
		return true, false
	}
	form, err := m.cur.Lookup(cat, "AcroForm")
	if err != nil {
		return true, false
	}
	return form.Get("NeedAppearances").Bool()
}

// compareAdditive allows new entries in a dictionary and, to a depth, in the
// dictionaries within it; what is there stays.
func (m *comparison) compareAdditive(a, b pdf.Value, owner, depth int) error {
	if pdf.Equal(a, b) {
		if r, ok := a.Ref(); !ok || !m.touched[r.Num] {
			return nil
		}
	}
	was, err := m.old.Resolve(a)
	if err != nil {
		return err
	}
	is, err := m.cur.Resolve(b)
	if err != nil {
		return err
	}
	if was.IsNull() {
		return nil
	}
	if depth == 0 || was.Kind() != pdf.KindDict || is.Kind() != pdf.KindDict {
		if !pdf.Equal(a, b) && !pdf.Equal(was, is) {
			m.suspect("form-changed", 0, "a resource of the form changed")
		}
		return nil
	}
	m.explain(a, owner)
	if r, ok := a.Ref(); ok {
		owner = r.Num
	}
	for i := range was.Len() {
		k, v := was.Key(i)
		if err := m.compareAdditive(v, is.Get(k), owner, depth-1); err != nil {
			return err
		}
	}
	return nil
}

// fieldPath is where in the tree of fields a comparison is.
type fieldPath struct {
	owner int    // the object that refers to the fields
	name  string // of the parent
	kind  string // inherited /FT
	depth int
}

// compareFields compares two arrays of fields or kids: the old ones stay, in
// their order; new ones must be signature fields.
func (m *comparison) compareFields(a, b pdf.Value, at fieldPath) error {
	if at.depth > 32 {
		return errTooLarge
	}
	was, err := m.old.Resolve(a)
	if err != nil {
		return err
	}
	is, err := m.cur.Resolve(b)
	if err != nil {
		return err
	}
	m.explain(a, at.owner)
	i := 0
	for _, v := range is.Items() {
		if i < was.Len() && sameItem(was.At(i), v) {
			if err := m.compareField(was.At(i), v, at); err != nil {
				return err
			}
			i++
			continue
		}
		if err := m.newField(v, at); err != nil {
			return err
		}
	}
	if i < was.Len() {
		m.suspect("field-removed", 0, "a form field is gone or moved")
	}
	return nil
}

// sameItem: references are the same by number, direct values by their field
// name or as a whole.
func sameItem(a, b pdf.Value) bool {
	if pdf.Equal(a, b) {
		return true
	}
	return a.IsDict() && b.IsDict() && a.Has("T") && pdf.Equal(a.Get("T"), b.Get("T"))
}

// compareField compares one field or widget with its children.
func (m *comparison) compareField(a, b pdf.Value, at fieldPath) error {
	was, err := m.old.Resolve(a)
	if err != nil {
		return err
	}
	is, err := m.cur.Resolve(b)
	if err != nil {
		return err
	}
	if r, ok := a.Ref(); ok {
		if m.seen[r] {
			return nil
		}
		m.seen[r] = true
		at.owner = r.Num
	}
	if at.depth++; !m.step() {
		return errTooLarge
	}
	if t := was.Get("T"); t.Kind() == pdf.KindString {
		if at.name != "" {
			at.name += "."
		}
		at.name += t.Text()
	}
	if ft := was.Get("FT").Name(); ft != "" {
		at.kind = ft
	}
	if was.Has("Kids") || is.Has("Kids") {
		if !m.kidsStay(was, is, at) {
			m.suspect("field-changed", m.pageOf(a, was), fmt.Sprintf("/Kids of the field %q changed", at.name))
			return nil
		}
		if err := m.compareFields(was.Get("Kids"), is.Get("Kids"), at); err != nil {
			return err
		}
	}
	if pdf.Equal(was, is) && !m.looksTouched(was, at) {
		return nil
	}
	return m.fieldChange(a, was, is, at)
}

// kidsStay: /Kids stays an array of the same kind of thing; only an empty
// signature field may get its first widgets.
func (m *comparison) kidsStay(was, is pdf.Value, at fieldPath) bool {
	a, errA := m.old.Resolve(was.Get("Kids"))
	b, errB := m.cur.Resolve(is.Get("Kids"))
	if errA != nil || errB != nil {
		return false
	}
	if a.IsNull() && !b.IsNull() {
		return at.kind == "Sig" && was.Get("V").IsNull() && b.Kind() == pdf.KindArray && b.Len() > 0
	}
	return a.Kind() == b.Kind() || !a.IsNull() && b.IsNull() && a.Len() == 0
}

// looksTouched says whether an appearance of the field was written anew.
func (m *comparison) looksTouched(field pdf.Value, at fieldPath) bool {
	for _, r := range m.appearances(field.Get("AP"), at.owner, nil) {
		if m.touched[r.ref.Num] {
			return true
		}
	}
	return false
}

// owned is a reference with the object that it stands in.
type owned struct {
	ref   pdf.Ref
	owner int
}

// appearances lists the objects that an /AP of the signed revision is made of:
// its dictionary, those of its states, and the streams.
func (m *comparison) appearances(v pdf.Value, owner int, out []owned) []owned {
	if len(out) > 256 {
		return out
	}
	if r, ok := v.Ref(); ok {
		out = append(out, owned{r, owner})
		owner = r.Num
	}
	x, err := m.old.Resolve(v)
	if err != nil || x.Kind() != pdf.KindDict {
		return out
	}
	for _, y := range x.Items() {
		out = m.appearances(y, owner, out)
	}
	return out
}

// fieldChange judges the change of one field or widget.
func (m *comparison) fieldChange(a, was, is pdf.Value, at fieldPath) error {
	page := m.pageOf(a, was)
	allowed, ok := m.changeable(was, is, at, page)
	if !ok {
		return nil
	}
	for _, k := range keysOf(was, is) {
		x, y := was.Get(k), is.Get(k)
		if slices.Contains(allowed, k) || k == "Ff" && onlyLocked(x, y) || m.same(x, y, 0) {
			continue
		}
		m.suspect("field-changed", page, fmt.Sprintf("/%s of the field %q changed", k, at.name))
		return nil
	}
	m.explain(a, anyone)
	if slices.Contains(allowed, "AP") {
		for _, r := range m.appearances(was.Get("AP"), at.owner, nil) {
			m.owners[r.ref.Num] = append(m.owners[r.ref.Num], r.owner)
		}
	}
	if slices.Contains(allowed, "V") {
		m.explain(was.Get("V"), at.owner)
	}
	return nil
}

// signingKeys are what signing an empty field may change in it.
var signingKeys = []string{"V", "AP", "AS", "F", "MK", "M", "DA", "DR", "NM", "BS", "Border", "Ff", "Kids", "P"}

// newlySigned says whether the field was empty and has a signature now.
func (m *comparison) newlySigned(name string) bool {
	f, ok := m.signedForm().Field(name)
	return ok && f.V.IsNull() && m.valueChanged(name)
}

// changeable lists the entries of a field that may change; ok is false when
// nothing may, and that has been said.
func (m *comparison) changeable(was, is pdf.Value, at fieldPath, page int) (keys []string, ok bool) {
	switch {
	case m.permit.locked(at.name) && at.kind != "Sig":
		m.suspect("field-locked", page, fmt.Sprintf("the locked field %q changed", at.name))
		return nil, false
	case at.kind == "Sig" && was.Get("V").IsNull() && !is.Get("V").IsNull():
		return signingKeys, m.newSignature(is, at.name, page)
	case at.kind == "Sig" && !was.Has("T") && m.newlySigned(at.name):
		m.checkCover(is, page) // a widget apart from its field, which is judged by itself
		return signingKeys, true
	case at.kind == "Sig":
		return []string{"Kids"}, true
	case !m.permit.forms:
		m.suspect("field-changed", page, fmt.Sprintf("the field %q changed; the certification forbids it", at.name))
		return nil, false
	}
	return m.fillKeys(was, is, at), true
}

// fillKeys lists what filling in a field may change. The look of a field only
// follows its value.
func (m *comparison) fillKeys(was, is pdf.Value, at fieldPath) []string {
	keys := []string{"V", "RV", "I", "M", "AS", "Kids"}
	filled := !pdf.Equal(was.Get("V"), is.Get("V")) || !pdf.Equal(was.Get("AS"), is.Get("AS")) || !was.Has("T") && m.valueChanged(at.name)
	if filled {
		keys = append(keys, "AP", "DA", "Q", "F")
	}
	return keys
}

// valueChanged says whether the field of that name has another value now: its
// widgets, which are objects of their own, may look different then.
func (m *comparison) valueChanged(name string) bool {
	a, ok := m.signedForm().Field(name)
	b, ok2 := m.laterForm().Field(name)
	return ok && ok2 && !pdf.Equal(a.V, b.V)
}

// signedForm is the form of the signed revision, empty where it is unreadable.
func (m *comparison) signedForm() *pdf.Form {
	if m.oldForm == nil {
		m.oldForm = formOf(m.old)
	}
	return m.oldForm
}

// laterForm is the form as it is now.
func (m *comparison) laterForm() *pdf.Form {
	if m.newForm == nil {
		m.newForm = formOf(m.cur)
	}
	return m.newForm
}

func formOf(d *pdf.Document) *pdf.Form {
	f, err := d.Form()
	if err != nil {
		return &pdf.Form{}
	}
	return f
}

// onlyLocked: signing with a /Lock makes fields read-only (bit 1 of /Ff).
func onlyLocked(a, b pdf.Value) bool {
	x, _ := a.Int()
	y, ok := b.Int()
	return ok && y == x|1
}
