package axis

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Layouts of the message's dates.
const (
	layoutDay  = "2006/01/02"
	layoutTime = "2006/01/02 15:04:05"
)

// refusal is why a message is not accepted: a code of the gateway dialects and
// an ASCII text.
type refusal struct{ code, text string }

func (r *refusal) Error() string { return r.text }

// inside names the element in which a refusal arose.
func inside(where string, err error) error {
	var no *refusal
	if errors.As(err, &no) {
		return &refusal{no.code, where + "/" + no.text}
	}
	return err
}

// The error codes. The axis' own list is unknown; these are the ones that a
// provincial gateway in front of it hands out.
const (
	codeBadFile  = "10"
	codeBadLogin = "15"
	codeReceiver = "18"
	codeSender   = "19"
	codeFault    = "20"
	codeFile     = "21"
	codeFormat   = "22"
	codeUnknown  = "404"
)

func badFormat(format string, args ...any) error {
	return &refusal{codeFormat, fmt.Sprintf(format, args...)}
}

// rule is what one element must be.
type rule struct {
	path     string // from the parent, "/" between names
	required bool
	max      int // characters; 0: no bound
	check    func(string) error
}

func isInt(lo, hi int) func(string) error {
	return func(v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < lo || n > hi {
			return fmt.Errorf("must be a number from %d to %d", lo, hi)
		}
		return nil
	}
}

func isDate(layout string) func(string) error {
	return func(v string) error {
		if t, err := time.Parse(layout, v); err != nil || t.Format(layout) != v {
			return fmt.Errorf("must look like %s", layout)
		}
		return nil
	}
}

func isBool(v string) error {
	if v != "true" && v != "false" {
		return fmt.Errorf("must be true or false")
	}
	return nil
}

// apply checks one rule below parent.
func (r rule) apply(parent *element) error {
	names := strings.Split(r.path, "/")
	at := parent
	for i, n := range names {
		found := at.all(n)
		if len(found) > 1 {
			return badFormat("%s occurs more than once", strings.Join(names[:i+1], "/"))
		}
		if len(found) == 0 {
			if r.required {
				return badFormat("%s is missing", r.path)
			}
			return nil
		}
		at = found[0]
	}
	v := strings.TrimSpace(at.text)
	switch {
	case v == "" && r.required:
		return badFormat("%s is empty", r.path)
	case v == "":
		return nil
	case r.max > 0 && utf8.RuneCountInString(v) > r.max:
		return badFormat("%s is longer than %d characters", r.path, r.max)
	case r.check != nil:
		if err := r.check(v); err != nil {
			return badFormat("%s %v", r.path, err)
		}
	}
	return nil
}

func applyAll(parent *element, rules []rule) error {
	for _, r := range rules {
		if err := r.apply(parent); err != nil {
			return err
		}
	}
	return nil
}

func organization() []rule {
	return []rule{
		{path: "OrganId", required: true, max: 35},
		{path: "OrganizationInCharge", max: 500},
		{path: "OrganName", required: true, max: 200},
		{path: "OrganAdd", max: 500},
		{path: "Email", max: 100},
		{path: "Telephone", max: 20},
	}
}

func documentHeader() []rule {
	return []rule{
		{path: "DocumentId", required: true},
		{path: "Code/CodeNumber", required: true, max: 11},
		{path: "Code/CodeNotation", required: true, max: 30},
		{path: "PromulgationInfo/Place", required: true, max: 150},
		{path: "PromulgationInfo/PromulgationDate", required: true, check: isDate(layoutDay)},
		{path: "DocumentType/Type", required: true, check: isInt(1, 99)},
		{path: "DocumentType/TypeDetail", required: true, check: isInt(0, 99)},
		{path: "DocumentType/TypeName", required: true, max: 100},
		{path: "Subject", required: true, max: 500},
		{path: "Content", max: 500},
		{path: "SignerInfo/Position", max: 100},
		{path: "SignerInfo/FullName", max: 50},
		{path: "DueDate", check: isDate(layoutDay)},
		{path: "OtherInfo/Priority", check: isInt(0, 4)},
		{path: "OtherInfo/PromulgationAmount", check: isInt(0, 1<<31-1)},
		{path: "OtherInfo/PageAmount", check: isInt(0, 1<<31-1)},
		{path: "OtherInfo/Direction", check: isBool},
		{path: "SteeringType", check: isInt(0, 3)},
	}
}

// checkShape holds the message against the vendor's shape: the default
// namespace on the root, the literal prefix in the envelope, the attachment
// part beside it.
func checkShape(root *element) (envelope *element, err error) {
	if root.local != "edXML" || root.prefix != "" || root.space != namespace {
		return nil, badFormat("root must be edXML in the default namespace %s", namespace)
	}
	envelope = root.child("edXMLEnvelope")
	if envelope == nil {
		return nil, badFormat("edXMLEnvelope is missing")
	}
	if err := checkPrefix(envelope); err != nil {
		return nil, err
	}
	for _, c := range root.children {
		if c.local != "edXMLEnvelope" && c.local != "AttachmentEncoded" {
			return nil, badFormat("%s does not belong beside the envelope", c.local)
		}
	}
	if len(root.all("edXMLEnvelope")) > 1 || len(root.all("AttachmentEncoded")) > 1 {
		return nil, badFormat("edXMLEnvelope or AttachmentEncoded occurs more than once")
	}
	return envelope, checkAttachmentPart(root.child("AttachmentEncoded"), "")
}

