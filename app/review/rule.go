package review

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"

	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// placeLeader puts the stamp between title and name (Decree 30, Annex I, Part
// I, II.7(d)): the principal signer first, then the next one whose band is
// still free.
func (d *Document) placeLeader(ask Ask) (Placement, error) {
	s, ok := d.freeSigner(ask.who())
	if !ok || s.Band.Confidence < Possible {
		return Placement{}, errNoPlace(fmt.Sprintf("%d signature blocks, confidence %.2f", len(d.Parts.Signers), s.Band.Confidence))
	}
	page := s.Band.Page
	block := d.block(s)
	room, err := stamp.Room(ask.Stamp, block)
	if err != nil {
		return Placement{}, fmt.Errorf("room for the stamp: %w", err)
	}
	look, err := stamp.Lay(ask.Stamp, room)
	if err != nil {
		return Placement{}, fmt.Errorf("lay out the stamp: %w", err)
	}
	p := Placement{How: Auto, Page: page, Confidence: s.Band.Confidence, Appearance: &look}
	return d.at(p, stamp.PlaceLeader(block, look.Size)), nil
}

// freeSigner is the first signature block that no signature stands in; the block
// of the person who signs comes before the others.
func (d *Document) freeSigner(who layout.Who) (layout.Signer, bool) {
	parts := d.Parts.Whose(who)
	for _, s := range parts.Signers {
		if !s.Band.Found() || s.Band.Page < 0 || s.Band.Page >= len(d.Pages) {
			continue
		}
		if !d.signedIn(s.Band.Page, s.Band.Rect) {
			return s, true
		}
	}
	return layout.Signer{}, false
}

func (d *Document) signedIn(page int, user geom.Rect) bool {
	for _, s := range d.Report.Signatures {
		if s.Page == page+1 && !s.Rect.Intersect(user).Empty() {
			return true
		}
	}
	return false
}

// block is a signature block in shown space.
func (d *Document) block(s layout.Signer) stamp.Block {
	g := d.Pages[s.Band.Page]
	b := stamp.Block{Band: g.RectToShown(s.Band.Rect)}
	if !s.Title.Rect.Empty() && s.Title.Page == s.Band.Page {
		b.Title = g.RectToShown(s.Title.Rect)
	}
	if !s.Name.Rect.Empty() && s.Name.Page == s.Band.Page {
		b.Name = g.RectToShown(s.Name.Rect)
	}
	return b
}

// placeSeal puts the agency's seal over the left third of the leader's stamp
// (II.8(a)). The place of the leader's stamp is read from the signature, not
// guessed.
func (d *Document) placeSeal(ask Ask) (Placement, error) {
	look, err := stamp.Lay(ask.Stamp, geom.Size{})
	if err != nil {
		return Placement{}, fmt.Errorf("lay out the seal: %w", err)
	}
	for _, s := range d.approvals(nil) {
		if s.Page < 1 || s.Page > len(d.Pages) || s.Rect.Empty() {
			continue
		}
		leader := d.Pages[s.Page-1].RectToShown(s.Rect)
		at := stamp.PlaceSeal(leader, look)
		look, at = stamp.ClearOf(look, at, d.namesOn(s.Page-1))
		p := Placement{How: Auto, Page: s.Page - 1, Confidence: sealConfidence, Appearance: &look}
		return d.inside(d.at(p, at)), nil
	}
	return Placement{}, errNoPlace("no visible signature of a leader")
}

// namesOn are the names of those who sign on a page, shown space.
func (d *Document) namesOn(page int) []geom.Rect {
	var out []geom.Rect
	for _, s := range d.Parts.Signers {
		if n := s.Name; n.Page == page && !n.Rect.Empty() {
			out = append(out, d.Pages[page].RectToShown(n.Rect))
		}
	}
	return out
}

// sealConfidence is high because the place is computed from what was signed.
const sealConfidence = 0.97

// approvals lists the signatures of persons in their order, without invalid
// ones, without those made with the certificate except, and without those whose
// field says that somebody else than the competent person made them.
func (d *Document) approvals(except *x509.Certificate) []verify.Signature {
	var out []verify.Signature
	for _, s := range d.Report.Signatures {
		own := except != nil && s.Certificate != nil && s.Certificate.Equal(except)
		if s.Kind != verify.DocumentTimestamp && s.Verdict != verify.Invalid && !own && leads(s.Field) {
			out = append(out, s)
		}
	}
	return out
}

