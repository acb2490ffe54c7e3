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
// document names; for a seal one that has not signed the document yet, and for
// what the agency signs rather one that names no person; else the first that can
// sign.
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
				points = 4
			}
			if suits(c.X509, doc, role) {
				points += 2
			}
			if ofAgency(role) && review.OfAgency(c.X509) {
				points++
			}
			if points > most {
				best, most = &here, points
			}
		}
	}
	return best
}

// ofAgency says whether a role is the agency's, not a person's.
func ofAgency(r stamp.Role) bool {
	switch r {
	case stamp.Seal, stamp.Attachment, stamp.Copy, stamp.Digitised, stamp.Archive:
		return true
	default:
		return false
	}
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
