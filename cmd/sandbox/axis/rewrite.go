package axis

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"
)

// centre is the system code that the axis writes into its trace header.
const centre = "00.53.W00"

// headerOrder is the order in which the vendor's library writes MessageHeader.
func headerOrder() []string {
	return []string{
		"From", "To", "DocumentId", "Code", "PromulgationInfo", "DocumentType", "Subject", "Content",
		"SignerInfo", "DueDate", "OtherInfo", "ResponseFor", "SteeringType", "ToPlaces", "ResponseForTask",
		"ApplicationType", "StaffInfo", "StatusCode", "Description", "Timestamp",
	}
}

// rewrite is what a receiver gets: the axis re-serialises every message. The
// elements stand in the library's order, comments and the XML signature's
// namespace are gone, Direction is filled in, a trace header is added, and a
// PDF lies in a zip although the manifest still says application/pdf.
func rewrite(message []byte, passed time.Time) ([]byte, error) {
	root, err := parse(message)
	if err != nil {
		return nil, err
	}
	header := root.at("edXMLEnvelope", "edXMLHeader", "MessageHeader")
	order := headerOrder()
	slices.SortStableFunc(header.children, func(a, b *element) int {
		return rank(order, a.local) - rank(order, b.local)
	})
	if info := header.child("OtherInfo"); info != nil && info.child("Direction") == nil {
		info.children = append(info.children, envelopeElement("Direction", "false"))
	}
	if list := root.at("edXMLEnvelope", "edXMLHeader", "TraceHeaderList"); list != nil {
		trace := envelopeElement("TraceHeader", "")
		trace.children = []*element{
			envelopeElement("OrganId", centre),
			envelopeElement("Timestamp", passed.In(vietnam()).Format(layoutTime)),
		}
		list.children = slices.Insert(list.children, len(list.all("TraceHeader")), trace)
	}
	for _, a := range root.child("AttachmentEncoded").all("Attachment") {
		if err := zipPDF(a); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	out.WriteString(xml.Header)
	write(&out, root)
	return out.Bytes(), nil
}

func rank(order []string, local string) int {
	if i := slices.Index(order, local); i >= 0 {
		return i
	}
	return len(order)
}

func envelopeElement(local, text string) *element {
	return &element{prefix: "edXML", local: local, space: namespace, text: text}
}

// zipPDF packs an attachment that was sent as application/pdf.
func zipPDF(a *element) error {
	kind, content := a.child("ContentType"), a.child("ContentTransferEncoded")
	if kind == nil || content == nil || strings.TrimSpace(kind.text) != "application/pdf" {
		return nil
	}
	data, err := decode(content.text)
	if err != nil {
		return fmt.Errorf("stored attachment: %w", err)
	}
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	w, err := z.Create("4f1c9d2e-0000-4000-8000-" + sum(data)[:12] + ".pdf")
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	kind.text = "application/zip"
	content.text = base64.StdEncoding.EncodeToString(packed.Bytes())
	return nil
}

// write serialises e. The declarations stand where the vendor's library puts
// them: the default one on the root, the prefix on the envelope and on every
// ContentTransferEncoded.
func write(out *bytes.Buffer, e *element) {
	name := e.local
	if e.prefix == "edXML" {
		name = "edXML:" + e.local
	}
	out.WriteString("<" + name)
	switch e.local {
	case "edXML":
		out.WriteString(` xmlns="` + namespace + `"`)
	case "edXMLEnvelope", "ContentTransferEncoded":
		out.WriteString(` xmlns:edXML="` + namespace + `"`)
	}
	for _, a := range e.attrs {
		if a.Name.Space == "" {
			out.WriteString(" " + a.Name.Local + `="`)
			escape(out, a.Value)
			out.WriteByte('"')
		}
	}
	out.WriteByte('>')
	for _, c := range e.children {
		write(out, c)
	}
	switch {
	case len(e.children) > 0:
	case e.local == "ContentTransferEncoded":
		out.WriteString(e.text) // base64 needs no escape
	default:
		escape(out, e.text)
	}
	out.WriteString("</" + name + ">")
}

func escape(out *bytes.Buffer, s string) {
	// A bytes.Buffer takes everything.
	_ = xml.EscapeText(out, []byte(s))
}
