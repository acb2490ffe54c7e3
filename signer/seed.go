package signer

import (
	"crypto"
	"slices"

	"trinhky/signer/internal/pdf"
)

// Flags of a seed value dictionary: the entry is a constraint, not a hint
// (ISO 32000-1, Table 234; the last two ISO 32000-2, Table 237).
const (
	seedFilter       = 1 << 0
	seedSubFilter    = 1 << 1
	seedVersion      = 1 << 2
	seedReasons      = 1 << 3
	seedAttestation  = 1 << 4
	seedRevocation   = 1 << 5
	seedDigest       = 1 << 6
	seedLockDocument = 1 << 7
	seedAppearance   = 1 << 8
)

// seedVersions is the newest /V of a seed value that is understood here.
const seedVersions = 3

// obeySeed applies the /SV of an existing field to the request, or refuses
// what it does not allow.
func obeySeed(doc *pdf.Document, field pdf.Value, r *Request) error {
	sv, err := doc.Lookup(field, "SV")
	if err != nil || !sv.IsDict() {
		return err
	}
	s := seedReader{doc: doc, sv: sv}
	if s.kindRefused(r) || s.extrasRefused(r) || !s.obeyReasons(r) {
		return forbidden(ForbiddenBySeedValue)
	}
	if err := obeySeedCertificate(doc, sv, r); err != nil {
		return err
	}
	if err := obeyMDP(doc, sv, r); err != nil {
		return err
	}
	if s.required(seedAttestation) && r.Certify != NoCertification {
		return forbidden(ForbiddenBySeedValue) // none is written
	}
	return nil
}

// seedReader reads a seed value dictionary; what is malformed is not there.
type seedReader struct {
	doc *pdf.Document
	sv  pdf.Value
}

func (s seedReader) get(key string) pdf.Value {
	v, err := s.doc.Lookup(s.sv, key)
	if err != nil {
		return pdf.Value{}
	}
	return v
}

func (s seedReader) required(flag int64) bool {
	ff, _ := s.get("Ff").Int()
	return ff&flag != 0
}

// kindRefused says whether handler, format, digest or parser are not those that
// the field asks for.
func (s seedReader) kindRefused(r *Request) bool {
	digest := r.Digest
	if digest == 0 {
		digest = crypto.SHA256
	}
	version, _ := s.get("V").Real()
	return s.required(seedFilter) && !s.get("Filter").IsName("Adobe.PPKLite") ||
		s.required(seedSubFilter) && !slices.Contains(names(s.doc, s.get("SubFilter")), "ETSI.CAdES.detached") ||
		s.required(seedDigest) && !slices.Contains(names(s.doc, s.get("DigestMethod")), digestName(digest)) ||
		s.required(seedVersion) && version > seedVersions
}

// extrasRefused says whether the field asks for what the signature will not have:
// a timestamp, revocation data, a document that is locked, or an appearance by
// its name.
func (s seedReader) extrasRefused(r *Request) bool {
	stamp := false
	if ts := s.get("TimeStamp"); ts.IsDict() {
		ff, _ := seedReader{s.doc, ts}.get("Ff").Int()
		stamp = ff&1 != 0
	}
	revocation, _ := s.get("AddRevInfo").Bool()
	lock := s.get("LockDocument")
	return stamp && r.Level < LevelT || s.required(seedAppearance) && s.get("AppearanceFilter").Text() != "" ||
		s.required(seedRevocation) && revocation && r.Level < LevelLT ||
		s.required(seedLockDocument) && lock.IsName("true")
}

// obeyReasons takes the reason that is asked for: one of the list, the only one
// where none was given, or none where the list is empty or says ".".
func (s seedReader) obeyReasons(r *Request) bool {
	if !s.required(seedReasons) {
		return true
	}
	reasons := names(s.doc, s.get("Reasons"))
	switch {
	case len(reasons) == 0, len(reasons) == 1 && reasons[0] == ".":
		r.Reason = ""
		return true
	case len(reasons) == 1 && r.Reason == "":
		r.Reason = reasons[0]
		return true
	}
	return slices.Contains(reasons, r.Reason)
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
