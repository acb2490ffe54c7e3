package flow

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"

	"trinhky/app/review"
	"trinhky/signer/stamp"
)

// The secretary puts number and date in with the own key, the agency's key
// seals. They may lie on one token (then one PIN does both), on two, or on two
// that are put into one port one after the other. A PIN is only ever given to
// the token that it was asked for.

// issueKeys is the person's own choice of certificates.
type issueKeys struct {
	number, seal *Choice
	later        bool // the seal's token comes when number and date are in
}

// sealOnly says whether number and date are in already.
func (i Issuing) sealOnly() bool { return i.Printed != "" || i.Taken != nil && i.Taken.Waits() }

// Together says whether one PIN does both steps.
func (i Issuing) Together() bool {
	return !i.sealOnly() && i.Number != nil && i.Seal != nil && same(i.Number.Slot, i.Seal.Slot)
}

// Sealing says whether the PIN that is asked now is that of the seal.
func (i Issuing) Sealing() bool { return i.sealOnly() || i.Together() }

// Asks is the certificate whose PIN is asked now; nil where its token is not
// there.
func (i Issuing) Asks() *Choice {
	if i.sealOnly() {
		return i.Seal
	}
	return i.Number
}

// setKeys finds the certificates among the tokens that are there now.
func (i *Issuing) setKeys(tokens []TokenRow, agency string) {
	before := i.Asks()
	i.Seal = i.sealChoice(tokens, agency)
	i.Number = i.numberChoice(tokens, agency)
	now := i.Asks()
	if now == nil {
		i.PIN = 0
		return
	}
	i.PIN = now.Slot.Token.PIN
	if before != nil && !equalChoice(before, now) {
		i.Problem = nil // it was about another token
	}
}

// IssueChoices lists what can put the number in or seal, for the person to
// choose; certificates that signed the document already are left out.
func (i Issuing) IssueChoices(tokens []TokenRow) []Choice {
	var out []Choice
	for _, t := range tokens {
		for _, c := range t.Certificates {
			if c.X509 != nil && c.Unusable == nil && suits(c.X509, i.Doc, stamp.Number) {
				out = append(out, Choice{t.Slot, c})
			}
		}
	}
	return out
}

// sealChoice is the person's choice, else the certificate of the agency's name,
// else one that names no person.
func (i Issuing) sealChoice(tokens []TokenRow, agency string) *Choice {
	if i.keys.later && !i.sealOnly() {
		return nil
	}
	all := i.IssueChoices(tokens)
	if own := find(all, i.keys.seal); own != nil {
		return own
	}
	// A copy of the agency's own bears its signature before it is sealed.
	for _, t := range tokens {
		for _, c := range t.Certificates {
			if c.X509 != nil && c.Unusable == nil && named(c.X509, agency) {
				return &Choice{t.Slot, c}
			}
		}
	}
	for _, c := range all {
		if review.OfAgency(c.Certificate.X509) {
			return &c
		}
	}
	return nil
}

// numberChoice is the person's choice, else a person's certificate on the token
// of the seal, else one on another token, else the seal's own.
func (i Issuing) numberChoice(tokens []TokenRow, agency string) *Choice {
	all := i.IssueChoices(tokens)
	if own := find(all, i.keys.number); own != nil {
		return own
	}
	var elsewhere *Choice
	for _, c := range all {
		switch {
		case named(c.Certificate.X509, agency) || review.OfAgency(c.Certificate.X509):
		case i.Seal != nil && c.Certificate.X509.Equal(i.Seal.Certificate.X509):
		case i.Seal != nil && same(c.Slot, i.Seal.Slot):
			return &c
		case elsewhere == nil:
			elsewhere = &c
		}
	}
	if elsewhere != nil {
		return elsewhere
	}
	return i.Seal
}

// sealer is the agency's certificate, by its name or because it has not signed
// the document yet.
func sealer(tokens []TokenRow, doc *review.Document, agency string) *Choice {
	if seal := (Issuing{Doc: doc}).sealChoice(tokens, agency); seal != nil {
		return seal
	}
	return choose(tokens, nil, doc, stamp.Seal)
}

// scratch is a file name beside out that nobody else uses.
func scratch(out string) (string, error) {
	t, err := os.CreateTemp(filepath.Dir(out), ".issuing-*.pdf")
	if err != nil {
		return "", err
	}
	if err := t.Close(); err != nil {
		return "", err
	}
	return t.Name(), os.Remove(t.Name()) // the pipeline makes it
}

func find(all []Choice, want *Choice) *Choice {
	if want == nil {
		return nil
	}
	if n := slices.IndexFunc(all, func(c Choice) bool { return equalChoice(&c, want) }); n >= 0 {
		return &all[n]
	}
	return nil
}

func named(c *x509.Certificate, agency string) bool {
	return agency != "" && fold(c.Subject.CommonName) == fold(agency)
}

// ChooseNumberKey lets a certificate put number and date in.
func (f *Flow) ChooseNumberKey(c Choice) { f.issueKeys(func(k *issueKeys) { k.number = &c }) }

// ChooseSealKey lets a certificate seal; nil: its token comes later.
func (f *Flow) ChooseSealKey(c *Choice) {
	f.issueKeys(func(k *issueKeys) { k.seal, k.later = c, c == nil })
}

func (f *Flow) issueKeys(set func(*issueKeys)) {
	i := &f.lists.Issue
	if i.Doc == nil || i.Working != IssueResting {
		return
	}
	set(&i.keys)
	i.setKeys(f.lists.Tokens, f.c.Settings.Agency.Name)
	f.tellLists()
}

// issueTokens is told that tokens came or went.
func (f *Flow) issueTokens() {
	i := &f.lists.Issue
	if i.Doc == nil || i.Working != IssueResting || i.Done != nil {
		return
	}
	i.setKeys(f.lists.Tokens, f.c.Settings.Agency.Name)
	f.tellLists()
}
