package layout

import (
	"slices"
	"strings"
)

// SignedBy puts the block of the person with this name first, as confident as
// it is once the person is known. The name may be that of a certificate:
// letters without marks, capitals and titles before it do not matter. Where no
// block or more than one has the name, p stays as it is.
func (p Parts) SignedBy(name string) Parts {
	want := bareName(name)
	at := -1
	for i, s := range p.Signers {
		if want == "" || bareName(s.Name.Text) != want {
			continue
		}
		if at >= 0 {
			return p
		}
		at = i
	}
	if at < 0 {
		return p
	}
	return p.chosen(at)
}

// SignedAs puts the block of the person with this title first («Phó Giám đốc»,
// as an agency's list of officers has it): the box of that level on an approval
// sheet. Where no block or more than one has the title, p stays as it is.
func (p Parts) SignedAs(title string) Parts {
	want := bareTitle(title)
	at := -1
	for i, s := range p.Signers {
		if want == "" || bareTitle(s.Title.Text) != want {
			continue
		}
		if at >= 0 {
			return p
		}
		at = i
	}
	if at < 0 {
		return p
	}
	return p.chosen(at)
}

// bareTitle is a title folded, without «Ý kiến của» and the like.
func bareTitle(title string) string {
	folded := strings.Trim(strings.Join(strings.Fields(fold(title)), " "), " :.")
	return strings.TrimPrefix(strings.TrimPrefix(folded, "Y KIEN CUA "), "Y KIEN ")
}

// chosen puts block at first, as confident as it is once the person is known.
func (p Parts) chosen(at int) Parts {
	chosen := p.Signers[at]
	chosen.Band.Confidence = max(chosen.Band.Confidence, chosen.Known)
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
