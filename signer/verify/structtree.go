package verify

import (
	"fmt"

	"trinhky/signer/internal/pdf"
)

// compareStructure compares the logical structure (ISO 32000-1, 14.7): fields
// that are added to a tagged document come with elements of their own. What is
// there stays; new elements refer to objects such as widgets, never to content,
// and bring no text that is read out in place of the page.
func (m *comparison) compareStructure(a, b pdf.Value, owner int) error {
	was, err := m.old.Resolve(a)
	if err != nil {
		return err
	}
	is, err := m.cur.Resolve(b)
	if err != nil {
		return err
	}
	if !was.IsDict() || !is.IsDict() {
		if !m.same(a, b, 0) {
			m.suspect("catalog-changed", 0, "/StructTreeRoot of the catalog changed")
		}
		return nil
	}
	m.explain(a, anyone) // every element names its parent
	if r, ok := a.Ref(); ok {
		owner = r.Num
	}
	for _, k := range keysOf(was, is) {
		x, y := was.Get(k), is.Get(k)
		ok := true
		switch k {
		case "K":
			ok, err = m.moreElements(x, y, owner, 0)
		case "ParentTree", "IDTree":
			ok, err = m.moreEntries(x, y, owner, 0)
		case "ParentTreeNextKey":
			p, _ := x.Int()
			q, is := y.Int()
			ok = is && q >= p
		case "RoleMap", "ClassMap":
			err = m.compareAdditive(x, y, owner, 1)
		default:
			ok = m.same(x, y, 0)
		}
		if err != nil {
			return err
		}
		if !ok {
			m.suspect("catalog-changed", 0, fmt.Sprintf("/%s of the logical structure changed", k))
			return nil
		}
	}
	return nil
}

// kidsOf lists the elements of a /K: one or an array of them. owner is the
// object that the list stands in.
func (m *comparison) kidsOf(d *pdf.Document, v pdf.Value, owner int) (items []pdf.Value, in int, err error) {
	x, err := d.Resolve(v)
	if err != nil || x.IsNull() {
		return nil, owner, err
	}
	if x.Kind() != pdf.KindArray {
		return []pdf.Value{v}, owner, nil
	}
	if r, ok := v.Ref(); ok {
		owner = r.Num
	}
	return x.Items(), owner, nil
}

// moreElements: the old kids stay, in their order.
func (m *comparison) moreElements(a, b pdf.Value, owner, depth int) (bool, error) {
	was, in, err := m.kidsOf(m.old, a, owner)
	if err != nil {
		return false, err
	}
	is, _, err := m.kidsOf(m.cur, b, owner)
	if err != nil || depth > 64 {
		return false, err
	}
	if in != owner {
		m.explain(a, owner)
	}
	i := 0
	for _, v := range is {
		if !m.step() {
			return false, errTooLarge
		}
		if i < len(was) && pdf.Equal(was[i], v) {
			if ok, err := m.sameElement(v, in, depth); !ok || err != nil {
				return ok, err
			}
			i++
			continue
		}
		if ok, err := m.newElement(v, depth); !ok || err != nil {
			return ok, err
		}
	}
	return i == len(was), nil
}

// sameElement compares a structure element that was there: it may have more
// kids. Elements that were not written anew are not looked into.
func (m *comparison) sameElement(v pdf.Value, owner, depth int) (bool, error) {
	r, ok := v.Ref()
	if !ok {
		return true, nil
	}
	was, err := m.old.Get(r)
	if err != nil || !was.IsDict() {
		return true, nil // unreadable before and after alike, else found by checkRest
	}
	if m.touched[r.Num] {
		is, err := m.cur.Get(r)
		if err != nil || !is.IsDict() {
			return false, err
		}
		for _, k := range keysOf(was, is) {
			if k != "K" && !m.same(was.Get(k), is.Get(k), 0) {
				return false, nil
			}
		}
		m.owners[r.Num] = append(m.owners[r.Num], anyone)
		return m.moreElements(was.Get("K"), is.Get("K"), r.Num, depth+1)
	}
	if m.seen[r] || !m.below(was, depth) {
		return true, nil
	}
	m.seen[r] = true
	return m.moreElements(was.Get("K"), was.Get("K"), r.Num, depth+1)
}

