package verify

import (
	"crypto/x509"
	"fmt"
	"slices"

	"trinhky/signer/internal/pdf"
)

// newField judges a field that the signed revision did not have: it must be a
// signature field.
func (m *comparison) newField(v pdf.Value, at fieldPath) error {
	is, err := m.cur.Resolve(v)
	if err != nil {
		return err
	}
	kind := at.kind
	if ft := is.Get("FT").Name(); ft != "" {
		kind = ft
	}
	name := is.Get("T").Text()
	if at.name != "" {
		name = at.name + "." + name
	}
	r, _ := v.Ref()
	if len(m.g.referrers[r.Num]) > 0 {
		m.suspect("field-added", 0, fmt.Sprintf("an object that was there became the field %q", name))
		return nil
	}
	if kind != "Sig" {
		m.suspect("field-added", 0, fmt.Sprintf("the field %q was added", name))
		return nil
	}
	kids, err := m.cur.Resolve(is.Get("Kids"))
	if err != nil {
		return err
	}
	page := m.newPage(is)
	if m.permit.certified && m.shows(is, kids) && !m.bySomebodyTrusted(name) {
		m.suspect("signature-not-permitted", page, "the certification allows no further visible signature fields")
		return nil
	}
	if !m.newSignature(is, name, page) {
		return nil
	}
	m.widgets[r] = true
	for _, k := range kids.Items() {
		if kr, ok := k.Ref(); ok {
			m.widgets[kr] = true
		}
		if x, err := m.cur.Resolve(k); err == nil {
			m.checkCover(x, m.newPage(x))
		}
	}
	return nil
}

// bySomebodyTrusted says whether the field was signed, and well, by somebody whose
// certificate leads to an anchor: only such a one may put a look of his own on a
// certified document ("sneaky signature attack").
func (m *comparison) bySomebodyTrusted(name string) bool {
	i := slices.IndexFunc(m.found, func(c *candidate) bool { return c.field.Name == name && !c.removed })
	if i < 0 || m.found[i].checked == nil {
		return false
	}
	k := m.x.chain(m.found[i].checked.Certificate, m.x.options.At, x509.ExtKeyUsageAny)
	return k.state == ChainTrusted || k.state == ChainExpired
}

// shows says whether a field, or a widget of it, has a place on a page.
func (m *comparison) shows(field, kids pdf.Value) bool {
	for _, v := range append([]pdf.Value{field}, kids.Items()...) {
		x, err := m.cur.Resolve(v)
		if err != nil {
			return true
		}
		if r, ok := m.cur.Rect(x.Get("Rect")); ok && !r.Empty() {
			return true
		}
	}
	return false
}

// newSignature judges a signature, or an empty signature field, that was added.
func (m *comparison) newSignature(is pdf.Value, name string, page int) bool {
	v := is.Get("V")
	if v.IsNull() {
		if is.Has("AP") && !m.blankLook(is.Get("AP")) {
			m.suspect("field-added", page, fmt.Sprintf("the empty signature field %q shows something", name))
			return false
		}
		return true
	}
	r, _ := v.Ref()
	i := slices.IndexFunc(m.found, func(c *candidate) bool { return c.field.Name == name && c.ref == r && !c.removed })
	if i < 0 || m.found[i].checked == nil || m.found[i].out.Coverage <= CoveragePartial {
		m.suspect("signature-added-broken", page, fmt.Sprintf("the later signature in %q is not intact", name))
		return false
	}
	if m.found[i].out.Kind == DocumentTimestamp {
		return true
	}
	if !m.permit.signatures {
		m.suspect("signature-not-permitted", page, "the certification forbids further signatures")
		return false
	}
	if m.permit.locked(name) {
		m.suspect("field-locked", page, fmt.Sprintf("the field %q was locked and is signed", name))
		return false
	}
	m.checkCover(is, page)
	return true
}

// hidesLook is how much of the look of an earlier signature a later one covers
// when it is said to hide it. A seal covers a third of a signature by rule.
const hidesLook = 0.9

// noteOverlaps names signatures whose looks hide those of earlier ones.
func noteOverlaps(found []*candidate) {
	for i, c := range found {
		for _, d := range found[i+1:] {
			if c.out.Page == 0 || c.out.Page != d.out.Page || c.out.Rect.Empty() || d.end <= c.end {
				continue
			}
			if area(c.out.Rect.Intersect(d.out.Rect)) > hidesLook*area(c.out.Rect) {
				d.findAt("signature-overlap", Warning, d.out.Page, "its look hides that of an earlier signature")
			}
		}
	}
}

// blankLook says whether an appearance paints nothing.
func (m *comparison) blankLook(ap pdf.Value) bool {
	n, err := m.cur.Lookup(ap, "N")
	if err != nil || n.IsNull() {
		return err == nil
	}
	if n.Kind() != pdf.KindStream {
		return false
	}
	data, err := m.cur.Data(n)
	return err == nil && len(data) < 64 && !paints(data)
}

// paints says whether a short content stream has any operator but q and Q.
func paints(data []byte) bool {
	for _, c := range data {
		if c != 'q' && c != 'Q' && c > ' ' {
			return true
		}
	}
	return false
}
