package cms

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"
)

// algorithmOf reads a signature AlgorithmIdentifier with this object identifier.
func algorithmOf(t *testing.T, oid asn1.ObjectIdentifier) (algorithm, error) {
	t.Helper()
	der, err := asn1.Marshal(oid)
	if err != nil {
		t.Fatal(err)
	}
	return parseAlgorithm(element{body: der})
}

// TestOddAlgorithms: SHA-3, plain ECDSA and keys that crypto/rsa refuses are
// verified; a wrong value is not.
func TestOddAlgorithms(t *testing.T) {
	message := []byte("nội dung")
	digest := func(h crypto.Hash) []byte { w := h.New(); w.Write(message); return w.Sum(nil) }
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sha3, err := rsa.SignPKCS1v15(rand.Reader, long, crypto.SHA3_256, digest(crypto.SHA3_256))
	if err != nil {
		t.Fatal(err)
	}
	r, s, err := ecdsa.Sign(rand.Reader, curve, digest(crypto.SHA256))
	if err != nil {
		t.Fatal(err)
	}
	plain := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	for name, c := range map[string]struct {
		oid   asn1.ObjectIdentifier
		key   any
		value []byte
	}{
		"RSA with SHA3-256": {append(append(asn1.ObjectIdentifier{}, oidNIST...), 14), &long.PublicKey, sha3},
		"plain ECDSA":       {append(append(asn1.ObjectIdentifier{}, oidPlainECDSA...), 3), &curve.PublicKey, plain},
	} {
		a, err := algorithmOf(t, c.oid)
		if err != nil {
			t.Fatal(name, err)
		}
		cert := &x509.Certificate{PublicKey: c.key}
		if err := a.verify(cert, message, c.value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		c.value[7] ^= 1
		if err := a.verify(cert, message, c.value); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: a wrong value: %v", name, err)
		}
	}
	if _, err := algorithmOf(t, asn1.ObjectIdentifier{1, 3, 101, 113}); !errors.Is(err, ErrUnknown) {
		t.Errorf("Ed448: %v", err)
	}
}

// TestShortKey: a signature by a key of 512 bits is computed by hand.
func TestShortKey(t *testing.T) {
	prime := func() *big.Int {
		p, err := rand.Prime(rand.Reader, 256)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	one, e := big.NewInt(1), big.NewInt(65537)
	var n, d *big.Int
	for d == nil {
		p, q := prime(), prime()
		n = new(big.Int).Mul(p, q)
		d = new(big.Int).ModInverse(e, new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)))
	}
	h := crypto.SHA1.New()
	h.Write([]byte("cũ"))
	digest := h.Sum(nil)
	info, err := asn1.Marshal(digestInfo{
		Algorithm: pkix.AlgorithmIdentifier{Algorithm: oidSHA1, Parameters: asn1.NullRawValue}, Digest: digest,
	})
	if err != nil {
		t.Fatal(err)
	}
	k := (n.BitLen() + 7) / 8
	padded := make([]byte, k)
	padded[1] = 1
	for i := 2; i < k-len(info)-1; i++ {
		padded[i] = 0xff
	}
	copy(padded[k-len(info):], info)
	value := new(big.Int).Exp(new(big.Int).SetBytes(padded), d, n).FillBytes(make([]byte, k))
	key := &rsa.PublicKey{N: n, E: 65537}
	if !verifyPKCS1v15(key, crypto.SHA1, digest, value) {
		t.Error("a good signature by a short key is not verified")
	}
	value[3] ^= 1
	if verifyPKCS1v15(key, crypto.SHA1, digest, value) {
		t.Error("a wrong signature by a short key is verified")
	}
}
