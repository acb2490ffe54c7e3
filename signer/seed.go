package signer

import (
	"crypto"
	"slices"

	"trinhky/signer/internal/pdf"
)

// Flags of a seed value dictionary: the entry is a constraint, not a hint
// (ISO 32000-1, Table 234).
const (
	seedFilter    = 1 << 0
	seedSubFilter = 1 << 1
	seedReasons   = 1 << 3
	seedDigest    = 1 << 6
)

// obeySeed applies the /SV of an existing field to the request, or refuses
// what it does not allow.
func obeySeed(doc *pdf.Document, field pdf.Value, r *Request) error {
	sv, err := doc.Lookup(field, "SV")
	if err != nil || !sv.IsDict() {
		return err
	}
	ff, _ := sv.Get("Ff").Int()
	list := func(key string) []string { return names(doc, sv.Get(key)) }
	digest := r.Digest
	if digest == 0 {
		digest = crypto.SHA256
	}
	switch {
	case ff&seedFilter != 0 && !sv.Get("Filter").IsName("Adobe.PPKLite"),
		ff&seedSubFilter != 0 && !slices.Contains(list("SubFilter"), "ETSI.CAdES.detached"),
		ff&seedDigest != 0 && !slices.Contains(list("DigestMethod"), digestName(digest)):
		return forbidden(ForbiddenBySeedValue)
	}
	if reasons := list("Reasons"); ff&seedReasons != 0 && !slices.Contains(reasons, r.Reason) {
		if len(reasons) != 1 || reasons[0] != "." { // "." means: give none
			return forbidden(ForbiddenBySeedValue)
		}
		r.Reason = ""
	}
	if err := obeySeedCertificate(doc, sv, r); err != nil {
		return err
	}
	return obeyMDP(doc, sv, r)
}

// obeyMDP makes the certification that the field was prepared for.
func obeyMDP(doc *pdf.Document, sv pdf.Value, r *Request) error {
	mdp, err := doc.Lookup(sv, "MDP")
	if err != nil || !mdp.IsDict() {
		return err
	}
	p, _ := mdp.Get("P").Int()
	switch {
	case p == 0 && r.Certify != NoCertification, p == 1:
		return forbidden(ForbiddenBySeedValue)
	case p == 2:
		r.Certify = CertifyForms
	case p == 3:
		r.Certify = CertifyAnnotations
	}
	return nil
}

// names reads an array of names or strings.
func names(doc *pdf.Document, v pdf.Value) []string {
	v, err := doc.Resolve(v)
	if err != nil || v.Kind() != pdf.KindArray {
		return nil
	}
	var out []string
	for i := range min(v.Len(), 100) {
		x, err := doc.Resolve(v.At(i))
		if err != nil {
			continue
		}
		if x.Kind() == pdf.KindName {
			out = append(out, x.Name())
		} else {
			out = append(out, x.Text())
		}
	}
	return out
}

// digestName is the word of /DigestMethod.
func digestName(h crypto.Hash) string {
	return map[crypto.Hash]string{crypto.SHA256: "SHA256", crypto.SHA384: "SHA384", crypto.SHA512: "SHA512"}[h]
}
