package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
)

// algorithm is a signature algorithm with its parameters.
type algorithm struct {
	hash    crypto.Hash // 0: the signer's digest algorithm decides
	pss     bool
	salt    int // PSS only
	ecdsa   bool
	plain   bool // ECDSA as r ‖ s (BSI TR-03111, 5.2.1), not as a SEQUENCE
	ed25519 bool
}

// parseAlgorithm reads a signature AlgorithmIdentifier.
func parseAlgorithm(e element) (algorithm, error) {
	c := e.children()
	oid := c.oid()
	if c.err != nil {
		return algorithm{}, c.err
	}
	switch {
	case oid.Equal(oidRSA):
		return algorithm{}, nil
	case oid.Equal(oidECPublicKey):
		return algorithm{ecdsa: true}, nil
	case oid.Equal(oidEd25519):
		return algorithm{ed25519: true}, nil
	case oid.Equal(oidPSS):
		return parsePSS(c)
	}
	for _, k := range []struct {
		oid   asn1.ObjectIdentifier
		hash  crypto.Hash
		ecdsa bool
	}{
		{oidSHA256RSA, crypto.SHA256, false},
		{oidSHA384RSA, crypto.SHA384, false},
		{oidSHA512RSA, crypto.SHA512, false},
		{oidSHA224RSA, crypto.SHA224, false},
		{oidSHA1RSA, crypto.SHA1, false},
		{oidECDSASHA256, crypto.SHA256, true},
		{oidECDSASHA384, crypto.SHA384, true},
		{oidECDSASHA512, crypto.SHA512, true},
		{oidECDSASHA224, crypto.SHA224, true},
		{oidECDSASHA1, crypto.SHA1, true},
		{oidMD5RSA, crypto.MD5, false},
	} {
		if oid.Equal(k.oid) {
			return algorithm{hash: k.hash, ecdsa: k.ecdsa}, nil
		}
	}
	return familyAlgorithm(oid)
}

// familyAlgorithm reads the identifiers whose last number is the digest.
func familyAlgorithm(oid asn1.ObjectIdentifier) (algorithm, error) {
	n := len(oid) - 1
	last := oid[n]
	sha3 := []crypto.Hash{crypto.SHA3_224, crypto.SHA3_256, crypto.SHA3_384, crypto.SHA3_512}
	plain := []crypto.Hash{crypto.SHA1, crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512}
	switch family := oid[:n]; {
	case family.Equal(oidNIST) && last >= 9 && last <= 12:
		return algorithm{ecdsa: true, hash: sha3[last-9]}, nil
	case family.Equal(oidNIST) && last >= 13 && last <= 16:
		return algorithm{hash: sha3[last-13]}, nil
	case family.Equal(oidPlainECDSA) && last >= 1 && last <= 5:
		return algorithm{ecdsa: true, plain: true, hash: plain[last-1]}, nil
	}
	return algorithm{}, fmt.Errorf("%w: signature %v", ErrUnknown, oid)
}

// parsePSS reads RSASSA-PSS-params with their defaults (RFC 4055, 3.1).
func parsePSS(c *cursor) (algorithm, error) {
	a := algorithm{pss: true, hash: crypto.SHA1, salt: 20}
	mask := crypto.SHA1
	p := c.take(tagSequence).children()
	if e, ok := p.optional(context(0)); ok {
		h := e.children()
		if a.hash, p.err = parseHash(h.take(tagSequence), h.err); p.err != nil {
			return algorithm{}, p.err
		}
	}
	if e, ok := p.optional(context(1)); ok {
		m := e.children().take(tagSequence).children()
		if oid := m.oid(); !oid.Equal(oidMGF1) {
			return algorithm{}, fmt.Errorf("%w: mask generation %v", ErrUnknown, oid)
		}
		h := m.take(tagSequence)
		if mask, p.err = parseHash(h, m.err); p.err != nil {
			return algorithm{}, p.err
		}
	}
	if e, ok := p.optional(context(2)); ok {
		n := e.children().integer()
		if !n.IsInt64() || n.Int64() < 0 || n.Int64() > 512 {
			return algorithm{}, malformed("salt length")
		}
		a.salt = int(n.Int64())
	}
	if c.err != nil || p.err != nil {
		return algorithm{}, malformed("PSS parameters")
	}
	if mask != a.hash {
		return algorithm{}, fmt.Errorf("%w: PSS with two different digests", ErrUnknown)
	}
	return a, nil
}

// parseHash reads a digest AlgorithmIdentifier; err is the error of its reader.
func parseHash(e element, err error) (crypto.Hash, error) {
	if err != nil {
		return 0, err
	}
	c := e.children()
	oid := c.oid()
	if c.err != nil {
		return 0, c.err
	}
	return hashOf(oid)
}

