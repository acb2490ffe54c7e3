package flow

import (
	"trinhky/app/review"
	"trinhky/signer/stamp"
)

// preparedRole is the role of the field that waits for the person with these
// tokens; ok is false where no field was prepared. The leader's field is for
// whoever it names; who is not named comes in the order of the work: initials,
// leader, seal.
func preparedRole(doc *review.Document, tokens []TokenRow) (role stamp.Role, ok bool) {
	waits := map[stamp.Role]bool{}
	for _, f := range doc.EmptyFields() {
		r, named := stamp.RoleOfField(f.Name)
		if !named {
			continue
		}
		if r == stamp.Leader && holds(tokens, f.Seed.CommonName) {
			return stamp.Leader, true
		}
		waits[r] = true
	}
	for _, r := range []stamp.Role{stamp.Initials, stamp.Leader, stamp.Seal} {
		if waits[r] {
			return r, true
		}
	}
	return stamp.Leader, false
}

// holds says whether one of the tokens has a certificate of that name.
func holds(tokens []TokenRow, name string) bool {
	for _, t := range tokens {
		for _, c := range t.Certificates {
			if c.X509 != nil && name != "" && fold(c.X509.Subject.CommonName) == fold(name) {
				return true
			}
		}
	}
	return false
}
