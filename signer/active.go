package signer

import (
	"context"
	"slices"
	"strings"

	"trinhky/pdfview/geom"
	"trinhky/signer/internal/pdf"
)

// ActiveKind says what a document can do, or hides, beyond the pages that it
// shows.
type ActiveKind int

// The kinds.
const (
	ActiveScript     ActiveKind = iota + 1 // JavaScript
	ActiveLaunch                           // an action that starts a program or opens a file
	ActiveLayers                           // optional content: layers that can be shown or hidden
	ActiveXFA                              // a form that draws itself
	ActiveRemote                           // content or actions that come from, or go to, elsewhere
	ActiveLink                             // a link to the web that a reader has to click
	ActiveExecutable                       // an embedded program
	ActiveFile                             // another embedded file
	ActiveMedia                            // film, sound, 3D
	ActiveCover                            // an annotation that can lie over the page's content
	ActiveHidden                           // an annotation with something to show that is shown nowhere
	ActivePrinted                          // one that only paper shows
	ActiveUnread                           // more objects than are looked at, or unreadable ones
)

// ActiveItem is one thing that a document can do or hides.
type ActiveItem struct {
	Kind   ActiveKind
	Page   int       // 0-based; -1: it belongs to no page
	Detail string    // file name, address, number of layers
	Hidden int       // ActiveLayers: how many the screen, or paper, does not show when the document opens
	Rect   geom.Rect // ActiveCover: where, in user space of the page
	Drawn  bool      // ActiveCover: it says itself what it looks like
}

// Bounds of a search in a hostile document.
const (
	mostActiveNodes = 400_000
	mostActiveItems = 200
	mostPeeked      = 32
)

// Active lists what the document at path can do beyond showing its pages: one
// item for each kind, page and detail. It reads every object that can be
// reached, within bounds, and decodes only embedded files.
func Active(ctx context.Context, file string, password PIN) ([]ActiveItem, error) {
	f, size, err := openInput(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	doc, err := pdf.Open(f, size, pdf.Options{Password: password})
	if err != nil {
		return nil, documentError(file, err)
	}
	s := &activeSearch{ctx: ctx, doc: doc, seen: map[pdf.Ref]bool{}, page: -1}
	if err := s.run(); err != nil {
		return nil, documentError(file, err)
	}
	return s.items, nil
}

// activeSearch walks the objects of a document once.
type activeSearch struct {
	ctx    context.Context
	doc    *pdf.Document
	seen   map[pdf.Ref]bool
	items  []ActiveItem
	open   []pdf.Ref // noted, not yet looked at
	page   int
	nodes  int
	peeked int
}

// run looks at the pages first, so that what belongs to one is found there,
// then at all the rest.
func (s *activeSearch) run() error {
	pages, err := s.doc.AllPages()
	if err != nil {
		return err
	}
	for _, ref := range pages {
		s.seen[ref] = true
	}
	for i, ref := range pages {
		s.page = i
		page, err := s.doc.Get(ref)
		if err != nil {
			s.add(ActiveUnread, "")
			continue
		}
		s.covers(page)
		if err := s.walk(page); err != nil {
			return err
		}
	}
	s.page = -1
	catalog, err := s.doc.Catalog()
	if err != nil {
		return err
	}
	s.layers(catalog)
	return s.walk(catalog.Without("Pages"))
}

// add notes an item once.
func (s *activeSearch) add(kind ActiveKind, detail string) {
	it := ActiveItem{Kind: kind, Page: s.page, Detail: detail}
	if len(s.items) < mostActiveItems && !slices.Contains(s.items, it) {
		s.items = append(s.items, it)
	}
}

// walk looks at v and at everything that can be reached from it.
func (s *activeSearch) walk(v pdf.Value) error {
	s.visit(v)
	for len(s.open) > 0 {
		if s.nodes > mostActiveNodes {
			s.add(ActiveUnread, "")
			return nil
		}
		if err := s.ctx.Err(); err != nil {
			return err
		}
		r := s.open[len(s.open)-1]
		s.open = s.open[:len(s.open)-1]
		x, err := s.doc.Get(r)
		if err != nil {
			s.add(ActiveUnread, "")
			continue
		}
		s.visit(x)
	}
	return nil
}

// visit looks at the dictionaries in v and notes the references for later; the
// reader bounds how deep a value is nested.
func (s *activeSearch) visit(v pdf.Value) {
	if r, ok := v.Ref(); ok {
		if !s.seen[r] {
			s.seen[r] = true
			s.open = append(s.open, r)
		}
		return
	}
	s.nodes++
	switch {
	case v.IsDict():
		s.look(v)
		for i := range v.Len() {
			if key, x := v.Key(i); key != "StructTreeRoot" && key != "Parent" {
				s.visit(x)
			}
		}
	case v.Kind() == pdf.KindArray:
		for i := range v.Len() {
			s.visit(v.At(i))
		}
	}
}

func value(dict pdf.Value, i int) pdf.Value {
	_, v := dict.Key(i)
	return v
}

// get is an entry of a dictionary, null where it cannot be read.
func (s *activeSearch) get(d pdf.Value, key string) pdf.Value {
	v, err := s.doc.Lookup(d, key)
	if err != nil {
		return pdf.Value{}
	}
	return v
}

// look says what one dictionary does.
func (s *activeSearch) look(d pdf.Value) {
	s.action(d)
	if d.Has("XFA") {
		s.add(ActiveXFA, "")
		s.scripts(s.get(d, "XFA"))
	}
	if s.get(d, "EF").Kind() == pdf.KindDict {
		s.embedded(d)
	}
	if opi := s.get(d, "OPI"); d.Kind() == pdf.KindStream && opi.Len() > 0 { // a proxy of a picture elsewhere (14.11.7)
		s.add(ActiveRemote, s.fileName(value(opi, 0)))
	}
	switch subtype := s.get(d, "Subtype"); {
	case subtype.IsName("RichMedia"), subtype.IsName("3D"), subtype.IsName("Movie"), subtype.IsName("Screen"), subtype.IsName("Sound"):
		s.add(ActiveMedia, subtype.Name())
	case subtype.IsName("Form") && s.get(d, "Ref").IsDict(): // a reference XObject (ISO 32000-1, 8.10.4)
		s.add(ActiveRemote, s.fileName(s.get(d, "Ref")))
	}
	if d.Kind() == pdf.KindStream && d.Has("F") { // its data lie in another file (7.3.8)
		s.add(ActiveRemote, s.fileName(d))
	}
}

// action looks at an action dictionary (ISO 32000-1, Table 198).
func (s *activeSearch) action(d pdf.Value) {
	kind := s.get(d, "S").Name()
	if kind == "JavaScript" || d.Has("JS") && (kind == "Rendition" || s.get(d, "JS").Kind() == pdf.KindString) {
		s.add(ActiveScript, "")
		return
	}
	switch kind {
	case "Launch":
		s.add(ActiveLaunch, s.fileName(d))
	case "GoToR", "GoToE", "ImportData", "SubmitForm", "Thread":
		if kind != "Thread" || d.Has("F") {
			s.add(ActiveRemote, s.fileName(d))
		}
	case "URI":
		s.add(ActiveLink, shorten(s.get(d, "URI").Text()))
	case "Rendition", "Movie", "Sound", "GoTo3DView", "RichMediaExecute":
		s.add(ActiveMedia, kind)
	}
}

// fileName is the file specification in /F, in words (7.11).
func (s *activeSearch) fileName(d pdf.Value) string {
	f := s.get(d, "F")
	if !f.IsDict() {
		return shorten(f.Text())
	}
	for _, key := range []string{"UF", "F"} {
		if name := s.get(f, key).Text(); name != "" {
			return shorten(name)
		}
	}
	return ""
}

// longestDetail bounds what a hostile document can have printed.
const longestDetail = 120 // runes

func shorten(text string) string {
	r := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " "))
	if len(r) > longestDetail {
		r = append(r[:longestDetail], '…')
	}
	return string(r)
}

