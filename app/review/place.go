package review

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer"
	"trinhky/signer/stamp"
)

// How says where a place comes from.
type How int

// The ways; the zero value is the rule's own.
const (
	Auto      How = iota // the only empty field, else the rule
	Fixed                // a rectangle that somebody gave
	InField              // a named field
	Invisible            // nothing to see
)

// String is the word of the command line's JSON.
func (h How) String() string { return [...]string{"auto", "fixed", "field", "invisible"}[h] }

// Ask says what is to be placed, and where if somebody already knows.
type Ask struct {
	Stamp stamp.Input
	How   How
	// Signer and Title choose the signature block of Auto where somebody named
	// them for this document; else Stamp says who signs.
	Signer, Title string
	Field         string    // InField: its name
	Page          int       // Fixed: 0-based; -1 is the last
	Shown         geom.Rect // Fixed
}

// who is the person whose signature block is looked for.
func (a Ask) who() layout.Who {
	w := layout.Who{Name: a.Signer, Title: a.Title, Told: a.Title != ""}
	if w.Name == "" && known(a.Stamp) {
		w.Name = a.Stamp.Signer
	}
	if w.Title == "" {
		w.Title = a.Stamp.Title
	}
	return w
}

// Undecided says whether the place of a leader's stamp depends on who signs, and
// the name is not known yet.
func (d *Document) Undecided(ask Ask) bool {
	return ask.How == Auto && ask.Stamp.Role == stamp.Leader && len(d.Parts.Signers) > 1 && ask.who().Name == ""
}

// Placement is where a stamp goes, with the stamp that will be signed there.
type Placement struct {
	How        How
	Field      string // the existing field, or the name of a new one; "": any name
	Page       int    // 0-based
	Shown      geom.Rect
	Rect       geom.Rect // user space
	Confidence float64   // 1 where nothing had to be found
	Corrected  bool      // the rule's place, moved as a person moved it before
	Appearance *signer.Appearance
}

// SignatureField is the place in the pipeline's terms.
func (p Placement) SignatureField() signer.SignatureField {
	return signer.SignatureField{Name: p.Field, Page: p.Page, Rect: p.Rect}
}

// Sure says whether nobody has to look at the place.
func (p Placement) Sure() bool { return p.Confidence >= Sure }

// Place finds the place of a stamp and lays the stamp out for it. Without a
// place it fails with RuleNoPlace; a place that somebody should look at is
// returned with its Confidence, and the caller decides.
func (d *Document) Place(ctx context.Context, ask Ask) (Placement, error) {
	p, err := d.place(ctx, ask)
	if err == nil && p.Field == "" && certifies(ask.Stamp.Role) {
		p.Field = d.freeField(ask.Stamp.Role)
	}
	return p, err
}

// certifies says whether a role speaks for the file as such and not for what
// the document decides. Its field is named, so that nobody takes the signature
// for the competent person's (leads) and sealing knows whose copy it is (ownCopy).
func certifies(r stamp.Role) bool {
	return r == stamp.Copy || r == stamp.Digitised || r == stamp.Archive || r == stamp.Attachment || r == stamp.Comment
}

func (d *Document) place(ctx context.Context, ask Ask) (Placement, error) {
	switch ask.How {
	case Invisible:
		return Placement{How: Invisible, Confidence: 1}, nil
	case Fixed:
		return d.placeFixed(ask)
	case InField:
		return d.placeField(ask)
	}
	return d.placeAuto(ctx, ask)
}

func (d *Document) placeAuto(ctx context.Context, ask Ask) (Placement, error) {
	switch f, ok := d.fieldFor(ask.Stamp); {
	case ok && ask.Stamp.Role != stamp.Number:
		return d.inField(ask, f, Auto)
	case !ok && d.reserved(ask.Stamp):
		return Placement{}, &signer.ForbiddenError{File: d.Path, Rule: signer.ForbiddenBySeedValue}
	}
	return d.placeByRule(ctx, ask)
}

// placeByRule is the place of the rule, whatever fields wait.
func (d *Document) placeByRule(ctx context.Context, ask Ask) (Placement, error) {
	switch ask.Stamp.Role {
	case stamp.Leader:
		return d.placeLeader(ask)
	case stamp.Seal:
		return d.placeSeal(ask)
	case stamp.Attachment, stamp.Copy, stamp.Digitised, stamp.Archive, stamp.Comment:
		return d.placeCorner(ctx, ask)
	case stamp.Number:
		return d.placeNumber(ask)
	case stamp.Initials:
		return d.placeInitials(ask)
	}
	return Placement{}, &RuleError{Rule: RuleNoPlace}
}

// fieldFor is the empty field that waits for a stamp: of those named for its
// role the one that expects its signer, else the first one that expects nobody
// else; else the only field of all, unless it is named for another role.
func (d *Document) fieldFor(in stamp.Input) (Field, bool) {
	empty := d.EmptyFields()
	var first *Field
	for i, f := range empty {
		if r, named := stamp.RoleOfField(f.Name); !named || r != in.Role || f.Page < 0 || f.Rect.Empty() {
			continue
		}
		if known(in) && samePerson(f.Seed.CommonName, in.Signer) {
			return f, true
		}
		if first == nil && !(f.Seed.Required && known(in)) {
			first = &empty[i]
		}
	}
	if first != nil {
		return *first, true
	}
	if len(empty) != 1 || empty[0].Page < 0 || empty[0].Rect.Empty() || in.Role == stamp.Number {
		return Field{}, false
	}
	if _, named := stamp.RoleOfField(empty[0].Name); named {
		return Field{}, false
	}
	return empty[0], true
}

