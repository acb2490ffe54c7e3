package signer

import (
	"trinhky/signer/internal/pdf"
)

// tags is the logical structure of a tagged document (ISO 32000-1, 14.7).
type tags struct {
	u    *pdf.Update
	root pdf.Ref   // the structure tree root
	dict pdf.Value // what stands there
}

// readTags finds the structure; ok is false where the document is not tagged,
// or so that it cannot be added to.
func readTags(u *pdf.Update, doc *pdf.Document) (t tags, ok bool, err error) {
	catalog, err := u.Get(doc.RootRef())
	if err != nil {
		return tags{}, false, err
	}
	info, err := u.Resolve(catalog.Get("MarkInfo"))
	if err != nil {
		return tags{}, false, err
	}
	marked, err := u.Resolve(info.Get("Marked"))
	if err != nil {
		return tags{}, false, err
	}
	t = tags{u: u}
	if t.root, ok = catalog.Get("StructTreeRoot").Ref(); !ok {
		return tags{}, false, nil
	}
	if t.dict, err = u.Get(t.root); err != nil {
		return tags{}, false, err
	}
	yes, _ := marked.Bool()
	return t, yes && t.dict.IsDict(), nil
}

// tag puts a widget into the structure: a /Form element with a reference to it
// (ISO 32000-1, 14.8.4.5; ISO 14289-1, 7.18.4), the entry in the parent tree that
// leads back, and the tab order of the page by structure (ISO 14289-1, 7.18.3).
func (t tags) tag(page pdf.Page, widget pdf.Ref, field pdf.Value) (pdf.Value, error) {
	parent, err := t.parent()
	if err != nil {
		return field, err
	}
	element := t.u.Add(pdf.Dict("Type", pdf.Name("StructElem"), "S", pdf.Name("Form"), "P", pdf.RefTo(parent),
		"Pg", pdf.RefTo(page.Ref),
		"K", pdf.Dict("Type", pdf.Name("OBJR"), "Obj", pdf.RefTo(widget), "Pg", pdf.RefTo(page.Ref))))
	if err := t.addKid(parent, pdf.RefTo(element)); err != nil {
		return field, err
	}
	key, err := t.addParent(element)
	if err != nil {
		return field, err
	}
	if page.Dict.Get("Tabs").IsNull() {
		order := func(pdf.Value) (pdf.Value, error) { return pdf.Name("S"), nil }
		if err := t.u.Edit(page.Ref, []string{"Tabs"}, order); err != nil {
			return field, err
		}
	}
	return field.With("StructParent", pdf.Int(key)), nil
}

// parent is where a new element goes: below the only top element (/Document),
// else below the root.
func (t tags) parent() (pdf.Ref, error) {
	top := t.dict.Get("K")
	kids, err := t.u.Resolve(top)
	if err != nil {
		return pdf.Ref{}, err
	}
	if kids.Kind() == pdf.KindArray {
		if kids.Len() != 1 {
			return t.root, nil
		}
		top = kids.At(0)
	}
	ref, ok := top.Ref()
	if !ok {
		return t.root, nil
	}
	element, err := t.u.Get(ref)
	if err != nil {
		return pdf.Ref{}, err
	}
	if element.Kind() != pdf.KindDict || !element.Has("S") {
		return t.root, nil
	}
	return ref, nil
}

// addKid appends to the /K of an element, which may hold one kid or an array.
func (t tags) addKid(parent pdf.Ref, kid pdf.Value) error {
	dict, err := t.u.Get(parent)
	if err != nil {
		return err
	}
	old := dict.Get("K")
	is, err := t.u.Resolve(old)
	if err != nil {
		return err
	}
	if is.Kind() == pdf.KindArray {
		return t.u.Edit(parent, []string{"K"}, func(v pdf.Value) (pdf.Value, error) { return v.Append(kid), nil })
	}
	kids := pdf.Array(kid)
	if !is.IsNull() {
		kids = pdf.Array(old, kid)
	}
	t.u.Put(parent, dict.With("K", kids))
	return nil
}

// addParent puts the element into the parent tree, a number tree (ISO 32000-1,
// 7.9.7), under a key above all others, and returns the key.
func (t tags) addParent(element pdf.Ref) (int64, error) {
	root, err := t.u.Get(t.root)
	if err != nil {
		return 0, err
	}
	tree, err := t.u.Resolve(root.Get("ParentTree"))
	if err != nil {
		return 0, err
	}
	key, err := t.lastKey(tree, 0)
	if err != nil {
		return 0, err
	}
	next, _ := root.Get("ParentTreeNextKey").Int()
	key = max(key+1, next)
	entry := []pdf.Value{pdf.Int(key), pdf.RefTo(element)}
	path := []string{"ParentTree", "Nums"}
	if tree.Has("Kids") {
		leaf := t.u.Add(pdf.Dict("Limits", pdf.Array(pdf.Int(key), pdf.Int(key)), "Nums", pdf.Array(entry...)))
		path[1], entry = "Kids", []pdf.Value{pdf.RefTo(leaf)}
	}
	add := func(v pdf.Value) (pdf.Value, error) { return v.Append(entry...), nil }
	if err := t.u.Edit(t.root, path, add); err != nil {
		return 0, err
	}
	return key, t.u.Edit(t.root, []string{"ParentTreeNextKey"}, func(pdf.Value) (pdf.Value, error) {
		return pdf.Int(key + 1), nil
	})
}

// lastKey is the greatest key of a number tree, -1 for an empty one.
func (t tags) lastKey(tree pdf.Value, depth int) (int64, error) {
	const deepest = 32 // levels
	for _, k := range []string{"Nums", "Kids"} {
		list, err := t.u.Resolve(tree.Get(k))
		if err != nil {
			return 0, err
		}
		n := list.Len()
		switch {
		case n == 0 || depth > deepest:
		case k == "Nums":
			key, _ := list.At((n - 1) / 2 * 2).Int()
			return key, nil
		default:
			last, err := t.u.Resolve(list.At(n - 1))
			if err != nil {
				return 0, err
			}
			return t.lastKey(last, depth+1)
		}
	}
	return -1, nil
}