// leads says whether a field may hold the competent person's signature: every
// field but one that was made for another role.
func leads(field string) bool {
	r, named := stamp.RoleOfField(field)
	return !named || r == stamp.Leader
}

// ownCopy says whether the document is a copy that the agency of cert made; nil,
// where the certificate is not known yet, takes any copy, and whoever seals asks
// again with it.
func (d *Document) ownCopy(cert *x509.Certificate) bool {
	return slices.ContainsFunc(d.Report.Signatures, func(s verify.Signature) bool {
		r, named := stamp.RoleOfField(s.Field)
		return named && r == stamp.Copy && s.Verdict != verify.Invalid &&
			(cert == nil || s.Certificate != nil && s.Certificate.Equal(cert))
	})
}

// LeaderSigned fails with RuleNoLeader unless somebody else than cert signed
// the document and that signature holds, or it is a copy that the agency itself
// made (Decree 30/2020, article 32(2)(d)). A signature whose chain could not be
// settled counts; the findings name it.
func (d *Document) LeaderSigned(cert *x509.Certificate) error {
	if len(d.approvals(cert)) == 0 && !d.ownCopy(cert) {
		return &RuleError{Rule: RuleNoLeader}
	}
	for _, s := range d.Report.Signatures {
		if s.Verdict == verify.Invalid {
			return &RuleError{Rule: RuleNoLeader, Err: fmt.Errorf("signature %d is invalid", s.N)}
		}
	}
	return nil
}

// placeCorner puts a text stamp into the top right corner of the first page
// (II.8(b); Annex I, Part II, I.3).
func (d *Document) placeCorner(ctx context.Context, ask Ask) (Placement, error) {
	if len(d.Pages) == 0 {
		return Placement{}, errNoPlace("no page")
	}
	look, err := stamp.Lay(ask.Stamp, geom.Size{})
	if err != nil {
		return Placement{}, fmt.Errorf("lay out the stamp: %w", err)
	}
	page := d.Pages[0]
	shown, free := stamp.PlaceCorner(page.ShownSize(), look.Size, d.cornerTaken())
	p := d.at(Placement{How: Auto, Page: 0, Confidence: cornerFree, Appearance: &look}, shown)
	covered, err := d.covered(ctx, p)
	if err != nil {
		return Placement{}, err
	}
	if covered != "" || !free {
		p.Confidence = cornerTaken
	}
	return d.inside(p), nil
}

// cornerTaken lists what a stamp on the first page keeps clear of.
func (d *Document) cornerTaken() []geom.Rect {
	var out []geom.Rect
	if n := d.Parts.PageNumber; n.Page == 0 && !n.Rect.Empty() {
		out = append(out, d.Pages[0].RectToShown(n.Rect))
	}
	for _, s := range d.Report.Signatures {
		if s.Page == 1 && !s.Rect.Empty() {
			out = append(out, d.Pages[0].RectToShown(s.Rect))
		}
	}
	return out
}

// The corner is given by the rule, so only what stands there already casts doubt.
const (
	cornerFree  = 0.95
	cornerTaken = 0.6
)

// placeInitials puts initials behind the last line of the body. The place is
// custom, not rule, so it is as sure as the line.
func (d *Document) placeInitials(ask Ask) (Placement, error) {
	line := d.Parts.LastLine
	if line.Rect.Empty() || line.Confidence < Possible || line.Page < 0 || line.Page >= len(d.Pages) {
		return Placement{}, errNoPlace("the last line of the body was not found")
	}
	look, err := stamp.Lay(ask.Stamp, geom.Size{})
	if err != nil {
		return Placement{}, fmt.Errorf("lay out the initials: %w", err)
	}
	g := d.Pages[line.Page]
	at := stamp.PlaceLineEnd(g.RectToShown(line.Rect), g.ShownSize(), look.Size)
	p := Placement{
		How: Auto, Field: d.freeField(stamp.Initials), Page: line.Page, Confidence: line.Confidence, Appearance: &look,
	}
	return d.inside(d.at(p, at)), nil
}

// inside moves a placement onto its page, without making it smaller.
func (d *Document) inside(p Placement) Placement {
	size := d.Pages[p.Page].ShownSize()
	r := p.Shown
	dx := max(0, -r.X0) - max(0, r.X1-size.W)
	dy := max(0, -r.Y0) - max(0, r.Y1-size.H)
	if dx == 0 && dy == 0 {
		return p
	}
	p.Confidence = min(p.Confidence, cornerTaken)
	return d.at(p, r.Move(dx, dy))
}
