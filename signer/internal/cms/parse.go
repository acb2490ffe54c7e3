package cms

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"
)

// SignedData is a parsed CMS SignedData. It keeps slices of what was parsed.
type SignedData struct {
	ContentType  asn1.ObjectIdentifier
	Content      []byte // encapsulated content; nil where the signature is detached
	Certificates []*x509.Certificate
	CRLs         [][]byte // CertificateList, as found
	Signers      []SignerInfo
	Length       int // bytes of the ContentInfo; what follows is padding
}

// Attribute is a signed or unsigned attribute; Values are whole BER values.
type Attribute struct {
	Type   asn1.ObjectIdentifier
	Values [][]byte
}

// SignerInfo is one signer of a SignedData.
type SignerInfo struct {
	Issuer       []byte // raw Name; nil when SubjectKeyID names the signer
	Serial       *big.Int
	SubjectKeyID []byte
	Digest       crypto.Hash
	Signed       []Attribute // nil: the signature is over the content itself
	Unsigned     []Attribute
	Value        []byte

	attributes    element // of Signed, as it was encoded
	hasAttributes bool
	algorithm     algorithm
	unknown       error // ErrUnknown: what cannot be checked here
	contentType   asn1.ObjectIdentifier
	certificates  []*x509.Certificate
}

// Parse reads a BER or DER ContentInfo with SignedData. Bytes after it are
// allowed: the hole of a PDF signature is padded with zeros.
func Parse(ber []byte) (*SignedData, error) {
	if len(ber) > maxSize {
		return nil, malformed("too large")
	}
	top := &cursor{rest: ber}
	info := top.take(tagSequence)
	if top.err != nil {
		return nil, top.err
	}
	c := info.children()
	if oid := c.oid(); c.err == nil && !oid.Equal(oidSignedData) {
		return nil, malformed("not SignedData")
	}
	wrap := c.take(context(0)).children()
	body := wrap.take(tagSequence)
	if c.err != nil || wrap.err != nil {
		return nil, malformed("no SignedData")
	}
	d := &SignedData{Length: len(info.raw)}
	if err := d.parse(body.children()); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *SignedData) parse(c *cursor) error {
	c.integer() // version: what it says follows from the rest
	c.take(tagSet)
	if err := d.parseContent(c.take(tagSequence).children()); err != nil {
		return err
	}
	if e, ok := c.optional(context(0)); ok {
		d.parseCertificates(e)
	}
	if e, ok := c.optional(context(1)); ok {
		for crls := e.children(); crls.more(); {
			if crl := crls.next(); crl.tag == tagSequence {
				d.CRLs = append(d.CRLs, crl.raw)
			}
		}
	}
	signers := c.take(tagSet)
	if c.err != nil {
		return c.err
	}
	s := signers.children()
	for s.more() {
		one, err := parseSigner(s.take(tagSequence))
		if err != nil {
			return err
		}
		one.contentType, one.certificates = d.ContentType, d.Certificates
		d.Signers = append(d.Signers, one)
		if len(d.Signers) > 64 {
			return malformed("too many signers")
		}
	}
	return s.err
}

// parseContent reads EncapsulatedContentInfo.
func (d *SignedData) parseContent(c *cursor) error {
	d.ContentType = c.oid()
	if e, ok := c.optional(context(0)); ok {
		in := e.children()
		d.Content = in.octets()
		if in.err != nil {
			return in.err
		}
		if d.Content == nil {
			d.Content = []byte{}
		}
	}
	return c.err
}

// parseCertificates keeps what Go can read; other kinds of CertificateChoices
// and certificates with defects are left out, and a signer that needs one of
// them gets ErrNoCertificate.
func (d *SignedData) parseCertificates(e element) {
	for c := e.children(); c.more() && len(d.Certificates) < 256; {
		one := c.next()
		if one.tag != tagSequence {
			continue
		}
		if cert, err := x509.ParseCertificate(one.raw); err == nil {
			d.Certificates = append(d.Certificates, cert)
		}
	}
}

