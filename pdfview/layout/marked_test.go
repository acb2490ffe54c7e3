package layout_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansitalic"
	"github.com/go-fonts/liberation/liberationsansregular"
	"github.com/go-fonts/liberation/liberationserifbold"
	"github.com/go-fonts/liberation/liberationserifbolditalic"
	"github.com/go-fonts/liberation/liberationserifitalic"
	"github.com/go-fonts/liberation/liberationserifregular"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer/signertest/sample"
)

// fonts gives other programs the fonts that metrically stand for those of
// offices, whatever is installed.
func fonts(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"serif": liberationserifregular.TTF, "serif-b": liberationserifbold.TTF, "serif-i": liberationserifitalic.TTF,
		"serif-bi": liberationserifbolditalic.TTF,
		"sans":     liberationsansregular.TTF, "sans-b": liberationsansbold.TTF, "sans-i": liberationsansitalic.TTF,
	} {
		if err := os.WriteFile(filepath.Join(dir, name+".ttf"), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	conf := filepath.Join(dir, "fonts.conf")
	text := `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>` + dir +
		`</dir><dir>/usr/share/fonts</dir><cachedir>` + dir + `</cachedir></fontconfig>`
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return "FONTCONFIG_FILE=" + conf
}

// keep leaves a file in LAYOUT_KEEP for somebody to look at.
func keep(t *testing.T, name string, data []byte) {
	t.Helper()
	if dir := os.Getenv("LAYOUT_KEEP"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// place is the box of a mark on a page: as high as its lines.
type place struct {
	page int
	box  geom.Rect
}

// marks are the places of all marks of a document, by red and green. A mark on
// two pages has two places.
func marks(t *testing.T, d layout.Source) map[[2]int][]place {
	t.Helper()
	out := map[[2]int][]place{}
	for page := range d.Pages() {
		text, err := d.Text(context.Background(), page)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range text.Chars {
			red, green, blue := int(c.Color>>16&0xFF), int(c.Color>>8&0xFF), int(c.Color&0xFF)
			if c.Rune <= ' ' || c.Rune == 0xA0 || blue > 2 || red < markAuthority-4 || red > 0x40 {
				continue
			}
			key := [2]int{(red + 2) / 4 * 4, (green + 4) / 8}
			r := geom.Rect{X0: c.Box.X0, X1: c.Box.X1, Y0: c.Base.Y - 0.22*c.Size, Y1: c.Base.Y + 0.89*c.Size}
			if all := out[key]; len(all) > 0 && all[len(all)-1].page == page {
				all[len(all)-1].box = all[len(all)-1].box.Union(r)
				continue
			}
			out[key] = append(out[key], place{page, r})
		}
	}
	return out
}

// truth is what the dossier says, with the bands where the marks stand; a block
// that a page divides has none.
func (d *dossier) truth(t *testing.T, doc layout.Source) (truth sample.Truth, whole bool) {
	t.Helper()
	flat := func(s string) sample.Part {
		return sample.Part{Text: strings.NewReplacer("|", " ", "\n", " ").Replace(s)}
	}
	truth = sample.Truth{
		Pages: doc.Pages(), Number: flat(d.number), Notation: flat(d.notation), Place: flat(d.place), Date: flat(d.date), Type: flat(d.kind[0]),
		Agency: flat(d.bureau.agency), Parent: flat(d.bureau.parent), Urgency: flat(d.urgency), Subject: flat("Về việc " + d.subject),
	}
	if d.kind[0] == "" {
		truth.Subject = flat("V/v " + d.subject)
	}
	found := marks(t, doc)
	for i, o := range d.signers {
		title, name := found[[2]int{markTitle, i + 1}], found[[2]int{markName, i + 1}]
		if len(title) != 1 || len(name) != 1 || title[0].page != name[0].page {
			return truth, false
		}
		band := geom.Rect{X0: name[0].box.Center().X - geom.MM(48), X1: name[0].box.Center().X + geom.MM(48), Y0: name[0].box.Y1, Y1: title[0].box.Y0}
		truth.Signers = append(truth.Signers, sample.SignerTruth{
			Authority: flat(o.authority), Title: flat(o.title), Name: flat(o.name), Band: sample.Part{Page: name[0].page, Rect: band},
		})
	}
	return truth, true
}

// judge compares what was found with what a dossier says. Fields that only a
// generator of the rules' own kind tells apart are left out.
func (c *tally) judge(t *testing.T, name string, d *dossier, doc layout.Source) {
	t.Helper()
	truth, whole := d.truth(t, doc)
	got, err := layout.Find(context.Background(), doc)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	text := func(field string, got layout.Part, want sample.Part) {
		a, b := strings.Join(strings.Fields(got.Text), " "), strings.Join(strings.Fields(want.Text), " ")
		c.note(field, strings.EqualFold(a, b), "%s: %q, the truth is %q", name, a, b)
	}
	if truth.Type.Text == "" {
		truth.Type.Text = "Công văn"
	}
	text("number", got.Number, truth.Number)
	text("notation", got.Notation, truth.Notation)
	text("place", got.Place, truth.Place)
	text("date", got.Date, truth.Date)
	text("type", got.Type, truth.Type)
	text("subject", got.Subject, truth.Subject)
	text("agency", got.Agency, truth.Agency)
	text("urgency", got.Urgency, truth.Urgency)
	for _, s := range got.Signers {
		if s.Band.Confidence >= 0.9 {
			ok := false
			for _, w := range truth.Signers {
				ok = ok || rightPlace(s.Band, w.Band)
			}
			c.note("sure place", ok, "%s: %q at %v page %d of %d", name, s.Name.Text, s.Band.Rect, s.Band.Page, doc.Pages())
		}
	}
	if !whole {
		c.note("whole", false, "%s", name)
		return
	}
	for _, w := range truth.Signers {
		c.block(name, got.Signers, w)
	}
	if len(truth.Signers) == 1 {
		ok := len(got.Signers) > 0 && rightPlace(got.Signers[0].Band, truth.Signers[0].Band)
		c.note("first block", ok, "%s: %s", name, blocks(got))
		c.note("sure where one signs", ok && got.Signers[0].Band.Confidence >= 0.9, "%s: %s", name, blocks(got))
	}
}

func blocks(p layout.Parts) string {
	var b strings.Builder
	for _, s := range p.Signers {
		fmt.Fprintf(&b, "[%s|%s|%s p%d %.2f] ", s.Authority.Text, s.Title.Text, s.Name.Text, s.Band.Page, s.Band.Confidence)
	}
	return b.String()
}

// block wants one of the blocks at the place of a signer, with its words.
func (c *tally) block(name string, got []layout.Signer, want sample.SignerTruth) {
	for _, g := range got {
		if !rightPlace(g.Band, want.Band) {
			continue
		}
		c.note("block", true, "")
		ok := g.Name.Text == want.Name.Text && g.Title.Text == want.Title.Text && g.Authority.Text == want.Authority.Text
		c.note("signer", ok, "%s: %q, %q, %q; the truth is %q, %q, %q", name, g.Authority.Text, g.Title.Text, g.Name.Text,
			want.Authority.Text, want.Title.Text, want.Name.Text)
		return
	}
	c.note("block", false, "%s: none for %q %q at %v page %d: %s", name, want.Title.Text, want.Name.Text, want.Band.Rect, want.Band.Page, blocks(layout.Parts{Signers: got}))
	c.note("signer", false, "%s: no %q", name, want.Name.Text)
}

// Documents of strangers, printed by a browser, are read as well as our own.
func TestWebDocuments(t *testing.T) {
	c := newTally()
	var pile strings.Builder
	var all []*dossier
	for seed := range samples(30, 240) {
		d := newDossier(seed)
		pile.WriteString(webOf(d))
		all = append(all, d)
	}
	doc := chromium(t, pile.String())
	piles := divided(t, doc)
	if len(piles) != len(all) {
		t.Fatalf("%d documents of %d: %v", len(piles), len(all), marks(t, doc)[[2]int{markBegin, 0}])
	}
	for i, s := range piles {
		c.judge(t, fmt.Sprintf("%d (p%d)", i, s.from+1), all[i], s)
	}
	c.check(t, bars())
}

// divided cuts a pile where documents begin.
func divided(t *testing.T, pile pdfview.Document) []span {
	t.Helper()
	var out []span
	for _, p := range marks(t, pile)[[2]int{markBegin, 0}] {
		if p.box.Y1 < 400 { // Chromium paints it at the foot of the page before, too
			continue
		}
		out = append(out, span{Document: pile, from: p.page})
	}
	for i := range out {
		end := pile.Pages()
		if i+1 < len(out) {
			end = out[i+1].from
		}
		out[i].pages = end - out[i].from
	}
	return out
}
