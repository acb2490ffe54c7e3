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