// parseSigner reads SignerInfo.
func parseSigner(e element) (SignerInfo, error) {
	var s SignerInfo
	c := e.children()
	c.integer()
	if ski, ok := c.optional(0x80); ok {
		s.SubjectKeyID = ski.body
	} else {
		sid := c.take(tagSequence).children()
		issuer := sid.take(tagSequence)
		s.Serial = sid.integer()
		if sid.err != nil {
			return s, sid.err
		}
		var err error
		if s.Issuer, err = issuer.der(0); err != nil {
			return s, err
		}
	}
	digest := c.take(tagSequence)
	var err error
	if s.Digest, err = parseHash(digest, c.err); errors.Is(err, ErrUnknown) {
		s.unknown = err
	} else if err != nil {
		return s, err
	}
	if s.attributes, s.hasAttributes = c.optional(context(0)); s.hasAttributes {
		if s.Signed, err = parseAttributes(s.attributes); err != nil {
			return s, err
		}
	}
	signature := c.take(tagSequence)
	s.Value = c.octets()
	if c.err != nil {
		return s, c.err
	}
	if s.algorithm, err = parseAlgorithm(signature); errors.Is(err, ErrUnknown) {
		s.unknown = err
	} else if err != nil {
		return s, err
	}
	if unsigned, ok := c.optional(context(1)); ok {
		if s.Unsigned, err = parseAttributes(unsigned); err != nil {
			return s, err
		}
	}
	return s, c.err
}

func parseAttributes(e element) ([]Attribute, error) {
	out := []Attribute{}
	c := e.children()
	for c.more() {
		a := c.take(tagSequence).children()
		one := Attribute{Type: a.oid()}
		values := a.take(tagSet).children()
		for a.err == nil && values.more() {
			one.Values = append(one.Values, values.next().raw)
		}
		if a.err != nil || values.err != nil {
			return nil, malformed("attribute")
		}
		out = append(out, one)
		if len(out) > 256 {
			return nil, malformed("too many attributes")
		}
	}
	return out, c.err
}

// single returns the only value of the attribute; a signed attribute that
// occurs twice or has several values is refused (RFC 5652, 11).
func single(as []Attribute, oid asn1.ObjectIdentifier) (value []byte, found bool, err error) {
	for _, a := range as {
		if !a.Type.Equal(oid) {
			continue
		}
		if found || len(a.Values) != 1 {
			return nil, true, malformed("attribute with several values")
		}
		value, found = a.Values[0], true
	}
	return value, found, nil
}

// Timestamps returns the signature timestamps: TimeStampTokens over Value.
func (s *SignerInfo) Timestamps() [][]byte {
	var out [][]byte
	for _, a := range s.Unsigned {
		if a.Type.Equal(oidTimeStampToken) {
			out = append(out, a.Values...)
		}
	}
	return out
}

// Hashes lists the digests of the content that verifying will ask for.
func (d *SignedData) Hashes() []crypto.Hash {
	var out []crypto.Hash
	for _, s := range d.Signers {
		if s.Digest != 0 && !slices.Contains(out, s.Digest) {
			out = append(out, s.Digest)
		}
	}
	return out
}

// Certificate finds the signer's certificate among those embedded and extra.
func (s *SignerInfo) Certificate(extra ...*x509.Certificate) (*x509.Certificate, error) {
	for _, list := range [][]*x509.Certificate{s.certificates, extra} {
		for _, c := range list {
			if s.named(c) {
				return c, nil
			}
		}
	}
	return nil, ErrNoCertificate
}

func (s *SignerInfo) named(c *x509.Certificate) bool {
	if s.SubjectKeyID != nil {
		return bytes.Equal(c.SubjectKeyId, s.SubjectKeyID)
	}
	return c.SerialNumber.Cmp(s.Serial) == 0 && (bytes.Equal(c.RawIssuer, s.Issuer) || sameName(c.RawIssuer, s.Issuer))
}

// sameName compares names whose strings are encoded differently (PrintableString
// and UTF8String, say): some signers write the issuer anew.
func sameName(a, b []byte) bool {
	var x, y pkix.RDNSequence
	if _, err := asn1.Unmarshal(a, &x); err != nil {
		return false
	}
	if _, err := asn1.Unmarshal(b, &y); err != nil {
		return false
	}
	return len(x) > 0 && x.String() == y.String()
}
