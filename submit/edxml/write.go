package edxml

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"trinhky/submit"
)

// Write writes m. The bytes of attachments are read from their paths as they
// are needed; one whose hash is not what the attachment says is an error, and w
// then holds a part of a message.
func Write(w io.Writer, m Message) error {
	p := &printer{w: bufio.NewWriterSize(w, 64<<10)}
	p.raw(xml.Header + `<edXML xmlns="` + Namespace + `">` + "\n")
	p.raw(`  <edXML:edXMLEnvelope xmlns:edXML="` + Namespace + `">` + "\n")
	p.depth = 2
	var attachments []Attachment
	switch m := m.(type) {
	case *Document:
		p.document(m)
		attachments = m.Attachments
	case *Status:
		p.status(m)
	}
	p.raw("  </edXML:edXMLEnvelope>\n")
	p.attachments(attachments)
	p.raw("</edXML>")
	if p.err != nil {
		return p.err
	}
	return p.w.Flush()
}

// printer writes elements with the literal prefix; after an error it writes
// nothing more.
type printer struct {
	w     *bufio.Writer
	depth int
	err   error
}

func (p *printer) raw(s string) {
	if p.err == nil {
		_, p.err = p.w.WriteString(s)
	}
}

func (p *printer) indent() { p.raw(strings.Repeat("  ", p.depth)) }

// in writes <edXML:name> around what body writes.
func (p *printer) in(name string, body func()) {
	p.indent()
	p.raw("<edXML:" + name + ">\n")
	p.depth++
	body()
	p.depth--
	p.indent()
	p.raw("</edXML:" + strings.Fields(name)[0] + ">\n")
}

// text writes an element also when it is empty; some leaves it out then.
func (p *printer) text(name, s string) {
	p.indent()
	p.raw("<edXML:" + name + ">")
	p.escape(s)
	p.raw("</edXML:" + name + ">\n")
}

func (p *printer) some(name, s string) {
	if s != "" {
		p.text(name, s)
	}
}

func (p *printer) number(name string, n int) { p.text(name, strconv.Itoa(n)) }

func (p *printer) flag(name string, b bool) {
	if b {
		p.text(name, "1")
	} else {
		p.text(name, "0")
	}
}

func (p *printer) escape(s string) {
	if p.err == nil {
		p.err = xml.EscapeText(p.w, []byte(s))
	}
}

func (p *printer) document(d *Document) {
	p.in("edXMLHeader", func() {
		p.in("MessageHeader", func() { p.header(d) })
		p.in("TraceHeaderList", func() {
			for _, t := range d.Trace {
				p.in("TraceHeader", func() {
					p.text("OrganId", t.OrganID)
					p.text("Timestamp", t.Time)
				})
			}
			p.in("Bussiness", func() { p.business(d.Business) })
		})
	})
	if len(d.Attachments) == 0 {
		return
	}
	p.in("edXMLBody", func() {
		p.in(`edXMLManifest version="1.0"`, func() {
			for _, a := range d.Attachments {
				p.in("Reference", func() {
					p.text("ContentId", "cid:"+a.ContentID)
					p.text("ContentType", a.ContentType)
					p.text("Description", a.Description)
					p.text("AttachmentName", a.Name)
				})
			}
		})
	})
}

func (p *printer) header(d *Document) {
	p.organ("From", d.From)
	for _, o := range d.To {
		p.organ("To", o)
	}
	p.text("DocumentId", d.DocumentID)
	p.in("Code", func() {
		p.text("CodeNumber", d.Number)
		p.text("CodeNotation", d.Notation)
	})
	p.in("PromulgationInfo", func() {
		p.text("Place", d.Place)
		p.text("PromulgationDate", d.Date.Wire())
	})
	p.in("DocumentType", func() {
		p.number("Type", d.Type.Code)
		p.number("TypeDetail", d.Type.Detail)
		p.text("TypeName", d.Type.Name)
	})
	p.text("Subject", d.Subject)
	p.some("Content", d.Content)
	if d.Signer != (Signer{}) {
		p.in("SignerInfo", func() {
			p.some("Competence", d.Signer.Competence)
			p.some("Position", d.Signer.Position)
			p.some("FullName", d.Signer.FullName)
		})
	}
	p.some("DueDate", d.DueDate.Wire())
	p.in("OtherInfo", func() { p.other(d.Other) })
	for _, r := range d.ResponseFor {
		p.responseFor(r)
	}
	p.number("SteeringType", d.SteeringType)
	p.list("ToPlaces", "Place", d.ToPlaces)
}

func (p *printer) organ(name string, o Organ) {
	p.in(name, func() {
		p.text("OrganId", o.ID)
		p.some("OrganizationInCharge", o.InCharge)
		p.text("OrganName", o.Name)
		p.some("OrganAdd", o.Address)
		p.some("Email", o.Email)
		p.some("Telephone", o.Telephone)
		p.some("Fax", o.Fax)
		p.some("Website", o.Website)
	})
}

func (p *printer) other(o OtherInfo) {
	p.number("Priority", o.Priority)
	p.some("SphereOfPromulgation", o.Sphere)
	p.some("TyperNotation", o.TyperNotation)
	if o.PromulgationAmount > 0 {
		p.number("PromulgationAmount", o.PromulgationAmount)
	}
	if o.PageCount > 0 {
		p.number("PageAmount", o.PageCount)
	}
	p.text("Direction", strconv.FormatBool(o.Direction))
	p.list("Appendixes", "Appendix", o.Appendixes)
}

