package pdf

import (
	"trinhky/pdfview/geom"
)

// Page is one page with what it inherits.
type Page struct {
	Index     int // 0-based
	Ref       Ref
	Dict      Value
	Resources Value // as written (may be a reference), inherited where the page has none
	Geometry  geom.Page
}

// NumPages is the number of pages. It is what the page tree says in its root,
// where that can be true, else the pages are counted.
func (d *Document) NumPages() (int, error) {
	if d.pageCount >= 0 {
		return d.pageCount, nil
	}
	root, _, err := d.pageRoot()
	if err != nil {
		return 0, err
	}
	c, err := d.Resolve(root.Get("Count"))
	if err != nil {
		return 0, err
	}
	n, ok := c.Int()
	if ok && n > 0 && n <= int64(d.HighestObject()) {
		if _, err := d.descend(int(n) - 1); err == nil {
			d.pageCount = int(n)
			return d.pageCount, nil
		}
	}
	pages, err := d.AllPages()
	if err != nil {
		return 0, err
	}
	if int64(len(pages)) != n {
		d.note("the page tree says another number of pages than it has")
	}
	d.pageCount = len(pages)
	return d.pageCount, nil
}

// pageRoot returns the root of the page tree.
func (d *Document) pageRoot() (Value, Ref, error) {
	cat, err := d.Catalog()
	if err != nil {
		return Value{}, Ref{}, err
	}
	r, _ := cat.Get("Pages").Ref()
	v, err := d.Resolve(cat.Get("Pages"))
	if err != nil {
		return Value{}, r, err
	}
	if v.Kind() != KindDict {
		return Value{}, r, damaged(-1, "the catalog has no page tree")
	}
	return v, r, nil
}

// Page returns a page by its 0-based index.
func (d *Document) Page(index int) (Page, error) {
	n, err := d.NumPages()
	if err != nil {
		return Page{}, err
	}
	if index < 0 || index >= n {
		return Page{}, damaged(-1, "there is no page %d of %d", index+1, n)
	}
	path, err := d.descend(index)
	if err != nil {
		refs, err2 := d.AllPages()
		if err2 != nil || index >= len(refs) {
			return Page{}, err
		}
		if path, err = d.ancestors(refs[index]); err != nil {
			return Page{}, err
		}
	}
	return d.makePage(index, path)
}

// node is one step on the way from the root of the page tree to a page.
type node struct {
	ref  Ref
	dict Value
}

// descend goes down the tree by /Count.
func (d *Document) descend(index int) ([]node, error) {
	v, r, err := d.pageRoot()
	if err != nil {
		return nil, err
	}
	path := append(make([]node, 0, 4), node{r, v})
	for range maxPageDepth {
		kids, err := d.Resolve(v.Get("Kids"))
		if err != nil {
			return nil, err
		}
		if kids.Kind() != KindArray {
			if isPages(v) || index != 0 {
				return nil, damaged(-1, "the page tree ends without a page")
			}
			return path, nil
		}
		next, rest, err := d.kidFor(v, kids, index)
		if err != nil {
			return nil, err
		}
		for _, n := range path {
			if n.ref == next.ref {
				return nil, damaged(-1, "the page tree is a loop")
			}
		}
		path, v, index = append(path, next), next.dict, rest
	}
	return nil, limited("the page tree is too deep")
}

func isPages(v Value) bool { return v.Get("Type").IsName("Pages") || v.Has("Kids") }

// kidFor finds the child of a node that holds the page index, and the index
// within it.
func (d *Document) kidFor(v, kids Value, index int) (node, int, error) {
	if n, ok := v.Get("Count").Int(); ok && n == int64(kids.Len()) && index < kids.Len() {
		// Every kid is a page, unless the tree is odd.
		k, err := d.kid(kids.At(index))
		if err == nil && !isPages(k.dict) {
			return k, 0, nil
		}
	}
	for i := range kids.Len() {
		k, err := d.kid(kids.At(i))
		if err != nil {
			return node{}, 0, err
		}
		n := 1
		if isPages(k.dict) {
			c, err := d.Resolve(k.dict.Get("Count"))
			if err != nil {
				return node{}, 0, err
			}
			x, ok := c.Int()
			if !ok || x < 0 || x > maxObjectNumber {
				return node{}, 0, damaged(-1, "a node of the page tree has a bad /Count")
			}
			n = int(x)
		}
		if index < n {
			return k, index, nil
		}
		index -= n
	}
	return node{}, 0, damaged(-1, "the page tree has fewer pages than it says")
}

func (d *Document) kid(v Value) (node, error) {
	r, ok := v.Ref()
	if !ok {
		return node{}, damaged(-1, "the page tree has a kid that is no reference")
	}
	x, err := d.Get(r)
	if err != nil {
		return node{}, err
	}
	if x.Kind() != KindDict {
		return node{}, damaged(-1, "the page tree has a kid (object %d) that is no dictionary", r.Num)
	}
	return node{r, x}, nil
}

