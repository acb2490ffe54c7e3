package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Spec says how a signature is made. It is never modified.
type Spec struct {
	Certificate *x509.Certificate   // RSA, or ECDSA on a NIST curve
	Chain       []*x509.Certificate // embedded beside it, any order
	Hash        crypto.Hash         // SHA-256, SHA-384 or SHA-512
	PSS         bool                // RSASSA-PSS instead of PKCS#1 v1.5

	common *common // see Ready
}

// common is what all signatures of a Spec have in common, as DER.
type common struct {
	attributes   []byte // the signed ones, a SET OF, with zeros for the message digest
	digest       int    // where the message digest stands in attributes
	certificates []byte
	hash         []byte // digestAlgorithm
	signer       []byte // version, issuerAndSerialNumber and digestAlgorithm
	algorithm    []byte
}

// Check says whether a signature can be made in this way at all.
func (s Spec) Check() error {
	switch s.Hash {
	case crypto.SHA256, crypto.SHA384, crypto.SHA512:
	default:
		return fmt.Errorf("%w: signing with %v", ErrAlgorithm, s.Hash)
	}
	switch s.Certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		return nil
	case *ecdsa.PublicKey:
		if s.PSS {
			return fmt.Errorf("%w: PSS needs an RSA key", ErrAlgorithm)
		}
		return nil
	}
	return fmt.Errorf("%w: signing with a %v key", ErrAlgorithm, s.Certificate.PublicKeyAlgorithm)
}

// Opts is what the key is told: crypto.Signer takes it beside the digest.
func (s Spec) Opts() crypto.SignerOpts {
	if s.PSS {
		return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: s.Hash}
	}
	return s.Hash
}

// Ready returns the same Spec with what all signatures of it have in common made
// once.
func (s Spec) Ready() (Spec, error) {
	binding, err := s.signingCertificate()
	if err != nil {
		return s, err
	}
	version := der(func(b *cryptobyte.Builder) { b.AddASN1Int64(1) })
	c := &common{
		certificates: bytes.Join(s.certificates(), nil),
		hash:         der(func(b *cryptobyte.Builder) { addHash(b, s.Hash, false) }),
		algorithm:    der(s.addAlgorithm),
	}
	sid := der(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(s.Certificate.RawIssuer)
			b.AddASN1BigInt(s.Certificate.SerialNumber)
		})
	})
	c.signer = slices.Concat(version, sid, c.hash)
	// The order of a DER SET does not depend on the digest: the attributes differ
	// before it.
	digest := attribute(oidMessageDigest, encode(tagOctets, make([]byte, s.Hash.Size())))
	all := [][]byte{attribute(oidContentType, derOID(oidData)), digest, attribute(oidSigningCertificateV2, binding)}
	slices.SortFunc(all, bytes.Compare)
	behind := all[slices.IndexFunc(all, func(a []byte) bool { return bytes.Equal(a, digest) })+1:]
	c.attributes = encode(tagSet, bytes.Join(all, nil))
	c.digest = len(c.attributes) - len(bytes.Join(behind, nil)) - s.Hash.Size()
	s.common = c
	return s, nil
}

// made is the Spec with what Ready makes.
func (s Spec) made() (Spec, error) {
	if s.common != nil {
		return s, nil
	}
	return s.Ready()
}

// Size is an upper bound, in bytes, of the CMS with a timestamp token of at
// most token bytes (0: none). With an RSA key and no token it is exact.
func (s Spec) Size(token int) (int, error) {
	if err := s.Check(); err != nil {
		return 0, err
	}
	s, err := s.made()
	if err != nil {
		return 0, err
	}
	unsigned := 0
	if token > 0 {
		unsigned = tlv(tlv(len(derOID(oidTimeStampToken)) + tlv(token)))
	}
	return s.sizes(s.maxSignature(), unsigned).all, nil
}

// sizes are the lengths of the contents of the nested elements of a CMS.
type sizes struct {
	signerInfo, signedData, contentInfo int
	all                                 int // of the CMS itself
}

// sizes computes them for a signature value and unsigned attributes, with their
// own header, of the given lengths.
func (s Spec) sizes(value, unsigned int) sizes {
	const version, oid = 3, 11 // INTEGER 1; an identifier of PKCS #7
	c := s.common
	var n sizes
	n.signerInfo = len(c.signer) + len(c.attributes) + len(c.algorithm) + tlv(value) + unsigned
	n.signedData = version + tlv(len(c.hash)) + tlv(oid) + tlv(len(c.certificates)) + tlv(tlv(n.signerInfo))
	n.contentInfo = oid + tlv(tlv(n.signedData))
	n.all = tlv(n.contentInfo)
	return n
}

// tlv is the size of an element with n bytes of content.
func tlv(n int) int {
	size := n + 2
	if n >= 0x80 {
		for ; n > 0; n >>= 8 {
			size++
		}
	}
	return size
}

// maxSignature is the longest signature value of the key.
func (s Spec) maxSignature() int {
	switch k := s.Certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		return k.Size()
	case *ecdsa.PublicKey:
		n := (k.Curve.Params().BitSize + 7) / 8
		return 2*(n+3) + 4 // two INTEGERs with a sign octet in a SEQUENCE
	}
	return 0
}

// ToSign is a signature that waits for the key.
type ToSign struct {
	spec       Spec
	attributes []byte // DER SET OF
	digest     []byte
}

