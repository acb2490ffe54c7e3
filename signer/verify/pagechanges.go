package verify

import (
	"fmt"
	"slices"

	"trinhky/pdfview/geom"
	"trinhky/signer/internal/pdf"
)

// comparePages looks at the pages that were written anew, and at those whose
// list of annotations was.
func (m *comparison) comparePages() error {
	todo := map[int]bool{}
	for n := range m.touched {
		if m.g.pages[n] > 0 {
			todo[n] = true
		}
		for _, r := range m.g.referrers[n] {
			if m.g.pages[r] > 0 {
				todo[r] = true
			} else if p := m.g.page[n]; p > 0 && m.permit.annotations {
				todo[m.pageObject(p)] = true // /Annots is an object of its own
			}
		}
	}
	delete(todo, 0)
	for n := range todo {
		if err := m.comparePage(n); err != nil {
			return err
		}
	}
	return nil
}

// pageObject is the object of a page that is counted from 1; 0 where there is none.
func (m *comparison) pageObject(page int) int {
	p, err := m.old.Page(page - 1)
	if err != nil {
		return 0
	}
	return p.Ref.Num
}

// comparePage allows a page nothing but more annotations.
func (m *comparison) comparePage(num int) error {
	gen, _, _ := m.old.Defined(num)
	ref := pdf.Ref{Num: num, Gen: gen}
	was, err := m.old.Get(ref)
	if err != nil {
		return err
	}
	is, err := m.cur.Get(ref)
	if err != nil {
		return err
	}
	page := m.g.pages[num]
	for _, k := range keysOf(was, is) {
		if k == "Annots" || k == "LastModified" || (k == "Tabs" || k == "StructParents") && was.Get(k).IsNull() {
			continue
		}
		if !m.same(was.Get(k), is.Get(k), 0) {
			m.suspect(pageCode(k), page, fmt.Sprintf("/%s of page %d changed", k, page))
			return nil
		}
	}
	m.owners[num] = append(m.owners[num], anyone)
	a, b := was.Get("Annots"), is.Get("Annots")
	m.explain(a, num)
	x, err := m.old.Resolve(a)
	if err != nil {
		return err
	}
	y, err := m.cur.Resolve(b)
	if err != nil {
		return err
	}
	return m.compareAnnots(x, y, page)
}

func pageCode(key string) string {
	switch key {
	case "Contents", "Resources":
		return "content-changed-after-signing"
	}
	return "page-changed"
}

// compareAnnots: the old annotations stay, in their order.
func (m *comparison) compareAnnots(was, is pdf.Value, page int) error {
	i := 0
	for _, v := range is.Items() {
		for i < was.Len() && !pdf.Equal(was.At(i), v) && m.absent(was.At(i), is) && m.goneAnnotation(was.At(i)) {
			i++
		}
		if i < was.Len() && pdf.Equal(was.At(i), v) {
			if m.refTouched(v) {
				m.changedAnnotation(v)
			}
			i++
			continue
		}
		if err := m.newAnnotation(v, page); err != nil {
			return err
		}
	}
	for i < was.Len() && m.goneAnnotation(was.At(i)) {
		i++
	}
	if i < was.Len() {
		m.suspect("annotation-removed", page, "an annotation is gone, moved or changed")
	}
	return nil
}

func (m *comparison) absent(v, list pdf.Value) bool {
	return !slices.ContainsFunc(list.Items(), func(x pdf.Value) bool { return pdf.Equal(v, x) })
}

func (m *comparison) newAnnotation(v pdf.Value, page int) error {
	r, _ := v.Ref()
	if m.widgets[r] && !r.IsZero() {
		return nil
	}
	is, err := m.cur.Resolve(v)
	if err != nil {
		return err
	}
	sub := is.Get("Subtype").Name()
	if sub == "Widget" && (m.knownWidget(r) || m.strayedSignature(is, r, page)) {
		return nil
	}
	if m.permit.annotations && len(m.g.referrers[r.Num]) == 0 && m.harmlessLook(is) {
		return nil
	}
	m.suspect("annotation-added", page, fmt.Sprintf("an annotation (%s) was added", sub))
	return nil
}

// strayedSignature says whether the widget is that of a good signature which its
// writer forgot to add to the form.
func (m *comparison) strayedSignature(is pdf.Value, r pdf.Ref, page int) bool {
	if !is.Get("FT").IsName("Sig") || is.Get("V").IsNull() || len(m.g.referrers[r.Num]) > 0 {
		return false
	}
	return m.newSignature(is, is.Get("T").Text(), page)
}

// knownWidget says whether the object was a widget of a signature field before:
// writers add it to the page when they fill an invisible field.
func (m *comparison) knownWidget(r pdf.Ref) bool {
	v, err := m.old.Get(r)
	return err == nil && v.Get("FT").IsName("Sig") && v.Get("V").IsNull() && v.Has("T")
}

// pageOf is the page of a widget in the signed revision, from 1.
func (m *comparison) pageOf(ref, field pdf.Value) int {
	if p, ok := field.Get("P").Ref(); ok {
		if n := m.pageOn(p.Num); n > 0 {
			return n
		}
	}
	r, _ := ref.Ref()
	return m.g.page[r.Num]
}

// newPage is the page of a widget that was added, from 1.
func (m *comparison) newPage(widget pdf.Value) int {
	p, ok := widget.Get("P").Ref()
	if !ok {
		return 0
	}
	return m.pageOn(p.Num)
}

// maxCover is how much of a page the look of a later signature may cover before
// it is taken for an attempt to hide the page.
const maxCover = 0.5

func (m *comparison) checkCover(widget pdf.Value, page int) {
	rect, ok := m.cur.Rect(widget.Get("Rect"))
	if !ok || rect.Empty() || page == 0 {
		return
	}
	p, err := m.cur.Page(page - 1)
	if err != nil {
		return
	}
	visible := p.Geometry.Visible()
	if area(rect.Intersect(visible)) > maxCover*area(visible) {
		m.suspect("signature-covers-page", page, "the look of a later signature covers the page")
	}
}

func area(r geom.Rect) float64 { return r.W() * r.H() }
