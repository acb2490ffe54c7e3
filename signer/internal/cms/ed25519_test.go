package cms

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// TestEd25519 reads a signature of RFC 8419, which this package does not make.
func TestEd25519(t *testing.T) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := newSigner(t, key)
	spec := Spec{Certificate: s.cert, Hash: crypto.SHA512}
	digest, _ := DigestOf(content)(crypto.SHA512)
	todo, err := spec.ToSign(digest)
	if err != nil {
		t.Fatal(err)
	}
	value := ed25519.Sign(key, todo.attributes)
	signed := append([]byte(nil), todo.attributes...)
	signed[0] = context(0)
	sequence := func(parts ...[]byte) []byte {
		return der(func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				for _, p := range parts {
					b.AddBytes(p)
				}
			})
		})
	}
	hash := der(func(b *cryptobyte.Builder) { addHash(b, crypto.SHA512, false) })
	oid := func(o []int) []byte {
		return der(func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(o) })
	}
	one := []byte{tagInteger, 1, 1}
	serial := der(func(b *cryptobyte.Builder) { b.AddASN1BigInt(s.cert.SerialNumber) })
	info := sequence(one, sequence(s.cert.RawIssuer, serial), hash, signed, sequence(oid(oidEd25519)), encode(tagOctets, value))
	raw := sequence(oid(oidSignedData), encode(context(0), sequence(one, encode(tagSet, hash), sequence(oid(oidData)),
		encode(context(0), s.cert.Raw), encode(tagSet, info))))
	d, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	v, err := d.Signers[0].Verify(DigestOf(content))
	if err != nil || v.Algorithm != "Ed25519" || !v.Bound {
		t.Fatalf("%+v, %v", v, err)
	}
	if d, err = Parse(flip(t, raw, value)); err == nil {
		_, err = d.Signers[0].Verify(DigestOf(content))
	}
	if !errors.Is(err, ErrSignature) {
		t.Errorf("flipped: %v", err)
	}
}
