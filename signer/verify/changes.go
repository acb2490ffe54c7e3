package verify

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"trinhky/signer/internal/pdf"
)

var errTooLarge = errors.New("the document has too many objects to compare")

// comparison is one run over what later revisions did to a signed one.
// Everything is forbidden unless a rule allows it: objects of the signed
// revision that changed must be explained by a rule, and be referred to by
// nothing but what the rule knows.
type comparison struct {
	x        *examination
	c        *candidate
	old, cur *pdf.Document
	touched  map[int]bool
	g        *graph
	found    []*candidate
	permit   permit

	owners  map[int][]int    // changed object → referrers that a rule accounts for
	widgets map[pdf.Ref]bool // of fields that may be new on a page
	changed bool

	seen    map[pdf.Ref]bool // fields that were compared: forms may be loops
	steps   int
	oldForm *pdf.Form // read when needed
	newForm *pdf.Form
}

// maxSteps bounds one comparison: hostile documents refer to themselves.
const maxSteps = 1 << 18

// step counts the work; false when there was too much of it.
func (m *comparison) step() bool {
	m.steps++
	return m.steps <= maxSteps
}

// anyone stands for every referrer: pages and fields stay what they are.
const anyone = -1

// checkChanges settles Changes: what was done to the document after c signed it.
func (x *examination) checkChanges(c *candidate, found []*candidate) {
	c.out.Changes = ChangesNone
	if c.signed == nil {
		return
	}
	m := &comparison{
		x: x, c: c, old: c.signed, cur: x.doc, found: found,
		owners: map[int][]int{}, widgets: map[pdf.Ref]bool{}, seen: map[pdf.Ref]bool{},
	}
	if c.removed {
		m.suspect("signature-removed", 0, "a later revision took the signature out of the form")
	}
	m.checkTail()
	if c.end == x.doc.Size() || c.out.Coverage == CoverageFile {
		return
	}
	m.permit = m.readPermit()
	if err := m.compare(); err != nil {
		m.suspect("changes-unreadable", 0, fmt.Sprintf("what changed cannot be read: %v", err))
	}
	if m.changed && c.out.Changes == ChangesNone {
		c.out.Changes = ChangesAllowed
	}
	x.checkBetween(c, found, m.permit)
}

// maxBetween is how many of the revisions between the signed and the newest one
// are looked at, the oldest first.
const maxBetween = 32

// checkBetween compares the signed revision with each one between it and the
// newest: what was changed and changed back was still changed, and people saw it
// and signed it.
func (x *examination) checkBetween(c *candidate, found []*candidate, p permit) {
	n := 0
	for _, end := range x.report.Revisions {
		if end <= c.end+2 || end >= x.doc.Size()-2 || c.out.Changes == ChangesSuspicious || n >= maxBetween {
			continue
		}
		n++
		later, err := x.at(end)
		if err != nil {
			continue // no document by itself; the newest one is judged all the same
		}
		m := &comparison{
			x: x, c: c, old: c.signed, cur: later, found: found, permit: p,
			owners: map[int][]int{}, widgets: map[pdf.Ref]bool{}, seen: map[pdf.Ref]bool{},
		}
		if err := m.compare(); err != nil {
			m.suspect("changes-unreadable", 0, fmt.Sprintf("what changed cannot be read: %v", err))
		}
	}
}

// at is the document up to end, opened once.
func (x *examination) at(end int64) (*pdf.Document, error) {
	if d, ok := x.opened[end]; ok {
		return d, nil
	}
	d, err := x.doc.At(end)
	if err != nil {
		return nil, err
	}
	if x.opened == nil {
		x.opened = map[int64]*pdf.Document{}
	}
	x.opened[end] = d
	return d, nil
}

// suspect records a forbidden change.
func (m *comparison) suspect(code string, page int, detail string) {
	m.c.out.Changes = ChangesSuspicious
	m.c.findAt(code, Error, page, detail)
}

