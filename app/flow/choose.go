package flow

import (
	"crypto/x509"
	"strings"

	"golang.org/x/text/unicode/norm"

	"trinhky/app/review"
	"trinhky/signer/stamp"
)

// choose finds the certificate to sign a document with: the person's own choice
// while its token is there; for a person's stamp the one whose holder the
// document names; for a seal one that has not signed the document yet; else the
// first that can sign.
func choose(tokens []TokenRow, own *Choice, doc *review.Document, role stamp.Role) *Choice {
	var best *Choice
	most := -1
	for _, t := range tokens {
		for _, c := range t.Certificates {
			if c.X509 == nil {
				continue
			}
			here := Choice{t.Slot, c}
			if own != nil && own.Certificate.X509.Equal(c.X509) {
				return &here
			}
			points := 0
			if c.Unusable == nil {
				points = 2
			}
			if suits(c.X509, doc, role) {
				points++
			}
			if points > most {
				best, most = &here, points
			}
		}
	}
	return best
}

// suits says whether a certificate is the one that a role asks for.
func suits(c *x509.Certificate, doc *review.Document, role stamp.Role) bool {
	if doc == nil {
		return false
	}
	if role != stamp.Leader {
		for _, g := range doc.Report.Signatures {
			if g.Certificate != nil && g.Certificate.Equal(c) {
				return false
			}
		}
		return true
	}
	for _, s := range doc.Parts.Signers {
		if name := fold(s.Name.Text); name != "" {
			return fold(c.Subject.CommonName) == name
		}
	}
	return false
}

func fold(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFC.String(s)), " "))
}