// UnknownSigner stands for a signer's name that is not known yet.
const UnknownSigner = "…"

func known(in stamp.Input) bool { return in.Signer != "" && in.Signer != UnknownSigner }

// reserved says whether a field of a stamp's role waits, but for somebody else.
func (d *Document) reserved(in stamp.Input) bool {
	for _, f := range d.EmptyFields() {
		if r, named := stamp.RoleOfField(f.Name); named && r == in.Role && f.Seed.Required && known(in) {
			return true
		}
	}
	return false
}

// samePerson says whether two names are one, whatever their letter case.
func samePerson(a, b string) bool {
	fold := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(norm.NFC.String(s)), " ")) }
	return a != "" && fold(a) == fold(b)
}

// AutoWithoutText says whether Place finds the place of a stamp without reading
// the pages: the only empty field, or a seal beside a visible signature that has
// no text to keep clear of the signer's name.
func (d *Document) AutoWithoutText(in stamp.Input) bool {
	if _, ok := d.fieldFor(in); ok && in.Role != stamp.Number {
		return true
	}
	if in.Role != stamp.Seal {
		return false
	}
	for _, s := range d.approvals(nil) {
		if s.Page >= 1 && s.Page <= len(d.Pages) && !s.Rect.Empty() {
			return !writes(in)
		}
	}
	return len(d.approvals(nil)) == 0 // nothing to find: it is refused
}

// writes says whether a stamp has text; one that cannot be laid out is refused
// before its place counts.
func writes(in stamp.Input) bool {
	look, err := stamp.Lay(in, geom.Size{})
	return err == nil && slices.ContainsFunc(look.Items, func(it signer.Item) bool {
		_, ok := it.(signer.Text)
		return ok
	})
}

func (d *Document) placeFixed(ask Ask) (Placement, error) {
	page, err := d.pageIndex(ask.Page)
	if err != nil {
		return Placement{}, err
	}
	size := d.Pages[page].ShownSize()
	if ask.Shown.Empty() || !(geom.Rect{X1: size.W, Y1: size.H}).Inset(-0.5).Contains(ask.Shown) {
		return Placement{}, &RuleError{Rule: RuleOutside, Args: map[string]string{"page": strconv.Itoa(page + 1)}}
	}
	look, err := stamp.Lay(ask.Stamp, ask.Shown.Size())
	if err != nil {
		return Placement{}, fmt.Errorf("lay out the stamp: %w", err)
	}
	look, shown := stamp.Settle(look, ask.Shown)
	return d.at(Placement{How: Fixed, Page: page, Confidence: 1, Appearance: &look}, shown), nil
}

func (d *Document) placeField(ask Ask) (Placement, error) {
	f, ok := d.fieldNamed(ask.Field)
	switch {
	case !ok:
		return Placement{}, &signer.ForbiddenError{File: d.Path, Rule: signer.ForbiddenNoSuchField}
	case f.Signed:
		return Placement{}, &signer.ForbiddenError{File: d.Path, Rule: signer.ForbiddenFieldTaken}
	case f.Locked:
		return Placement{}, &signer.ForbiddenError{File: d.Path, Rule: f.Barred}
	}
	return d.inField(ask, f, InField)
}

// fieldNamed is the field of that name. What was typed may have marks and letters
// as one where the document has them apart; the very same name goes first.
func (d *Document) fieldNamed(name string) (Field, bool) {
	i := slices.IndexFunc(d.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		i = slices.IndexFunc(d.Fields, func(f Field) bool { return norm.NFC.String(f.Name) == norm.NFC.String(name) })
	}
	if i < 0 {
		return Field{}, false
	}
	return d.Fields[i], true
}

func (d *Document) inField(ask Ask, f Field, how How) (Placement, error) {
	p := Placement{How: how, Field: f.Name, Page: max(f.Page, 0), Rect: f.Rect, Confidence: 1}
	if f.Page < 0 || f.Page >= len(d.Pages) || f.Rect.Empty() {
		return p, nil // an invisible field stays invisible
	}
	p.Shown = d.Pages[f.Page].RectToShown(f.Rect)
	look, err := stamp.Lay(ask.Stamp, p.Shown.Size())
	if err != nil {
		return Placement{}, fmt.Errorf("lay out the stamp: %w", err)
	}
	look = stamp.Within(look, p.Shown.Size()) // the field's rectangle stays as it is
	p.Appearance = &look
	return p, nil
}

// at completes a placement with its rectangle in both spaces.
func (d *Document) at(p Placement, shown geom.Rect) Placement {
	p.Shown = shown
	p.Rect = d.Pages[p.Page].RectToUser(shown)
	return p
}

func (d *Document) pageIndex(page int) (int, error) {
	if page == -1 {
		page = len(d.Pages) - 1
	}
	if page < 0 || page >= len(d.Pages) {
		return 0, &RuleError{Rule: RuleNoPage, Args: map[string]string{
			"page": strconv.Itoa(page + 1), "pages": strconv.Itoa(len(d.Pages)),
		}}
	}
	return page, nil
}

// errNoPlace is RuleNoPlace with a cause for the log.
func errNoPlace(cause string) error {
	return &RuleError{Rule: RuleNoPlace, Err: errors.New(cause)}
}
