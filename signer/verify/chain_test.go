package verify

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"
)

// weakChain is a leaf under two authorities, all signed with SHA-1.
func weakChain(t *testing.T, mayIssue bool) (leaf, middle, root *x509.Certificate) {
	t.Helper()
	now := time.Now()
	make := func(n int64, name string, ca bool, by *x509.Certificate, issuer *rsa.PrivateKey) (*x509.Certificate, *rsa.PrivateKey) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		c := &x509.Certificate{
			SerialNumber: big.NewInt(n), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
			SignatureAlgorithm: x509.SHA1WithRSA, IsCA: ca, BasicConstraintsValid: true,
		}
		if by == nil {
			by, issuer = c, key
		}
		der, err := x509.CreateCertificate(rand.Reader, c, by, &key.PublicKey, issuer)
		if err != nil {
			t.Fatal(err)
		}
		out, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return out, key
	}
	root, rootKey := make(1, "Gốc cũ", true, nil, nil)
	middle, middleKey := make(2, "Trung gian cũ", mayIssue, root, rootKey)
	leaf, _ = make(3, "Người ký", false, middle, middleKey)
	return leaf, middle, root
}

// TestWeakChain: a chain with SHA-1 signatures, which crypto/x509 refuses, is
// built and named as weak; one that no authority may have made is not.
func TestWeakChain(t *testing.T) {
	for _, c := range []struct {
		name     string
		mayIssue bool
		at       time.Duration
		trusted  bool
		want     ChainState
	}{
		{"a weak chain", true, 0, true, ChainTrusted},
		{"after its end", true, 48 * time.Hour, true, ChainExpired},
		{"an issuer that is no authority", false, 0, true, ChainUntrusted},
		{"an unknown root", true, 0, false, ChainUntrusted},
	} {
		leaf, middle, root := weakChain(t, c.mayIssue)
		roots := x509.NewCertPool()
		if c.trusted {
			roots.AddCert(root)
		}
		x := &examination{options: Options{Roots: roots}, known: &material{certificates: []*x509.Certificate{leaf, middle, root}}}
		k := x.chain(leaf, time.Now().Add(c.at), x509.ExtKeyUsageAny)
		if k.state != c.want || k.weak != (c.want == ChainTrusted || c.want == ChainExpired) {
			t.Errorf("%s: %v, weak %v", c.name, k.state, k.weak)
		}
	}
}