// checkTail looks at the bytes behind the last %%EOF of the file: nothing but
// white space may follow.
func (m *comparison) checkTail() {
	if rest := m.cur.Size() - m.c.end; rest > 0 && rest <= 2 && blank(m.cur, m.c.end, rest) {
		m.c.out.Coverage = CoverageFile // an end of line was added
		return
	}
	revs := m.cur.Revisions()
	last := m.c.end
	if n := len(revs); n > 0 {
		last = max(last, revs[n-1].End)
	}
	rest := m.cur.Size() - last
	if rest <= 0 {
		return
	}
	if blank(m.cur, last, rest) {
		return
	}
	m.suspect("unsigned-bytes", 0, fmt.Sprintf("%d bytes follow the end of the document", rest))
}

// blank says whether n bytes at off are white space.
func blank(d *pdf.Document, off, n int64) bool {
	if n <= 0 || n > 1<<20 {
		return n == 0
	}
	buf := make([]byte, n)
	if _, err := d.Reader().ReadAt(buf, off); err != nil {
		return false
	}
	return len(bytes.Trim(buf, " \r\n\t\f\x00")) == 0
}

func (m *comparison) compare() error {
	if m.cur.Repaired() && !m.old.Repaired() {
		m.suspect("structure-damaged-after-signing", 0, "what follows the signed revision is damaged")
	}
	was, is := m.old.Sections(), m.cur.Sections()
	if len(is) < len(was) || !slices.Equal(is[len(is)-len(was):], was) {
		m.suspect("revision-hidden", 0, "a later revision does not build upon the signed one")
	}
	nums := m.cur.Touched(m.old)
	if len(nums) == 0 && len(is) == len(was) {
		return nil
	}
	m.changed = true
	m.touched = make(map[int]bool, len(nums))
	for _, n := range nums {
		m.touched[n] = true
	}
	var err error
	if m.g, err = walkGraph(m.old, m.touched); err != nil {
		return err
	}
	if err := m.compareTrailer(); err != nil {
		return err
	}
	if err := m.comparePages(); err != nil {
		return err
	}
	return m.checkRest(nums)
}

// explain says that a rule allows the object num to differ, as far as owner
// refers to it.
func (m *comparison) explain(v pdf.Value, owner int) {
	if r, ok := v.Ref(); ok {
		m.owners[r.Num] = append(m.owners[r.Num], owner)
	}
}

// checkRest looks at every touched object that the signed revision refers to
// and no rule explained.
func (m *comparison) checkRest(nums []int) error {
	for _, n := range nums {
		refs := m.g.referrers[n]
		if len(refs) == 0 {
			continue // nobody could see it
		}
		same, err := m.unchanged(n)
		if err != nil {
			return err
		}
		if same {
			continue
		}
		owners := m.owners[n]
		if slices.Contains(owners, anyone) {
			continue
		}
		for _, r := range refs {
			if !slices.Contains(owners, r) {
				m.unexplained(n)
				break
			}
		}
	}
	return nil
}

// unchanged says whether the object is the same in both, though written anew.
func (m *comparison) unchanged(num int) (bool, error) {
	wasGen, _, wasDefined := m.old.Defined(num)
	isGen, _, isDefined := m.cur.Defined(num)
	if wasGen != isGen || wasDefined != isDefined {
		return false, nil
	}
	a, err := m.old.Get(pdf.Ref{Num: num, Gen: wasGen})
	if err != nil {
		return false, err
	}
	b, err := m.cur.Get(pdf.Ref{Num: num, Gen: isGen})
	if err != nil {
		return false, err
	}
	if !pdf.Equal(a, b) {
		return false, nil
	}
	if a.Kind() != pdf.KindStream {
		return true, nil
	}
	return pdf.SameData(m.old, a, m.cur, b)
}

