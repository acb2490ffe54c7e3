package cms

import (
	"bytes"
	"crypto"
	"crypto/subtle"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Digests returns the digest of the content under h. The caller has it from
// one pass over the content; SignedData.Hashes says which ones will be asked.
type Digests func(h crypto.Hash) ([]byte, error)

// DigestOf serves Digests from content in memory.
func DigestOf(content []byte) Digests {
	return func(h crypto.Hash) ([]byte, error) {
		if !h.Available() {
			return nil, fmt.Errorf("%w: %v", ErrAlgorithm, h)
		}
		w := h.New()
		w.Write(content)
		return w.Sum(nil), nil
	}
}

// Verified is what a good signature says. Whether the certificate is trusted
// is another question.
type Verified struct {
	Certificate *x509.Certificate
	Digest      crypto.Hash
	Algorithm   string // "RSA-2048", "RSA-PSS-3072", "ECDSA-P-256", "Ed25519"
	// Bound says that signing-certificate or its v2 names the certificate.
	Bound bool
	// SigningTime is the signed attribute; zero where absent, as PAdES has it.
	SigningTime time.Time
	// NotDER says that the signed attributes were signed as they are encoded,
	// which is not DER: strict verifiers reject such a signature.
	NotDER bool
	// Plain says that there are no signed attributes.
	Plain bool
}

// Verify checks the signer: content digest, content type, algorithms, the
// binding to the certificate, and the signature value. extra are certificates
// that may be the signer's beside those embedded.
func (s *SignerInfo) Verify(content Digests, extra ...*x509.Certificate) (*Verified, error) {
	if s.unknown != nil {
		return nil, s.orDigest(content, s.unknown)
	}
	cert, err := s.Certificate(extra...)
	if err != nil {
		return nil, s.orDigest(content, err)
	}
	a, err := s.algorithm.settle(s.Digest)
	if err != nil && !s.algorithm.ed25519 {
		return nil, err
	}
	digest, err := content(s.Digest)
	if err != nil {
		return nil, err
	}
	v := &Verified{Certificate: cert, Digest: s.Digest, Algorithm: a.name(cert)}
	if !s.hasAttributes {
		v.Plain = true
		if !s.contentType.Equal(oidData) { // RFC 5652, 5.3
			return nil, fmt.Errorf("%w: signed attributes are missing", ErrMalformed)
		}
		return v, a.verifyDigest(cert, digest, s.Value)
	}
	if err := s.checkAttributes(digest); err != nil {
		return nil, err
	}
	if v.Bound, err = s.checkBinding(cert); err != nil {
		return nil, err
	}
	if v.SigningTime, err = s.signingTime(); err != nil {
		return nil, err
	}
	v.NotDER, err = s.checkValue(a, cert)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// orDigest tells a signature that cannot be checked from one whose content is not
// what was signed: it is ErrDigest where the content is surely not what was signed, else err.
func (s *SignerInfo) orDigest(content Digests, err error) error {
	if s.Digest == 0 || !s.hasAttributes {
		return err
	}
	digest, problem := content(s.Digest)
	if problem != nil {
		return err
	}
	if problem = s.checkAttributes(digest); errors.Is(problem, ErrDigest) {
		return problem
	}
	return err
}

// checkAttributes compares messageDigest and contentType.
func (s *SignerInfo) checkAttributes(digest []byte) error {
	value, ok, err := single(s.Signed, oidMessageDigest)
	if err != nil {
		return err
	}
	if !ok {
		return malformed("no message digest")
	}
	c := &cursor{rest: value}
	signed := c.octets()
	if c.err != nil {
		return c.err
	}
	value, ok, err = single(s.Signed, oidContentType)
	if err != nil {
		return err
	}
	c = &cursor{rest: value}
	if !ok || !c.oid().Equal(s.contentType) {
		return malformed("content type differs from the signed one")
	}
	if subtle.ConstantTimeCompare(signed, digest) != 1 {
		return ErrDigest
	}
	return s.checkProtection()
}

// checkProtection compares CMSAlgorithmProtection (RFC 6211), where present.
func (s *SignerInfo) checkProtection() error {
	value, ok, err := single(s.Signed, oidAlgorithmProtection)
	if err != nil || !ok {
		return err
	}
	top := &cursor{rest: value}
	c := top.take(tagSequence).children()
	digest := c.take(tagSequence)
	h, err := parseHash(digest, c.err)
	if err != nil {
		return err
	}
	if e, ok := c.optional(context(1)); ok {
		a, err := parseAlgorithm(element{body: e.body})
		if err != nil {
			return err
		}
		protected, err := a.settle(s.Digest)
		used, err2 := s.algorithm.settle(s.Digest)
		if err != nil || err2 != nil || protected != used {
			return fmt.Errorf("%w: signature algorithm was exchanged", ErrAlgorithm)
		}
	}
	if h != s.Digest {
		return fmt.Errorf("%w: digest algorithm was exchanged", ErrAlgorithm)
	}
	return nil
}

// checkBinding compares the certificate with signing-certificate-v2 or its
// older form; ok says whether one of them is there.
func (s *SignerInfo) checkBinding(cert *x509.Certificate) (ok bool, err error) {
	v2, isV2, err := single(s.Signed, oidSigningCertificateV2)
	if err != nil {
		return false, err
	}
	if isV2 {
		if err := checkESSCertID(v2, crypto.SHA256, true, cert); err != nil {
			return false, err
		}
	}
	v1, isV1, err := single(s.Signed, oidSigningCertificate)
	if err != nil {
		return false, err
	}
	if isV1 {
		if err := checkESSCertID(v1, crypto.SHA1, false, cert); err != nil {
			return false, err
		}
	}
	return isV1 || isV2, nil
}

// checkESSCertID checks the first ESSCertID(v2) of the attribute (RFC 5035, 3–5).
func checkESSCertID(value []byte, h crypto.Hash, named bool, cert *x509.Certificate) error {
	top := &cursor{rest: value}
	list := top.take(tagSequence).children()
	ids := list.take(tagSequence).children()
	id := ids.take(tagSequence).children()
	if named {
		if e, ok := id.optional(tagSequence); ok {
			var err error
			if h, err = parseHash(e, nil); err != nil {
				return err
			}
		}
	}
	hash := id.octets()
	if top.err != nil || list.err != nil || ids.err != nil || id.err != nil {
		return malformed("signing-certificate")
	}
	w := h.New()
	w.Write(cert.Raw)
	if !bytes.Equal(w.Sum(nil), hash) {
		return ErrBinding
	}
	if !id.more() {
		return nil
	}
	return checkIssuerSerial(id.take(tagSequence), cert)
}

// checkIssuerSerial compares IssuerSerial: GeneralNames with one directoryName,
// and the serial number.
func checkIssuerSerial(e element, cert *x509.Certificate) error {
	c := e.children()
	names := c.take(tagSequence).children()
	directory := names.take(context(4)).children()
	issuer := directory.take(tagSequence)
	serial := c.integer()
	if c.err != nil || names.err != nil || directory.err != nil {
		return malformed("issuerSerial")
	}
	if serial.Cmp(cert.SerialNumber) != 0 || !bytes.Equal(issuer.raw, cert.RawIssuer) {
		return ErrBinding
	}
	return nil
}

func (s *SignerInfo) signingTime() (time.Time, error) {
	value, ok, err := single(s.Signed, oidSigningTime)
	if err != nil || !ok {
		return time.Time{}, err
	}
	c := &cursor{rest: value}
	return c.time(), c.err
}

// checkValue checks the signature value over the attributes: as a DER SET, as
// RFC 5652 says, else as they are encoded.
func (s *SignerInfo) checkValue(a algorithm, cert *x509.Certificate) (notDER bool, err error) {
	set := s.attributes
	set.tag = tagSet
	strict, err := set.der(0)
	if err != nil {
		return false, err
	}
	if err = a.verify(cert, strict, s.Value); err == nil || s.attributes.indefinite {
		return false, err
	}
	asFound := bytes.Clone(s.attributes.raw)
	asFound[0] = tagSet
	if bytes.Equal(asFound, strict) {
		return false, err
	}
	if a.verify(cert, asFound, s.Value) == nil {
		return true, nil
	}
	return false, err
}
