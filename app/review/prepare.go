package review

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trinhky/app/template"
	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer"
	"trinhky/signer/stamp"
)

// Slot is a signature field that is being prepared for somebody to come.
type Slot struct {
	Role       stamp.Role
	Name       string // of the field
	Person     string // who is expected; "": anybody
	Page       int    // 0-based
	Shown      geom.Rect
	Confidence float64 // 1 where somebody put it there
}

// Sure says whether nobody has to look at the place.
func (s Slot) Sure() bool { return s.Confidence >= Sure }

// SlotAsk says which field is to be prepared. Stamp is what will probably stand
// in it (its picture may be missing); Person and Title, where they are known.
type SlotAsk struct {
	Stamp         stamp.Input
	Person, Title string
	// Known are corrections of the rule's places; what follows a slot follows it
	// where it was put.
	Known template.List
	// Fixed puts it at Shown of Page (0-based; -1 is the last) instead of the
	// rule's place.
	Fixed bool
	Page  int
	Shown geom.Rect
}

// Prepare finds the places of the fields, one after the other: a second leader
// gets the second signature block, a seal stands at the leader's field or at
// the leader's signature. It fails with RuleNoPlace where a place is missing.
func (d *Document) Prepare(ctx context.Context, asks []SlotAsk) ([]Slot, error) {
	if err := d.Secret(); err != nil {
		return nil, err
	}
	p := preparing{d: d, names: map[string]bool{}}
	for _, f := range d.Fields {
		p.names[f.Name] = true
	}
	for _, ask := range asks {
		s, err := p.slot(ctx, ask)
		if err != nil {
			return nil, err
		}
		s.Role = ask.Stamp.Role
		if !ask.Fixed {
			s = p.d.corrected(ask.Known, s)
		}
		if s.Name = stamp.FieldName(s.Role, func(n string) bool { return p.names[n] }); ask.Person != "" {
			s.Person = ask.Person
		}
		p.names[s.Name] = true
		p.slots = append(p.slots, s)
	}
	return p.slots, nil
}

// preparing is a document with the slots it has got so far.
type preparing struct {
	d     *Document
	names map[string]bool
	slots []Slot
}

func (p *preparing) slot(ctx context.Context, ask SlotAsk) (Slot, error) {
	if ask.Fixed {
		return p.fixed(ask)
	}
	switch ask.Stamp.Role {
	case stamp.Leader:
		return p.leader(ask)
	case stamp.Seal:
		return p.seal(ask)
	case stamp.Number:
		return p.number(ask)
	case stamp.Attachment, stamp.Copy, stamp.Digitised, stamp.Archive, stamp.Initials, stamp.Comment:
	}
	if ask.Stamp.Role == stamp.Initials && ask.Stamp.Picture == nil {
		ask.Stamp.Picture = &signer.Picture{W: 15, H: 8} // the largest that custom knows; only the shape counts here
	}
	place, err := p.d.placeByRule(ctx, Ask{Stamp: ask.Stamp})
	return Slot{Page: place.Page, Shown: place.Shown, Confidence: place.Confidence}, err
}

func (p *preparing) fixed(ask SlotAsk) (Slot, error) {
	page, err := p.d.pageIndex(ask.Page)
	if err != nil {
		return Slot{}, err
	}
	size := p.d.Pages[page].ShownSize()
	if ask.Shown.Empty() || !(geom.Rect{X1: size.W, Y1: size.H}).Inset(-0.5).Contains(ask.Shown) {
		return Slot{}, &RuleError{Rule: RuleOutside, Args: map[string]string{"page": strconv.Itoa(page + 1)}}
	}
	return Slot{Page: page, Shown: ask.Shown, Confidence: 1}, nil
}

// leader takes the first block in which nobody signed and no field stands.
func (p *preparing) leader(ask SlotAsk) (Slot, error) {
	parts := p.d.Parts.Whose(layout.Who{Name: ask.Person, Title: ask.Title, Told: true})
	for _, s := range parts.Signers {
		page := s.Band.Page
		if !s.Band.Found() || s.Band.Confidence < Possible || page < 0 || page >= len(p.d.Pages) || p.busy(page, s.Band.Rect) {
			continue
		}
		block := p.d.block(s)
		room, err := stamp.Room(ask.Stamp, block)
		if err != nil {
			return Slot{}, fmt.Errorf("room for the field: %w", err)
		}
		return Slot{
			Page: page, Shown: stamp.PlaceLeader(block, room), Confidence: s.Band.Confidence, Person: s.Name.Text,
		}, nil
	}
	return Slot{}, errNoPlace("no free signature block")
}