// ToSign lays out the signed attributes for a content with the given digest.
func (s Spec) ToSign(content []byte) (ToSign, error) {
	if len(content) != s.Hash.Size() {
		return ToSign{}, fmt.Errorf("%w: digest of %d bytes", ErrAlgorithm, len(content))
	}
	s, err := s.made()
	if err != nil {
		return ToSign{}, err
	}
	set := bytes.Clone(s.common.attributes)
	copy(set[s.common.digest:], content)
	h := s.Hash.New()
	h.Write(set)
	return ToSign{spec: s, attributes: set, digest: h.Sum(nil)}, nil
}

// Digest is what the key signs, with Spec.Opts.
func (t ToSign) Digest() []byte { return t.digest }

// Accept takes the raw signature of the key, checked with the certificate.
func (t ToSign) Accept(value []byte) (Signature, error) {
	a := algorithm{hash: t.spec.Hash, pss: t.spec.PSS, salt: t.spec.Hash.Size()}
	if err := a.verifyDigest(t.spec.Certificate, t.digest, value); err != nil {
		return Signature{}, err
	}
	return Signature{spec: t.spec, attributes: t.attributes, value: value}, nil
}

// Signature is a checked signature, ready to be encoded.
type Signature struct {
	spec              Spec
	attributes, value []byte
}

// Value is the raw signature: a signature timestamp is over its digest.
func (s Signature) Value() []byte { return s.value }

// Encode makes the DER ContentInfo (RFC 5652, 3, 5.1 and 5.3); timestamp is a
// TimeStampToken or nil.
func (s Signature) Encode(timestamp []byte) []byte {
	var unsigned []byte
	if timestamp != nil {
		unsigned = encode(context(1), attribute(oidTimeStampToken, timestamp))
	}
	c, n := s.spec.common, s.spec.sizes(len(s.value), len(unsigned))
	b := appendHeader(make([]byte, 0, n.all), tagSequence, n.contentInfo)
	b = append(b, derOID(oidSignedData)...)
	b = appendHeader(b, context(0), tlv(n.signedData))
	b = appendHeader(b, tagSequence, n.signedData)
	b = append(b, tagInteger, 1, 1) // version
	b = append(appendHeader(b, tagSet, len(c.hash)), c.hash...)
	b = append(b, encode(tagSequence, derOID(oidData))...)
	b = append(appendHeader(b, context(0), len(c.certificates)), c.certificates...)
	b = appendHeader(b, tagSet, tlv(n.signerInfo))
	b = appendHeader(b, tagSequence, n.signerInfo)
	b = append(b, c.signer...)
	b = append(append(b, context(0)), s.attributes[1:]...) // in the place of SET OF (5.4)
	b = append(b, c.algorithm...)
	b = append(appendHeader(b, tagOctets, len(s.value)), s.value...)
	return append(b, unsigned...)
}

// certificates returns leaf and chain once each, in the order of a DER SET.
func (s Spec) certificates() [][]byte {
	all := [][]byte{s.Certificate.Raw}
	for _, c := range s.Chain {
		all = append(all, c.Raw)
	}
	slices.SortFunc(all, bytes.Compare)
	return slices.CompactFunc(all, bytes.Equal)
}

// signingCertificate is SigningCertificateV2 with issuerSerial (RFC 5035, 3).
func (s Spec) signingCertificate() ([]byte, error) {
	h := s.Hash.New()
	h.Write(s.Certificate.Raw)
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				if s.Hash != crypto.SHA256 { // the default
					addHash(b, s.Hash, false)
				}
				b.AddASN1OctetString(h.Sum(nil))
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1(cbasn1.Tag(4).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
							b.AddBytes(s.Certificate.RawIssuer)
						})
					})
					b.AddASN1BigInt(s.Certificate.SerialNumber)
				})
			})
		})
	})
	return b.Bytes()
}

// addAlgorithm writes the signatureAlgorithm.
func (s Spec) addAlgorithm(b *cryptobyte.Builder) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		_, rsaKey := s.Certificate.PublicKey.(*rsa.PublicKey)
		switch {
		case s.PSS:
			b.AddASN1ObjectIdentifier(oidPSS)
			s.addPSS(b)
		case rsaKey:
			b.AddASN1ObjectIdentifier(oidRSA)
			b.AddASN1NULL()
		default:
			b.AddASN1ObjectIdentifier(map[crypto.Hash]asn1.ObjectIdentifier{
				crypto.SHA256: oidECDSASHA256, crypto.SHA384: oidECDSASHA384, crypto.SHA512: oidECDSASHA512,
			}[s.Hash])
		}
	})
}

// addPSS writes RSASSA-PSS-params (RFC 4055, 3.1).
func (s Spec) addPSS(b *cryptobyte.Builder) {
	explicit := func(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { addHash(b, s.Hash, true) })
		b.AddASN1(explicit(1), func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidMGF1)
				addHash(b, s.Hash, true)
			})
		})
		b.AddASN1(explicit(2), func(b *cryptobyte.Builder) { b.AddASN1Int64(int64(s.Hash.Size())) })
	})
}

// addHash writes an AlgorithmIdentifier. RFC 5754 leaves the parameters out;
// inside RSASSA-PSS-params they are NULL (RFC 4055, 2.1).
func addHash(b *cryptobyte.Builder, h crypto.Hash, null bool) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(HashOID(h))
		if null {
			b.AddASN1NULL()
		}
	})
}

// attribute encodes an Attribute with one value.
func attribute(oid asn1.ObjectIdentifier, value []byte) []byte {
	return encode(tagSequence, append(derOID(oid), encode(tagSet, value)...))
}

func derOID(oid asn1.ObjectIdentifier) []byte {
	return der(func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oid) })
}

// der runs a builder that cannot fail.
func der(f func(*cryptobyte.Builder)) []byte {
	var b cryptobyte.Builder
	f(&b)
	return b.BytesOrPanic()
}