func (p *printer) responseFor(r ResponseFor) {
	p.in("ResponseFor", func() {
		p.text("OrganId", r.OrganID)
		p.text("Code", r.Code)
		p.text("PromulgationDate", r.Date.Wire())
		p.text("DocumentId", r.DocumentID)
	})
}

func (p *printer) list(name, item string, all []string) {
	if len(all) == 0 {
		return
	}
	p.in(name, func() {
		for _, s := range all {
			p.text(item, s)
		}
	})
}

func (p *printer) business(b Business) {
	p.some("DocumentId", b.DocumentID)
	p.number("BussinessDocType", int(b.Kind))
	p.text("BussinessDocReason", b.Reason)
	p.number("Paper", b.Paper)
	if b.Kind == submit.Update {
		p.in("BussinessDocumentInfo", func() {
			p.flag("DocumentInfo", b.DocumentInfo)
			p.flag("DocumentReceiver", b.ReceiverChanged)
			if len(b.Receivers) == 0 {
				return
			}
			p.in("ReceiverList", func() {
				for _, r := range b.Receivers {
					p.in("Receiver", func() {
						p.text("OrganId", r.OrganID)
						p.flag("ReceiverType", r.Added)
					})
				}
			})
		})
	}
	if len(b.Replaces) > 0 {
		p.in("ReplacementInfoList", func() {
			for _, r := range b.Replaces {
				p.in("ReplacementInfo", func() {
					p.text("DocumentId", r.DocumentID)
					p.list("OrganIdList", "OrganId", r.Receivers)
				})
			}
		})
	}
	if s := b.Staff; s != (submit.Staff{}) {
		p.in("StaffInfo", func() {
			p.some("Department", s.Department)
			p.some("Staff", s.Name)
			p.some("Email", s.Email)
			p.some("Mobile", s.Mobile)
		})
	}
}

func (p *printer) status(s *Status) {
	p.in("edXMLHeader", func() {
		p.in("MessageHeader", func() {
			p.organ("From", s.From)
			p.responseFor(s.ResponseFor)
			p.in("StaffInfo", func() {
				p.some("Department", s.Staff.Department)
				p.some("Staff", s.Staff.Name)
				p.some("Mobile", s.Staff.Mobile)
				p.some("Email", s.Staff.Email)
			})
			p.text("StatusCode", s.Code)
			p.text("Description", s.Description)
			p.text("Timestamp", s.At.In(submit.WireZone()).Format(timeForm))
		})
	})
}

// attachments writes the part beside the envelope: without prefix, but for the
// one element that declares it on itself.
func (p *printer) attachments(all []Attachment) {
	if len(all) == 0 {
		return
	}
	p.raw("  <AttachmentEncoded>\n")
	for _, a := range all {
		p.raw("    <Attachment>\n")
		for _, f := range [][2]string{
			{"ContentId", "cid:" + a.ContentID},
			{"AttachmentName", a.Name},
			{"Description", a.Description},
			{"ContentType", a.ContentType},
		} {
			p.raw("      <" + f[0] + ">")
			p.escape(f[1])
			p.raw("</" + f[0] + ">\n")
		}
		p.raw(`      <edXML:ContentTransferEncoded xmlns:edXML="` + Namespace + `">`)
		if p.err == nil {
			p.err = encode(p.w, a)
		}
		p.raw("</edXML:ContentTransferEncoded>\n    </Attachment>\n")
	}
	p.raw("  </AttachmentEncoded>\n")
}

// encode writes the bytes of a as the axis' own client does: some kinds as they
// are, the others as a zip with one entry.
func encode(w io.Writer, a Attachment) error {
	f, err := os.Open(a.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	enc := base64.NewEncoder(base64.StdEncoding, w)
	h := sha256.New()
	src := io.TeeReader(f, h)
	if goesRaw(a.Name) {
		_, err = io.Copy(enc, src)
	} else {
		err = wrap(enc, src, a)
	}
	if err != nil {
		return fmt.Errorf("attachment %s: %w", a.Name, err)
	}
	if [32]byte(h.Sum(nil)) != a.SHA256 {
		return &submit.FieldError{Field: "files", Reason: a.Name + ": the kept bytes are not those that were queued"}
	}
	return enc.Close()
}

// wrap makes the zip: one entry named "<uuid>.<ext>", deflated, with the UTF-8
// and data-descriptor flags, and no time.
func wrap(w io.Writer, src io.Reader, a Attachment) error {
	const utf8Flag = 0x800
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.DefaultCompression) })
	name := uuid.NewSHA1(uuid.NameSpaceOID, []byte(a.ContentID)).String() + filepath.Ext(a.Name)
	entry, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Flags: utf8Flag})
	if err != nil {
		return err
	}
	if _, err := io.Copy(entry, src); err != nil {
		return err
	}
	return z.Close()
}

// rawKinds are the extensions that the axis' own client does not zip, with its
// two misspellings.
var rawKinds = map[string]bool{"pdf": true, "doc": true, "docx": true, "xsl": true, "xslx": true, "zip": true}

func extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(name), "."))
}

func goesRaw(name string) bool { return rawKinds[extension(name)] }

func contentType(name string) string {
	if goesRaw(name) {
		return "application/" + extension(name)
	}
	return "application/zip"
}