// busy says whether a signature or a leader's field stands in a band.
func (p *preparing) busy(page int, user geom.Rect) bool {
	if p.d.signedIn(page, user) {
		return true
	}
	for _, f := range p.d.Fields {
		if r, _ := stamp.RoleOfField(f.Name); r == stamp.Leader && f.Page == page && !f.Rect.Intersect(user).Empty() {
			return true
		}
	}
	shown := p.d.Pages[page].RectToShown(user)
	for _, s := range p.slots {
		if s.Role == stamp.Leader && s.Page == page && !s.Shown.Intersect(shown).Empty() {
			return true
		}
	}
	return false
}

// sealAirMM is left on both sides of a seal's field for an agency's name that
// is longer than the one expected.
const sealAirMM = 6

// seal stands over the left third of the leader's signature, or of the field
// prepared for it; its height is that of the rule, so that the seal in it keeps
// its size and its middle.
func (p *preparing) seal(ask SlotAsk) (Slot, error) {
	in := expected(ask.Stamp)
	if in.Agency == "" { // the heading names it, in capitals
		in.Agency = strings.ToLower(p.d.Parts.Agency.Text)
	}
	look, err := stamp.Lay(in, geom.Size{})
	if err != nil {
		return Slot{}, fmt.Errorf("lay out the seal: %w", err)
	}
	page, leader, sure, ok := p.leaderPlace()
	if !ok {
		return Slot{}, errNoPlace("no signature and no field of a leader")
	}
	at := stamp.PlaceSeal(leader, look)
	air := geom.MM(sealAirMM)
	size := p.d.Pages[page].ShownSize()
	air = max(0, min(air, at.X0, size.W-at.X1))
	at.X0, at.X1 = at.X0-air, at.X1+air
	moved := p.d.inside(p.d.at(Placement{Page: page, Confidence: min(sure, sealConfidence)}, at))
	return Slot{Page: page, Shown: moved.Shown, Confidence: moved.Confidence}, nil
}

// expected is a seal whose picture nobody knows yet as a round one: only the
// shape counts here.
func expected(in stamp.Input) stamp.Input {
	if in.Role == stamp.Seal && in.Picture == nil {
		in.Picture = &signer.Picture{W: 1, H: 1}
	}
	return in
}

// SealBox is what a field needs that somebody puts where no rule says; the
// zero size where the stamp has no true size.
func SealBox(in stamp.Input) (geom.Size, error) {
	in = expected(in)
	if stamp.TrueWidth(in) == 0 {
		return geom.Size{}, nil
	}
	look, err := stamp.Lay(in, geom.Size{})
	if err != nil {
		return geom.Size{}, fmt.Errorf("lay out the seal: %w", err)
	}
	return geom.Size{W: look.Size.W + 2*geom.MM(sealAirMM), H: look.Size.H}, nil
}

// SealRoom fails with RuleSealRoom where a field is smaller than the seal itself.
// One with too little room for the text beside it passes: how much text there
// will be, the signer's settings know, and signing names a seal that got smaller.
// Stamps without a true size find room everywhere.
func SealRoom(in stamp.Input, field geom.Size) error {
	in = expected(in)
	w := stamp.TrueWidth(in)
	if w == 0 {
		return nil
	}
	alone := geom.Size{W: w, H: w * float64(in.Picture.H) / float64(in.Picture.W)}
	if !stamp.Shrinks(signer.Appearance{Size: alone}, field) {
		return nil
	}
	look, err := stamp.Lay(in, field)
	if err != nil {
		return fmt.Errorf("lay out the seal: %w", err)
	}
	return &RuleError{Rule: RuleSealRoom, Args: map[string]string{
		"size":  millimetres(field.W) + " × " + millimetres(field.H),
		"least": millimetres(look.Size.W) + " × " + millimetres(look.Size.H),
	}}
}

