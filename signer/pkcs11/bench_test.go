package pkcs11_test

import (
	"testing"

	"trinhky/signer"
	"trinhky/signer/pkcs11"
	"trinhky/signer/signertest/pki"
)

// Signatures through the helper; P-256 shows what the pipes cost.
func BenchmarkSign(b *testing.B) {
	p := ca(b)
	for name, id := range map[string]pki.Identity{"RSA-2048": p.Leader, "P-256": p.leaves[pki.P256]} {
		b.Run(name, func(b *testing.B) {
			tok := hsm(b, object(1, id))
			s := source(b, pkcs11.Config{Modules: []string{tok.Module}, Environment: tok.Environment()})
			slots, err := s.Slots(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			t, err := s.Open(slots[0])
			if err != nil {
				b.Fatal(err)
			}
			k, err := t.Unlock(b.Context(), signer.Certificate{X509: id.Certificate}, signer.PIN(pin))
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = k.Close() }()
			for b.Loop() {
				if err := sign(k); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
