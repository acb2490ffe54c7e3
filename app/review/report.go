package review

import (
	"encoding/hex"
	"math"
	"slices"
	"time"

	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// The types of this file are the JSON of the command line's contract; their
// field names never change.

// Finding is a finding with its sentence.
type Finding struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
	Page     int    `json:"page,omitempty"`
}

// Say makes the sentence of a finding (app/message).
type Say func(verify.Finding) string

// Findings puts findings into words.
func Findings(list []verify.Finding, say Say) []Finding {
	out := make([]Finding, 0, len(list))
	for _, f := range list {
		out = append(out, Finding{Code: f.Code, Severity: f.Severity.String(), Text: say(f), Page: f.Page})
	}
	return out
}

// Verification is the answer of `verify`.
type Verification struct {
	File       string      `json:"file"`
	SHA256     string      `json:"sha256"`
	Pages      int         `json:"pages"`
	Revisions  int         `json:"revisions"`
	Verdict    string      `json:"verdict"`
	Signatures []Signature `json:"signatures"`
	Findings   []Finding   `json:"findings"`
	// Law is what the law asks beside the worth of the signatures; it changes
	// no verdict.
	Law []Finding `json:"law,omitempty"`
	// Pictures are the files of `--visual`.
	Pictures []string `json:"pictures,omitempty"`
}

// Signature is one signature of a Verification.
type Signature struct {
	N           int        `json:"n"`
	Field       string     `json:"field"`
	Kind        string     `json:"kind"`
	SubFilter   string     `json:"subfilter"`
	Signer      *Identity  `json:"signer"`
	Verdict     string     `json:"verdict"`
	Intact      bool       `json:"intact"`
	Coverage    string     `json:"coverage"`
	Changes     string     `json:"changes"`
	Level       string     `json:"level"`
	ClaimedTime string     `json:"claimed_time,omitempty"`
	Timestamp   *Timestamp `json:"timestamp"`
	Chain       string     `json:"chain"`
	Revocation  string     `json:"revocation"`
	Algorithms  Algorithms `json:"algorithms"`
	Reason      string     `json:"reason,omitempty"`
	Location    string     `json:"location,omitempty"`
	Page        int        `json:"page,omitempty"`
	Revision    int        `json:"revision,omitempty"`
	Family      string     `json:"family,omitempty"`
	Findings    []Finding  `json:"findings"`
}

// Identity is the holder of a certificate.
type Identity struct {
	CommonName   string `json:"common_name"`
	Organization string `json:"organization"`
	Serial       string `json:"serial"`
	Issuer       string `json:"issuer"`
	NotBefore    string `json:"not_before"`
	NotAfter     string `json:"not_after"`
}

// Timestamp is the proven time of a signature.
type Timestamp struct {
	Time      string `json:"time"`
	Authority string `json:"authority"`
	Valid     bool   `json:"valid"`
}

// Algorithms names what a signature was made with.
type Algorithms struct {
	Digest    string `json:"digest"`
	Signature string `json:"signature"`
}

// Verified puts a report into the words of the contract.
func Verified(r *verify.Report, say Say) Verification {
	v := Verification{
		File: r.File, SHA256: hex.EncodeToString(r.SHA256[:]), Pages: r.Pages,
		Revisions: len(r.Revisions), Verdict: r.Verdict.String(),
		Signatures: make([]Signature, 0, len(r.Signatures)),
		Findings:   Findings(r.Findings, say),
	}
	if law := Law(r); len(law) > 0 {
		v.Law = Findings(law, say)
	}
	for i := range r.Signatures {
		v.Signatures = append(v.Signatures, signature(&r.Signatures[i], say))
	}
	return v
}