// below says whether to look for changed elements under one that is the same:
// only where there are few, as the whole tree may be as large as the document.
func (m *comparison) below(was pdf.Value, depth int) bool { return depth < 3 && was.Has("K") }

// newElement: an element that came later is about objects, not about content.
func (m *comparison) newElement(v pdf.Value, depth int) (bool, error) {
	x, err := m.cur.Resolve(v)
	if err != nil || !x.IsDict() || depth > 64 || !m.step() {
		return false, err
	}
	if r, ok := v.Ref(); ok {
		if len(m.g.referrers[r.Num]) > 0 {
			return false, nil
		}
		if m.seen[r] {
			return true, nil
		}
		m.seen[r] = true
	}
	if x.Get("Type").IsName("OBJR") {
		return true, nil
	}
	if x.Get("Type").IsName("MCR") || x.Has("ActualText") || x.Has("E") {
		return false, nil
	}
	kids, _, err := m.kidsOf(m.cur, x.Get("K"), 0)
	if err != nil {
		return false, err
	}
	for _, k := range kids {
		if ok, err := m.newElement(k, depth+1); !ok || err != nil {
			return ok, err
		}
	}
	return true, nil
}

// moreEntries compares number and name trees: they may be written anew with more
// entries. Their old nodes belong to them alone.
func (m *comparison) moreEntries(a, b pdf.Value, owner, depth int) (bool, error) {
	if depth > 16 || !m.step() {
		return false, errTooLarge
	}
	if m.same(a, b, 0) && !m.refTouched(a) {
		return true, nil
	}
	was, err := m.old.Resolve(a)
	if err != nil {
		return false, err
	}
	is, err := m.cur.Resolve(b)
	if err != nil || was.IsDict() && !is.IsDict() {
		return false, err
	}
	m.explain(a, owner)
	if r, ok := a.Ref(); ok {
		owner = r.Num
	}
	for _, k := range keysOf(was, is) {
		x, y := was.Get(k), is.Get(k)
		ok := true
		switch k {
		case "Nums", "Names":
			ok, err = m.morePairs(x, y, owner)
		case "Kids":
			ok, err = m.moreNodes(x, y, owner, depth)
		case "Limits":
			m.explain(x, owner)
		default:
			ok = m.same(x, y, 0)
		}
		if !ok || err != nil {
			return ok, err
		}
	}
	return true, nil
}

// moreNodes: the old nodes of a tree stay, others may follow.
func (m *comparison) moreNodes(a, b pdf.Value, owner, depth int) (bool, error) {
	was, err := m.old.Resolve(a)
	if err != nil {
		return false, err
	}
	is, err := m.cur.Resolve(b)
	if err != nil || is.Len() < was.Len() {
		return false, err
	}
	m.explain(a, owner)
	if r, ok := a.Ref(); ok {
		owner = r.Num
	}
	for i := range was.Len() {
		if ok, err := m.moreEntries(was.At(i), is.At(i), owner, depth+1); !ok || err != nil {
			return ok, err
		}
	}
	return true, nil
}

// morePairs: the old pairs of a node stay, in their order.
func (m *comparison) morePairs(a, b pdf.Value, owner int) (bool, error) {
	was, err := m.old.Resolve(a)
	if err != nil {
		return false, err
	}
	is, err := m.cur.Resolve(b)
	if err != nil {
		return false, err
	}
	m.explain(a, owner)
	i := 0
	for j := 0; j+1 < is.Len(); j += 2 {
		if i+1 < was.Len() && pdf.Equal(was.At(i), is.At(j)) {
			if !m.same(was.At(i+1), is.At(j+1), 0) {
				return false, nil
			}
			i += 2
		}
	}
	return i+1 >= was.Len(), nil
}
