package sample

import (
	"strings"

	"trinhky/pdfview/geom"
)

// closing prints the signature block (7a, 7b) and «Nơi nhận» (9b), always on
// one page.
func (s *sheet) closing(d Document) {
	if s.typed.Boxes {
		s.boxes(d)
		return
	}
	s.font(bold, 13.5)
	s.room(s.typed.band() + 8*s.lineHeight())
	s.y += 2
	top := s.y
	columns := []column{signRight}
	if n := len(d.Signers); n > 1 {
		columns = nil
		for i := range n {
			share := wholeWidth.width() / float64(n)
			columns = append(columns, column{textLeft + float64(i)*share, textLeft + float64(i+1)*share})
		}
	}
	s.signers(d.Signers, columns)
	below := s.y
	if len(d.Signers) == 1 {
		s.y = top
		s.recipients(d)
		s.y = max(s.y, below)
		return
	}
	s.y += 4
	s.font(regular, 11)
	s.room(s.lineHeight() * float64(len(d.Recipients)+2))
	s.recipients(d)
}

// boxes prints a ruled box for each signer: the title on the left, on the right
// the blank band and below it the name.
func (s *sheet) boxes(d Document) {
	h := s.typed.band() + 9
	s.y += 2
	for _, g := range d.Signers {
		s.room(h)
		top := s.y
		titles, place := column{textLeft, 90}, column{90, textRight}
		s.pdf.SetLineWidth(0.2)
		s.pdf.Rect(titles.x0, top, titles.width(), h, "D")
		s.pdf.Rect(place.x0, top, place.width(), h, "D")
		var t SignerTruth
		s.y = top + 2
		s.font(bold, 12)
		if g.Authority != "" {
			t.Authority = s.block(g.Authority, column{titles.x0 + 2, titles.x1 - 2}, center)
		}
		t.Title = s.block(g.Title, column{titles.x0 + 2, titles.x1 - 2}, center)
		s.y = top + h - 1 - s.lineHeight()
		t.Band = Part{Page: s.page, Rect: userRect(place.x0, top, place.x1, s.y)}
		t.Name = s.line(g.Name, place, center)
		s.truth.Signers = append(s.truth.Signers, t)
		s.y = top + h
	}
}

// signers prints the blocks side by side, the names on one line.
func (s *sheet) signers(signers []Signer, columns []column) {
	truths := make([]SignerTruth, len(signers))
	top := s.y
	below := top
	for i, g := range signers {
		s.y = top
		s.font(bold, 13.5)
		if g.Authority != "" {
			truths[i].Authority = s.block(g.Authority, columns[i], center)
		}
		truths[i].Title = s.block(g.Title, columns[i], center)
		truths[i].Band = Part{Page: s.page, Rect: userRect(columns[i].x0, s.y, columns[i].x1, s.y)}
		below = max(below, s.y)
	}
	below += s.typed.band()
	for i, g := range signers {
		s.y = below
		truths[i].Band.Rect.Y0 = geom.MM(pageH - below)
		truths[i].Name = s.line(g.Name, columns[i], center)
	}
	s.truth.Signers = truths
}

func (s *sheet) recipients(d Document) {
	if len(d.Recipients) == 0 {
		return
	}
	s.font(boldItalic, 12)
	s.line("Nơi nhận:", wholeWidth, left)
	s.font(regular, 11)
	for _, r := range d.Recipients {
		for i, l := range s.greedy("- "+strings.TrimSpace(r), 70) {
			p := s.line(l, wholeWidth, left)
			if i == 0 {
				s.truth.Recipients = append(s.truth.Recipients, p)
				continue
			}
			last := &s.truth.Recipients[len(s.truth.Recipients)-1]
			*last = join(*last, p)
		}
	}
}