func signature(s *verify.Signature, say Say) Signature {
	out := Signature{
		N: s.N, Field: s.Field, Kind: s.Kind.String(), SubFilter: s.SubFilter,
		Verdict: s.Verdict.String(), Intact: s.Intact, Coverage: s.Coverage.String(),
		Changes: s.Changes.String(), Level: s.Level.String(), ClaimedTime: rfc3339(s.Claimed),
		Chain: s.Chain.String(), Revocation: s.Revocation.String(),
		Algorithms: Algorithms{Digest: s.Digest, Signature: s.Algorithm},
		Reason:     s.Reason, Location: s.Location, Page: s.Page, Revision: s.Revision,
		Findings: Findings(s.Findings, say),
	}
	if s.Legacy {
		out.Level = "legacy"
	}
	if c := s.Certificate; c != nil {
		out.Family = FamilyOf(s).String()
		out.Signer = &Identity{
			CommonName: c.Subject.CommonName, Organization: first(c.Subject.Organization),
			Serial: c.SerialNumber.Text(16), Issuer: c.Issuer.CommonName,
			NotBefore: rfc3339(c.NotBefore), NotAfter: rfc3339(c.NotAfter),
		}
	}
	if t := s.Timestamp; t != nil {
		out.Timestamp = &Timestamp{Time: rfc3339(t.Time), Authority: t.Authority, Valid: t.Valid}
	}
	return out
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

// Inspection is the answer of `inspect`.
type Inspection struct {
	File        string          `json:"file"`
	SHA256      string          `json:"sha256"`
	Pages       []PageInfo      `json:"pages"`
	Revisions   int             `json:"revisions"`
	Fields      []FieldInfo     `json:"fields"`
	Permissions PermissionsInfo `json:"permissions"`
	Findings    []Finding       `json:"findings"`
	Parts       PartsInfo       `json:"parts"`
	// SignatureBlock is the place between title and name.
	SignatureBlock *Block `json:"signature_block"`
	// Stamp is where a stamp that somebody asked about would stand.
	Stamp *Block `json:"stamp,omitempty"`
}

// PageInfo is the size of a page as it is shown.
type PageInfo struct {
	Page     int     `json:"page"`
	WidthMM  float64 `json:"width_mm"`
	HeightMM float64 `json:"height_mm"`
	Rotate   int     `json:"rotate"`
}

// FieldInfo is a signature field.
type FieldInfo struct {
	Name   string      `json:"name"`
	Page   int         `json:"page,omitempty"`
	RectMM *[4]float64 `json:"rect_mm"`
	Signed bool        `json:"signed"`
	Locked bool        `json:"locked"`
	// What a prepared field waits for: role, whose certificate, its tooltip.
	Role    string `json:"role,omitempty"`
	Person  string `json:"person,omitempty"`
	Tooltip string `json:"tooltip,omitempty"`
}

// PermissionsInfo is what the document allows.
type PermissionsInfo struct {
	Sign      bool `json:"sign"` // a signature may be added
	Encrypted bool `json:"encrypted"`
	Print     bool `json:"print"`
	Modify    bool `json:"modify"`
	Copy      bool `json:"copy"`
	Annotate  bool `json:"annotate"`
	FillForms bool `json:"fill_forms"`
	Assemble  bool `json:"assemble"`
	// Certified is what a certification still allows (1 nothing, 2 forms, 3
	// also annotations), 0 where there is none.
	Certified  int  `json:"certified"`
	XFA        bool `json:"xfa"`
	Repairable bool `json:"repairable"` // damaged: has to be made whole before signing
}

// PartInfo is a part of the document.
type PartInfo struct {
	Text       string      `json:"text"`
	Page       int         `json:"page"`
	RectMM     *[4]float64 `json:"rect_mm"`
	Confidence float64     `json:"confidence"`
}

// Block is the place between title and name.
type Block struct {
	Page       int        `json:"page"`
	RectMM     [4]float64 `json:"rect_mm"`
	Confidence float64    `json:"confidence"`
}

// SignerInfo is who signs.
type SignerInfo struct {
	Authority *PartInfo `json:"authority"`
	Title     *PartInfo `json:"title"`
	Name      *PartInfo `json:"name"`
}

// PartsInfo are the parts of an administrative document; null where not found.
type PartsInfo struct {
	Agency     *PartInfo  `json:"agency"`
	Parent     *PartInfo  `json:"parent"` // the superior body over the agency
	Number     *PartInfo  `json:"number"`
	Notation   *PartInfo  `json:"notation"`
	Place      *PartInfo  `json:"place"`
	Date       *PartInfo  `json:"date"`
	Type       *PartInfo  `json:"type"`
	Subject    *PartInfo  `json:"subject"`
	Urgency    *PartInfo  `json:"urgency"`
	Secrecy    *PartInfo  `json:"secrecy"`
	Recipients []PartInfo `json:"recipients"`
	Signer     SignerInfo `json:"signer"`
	// SignatureBlock repeats the one of the Inspection: the contract can be
	// read both ways.
	SignatureBlock *Block `json:"signature_block"`
}

// Inspected puts a document into the words of the contract.
func (d *Document) Inspected(say Say) Inspection {
	out := Inspection{
		File: d.Path, SHA256: hex.EncodeToString(d.SHA256[:]),
		Pages: make([]PageInfo, 0, len(d.Pages)), Fields: make([]FieldInfo, 0, len(d.Fields)),
		Revisions: len(d.Report.Revisions), Permissions: d.Permissions,
		Findings: Findings(slices.Concat(d.Findings, d.seenFindings()), say), Parts: d.parts(),
	}
	for i, p := range d.Pages {
		s := p.ShownSize()
		out.Pages = append(out.Pages, PageInfo{
			Page: i + 1, WidthMM: round(geom.ToMM(s.W)), HeightMM: round(geom.ToMM(s.H)), Rotate: p.Turn(),
		})
	}
	for _, f := range d.Fields {
		info := FieldInfo{
			Name: f.Name, Page: f.Page + 1, RectMM: d.rectMM(f.Page, f.Rect), Signed: f.Signed, Locked: f.Locked,
			Person: f.Seed.CommonName, Tooltip: f.Tooltip,
		}
		if r, ok := stamp.RoleOfField(f.Name); ok {
			info.Role = r.String()
		}
		out.Fields = append(out.Fields, info)
	}
	out.SignatureBlock = out.Parts.SignatureBlock
	return out
}

func (d *Document) parts() PartsInfo {
	p := d.Parts
	out := PartsInfo{
		Agency: d.part(p.Agency), Parent: d.part(p.Parent), Number: d.part(p.Number), Notation: d.part(p.Notation),
		Place: d.part(p.Place), Date: d.part(p.Date), Type: d.part(p.Type), Subject: d.part(p.Subject),
		Urgency: d.part(p.Urgency), Secrecy: d.part(p.Secrecy),
		Recipients: make([]PartInfo, 0, len(p.Recipients)),
	}
	for _, r := range p.Recipients {
		if info := d.part(r); info != nil {
			out.Recipients = append(out.Recipients, *info)
		}
	}
	if len(p.Signers) == 0 {
		return out
	}
	s := p.Signers[0]
	out.Signer = SignerInfo{Authority: d.part(s.Authority), Title: d.part(s.Title), Name: d.part(s.Name)}
	if r := d.rectMM(s.Band.Page, s.Band.Rect); r != nil && s.Band.Confidence >= Possible {
		out.SignatureBlock = &Block{Page: s.Band.Page + 1, RectMM: *r, Confidence: round(s.Band.Confidence)}
	}
	return out
}

func (d *Document) part(p layout.Part) *PartInfo {
	if !p.Found() {
		return nil
	}
	return &PartInfo{
		Text: p.Text, Page: p.Page + 1, RectMM: d.rectMM(p.Page, p.Rect), Confidence: round(p.Confidence),
	}
}

// rectMM is a rectangle of user space in millimetres from the top left corner
// of the shown page: x, y, width, height; nil where there is none.
func (d *Document) rectMM(page int, user geom.Rect) *[4]float64 {
	if page < 0 || page >= len(d.Pages) || user.Empty() {
		return nil
	}
	r := MM(d.Pages[page].RectToShown(user))
	return &r
}

// MM is a rectangle of shown space in millimetres: x, y, width, height.
func MM(shown geom.Rect) [4]float64 {
	return [4]float64{
		round(geom.ToMM(shown.X0)), round(geom.ToMM(shown.Y0)),
		round(geom.ToMM(shown.W())), round(geom.ToMM(shown.H())),
	}
}

// round keeps hundredths: a hundredth of a millimetre is less than any eye sees.
func round(v float64) float64 { return math.Round(v*100) / 100 }
