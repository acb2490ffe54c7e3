// Package cms builds and verifies CMS signatures (RFC 5652) with the CAdES
// attributes that PAdES asks for (RFC 5035, EN 319 122-1), and RFC 3161
// timestamp tokens.
//
// Content is never held here: signing and verifying take digests, so that a
// document of any size is read once by the caller.
//
// Building: Spec → Spec.ToSign → (the token signs) → ToSign.Accept →
// Signature.Encode. Accept checks the raw signature with the certificate's key:
// a Signature that exists is a good one.
//
// Reading: Parse → SignedData → SignerInfo.Verify. BER with indefinite lengths
// is accepted, as several signers write it.
package cms

import (
	"crypto"
	_ "crypto/md5"  // verification of very old signatures, reported as too weak
	_ "crypto/sha1" // verification of old signatures and of ESSCertID
	_ "crypto/sha256"
	_ "crypto/sha3"
	_ "crypto/sha512"
	"encoding/asn1"
	"errors"
	"fmt"
)

// What can be wrong with a signature. Errors of this package wrap one of them.
var (
	// ErrMalformed: the bytes are not the CMS structure that they should be.
	ErrMalformed = errors.New("malformed CMS")
	// ErrDigest: the content is not what was signed (message digest differs).
	ErrDigest = errors.New("the message digest does not match the content")
	// ErrSignature: the signature value does not fit the key and the attributes.
	ErrSignature = errors.New("the signature value is wrong")
	// ErrNoCertificate: the signer's certificate is not there.
	ErrNoCertificate = errors.New("the signer's certificate is missing")
	// ErrBinding: signing-certificate(-v2) names another certificate.
	ErrBinding = errors.New("the signature is bound to another certificate")
	// ErrAlgorithm: an algorithm is refused or contradicts another one.
	ErrAlgorithm = errors.New("unusable algorithm")
	// ErrUnknown: an algorithm or its parameters are not known here: whether the
	// signature is good cannot be told.
	ErrUnknown = errors.New("unknown algorithm")
	// ErrUsage: a timestamp was signed with a certificate that may not do so.
	ErrUsage = errors.New("the certificate is not for timestamps")
)

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }

// Object identifiers, named as in their standards.
var (
	oidData       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}

	oidContentType          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSigningCertificate   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidAlgorithmProtection  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 52}
	oidTimeStampToken       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}

	oidRSA         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidMGF1        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
	oidPSS         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidSHA1RSA     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 5}
	oidSHA224RSA   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 14}
	oidSHA256RSA   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidSHA384RSA   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}
	oidSHA512RSA   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}
	oidECPublicKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidECDSASHA1   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1}
	oidECDSASHA224 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 1}
	oidECDSASHA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidECDSASHA384 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}
	oidECDSASHA512 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}
	oidEd25519     = asn1.ObjectIdentifier{1, 3, 101, 112}
	oidMD5RSA      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 4}
	oidNIST        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3} // .9 to .12 ECDSA, .13 to .16 RSA with SHA-3
	oidPlainECDSA  = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 1, 1, 4, 1}

	oidSHA1   = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA224 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 4}
	oidSHA256 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}

	oidMD5      = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 5}
	oidSHA3_224 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 7}
	oidSHA3_256 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 8}
	oidSHA3_384 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 9}
	oidSHA3_512 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 10}
)

// digestOIDs are the digests that are read; those from MD5 on are never written.
var digestOIDs = []struct {
	hash crypto.Hash
	oid  asn1.ObjectIdentifier
}{
	{crypto.SHA256, oidSHA256},
	{crypto.SHA384, oidSHA384},
	{crypto.SHA512, oidSHA512},
	{crypto.SHA1, oidSHA1},
	{crypto.SHA224, oidSHA224},
	{crypto.MD5, oidMD5},
	{crypto.SHA3_224, oidSHA3_224},
	{crypto.SHA3_256, oidSHA3_256},
	{crypto.SHA3_384, oidSHA3_384},
	{crypto.SHA3_512, oidSHA3_512},
}

// HashOID is the object identifier of h, or nil where h is not used in CMS here.
func HashOID(h crypto.Hash) asn1.ObjectIdentifier {
	for _, d := range digestOIDs {
		if d.hash == h {
			return d.oid
		}
	}
	return nil
}

// hashOf is the reverse of HashOID.
func hashOf(oid asn1.ObjectIdentifier) (crypto.Hash, error) {
	for _, d := range digestOIDs {
		if oid.Equal(d.oid) {
			return d.hash, nil
		}
	}
	return 0, fmt.Errorf("%w: digest %v", ErrUnknown, oid)
}