// unexplained names a forbidden change by what the object was.
func (m *comparison) unexplained(num int) {
	gen, _, defined := m.old.Defined(num)
	page := m.g.page[num]
	v, err := m.old.Get(pdf.Ref{Num: num, Gen: gen})
	_, _, still := m.cur.Defined(num)
	code := "object-changed"
	switch t := v.Get("Type").Name(); {
	case err != nil:
	case !defined:
		code = "object-defined-later"
	case !still:
		code = "object-removed"
	case t == "Pages":
		code = "page-tree-changed"
	case t == "Page":
		code = "page-changed"
	case t == "Sig" || t == "DocTimeStamp" || v.Has("ByteRange"):
		code = "signature-replaced"
	case t == "Annot" || v.Has("Subtype") && v.Has("Rect"):
		code = "annotation-changed"
	case page > 0:
		code = "content-changed-after-signing"
	}
	m.suspect(code, page, fmt.Sprintf("object %d changed after signing", num))
}

// compareTrailer compares what the trailers name.
func (m *comparison) compareTrailer() error {
	was, is := m.old.Trailer(), m.cur.Trailer()
	if m.old.RootRef() != m.cur.RootRef() {
		m.suspect("new-root", 0, "the document has another catalog")
	}
	if !pdf.Equal(was.Get("Encrypt"), is.Get("Encrypt")) {
		m.suspect("encryption-changed", 0, "the encryption changed")
	}
	m.explain(was.Get("Info"), 0)
	oldCat, err := m.old.Catalog()
	if err != nil {
		return err
	}
	newCat, err := m.cur.Catalog()
	if err != nil {
		return err
	}
	m.owners[m.old.RootRef().Num] = append(m.owners[m.old.RootRef().Num], anyone)
	return m.compareCatalog(oldCat, newCat)
}

// compareCatalog allows a form, a DSS, /Extensions, /Version and metadata to
// change (EN 319 142-1, 5.4, 5.6); nothing else in the catalog may.
func (m *comparison) compareCatalog(was, is pdf.Value) error {
	owner := m.old.RootRef().Num
	for _, k := range keysOf(was, is) {
		a, b := was.Get(k), is.Get(k)
		switch k {
		case "AcroForm":
			if err := m.compareForm(a, b, owner); err != nil {
				return err
			}
		case "DSS":
			if err := m.checkDSS(a, b, owner); err != nil {
				return err
			}
		case "Metadata":
			if err := m.checkMetadata(a, b, owner); err != nil {
				return err
			}
		case "StructTreeRoot":
			if err := m.compareStructure(a, b, owner); err != nil {
				return err
			}
		case "Extensions":
			m.explain(a, owner)
			if x, err := m.cur.Resolve(b); err != nil || !x.IsNull() && x.Kind() != pdf.KindDict {
				m.suspect("catalog-changed", 0, "/Extensions of the catalog is no dictionary")
			}
		case "MarkInfo":
			m.explain(a, owner)
		case "Version":
			if a.Name() > b.Name() {
				m.suspect("catalog-changed", 0, "the version of the document went down")
			}
		default:
			if !m.same(a, b, 0) {
				m.suspect("catalog-changed", 0, fmt.Sprintf("/%s of the catalog changed", k))
			}
		}
	}
	return nil
}

// keysOf lists the keys of both dictionaries.
func keysOf(a, b pdf.Value) []string {
	var out []string
	for _, v := range []pdf.Value{a, b} {
		for i := range v.Len() {
			if k, _ := v.Key(i); v.IsDict() && !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
	}
	return out
}

// explainDSS allows the containers of a DSS to change: they hold validation
// data only, and nothing else may refer to them.
func (m *comparison) explainDSS(v pdf.Value, owner int) {
	var into func(v pdf.Value, owner, depth int)
	into = func(v pdf.Value, owner, depth int) {
		m.explain(v, owner)
		if r, ok := v.Ref(); ok {
			owner = r.Num
		}
		x, err := m.old.Resolve(v)
		if err != nil || x.Kind() == pdf.KindStream || depth > 4 || !m.step() {
			return
		}
		for _, y := range x.Items() {
			into(y, owner, depth+1)
		}
	}
	into(v, owner, 0)
}