// leaderPlace is where the first leader signed, or will sign, in shown space.
func (p *preparing) leaderPlace() (page int, shown geom.Rect, sure float64, ok bool) {
	for _, s := range p.d.approvals(nil) {
		if s.Page >= 1 && s.Page <= len(p.d.Pages) && !s.Rect.Empty() {
			return s.Page - 1, p.d.Pages[s.Page-1].RectToShown(s.Rect), sealConfidence, true
		}
	}
	for _, s := range p.slots {
		if s.Role == stamp.Leader {
			return s.Page, s.Shown, s.Confidence, true
		}
	}
	for _, f := range p.d.EmptyFields() {
		if r, named := stamp.RoleOfField(f.Name); named && r == stamp.Leader && f.Page >= 0 && f.Page < len(p.d.Pages) {
			return f.Page, p.d.Pages[f.Page].RectToShown(f.Rect), sealConfidence, true
		}
	}
	return 0, geom.Rect{}, 0, false
}

// number spans what the heading leaves open.
func (p *preparing) number(ask SlotAsk) (Slot, error) {
	parts := p.d.Parts
	page := parts.Number.Page
	if parts.Number.Text != "" || !parts.Number.Found() {
		page = parts.Date.Page
	}
	if page < 0 || page >= len(p.d.Pages) {
		return Slot{}, errNoPlace("no heading")
	}
	g := p.d.Pages[page]
	var at geom.Rect
	if parts.Number.Text == "" && parts.Number.Found() {
		at = g.RectToShown(parts.Number.Rect)
	}
	for _, b := range parts.DateBlanks {
		if !b.Empty() && parts.Date.Page == page {
			at = at.Union(g.RectToShown(b))
		}
	}
	if at.Empty() {
		return Slot{}, &RuleError{Rule: RuleNumbered, Args: map[string]string{"number": parts.Number.Text + "/" + parts.Notation.Text}}
	}
	return Slot{Page: page, Shown: at, Confidence: parts.Number.Confidence}, nil
}

// FieldOptions say what the prepared fields carry besides their places.
type FieldOptions struct {
	Rules stamp.RuleSet
	// Tooltip says in words what a field is for; it becomes /TU.
	Tooltip func(Slot) string
	// Lock: signing a field of these roles locks all fields but those of the
	// people who come after.
	Lock []stamp.Role
	// Required makes the expected person a constraint for all software; without
	// it the name is a hint. Certificate is the only one for the fields of its
	// role.
	Required    bool
	Certificate map[stamp.Role]*x509.Certificate
}

// PreparedFields makes the pipeline's fields of the slots.
func (d *Document) PreparedFields(slots []Slot, o FieldOptions) []signer.EmptyField {
	out := make([]signer.EmptyField, 0, len(slots))
	for i, s := range slots {
		f := signer.EmptyField{
			Name: s.Name, Page: s.Page, Rect: d.Pages[s.Page].RectToUser(s.Shown),
			Seed: signer.Seed{
				Look: lookPrefix + string(o.Rules) + "/" + s.Role.String(), CommonName: s.Person,
				Required: o.Required && s.Person != "", Certificate: o.Certificate[s.Role],
			},
		}
		if o.Tooltip != nil {
			f.Tooltip = o.Tooltip(s)
		}
		if slices.Contains(o.Lock, s.Role) {
			f.Lock = &signer.FieldLock{Except: d.toCome(slots, i)}
		}
		out = append(out, f)
	}
	return out
}

// lookPrefix begins the /AppearanceFilter of a prepared field: rule set and
// role follow.
const lookPrefix = "trinhky/"

// toCome are the fields that slot i leaves open when it is signed: those of the
// other people; behind a seal nobody comes.
func (d *Document) toCome(slots []Slot, i int) []string {
	if slots[i].Role == stamp.Seal {
		return nil
	}
	out := []string{stamp.Number.String(), stamp.Seal.String()}
	add := func(name string) {
		if name != slots[i].Name && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, s := range slots {
		add(s.Name)
	}
	for _, f := range d.EmptyFields() {
		add(f.Name)
	}
	return out
}
