package review

import (
	"fmt"
	"strings"

	"trinhky/pdfview/layout"
	"trinhky/submit"
)

// Metadata is what the message of the document carries, read from the
// document, and which of its fields somebody should look at.
type Metadata struct {
	submit.Metadata
	Guessed []string `json:"guessed,omitempty"` // names as in the JSON, in its order
}

// Metadata reads the fields of the message from the parts. What was not found
// stays empty; nothing is made up.
func (d *Document) Metadata() Metadata {
	p := d.Parts
	m := Metadata{Metadata: submit.Metadata{
		Number: p.Number.Text, Notation: p.Notation.Text, Place: p.Place.Text,
		Type: p.Type.Text, Subject: p.Subject.Text,
		Priority: priority(p.Urgency.Text), Pages: len(d.Pages), Secrecy: p.Secrecy.Text,
	}}
	if p.Year > 0 && p.Month > 0 && p.Day > 0 {
		m.Date = submit.Date(fmt.Sprintf("%04d-%02d-%02d", p.Year, p.Month, p.Day))
	}
	d.issuedInto(&m.Metadata)
	var s layout.Signer
	if len(p.Signers) > 0 {
		s = p.Signers[0]
		m.Authority, m.Position, m.Signer = s.Authority.Text, s.Title.Text, s.Name.Text
	}
	for _, f := range []struct {
		name string
		part layout.Part
	}{
		{"number", p.Number},
		{"notation", p.Notation},
		{"place", p.Place},
		{"date", p.Date},
		{"type", p.Type},
		{"subject", p.Subject},
		{"authority", s.Authority},
		{"position", s.Title},
		{"signer", s.Name},
	} {
		if f.part.Text != "" && f.part.Confidence < Sure {
			m.Guessed = append(m.Guessed, f.name)
		}
	}
	return m
}

// issuedInto takes number, place and date from the signature that issued them,
// where the pages leave them open.
func (d *Document) issuedInto(m *submit.Metadata) {
	by, ok := d.Issued()
	if !ok {
		return
	}
	number, notation, _ := strings.Cut(by.Number, "/")
	if m.Number == "" {
		m.Number = number
	}
	if m.Notation == "" {
		m.Notation = notation
	}
	if m.Place == "" {
		m.Place = by.Town
	}
	if m.Date == "" && !by.Date.IsZero() {
		m.Date = submit.Date(by.Date.Format("2006-01-02"))
	}
}

// priority is the code of an urgency mark (national axis, element Priority).
func priority(mark string) int {
	mark = strings.ToUpper(mark)
	switch {
	case strings.Contains(mark, "HẸN GIỜ"):
		return 4
	case strings.Contains(mark, "HỎA TỐC"), strings.Contains(mark, "HOẢ TỐC"):
		return 3
	case strings.Contains(mark, "THƯỢNG KHẨN"):
		return 2
	case strings.Contains(mark, "KHẨN"):
		return 1
	}
	return 0
}
