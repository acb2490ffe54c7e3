package layout

import (
	"slices"
	"strings"
)

// Who is a person who signs, as far as that is known.
type Who struct {
	// Name may be that of a certificate: letters without marks, capitals and
	// ranks before it do not matter.
	Name string
	// Title is the person's, as an agency's list of officers has it («Phó Giám
	// đốc»): it chooses the box of that level on an approval sheet.
	Title string
	// Told says that somebody named Title for this very document, so that
	// another name in the box of that level casts no doubt.
	Told bool
}

// Whose puts the block of who first, as confident as it is once the person is
// known: the one with the name, else the one with the title. Where no block or
// more than one fits, p stays as it is. A block that only the title fits, and
// in which another name stands, comes first and is no surer than before.
func (p Parts) Whose(who Who) Parts {
	name, title := bareName(who.Name), bareTitle(who.Title)
	named := func(s Signer) bool { return name != "" && bareName(s.Name.Text) == name }
	titled := func(s Signer) bool { return title != "" && bareTitle(s.Title.Text) == title }
	both := func(s Signer) bool { return named(s) && titled(s) }
	if slices.ContainsFunc(p.Signers, named) {
		if at := p.only(named); at >= 0 {
			return p.chosen(at, true)
		}
		return p.chosen(p.only(both), true)
	}
	at := p.only(titled)
	return p.chosen(at, at >= 0 && (who.Told || name == "" || p.Signers[at].Name.Text == ""))
}

// only is the one block that fits, -1 where there is none or another one too.
func (p Parts) only(fits func(Signer) bool) int {
	at := slices.IndexFunc(p.Signers, fits)
	if at >= 0 && slices.ContainsFunc(p.Signers[at+1:], fits) {
		return -1
	}
	return at
}

// bareTitle is a title folded, without «Ý kiến của» and the like.
func bareTitle(title string) string {
	folded := strings.Trim(strings.Join(strings.Fields(fold(title)), " "), " :.")
	folded = strings.TrimPrefix(folded, "Y KIEN")
	return strings.TrimSpace(strings.TrimPrefix(folded, " CUA"))
}

// chosen puts block at first; where the person is settled it is as confident as
// that makes it.
func (p Parts) chosen(at int, settled bool) Parts {
	if at < 0 {
		return p
	}
	chosen := p.Signers[at]
	if settled {
		chosen.Band.Confidence = max(chosen.Band.Confidence, chosen.Known)
	}
	p.Signers = append([]Signer{chosen}, slices.Delete(slices.Clone(p.Signers), at, at+1)...)
	return p
}

// bareName is a name folded, without ranks.
func bareName(name string) string {
	folded := strings.TrimSpace(fold(name))
	if at := ranks.FindStringIndex(folded); at != nil {
		folded = folded[at[1]:]
	}
	return strings.Join(strings.Fields(folded), " ")
}
