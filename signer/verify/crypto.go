package verify

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"

	"trinhky/signer"
	"trinhky/signer/internal/cms"
)

// checkCrypto settles Intact: the digest and the signature value hold over the
// signed bytes, and the signature is bound to the certificate.
func (c *candidate) checkCrypto(x *examination) {
	c.out.Level, c.out.Legacy = signer.LevelB, c.out.Kind != DocumentTimestamp && c.out.SubFilter != "ETSI.CAdES.detached"
	c.claimedCertificate(x)
	if !c.countable {
		return
	}
	v, err := c.verifyValue(x)
	if err != nil {
		if code := openCode(err); code != "" {
			c.undecided = true
			c.find(code, Warning, "%v", err)
			return
		}
		c.find(codeOf(err), Error, "%v", err)
		return
	}
	c.checked, c.out.Intact = v, true
	c.out.Certificate, c.out.Digest, c.out.Algorithm = v.Certificate, v.Digest.String(), v.Algorithm
	if v.NotDER {
		c.find("attributes-not-der", Warning, "the signed attributes are not DER; strict verifiers reject them")
	}
	if c.out.SubFilter == "ETSI.CAdES.detached" && !v.Bound {
		c.out.Legacy = true
		c.find("signing-certificate-missing", Warning, "the signing-certificate attribute of PAdES is missing")
	}
	c.checkPadding()
	c.checkStrength()
}

// claimedCertificate fills in the certificate that a signature says it is by,
// for signatures whose value is never checked.
func (c *candidate) claimedCertificate(x *examination) {
	if c.parsed == nil {
		if d, err := cms.Parse(c.contents); err == nil {
			c.parsed = d
		}
	}
	if c.parsed != nil && len(c.parsed.Signers) > 0 {
		if cert, err := c.parsed.Signers[0].Certificate(x.known.certificates...); err == nil {
			c.out.Certificate = cert
		}
	}
}

var errUnknownKind = errors.New("this kind of signature is not known")

// verifyValue checks the value as the /SubFilter says (ISO 32000-2, 12.8.3).
func (c *candidate) verifyValue(x *examination) (*cms.Verified, error) {
	switch c.out.SubFilter {
	case "ETSI.CAdES.detached", "adbe.pkcs7.detached":
		return c.verifyDetached(x, c.signedDigest, true)
	case "adbe.pkcs7.sha1":
		return c.verifyEncapsulated(x)
	case "adbe.x509.rsa_sha1":
		return c.verifyRaw(x)
	case "ETSI.RFC3161":
		if c.token == nil {
			return nil, cms.ErrMalformed
		}
		return c.token.Verify(c.signedDigest, x.known.certificates...)
	}
	return nil, fmt.Errorf("%w: /SubFilter %q", errUnknownKind, c.out.SubFilter)
}

// verifyDetached checks a CMS with its signer. A PAdES signature has exactly
// one (EN 319 142-1, 4.1); others are found with several.
func (c *candidate) verifyDetached(x *examination, content cms.Digests, detached bool) (*cms.Verified, error) {
	if c.parsed == nil {
		return nil, cms.ErrMalformed
	}
	n := len(c.parsed.Signers)
	if n == 0 || n > 1 && c.out.SubFilter == "ETSI.CAdES.detached" {
		return nil, fmt.Errorf("%w: %d signers", cms.ErrMalformed, n)
	}
	if detached && c.parsed.Content != nil {
		if err := c.checkEnclosed(content); err != nil {
			return nil, err
		}
	}
	if n > 1 {
		c.find("several-signers", Warning, "the signature has %d signers", n)
	}
	return c.verifySigners(content, x.known.certificates)
}

// checkEnclosed: a detached signature that encloses content all the same is one
// over that content; it counts only where this is the signed bytes or their
// digest.
func (c *candidate) checkEnclosed(content cms.Digests) error {
	for _, h := range c.parsed.Hashes() {
		want, err := content(h)
		if err != nil {
			return err
		}
		got, err := cms.DigestOf(c.parsed.Content)(h)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%w: the signature encloses a content of its own", cms.ErrMalformed)
		}
	}
	c.find("content-enclosed", Warning, "the signature encloses what it signs")
	return nil
}

// verifySigners checks every signer; several must be the same person (there is
// a writer that signs twice).
func (c *candidate) verifySigners(content cms.Digests, extra []*x509.Certificate) (*cms.Verified, error) {
	var first *cms.Verified
	for i := range c.parsed.Signers {
		v, err := c.parsed.Signers[i].Verify(content, extra...)
		switch {
		case err != nil:
			return nil, err
		case first == nil:
			first = v
		case !v.Certificate.Equal(first.Certificate):
			return nil, fmt.Errorf("%w: the signers differ", cms.ErrMalformed)
		}
	}
	return first, nil
}