// painting are the annotations that paint upon a page (12.5.6); widgets belong
// to the form, links and notes cover nothing.
const painting = " Stamp FreeText Square Circle Polygon PolyLine Line Ink Redact Watermark Caret Projection "

// mostCovers bounds the annotations of a page that are looked at.
const mostCovers = 200

// covers notes where annotations can lie over what a page shows.
func (s *activeSearch) covers(page pdf.Value) {
	annots := s.get(page, "Annots")
	for i := range min(annots.Len(), mostCovers) {
		a, err := s.doc.Resolve(annots.At(i))
		if err != nil || !a.IsDict() {
			continue
		}
		kind := s.get(a, "Subtype").Name()
		if r, ok := s.doc.Rect(a.Get("Rect")); !ok || r.Empty() || len(s.items) >= mostActiveItems {
			continue
		} else if it := (ActiveItem{Kind: s.shown(a, kind), Page: s.page, Detail: kind, Rect: r}); it.Kind != 0 {
			it.Drawn = !s.get(s.get(a, "AP"), "N").IsNull()
			s.items = append(s.items, it)
		}
	}
}

// The flags of an annotation (Table 165).
const (
	annotationHidden = 2
	annotationPrint  = 4
	annotationNoView = 32
)

// shown says where an annotation shows what it holds; 0 where nothing is to say.
// Forms hide fields, signatures among them, by right; but what a field prints
// and does not show is worth a line.
func (s *activeSearch) shown(a pdf.Value, kind string) ActiveKind {
	flags, _ := s.get(a, "F").Int()
	paints := kind != "" && strings.Contains(painting, " "+kind+" ")
	drawn := !s.get(s.get(a, "AP"), "N").IsNull()
	switch {
	case flags&(annotationHidden|annotationNoView) == 0:
		if paints {
			return ActiveCover
		}
	case flags&annotationHidden == 0 && flags&annotationPrint != 0:
		if drawn && (paints || kind == "Widget" || kind == "Text") {
			return ActivePrinted
		}
	case paints && (drawn || s.get(a, "Contents").Text() != ""):
		return ActiveHidden
	}
	return 0
}
