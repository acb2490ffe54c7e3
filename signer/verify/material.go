package verify

import (
	"crypto/x509"
	"encoding/asn1"

	"trinhky/signer/internal/cms"
	"trinhky/signer/internal/pdf"
)

// material is what the file and the options bring for checking certificates.
type material struct {
	certificates []*x509.Certificate
	ocsps        []proof
	crls         []proof
	parsedCRLs   map[string]*x509.RevocationList
	known        *x509.CertPool // certificates, made when first asked
}

// proof is one OCSP answer or CRL, and the end of the revision whose DSS first
// held it; 0: it stood in a CMS.
type proof struct {
	der []byte
	dss bool
}

// Limits on the validation material of one file.
const (
	maxProofs     = 512
	maxProofBytes = 64 << 20
)

// gather collects the certificates and revocation data of the document's DSS
// (ISO 32000-2, 12.8.4.3), of the signatures, and of the options.
func (x *examination) gather(found []*candidate) *material {
	m := &material{parsedCRLs: map[string]*x509.RevocationList{}}
	for _, c := range found {
		if c.parsed == nil {
			continue
		}
		m.fromCMS(c.parsed)
		for _, s := range c.parsed.Signers {
			for _, t := range s.Timestamps() {
				if ts, err := cms.ParseTimestamp(t); err == nil {
					m.fromCMS(ts.SignedData)
				}
			}
		}
	}
	m.fromDSS(x.doc)
	m.certificates = append(m.certificates, x.options.Intermediates...)
	return m
}

func (m *material) fromCMS(d *cms.SignedData) {
	m.certificates = append(m.certificates, d.Certificates...)
	for _, crl := range d.CRLs {
		m.crls = append(m.crls, proof{der: crl})
	}
	for _, s := range d.Signers {
		for _, a := range s.Signed {
			if a.Type.Equal(oidRevocationArchival) && len(a.Values) == 1 {
				m.fromArchival(a.Values[0])
			}
		}
	}
}

// oidRevocationArchival is adbe-revocationInfoArchival (ISO 32000-1, 12.8.3.3.2).
var oidRevocationArchival = asn1.ObjectIdentifier{1, 2, 840, 113583, 1, 1, 8}

func (m *material) fromArchival(der []byte) {
	var a struct {
		CRL  []asn1.RawValue `asn1:"optional,explicit,tag:0"`
		OCSP []asn1.RawValue `asn1:"optional,explicit,tag:1"`
	}
	if _, err := asn1.Unmarshal(der, &a); err != nil {
		return
	}
	for _, v := range a.CRL {
		m.crls = append(m.crls, proof{der: v.FullBytes})
	}
	for _, v := range a.OCSP {
		m.ocsps = append(m.ocsps, proof{der: v.FullBytes})
	}
}

func (m *material) fromDSS(d *pdf.Document) {
	cat, err := d.Catalog()
	if err != nil {
		return
	}
	dss, err := d.Resolve(cat.Get("DSS"))
	if err != nil || !dss.IsDict() {
		return
	}
	total := 0
	for _, der := range dssStreams(d, dss, "Certs", &total) {
		if c, err := x509.ParseCertificate(der); err == nil {
			m.certificates = append(m.certificates, c)
		}
	}
	for _, der := range dssStreams(d, dss, "OCSPs", &total) {
		m.ocsps = append(m.ocsps, proof{der, true})
	}
	for _, der := range dssStreams(d, dss, "CRLs", &total) {
		m.crls = append(m.crls, proof{der, true})
	}
}

// dssStreams reads an array of streams, within the limits.
func dssStreams(d *pdf.Document, dss pdf.Value, key string, total *int) [][]byte {
	arr, err := d.Resolve(dss.Get(key))
	if err != nil || arr.Kind() != pdf.KindArray {
		return nil
	}
	var out [][]byte
	for _, v := range arr.Items() {
		s, err := d.Resolve(v)
		if err != nil || s.Kind() != pdf.KindStream {
			continue
		}
		data, err := d.Data(s)
		if err != nil {
			continue
		}
		if *total += len(data); *total > maxProofBytes || len(out) >= maxProofs {
			return out
		}
		out = append(out, data)
	}
	return out
}
