package edxml

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"trinhky/submit"
)

// Limits bounds what Read takes. Zero values take the defaults.
type Limits struct {
	// Dir is an existing folder for the files of the attachments. They belong
	// to the caller; a message that is refused leaves none.
	Dir         string
	File        int64 // bytes of one attachment, also unwrapped (64 MB)
	Total       int64 // bytes of all (128 MB)
	Attachments int   // how many (200)
	own         bool  // packed here: it may be as small as it can
}

// LimitsFor are the limits for messages of an agency whose rules allow l: never
// less than the defaults. dir is Limits.Dir.
func LimitsFor(l submit.Limits, dir string) Limits {
	out := Limits{Dir: dir}.withDefaults()
	out.File, out.Total = max(out.File, l.FileBytes), max(out.Total, l.MessageBytes)
	return out
}

// MessageBytes is how large a message within the limits may be: its attachments
// in base64 with line breaks, and the rest.
func (l Limits) MessageBytes() int64 { return l.withDefaults().Total / 2 * 3 }

// holding are limits that m, which was made here and kept to the agency's rules,
// fits into: reading it back is a proof of its bytes, not of its size. A zip
// around a file that cannot be packed is a little larger than the file.
func holding(m Message, dir string) Limits {
	out := Limits{Dir: dir}.withDefaults()
	d, ok := m.(*Document)
	if !ok {
		return out
	}
	var total int64
	for _, a := range d.Attachments {
		wrapped := a.Size + a.Size/100 + 64<<10
		out.File, total = max(out.File, wrapped), total+wrapped
	}
	out.Total, out.Attachments, out.own = max(out.Total, total), max(out.Attachments, len(d.Attachments)), true
	return out
}

func (l Limits) withDefaults() Limits {
	if l.File <= 0 {
		l.File = 64 << 20
	}
	if l.Total <= 0 {
		l.Total = 128 << 20
	}
	if l.Attachments <= 0 {
		l.Attachments = 200
	}
	return l
}

// Read reads one message. A *submit.FieldError names the element that is
// missing, wrong or unsafe.
func Read(r io.Reader, limits Limits) (Message, error) {
	dir, err := os.MkdirTemp(limits.Dir, "message-*")
	if err != nil {
		return nil, fmt.Errorf("edXML: %w", err)
	}
	limits = limits.withDefaults()
	limits.Dir = dir
	m, err := readInto(r, limits)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if d, ok := m.(*Document); !ok || len(d.Attachments) == 0 {
		return m, os.Remove(dir) // nothing was put there
	}
	return m, nil
}

func readInto(r io.Reader, limits Limits) (Message, error) {
	root, err := tree(r, limits)
	if err != nil {
		return nil, err
	}
	p := &parser{}
	envelope := p.one(root, "edXMLEnvelope")
	header := p.one(envelope, "edXMLHeader")
	message := p.one(header, "MessageHeader")
	if message == nil {
		return nil, errors.Join(p.err, fault("MessageHeader", "missing"))
	}
	if code := p.one(message, "StatusCode"); code != nil {
		s := p.status(message)
		return s, p.err
	}
	d := p.document(message, p.one(header, "TraceHeaderList"))
	attachments := p.attachments(root, envelope, d.Business)
	if p.err != nil {
		return nil, p.err
	}
	for _, a := range attachments {
		if err := settle(&a, limits); err != nil {
			return nil, err
		}
		d.Attachments = append(d.Attachments, a)
	}
	return d, nil
}

// parser takes values out of a tree and keeps the first fault.
type parser struct{ err error }

func (p *parser) fail(field, format string, args ...any) {
	if p.err == nil {
		p.err = fault(field, format, args...)
	}
}