// checkPrefix wants the literal prefix on the whole envelope. An XML signature
// has a namespace of its own.
func checkPrefix(e *element) error {
	if e.local == "Signature" {
		return nil
	}
	if e.prefix != "edXML" || e.space != namespace {
		return badFormat("%s must be written with the prefix edXML of %s", e.local, namespace)
	}
	for _, c := range e.children {
		if err := checkPrefix(c); err != nil {
			return err
		}
	}
	return nil
}

// checkAttachmentPart wants the attachment part without prefix, but
// ContentTransferEncoded with it.
func checkAttachmentPart(e *element, parent string) error {
	if e == nil {
		return nil
	}
	want := ""
	if e.local == "ContentTransferEncoded" {
		want = "edXML"
	}
	if e.prefix != want || e.space != namespace {
		return badFormat("%s%s has the wrong prefix or namespace", parent, e.local)
	}
	for _, c := range e.children {
		if err := checkAttachmentPart(c, e.local+"/"); err != nil {
			return err
		}
	}
	return nil
}

// readDocument checks a document message and reads it.
func readDocument(root *element) (*Message, error) {
	envelope, err := checkShape(root)
	if err != nil {
		return nil, err
	}
	header := envelope.at("edXMLHeader", "MessageHeader")
	if header == nil {
		return nil, badFormat("edXMLHeader/MessageHeader is missing")
	}
	if err := applyAll(header, documentHeader()); err != nil {
		return nil, err
	}
	m := &Message{
		Type: typeDocument, DocumentID: header.value("DocumentId"),
		Number: header.value("Code", "CodeNumber"), Notation: header.value("Code", "CodeNotation"),
		Date: header.value("PromulgationInfo", "PromulgationDate"), Subject: header.value("Subject"),
	}
	if m.From, m.To, err = readParties(header); err != nil {
		return nil, err
	}
	m.Affects = header.value("ResponseFor", "DocumentId")
	if err := readBusiness(envelope.at("edXMLHeader", "TraceHeaderList"), m); err != nil {
		return nil, err
	}
	m.Files, err = readAttachments(root, envelope)
	if err != nil {
		return nil, err
	}
	if m.Kind != kindRecall && len(m.Files) == 0 {
		return nil, badFormat("AttachmentEncoded is missing")
	}
	return m, nil
}

func readParties(header *element) (from string, to []string, err error) {
	sender := header.all("From")
	if len(sender) != 1 {
		return "", nil, badFormat("From must occur once")
	}
	if err := applyAll(sender[0], organization()); err != nil {
		return "", nil, inside("From", err)
	}
	for _, e := range header.all("To") {
		if err := applyAll(e, organization()); err != nil {
			return "", nil, inside("To", err)
		}
		if slices.Contains(to, e.value("OrganId")) {
			return "", nil, badFormat("receiver %s occurs more than once", e.value("OrganId"))
		}
		to = append(to, e.value("OrganId"))
	}
	if len(to) == 0 {
		return "", nil, badFormat("To is missing")
	}
	return sender[0].value("OrganId"), to, nil
}

// readBusiness checks TraceHeaderList. A message without Bussiness is accepted
// by the real axis but never becomes visible to the receiver; here it is
// refused, so that it is noticed.
func readBusiness(list *element, m *Message) error {
	if list == nil || len(list.all("TraceHeader")) == 0 {
		return badFormat("TraceHeaderList/TraceHeader is missing")
	}
	for _, t := range list.all("TraceHeader") {
		err := applyAll(t, []rule{
			{path: "OrganId", required: true, max: 35},
			{path: "Timestamp", required: true, check: isDate(layoutTime)},
		})
		if err != nil {
			return inside("TraceHeader", err)
		}
	}
	err := applyAll(list, []rule{
		{path: "Bussiness/BussinessDocType", required: true, check: isInt(kindNew, kindReplace)},
		{path: "Bussiness/BussinessDocReason", required: true, max: 500},
		{path: "Bussiness/Paper", check: isInt(0, 1<<31-1)},
	})
	if err != nil {
		return err
	}
	b := list.child("Bussiness")
	m.Kind, _ = strconv.Atoi(b.value("BussinessDocType")) // checked above
	switch m.Kind {
	case kindNew:
		m.Affects = "" // the header's ResponseFor is what a new document answers
	case kindRecall, kindUpdate:
		// Some name the document here, others in ResponseFor of the header.
		if id := b.value("DocumentId"); id != "" {
			m.Affects = id
		}
		if m.Affects == "" {
			return badFormat("Bussiness/DocumentId is missing")
		}
		if m.Kind == kindUpdate {
			return checkUpdate(b.child("BussinessDocumentInfo"))
		}
	case kindReplace:
		return checkReplacement(b.child("ReplacementInfoList"), m)
	}
	return nil
}

func checkUpdate(info *element) error {
	if info == nil {
		return badFormat("Bussiness/BussinessDocumentInfo is missing")
	}
	for _, r := range info.at("ReceiverList").all("Receiver") {
		err := applyAll(r, []rule{
			{path: "OrganId", required: true, max: 35},
			{path: "ReceiverType", required: true, check: isInt(0, 1)},
		})
		if err != nil {
			return inside("ReceiverList", err)
		}
	}
	return nil
}

func checkReplacement(list *element, m *Message) error {
	infos := list.all("ReplacementInfo")
	if len(infos) == 0 {
		return badFormat("Bussiness/ReplacementInfoList/ReplacementInfo is missing")
	}
	for _, i := range infos {
		if i.value("DocumentId") == "" || len(i.child("OrganIdList").all("OrganId")) == 0 {
			return badFormat("ReplacementInfo needs DocumentId and OrganIdList")
		}
	}
	m.Affects = infos[0].value("DocumentId")
	return nil
}
