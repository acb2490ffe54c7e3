package signer_test

import (
	"crypto"
	"fmt"
	"path/filepath"
	"testing"

	"trinhky/signer"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/validators"
)

// TestAlgorithms signs one document again and again with every algorithm on
// offer; every validator accepts all of them. RSASSA-PSS has a document of its
// own, as mutool does not know it.
func TestAlgorithms(t *testing.T) {
	b := newBench(t, pki.P256)
	type algorithm struct {
		keys pki.Algorithm
		hash crypto.Hash
		pss  bool
	}
	hashes := []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}
	var common, pss []algorithm
	for _, h := range hashes {
		for _, k := range []pki.Algorithm{pki.RSA2048, pki.P256, pki.P384} {
			common = append(common, algorithm{k, h, false})
		}
		pss = append(pss, algorithm{pki.RSA2048, h, true}, algorithm{pki.RSA3072, h, true})
	}
	people := map[pki.Algorithm]pki.Identity{}
	for name, list := range map[string][]algorithm{"common": common, "PSS": pss} {
		in, _ := b.document(t, 0)
		for i, a := range list {
			if people[a.keys].Key == nil {
				id, err := b.Issue(pki.Template{Algorithm: a.keys, Subject: pki.Person(fmt.Sprintf("Người ký %d", a.keys), "", "Sở")})
				if err != nil {
					t.Fatal(err)
				}
				people[a.keys] = id
			}
			r := b.request(in, fmt.Sprintf("%s-%d.pdf", name, i))
			r.Certificate, r.Digest, r.PSS = people[a.keys].Certificate, a.hash, a.pss
			if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, &softKey{people[a.keys].Key}, nil); err != nil {
				t.Fatalf("%+v: %v", a, err)
			}
			in = r.Output
		}
		validators.Check(t, in, validators.Expect{Signatures: len(list), Roots: b.roots, NoMutool: name == "PSS"})
		reported(t, b, in, signer.LevelB, len(list))
		keepAs(t, filepath.Clean(in))
	}
}

// TestAlgorithmsRefused: what nobody could verify is refused before the key is
// asked.
func TestAlgorithmsRefused(t *testing.T) {
	b := newBench(t, pki.P256)
	in, _ := b.document(t, 0)
	for name, change := range map[string]func(*signer.Request){
		"SHA-1":           func(r *signer.Request) { r.Digest = crypto.SHA1 },
		"MD5":             func(r *signer.Request) { r.Digest = crypto.MD5 },
		"SHA3-256":        func(r *signer.Request) { r.Digest = crypto.SHA3_256 },
		"PSS with EC key": func(r *signer.Request) { r.PSS = true },
	} {
		r := b.request(in, "out.pdf")
		change(&r)
		if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err == nil {
			t.Errorf("%s was accepted", name)
		}
		absent(t, r.Output)
	}
}