// settle fills the hash in from the digest algorithm of the signer; the two
// must agree where both are named.
func (a algorithm) settle(digest crypto.Hash) (algorithm, error) {
	if a.hash == 0 {
		a.hash = digest
	}
	if digest == 0 || a.hash != digest {
		return a, fmt.Errorf("%w: digest %v, signature over %v", ErrAlgorithm, digest, a.hash)
	}
	return a, nil
}

// verify checks the signature value over message with the certificate's key.
func (a algorithm) verify(cert *x509.Certificate, message, value []byte) error {
	if a.ed25519 {
		key, ok := cert.PublicKey.(ed25519.PublicKey)
		if !ok {
			return a.wrongKey(cert)
		}
		if !ed25519.Verify(key, message, value) {
			return ErrSignature
		}
		return nil
	}
	h := a.hash.New()
	h.Write(message)
	return a.verifyDigest(cert, h.Sum(nil), value)
}

// verifyDigest checks the signature value over a digest made with a.hash.
func (a algorithm) verifyDigest(cert *x509.Certificate, digest, value []byte) error {
	if a.ed25519 {
		return fmt.Errorf("%w: Ed25519 without signed attributes", ErrAlgorithm)
	}
	ok := false
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		if a.ecdsa {
			return a.wrongKey(cert)
		}
		if a.pss {
			o := &rsa.PSSOptions{SaltLength: a.salt, Hash: a.hash}
			if a.salt == 0 { // Go's 0 means "find out"
				o.SaltLength = rsa.PSSSaltLengthAuto
			}
			ok = rsa.VerifyPSS(key, a.hash, digest, value, o) == nil
		} else {
			ok = verifyPKCS1v15(key, a.hash, digest, value)
		}
	case *ecdsa.PublicKey:
		if a.pss {
			return a.wrongKey(cert)
		}
		ok = a.verifyECDSA(key, digest, value)
	default:
		return a.wrongKey(cert)
	}
	if !ok {
		return ErrSignature
	}
	return nil
}

func (a algorithm) verifyECDSA(key *ecdsa.PublicKey, digest, value []byte) bool {
	if !a.plain {
		return ecdsa.VerifyASN1(key, digest, value)
	}
	n := len(value) / 2
	if n == 0 || len(value)%2 != 0 || n > 128 {
		return false
	}
	pair := struct{ R, S *big.Int }{new(big.Int).SetBytes(value[:n]), new(big.Int).SetBytes(value[n:])}
	der, err := asn1.Marshal(pair)
	return err == nil && ecdsa.VerifyASN1(key, digest, der)
}

// shortKey is the length below which crypto/rsa refuses to work: such
// signatures are verified here, and reported as too weak by the caller.
const shortKey = 1024

// verifyPKCS1v15 is RSASSA-PKCS1-v1_5 (RFC 8017, 8.2.2) for keys of any length.
func verifyPKCS1v15(key *rsa.PublicKey, h crypto.Hash, digest, value []byte) bool {
	if key.N.BitLen() >= shortKey {
		return rsa.VerifyPKCS1v15(key, h, digest, value) == nil
	}
	k := (key.N.BitLen() + 7) / 8
	s := new(big.Int).SetBytes(value)
	if len(value) != k || key.E < 3 || key.N.BitLen() < 256 || s.Cmp(key.N) >= 0 {
		return false
	}
	info, err := asn1.Marshal(digestInfo{
		Algorithm: pkix.AlgorithmIdentifier{Algorithm: HashOID(h), Parameters: asn1.NullRawValue}, Digest: digest,
	})
	if err != nil || k < len(info)+11 {
		return false
	}
	want := append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, k-len(info)-3)...)
	want = append(append(want, 0), info...)
	got := new(big.Int).Exp(s, big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, k))
	return bytes.Equal(got, want)
}

// digestInfo is DigestInfo of RFC 8017, 9.2.
type digestInfo struct {
	Algorithm pkix.AlgorithmIdentifier
	Digest    []byte
}

func (a algorithm) wrongKey(cert *x509.Certificate) error {
	if cert.PublicKey == nil { // a key that crypto/x509 does not read
		return fmt.Errorf("%w: the certificate's key", ErrUnknown)
	}
	return fmt.Errorf("%w: the certificate has a %v key", ErrAlgorithm, cert.PublicKeyAlgorithm)
}

// name is the word of reports: "RSA-2048", "RSA-PSS-3072", "ECDSA-P-256".
func (a algorithm) name(cert *x509.Certificate) string {
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		if a.pss {
			return fmt.Sprintf("RSA-PSS-%d", key.N.BitLen())
		}
		return fmt.Sprintf("RSA-%d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA-" + key.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return cert.PublicKeyAlgorithm.String()
}