// one returns the only child of that name, nil where there is none.
func (p *parser) one(n *node, name string) *node {
	all := n.all(name)
	if len(all) > 1 {
		p.fail(name, "stands %d times", len(all))
	}
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// text is the text of an optional child, at most limit characters.
func (p *parser) text(n *node, name string, limit int) string {
	c := p.one(n, name)
	if c == nil {
		return ""
	}
	return p.own(c, limit)
}

func (p *parser) own(c *node, limit int) string {
	if len(c.children) > 0 {
		p.fail(c.name, "holds elements where text belongs")
	}
	s := strings.TrimSpace(c.text.String())
	if utf8.RuneCountInString(s) > limit {
		p.fail(c.name, "longer than %d characters", limit)
	}
	return s
}

func (p *parser) need(n *node, name string, limit int) string {
	s := p.text(n, name, limit)
	if s == "" {
		p.fail(name, "missing")
	}
	return s
}

func (p *parser) list(n *node, name string, limit int) (all []string) {
	for _, c := range n.all(name) {
		all = append(all, p.own(c, limit))
	}
	return all
}

// number is an optional whole number that is not negative, 0 where absent.
func (p *parser) number(n *node, name string, most int) int {
	s := p.text(n, name, 20)
	if s == "" {
		return 0
	}
	v, err := strconv.Atoi(s)
	if err != nil || v < 0 || v > most || s[0] == '+' {
		p.fail(name, "%q is no number from 0 to %d", s, most)
		return 0
	}
	return v
}

// given is a number that must not be empty where its element stands: an urgency
// that nobody wrote is none, one that got lost is not "thường".
func (p *parser) given(n *node, name string, most int) int {
	if c := p.one(n, name); c != nil && p.own(c, 20) == "" {
		p.fail(name, "is empty")
	}
	return p.number(n, name, most)
}

func (p *parser) flag(n *node, name string) bool {
	switch s := p.text(n, name, 20); strings.ToLower(s) {
	case "", "0", "false":
		return false
	case "1", "true":
		return true
	default:
		p.fail(name, "%q is neither true nor false", s)
		return false
	}
}

func (p *parser) date(n *node, name string) submit.Date {
	s := p.text(n, name, 40)
	if s == "" {
		return ""
	}
	d, err := submit.ParseWire(s)
	if err != nil {
		p.fail(name, "%v", err)
	}
	if err == nil && (d < "1945" || d >= "3000") { // what a program writes that has no date
		p.fail(name, "the year of %q cannot be meant", s)
	}
	return d
}

func (p *parser) document(h, traces *node) *Document {
	code, info := p.one(h, "Code"), p.one(h, "PromulgationInfo")
	signer, kind := p.one(h, "SignerInfo"), p.one(h, "DocumentType")
	d := &Document{
		From: p.organ(p.one(h, "From"), "From"), DocumentID: p.text(h, "DocumentId", 200),
		Number: p.need(code, "CodeNumber", 20), Notation: p.need(code, "CodeNotation", 50),
		Place: p.text(info, "Place", 150), Date: p.date(info, "PromulgationDate"),
		Type:    Type{Code: p.number(kind, "Type", 9999), Detail: p.number(kind, "TypeDetail", 9999), Name: p.need(kind, "TypeName", 100)},
		Subject: p.need(h, "Subject", 500), Content: p.text(h, "Content", 500),
		Signer:  Signer{p.text(signer, "Competence", 200), p.text(signer, "Position", 200), p.text(signer, "FullName", 200)},
		DueDate: p.date(h, "DueDate"), Other: p.other(p.one(h, "OtherInfo")),
		SteeringType: p.given(h, "SteeringType", 3), ToPlaces: p.list(p.one(h, "ToPlaces"), "Place", 1000),
	}
	if d.Date == "" {
		p.fail("PromulgationDate", "missing")
	}
	d.To = p.receivers(h)
	for _, r := range h.all("ResponseFor") {
		if got := p.responseFor(r); got != (ResponseFor{}) { // an empty one may appear
			d.ResponseFor = append(d.ResponseFor, got)
		}
	}
	for _, t := range traces.all("TraceHeader") {
		d.Trace = append(d.Trace, Trace{p.text(t, "OrganId", 100), p.text(t, "Timestamp", 100)})
	}
	d.Business = p.business(p.one(traces, "Bussiness"))
	return d
}

func (p *parser) receivers(h *node) (all []Organ) {
	seen := map[string]bool{}
	for _, c := range h.all("To") {
		o := p.organ(c, "To")
		if seen[o.ID] {
			p.fail("To", "receiver %s stands twice", o.ID)
		}
		seen[o.ID] = true
		all = append(all, o)
	}
	if len(all) == 0 {
		p.fail("To", "missing")
	}
	return all
}

func (p *parser) organ(n *node, name string) Organ {
	if n == nil {
		p.fail(name, "missing")
		return Organ{}
	}
	return Organ{
		ID: p.need(n, "OrganId", 35), InCharge: p.text(n, "OrganizationInCharge", 500), Name: p.text(n, "OrganName", 200),
		Address: p.text(n, "OrganAdd", 500), Email: p.text(n, "Email", 100), Telephone: p.text(n, "Telephone", 20),
		Fax: p.text(n, "Fax", 100), Website: p.text(n, "Website", 200),
	}
}

func (p *parser) other(n *node) OtherInfo {
	return OtherInfo{
		Priority: p.given(n, "Priority", 9), Sphere: p.text(n, "SphereOfPromulgation", 500),
		TyperNotation: p.text(n, "TyperNotation", 100), PromulgationAmount: p.number(n, "PromulgationAmount", 1_000_000),
		PageCount: p.number(n, "PageAmount", 1_000_000), Direction: p.flag(n, "Direction"),
		Appendixes: p.list(p.one(n, "Appendixes"), "Appendix", 1000),
	}
}

func (p *parser) responseFor(n *node) ResponseFor {
	return ResponseFor{
		OrganID: p.text(n, "OrganId", 35), Code: p.text(n, "Code", 100),
		DocumentID: p.text(n, "DocumentId", 200), Date: p.date(n, "PromulgationDate"),
	}
}

func (p *parser) business(n *node) Business {
	if n == nil {
		return Business{}
	}
	p.need(n, "BussinessDocType", 20) // left out, it must not become a new document
	b := Business{
		Present: true, Kind: submit.Kind(p.number(n, "BussinessDocType", int(submit.Replace))),
		DocumentID: p.text(n, "DocumentId", 200), Reason: p.text(n, "BussinessDocReason", 1000),
		Paper: p.number(n, "Paper", 1_000_000), Staff: p.staff(p.one(n, "StaffInfo")),
	}
	info := p.one(n, "BussinessDocumentInfo")
	b.DocumentInfo, b.ReceiverChanged = p.flag(info, "DocumentInfo"), p.flag(info, "DocumentReceiver")
	for _, r := range p.one(info, "ReceiverList").all("Receiver") {
		p.need(r, "ReceiverType", 20) // left out, it must not take the receiver away
		b.Receivers = append(b.Receivers, ReceiverChange{p.need(r, "OrganId", 35), p.flag(r, "ReceiverType")})
	}
	for _, r := range p.one(n, "ReplacementInfoList").all("ReplacementInfo") {
		b.Replaces = append(b.Replaces, submit.Replacement{
			DocumentID: p.need(r, "DocumentId", 200), Receivers: p.list(p.one(r, "OrganIdList"), "OrganId", 35),
		})
	}
	return b
}

func (p *parser) staff(n *node) submit.Staff {
	return submit.Staff{
		Department: p.text(n, "Department", 200), Name: p.text(n, "Staff", 200),
		Email: p.text(n, "Email", 100), Mobile: p.text(n, "Mobile", 50),
	}
}

func (p *parser) status(h *node) *Status {
	s := &Status{
		From: p.organ(p.one(h, "From"), "From"), Staff: p.staff(p.one(h, "StaffInfo")),
		Code: p.need(h, "StatusCode", 2), Description: p.text(h, "Description", 2000),
	}
	if len(s.Code) != 2 || strings.Trim(s.Code, "0123456789") != "" {
		p.fail("StatusCode", "%q is no status code", s.Code)
	}
	r := p.one(h, "ResponseFor")
	if r == nil {
		p.fail("ResponseFor", "missing")
	}
	s.ResponseFor = p.responseFor(r)
	if s.ResponseFor.DocumentID == "" && s.ResponseFor.Code == "" {
		p.fail("ResponseFor", "names no document")
	}
	when := p.need(h, "Timestamp", 40)
	at, err := time.ParseInLocation(timeForm, when, submit.WireZone())
	if err != nil {
		p.fail("Timestamp", "%q is no time of the form yyyy/MM/dd HH:mm:ss", when)
	}
	s.At = at
	return s
}