// verifyEncapsulated checks adbe.pkcs7.sha1: the content of the CMS is the
// SHA-1 of the signed bytes.
func (c *candidate) verifyEncapsulated(x *examination) (*cms.Verified, error) {
	digest, err := c.signedDigest(crypto.SHA1)
	if err != nil {
		return nil, err
	}
	if c.parsed == nil || !bytes.Equal(c.parsed.Content, digest) {
		return nil, cms.ErrDigest
	}
	return c.verifyDetached(x, cms.DigestOf(c.parsed.Content), false)
}

// verifyRaw checks adbe.x509.rsa_sha1: /Contents is a PKCS #1 signature in an
// OCTET STRING, the certificate stands in /Cert.
func (c *candidate) verifyRaw(x *examination) (*cms.Verified, error) {
	v, err := x.doc.Resolve(c.dict.Get("Cert"))
	if err != nil {
		return nil, err
	}
	if v.Len() > 0 {
		if v, err = x.doc.Resolve(v.At(0)); err != nil {
			return nil, err
		}
	}
	der, _ := v.Str()
	cert, err := x509.ParseCertificate([]byte(der))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", cms.ErrNoCertificate, err)
	}
	c.out.Certificate = cert
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: not an RSA key", cms.ErrAlgorithm)
	}
	var value []byte
	if _, err := asn1.Unmarshal(c.contents, &value); err != nil {
		return nil, fmt.Errorf("%w: %v", cms.ErrMalformed, err)
	}
	for _, h := range rawHashes {
		digest, err := c.signedDigest(h)
		if err != nil {
			return nil, err
		}
		if rsa.VerifyPKCS1v15(key, h, digest, value) == nil {
			return &cms.Verified{
				Certificate: cert, Digest: h, Algorithm: fmt.Sprintf("RSA-%d", key.N.BitLen()), Plain: true,
			}, nil
		}
	}
	return nil, cms.ErrSignature
}

// rawHashes are the digests of adbe.x509.rsa_sha1: its name tells only the first
// (ISO 32000-1, 12.8.3.2, Table 257).
var rawHashes = []crypto.Hash{crypto.SHA1, crypto.SHA256, crypto.SHA384, crypto.SHA512}

// checkPadding: behind the CMS the hole holds zeros only.
func (c *candidate) checkPadding() {
	if c.parsed == nil || c.out.SubFilter == "adbe.x509.rsa_sha1" || c.parsed.Length > len(c.contents) {
		return
	}
	if len(bytes.Trim(c.contents[c.parsed.Length:], "\x00")) > 0 {
		c.find("contents-padding", Error, "something else than zeros follows the signature in /Contents")
	}
}

// checkStrength reports what is verified but too weak to rely on.
func (c *candidate) checkStrength() {
	if c.checked.Digest == crypto.SHA1 || c.checked.Digest == crypto.MD5 {
		c.find("weak-digest", Warning, "%v is too weak", c.checked.Digest)
	}
	switch key := c.checked.Certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < 2048 {
			c.find("weak-key", Warning, "an RSA key of %d bits is too short", key.N.BitLen())
		}
	case *ecdsa.PublicKey:
		if key.Curve.Params().BitSize < 256 {
			c.find("weak-key", Warning, "the curve %s is too small", key.Curve.Params().Name)
		}
	}
}

// openCode names the finding for what leaves it open whether the signature is
// good; empty where it is not.
func openCode(err error) string {
	switch {
	case errors.Is(err, cms.ErrUnknown):
		return "algorithm-unknown"
	case errors.Is(err, cms.ErrNoCertificate):
		return "certificate-missing"
	}
	return ""
}

// codeOf names the finding for an error of the cryptography.
func codeOf(err error) string {
	switch {
	case errors.Is(err, cms.ErrDigest):
		return "content-digest-mismatch"
	case errors.Is(err, cms.ErrSignature):
		return "signature-value-wrong"
	case errors.Is(err, cms.ErrBinding):
		return "certificate-binding"
	case errors.Is(err, cms.ErrAlgorithm):
		return "algorithm-unusable"
	case errors.Is(err, cms.ErrUsage):
		return "timestamp-usage"
	case errors.Is(err, errUnknownKind):
		return "subfilter-unknown"
	}
	return "cms-malformed"
}
