package signer

import (
	"bytes"
	"crypto/x509"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"trinhky/signer/internal/pdf"
)

// Flags of a certificate seed value dictionary: the entry is a constraint, not
// a hint (ISO 32000-1, Table 235).
const (
	seedSubject   = 1 << 0
	seedIssuer    = 1 << 1
	seedPolicy    = 1 << 2
	seedSubjectDN = 1 << 3
	seedKeyUsage  = 1 << 5
)

// certificate is the /Cert dictionary of a seed; ok is false where it says
// nothing.
func (s Seed) certificate() (v pdf.Value, ok bool) {
	v = pdf.Dict("Type", pdf.Name("SVCert"))
	flags := 0
	if s.Certificate != nil {
		v, ok = v.With("Subject", pdf.Array(pdf.Bytes(s.Certificate.Raw))), true
		flags |= seedSubject
	}
	if s.CommonName != "" {
		v, ok = v.With("SubjectDN", pdf.Array(pdf.Dict("CN", pdf.Text(s.CommonName)))), true
		if s.Required {
			flags |= seedSubjectDN
		}
	}
	return v.With("Ff", pdf.Int(flags)), ok
}

// readSeed reads what the seed value of a field says of the look and of the
// certificate.
func readSeed(doc *pdf.Document, field pdf.Value) Seed {
	var s Seed
	sv, err := doc.Lookup(field, "SV")
	if err != nil || !sv.IsDict() {
		return s
	}
	if look, err := doc.Lookup(sv, "AppearanceFilter"); err == nil {
		s.Look = look.Text()
	}
	cert, err := doc.Lookup(sv, "Cert")
	if err != nil || !cert.IsDict() {
		return s
	}
	flags, _ := cert.Get("Ff").Int()
	if raw := certificates(doc, cert.Get("Subject")); len(raw) == 1 {
		s.Certificate, _ = x509.ParseCertificate(raw[0])
	}
	if names := subjects(doc, cert); len(names) == 1 {
		s.CommonName, s.Required = names[0]["CN"], flags&seedSubjectDN != 0
	}
	return s
}

// obeySeedCertificate refuses a certificate that the field was not prepared
// for. /URL says where to get one: no constraint on what is there.
func obeySeedCertificate(doc *pdf.Document, sv pdf.Value, r *Request) error {
	cert, err := doc.Lookup(sv, "Cert")
	if err != nil || !cert.IsDict() || r.Certificate == nil {
		return err
	}
	flags, _ := cert.Get("Ff").Int()
	switch {
	case flags&seedSubject != 0 && !holds(certificates(doc, cert.Get("Subject")), r.Certificate),
		flags&seedIssuer != 0 && !holds(certificates(doc, cert.Get("Issuer")), r.Chain...),
		flags&seedPolicy != 0 && !follows(names(doc, cert.Get("OID")), r.Certificate),
		flags&seedSubjectDN != 0 && !named(subjects(doc, cert), r.Certificate),
		flags&seedKeyUsage != 0 && !usable(names(doc, cert.Get("KeyUsage")), r.Certificate.KeyUsage):
		return forbidden(ForbiddenBySeedValue)
	}
	return nil
}

// certificates are the DER strings of an array; hostile ones are bounded.
func certificates(doc *pdf.Document, v pdf.Value) [][]byte {
	v, err := doc.Resolve(v)
	if err != nil || v.Kind() != pdf.KindArray {
		return nil
	}
	var out [][]byte
	for i := range min(v.Len(), 100) {
		if x, err := doc.Resolve(v.At(i)); err == nil {
			if raw, ok := x.Str(); ok {
				out = append(out, []byte(raw))
			}
		}
	}
	return out
}

func holds(list [][]byte, of ...*x509.Certificate) bool {
	for _, c := range of {
		for _, raw := range list {
			if bytes.Equal(raw, c.Raw) {
				return true
			}
		}
	}
	return false
}

// follows says whether c was issued under one of the policies.
func follows(policies []string, c *x509.Certificate) bool {
	return slices.ContainsFunc(c.Policies, func(p x509.OID) bool { return slices.Contains(policies, p.String()) })
}

// subjects are the names of /SubjectDN: key and value, e.g. CN, O.
func subjects(doc *pdf.Document, cert pdf.Value) []map[string]string {
	list, err := doc.Lookup(cert, "SubjectDN")
	if err != nil || list.Kind() != pdf.KindArray {
		return nil
	}
	var out []map[string]string
	for i := range min(list.Len(), 100) {
		d, err := doc.Resolve(list.At(i))
		if err != nil || !d.IsDict() {
			continue
		}
		name := map[string]string{}
		for _, key := range []string{"CN", "O", "OU", "C", "L", "SERIALNUMBER"} {
			if v, err := doc.Lookup(d, key); err == nil && !v.IsNull() {
				name[key] = v.Text()
			}
		}
		out = append(out, name)
	}
	return out
}

// named says whether the subject of c has all parts of one of the names.
func named(list []map[string]string, c *x509.Certificate) bool {
	s := c.Subject
	has := map[string][]string{
		"CN": {s.CommonName}, "O": s.Organization, "OU": s.OrganizationalUnit, "C": s.Country, "L": s.Locality,
		"SERIALNUMBER": {s.SerialNumber},
	}
	for _, name := range list {
		all := true
		for key, want := range name {
			found := false
			for _, v := range has[key] {
				found = found || strings.EqualFold(norm.NFC.String(v), norm.NFC.String(want))
			}
			all = all && found
		}
		if all {
			return true
		}
	}
	return false
}

// usable says whether a key usage fits one of the patterns: a character for
// each bit in the order of RFC 5280, 0 not set, 1 set, X either.
func usable(patterns []string, usage x509.KeyUsage) bool {
	for _, p := range patterns {
		fits := true
		for i, want := range p {
			set := i < 9 && usage&(1<<i) != 0
			fits = fits && (want == 'X' || (want == '1') == set)
		}
		if fits {
			return true
		}
	}
	return false
}