// AllPages walks the whole page tree and returns its pages in order.
func (d *Document) AllPages() ([]Ref, error) {
	root, r, err := d.pageRoot()
	if err != nil {
		return nil, err
	}
	var out []Ref
	seen := map[Ref]bool{}
	nodes := 0
	var walk func(v Value, r Ref, depth int) error
	walk = func(v Value, r Ref, depth int) error {
		if nodes++; nodes > maxPageNodes || depth > maxPageDepth {
			return limited("the page tree is too large")
		}
		if seen[r] {
			return damaged(-1, "object %d stands twice in the page tree", r.Num)
		}
		seen[r] = true
		kids, err := d.Resolve(v.Get("Kids"))
		if err != nil {
			return err
		}
		if kids.Kind() != KindArray {
			if !isPages(v) {
				out = append(out, r)
			}
			return nil
		}
		for i := range kids.Len() {
			k, err := d.kid(kids.At(i))
			if err != nil {
				return err
			}
			if err := walk(k.dict, k.ref, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	return out, walk(root, r, 0)
}

// ancestors returns the way from the root to a page, by /Parent.
func (d *Document) ancestors(page Ref) ([]node, error) {
	var path []node
	for r := page; len(path) <= maxPageDepth; {
		v, err := d.Get(r)
		if err != nil {
			return nil, err
		}
		path = append([]node{{r, v}}, path...)
		next, ok := v.Get("Parent").Ref()
		if !ok {
			return path, nil
		}
		r = next
	}
	return nil, damaged(-1, "the parents of a page do not end")
}

// PageIndex returns the 0-based index of a page object, -1 where the page tree
// does not hold it.
func (d *Document) PageIndex(page Ref) (int, error) {
	path, err := d.ancestors(page)
	if err != nil {
		return -1, err
	}
	if _, root, err := d.pageRoot(); err != nil || path[0].ref != root {
		return -1, err
	}
	index := 0
	for i := 1; i < len(path); i++ {
		n, err := d.before(path[i-1].dict, path[i].ref)
		if err != nil || n < 0 {
			return -1, err
		}
		index += n
	}
	return index, nil
}

// before counts the pages of a node that come before its kid.
func (d *Document) before(v Value, kid Ref) (int, error) {
	kids, err := d.Resolve(v.Get("Kids"))
	if err != nil {
		return -1, err
	}
	count, _ := v.Get("Count").Int()
	flat := count == int64(kids.Len())
	n := 0
	for i := range kids.Len() {
		if r, ok := kids.At(i).Ref(); ok && r == kid {
			return n, nil
		}
		if flat {
			n++
			continue
		}
		k, err := d.kid(kids.At(i))
		if err != nil {
			return -1, err
		}
		if !isPages(k.dict) {
			n++
		} else if c, ok := k.dict.Get("Count").Int(); ok && c > 0 && c < maxObjectNumber {
			n += int(c)
		}
	}
	return -1, nil
}

// makePage gathers what the page has and inherits (ISO 32000-1, 7.7.3.4).
func (d *Document) makePage(index int, path []node) (Page, error) {
	leaf := path[len(path)-1]
	p := Page{Index: index, Ref: leaf.ref, Dict: leaf.dict}
	inherited := func(key string) (raw, resolved Value, err error) {
		for i := len(path) - 1; i >= 0; i-- {
			if raw = path[i].dict.Get(key); !raw.IsNull() {
				resolved, err = d.Resolve(raw)
				return raw, resolved, err
			}
		}
		return Value{}, Value{}, nil
	}
	var err error
	if p.Resources, _, err = inherited("Resources"); err != nil {
		return p, err
	}
	_, media, err := inherited("MediaBox")
	if err != nil {
		return p, err
	}
	box, ok := d.Rect(media)
	if !ok || box.Empty() {
		box = geom.Rect{X1: 612, Y1: 792} // what readers assume
		d.note("a page has no usable /MediaBox")
	}
	p.Geometry.MediaBox = box
	_, crop, err := inherited("CropBox")
	if err != nil {
		return p, err
	}
	p.Geometry.CropBox, _ = d.Rect(crop)
	_, rotate, err := inherited("Rotate")
	if err != nil {
		return p, err
	}
	if n, ok := rotate.Int(); ok && n%90 == 0 {
		p.Geometry.Rotate = int(n % 360)
	}
	unit, err := d.Lookup(leaf.dict, "UserUnit")
	if err != nil {
		return p, err
	}
	if f, ok := unit.Real(); ok && f > 0 {
		p.Geometry.UserUnit = f
	}
	return p, nil
}

// Rect reads a rectangle (ISO 32000-1, 7.9.5); ok is false when v is none.
func (d *Document) Rect(v Value) (r geom.Rect, ok bool) {
	v, err := d.Resolve(v)
	if err != nil || v.Kind() != KindArray || v.Len() != 4 {
		return geom.Rect{}, false
	}
	var f [4]float64
	for i := range f {
		x, err := d.Resolve(v.At(i))
		if err != nil {
			return geom.Rect{}, false
		}
		if f[i], ok = x.Real(); !ok {
			return geom.Rect{}, false
		}
	}
	return geom.RectOf(geom.Point{X: f[0], Y: f[1]}, geom.Point{X: f[2], Y: f[3]}), true
}
