package verify_test

import (
	"context"
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"trinhky/signer"
	"trinhky/signer/verify"
)

// lists is evidence of CRLs alone.
type lists struct{ *bench }

func (l lists) Collect(context.Context, [][]*x509.Certificate) (signer.Evidence, error) {
	e := signer.Evidence{Certificates: append(l.Chain(), l.TSA.Certificate)}
	now := time.Now()
	for _, issuer := range []struct{ crl func() ([]byte, error) }{
		{func() ([]byte, error) { return l.CRL(l.Intermediate, now.Add(-time.Minute), now.Add(24*time.Hour)) }},
		{func() ([]byte, error) { return l.CRL(l.Root, now.Add(-time.Minute), now.Add(24*time.Hour)) }},
	} {
		crl, err := issuer.crl()
		if err != nil {
			return e, err
		}
		e.CRLs = append(e.CRLs, crl)
	}
	return e, nil
}

// TestLevels: what the pipeline makes is found, offline, and keeps its worth
// after the certificates are gone.
func TestLevels(t *testing.T) {
	b := newBench(t)
	base := b.letter(t)
	later := b.Leader.Certificate.NotAfter.Add(24 * time.Hour)
	for _, level := range []signer.Level{signer.LevelB, signer.LevelT, signer.LevelLT, signer.LevelLTA} {
		t.Run(level.String(), func(t *testing.T) {
			out := filepath.Join(b.dir, level.String()+".pdf")
			p := &signer.Pipeline{TSA: b.authority, Evidence: lists{b}}
			_, err := p.Sign(context.Background(), signer.Request{
				Input: b.write(t, base), Output: out, Certificate: b.Leader.Certificate, Chain: b.Chain(), Level: level,
			}, softKey{b.Leader.Key}, nil)
			if err != nil {
				t.Fatal(err)
			}
			o := b.options()
			o.Status = nil
			for _, at := range []time.Time{{}, later} {
				o.At = at
				r, err := verify.File(context.Background(), out, o)
				if err != nil {
					t.Fatal(err)
				}
				want := verify.Valid
				if level == signer.LevelB && !at.IsZero() {
					want = verify.Indeterminate
				}
				s := r.Signatures[0]
				if r.Verdict != want || s.Level != level || (s.Revocation == verify.RevocationGood) != (level >= signer.LevelLT) {
					show(t, r)
					t.Errorf("at %v: want %v", at, want)
				}
				if level == signer.LevelLTA && (len(r.Signatures) != 2 || r.Signatures[1].Kind != verify.DocumentTimestamp) {
					t.Errorf("%d signatures", len(r.Signatures))
				}
			}
		})
	}
}

// TestEncrypted: documents are signed and verified under their encryption.
func TestEncrypted(t *testing.T) {
	qpdf, err := exec.LookPath("qpdf")
	if err != nil {
		t.Skip("qpdf is not installed")
	}
	b := newBench(t)
	in := b.write(t, b.letter(t))
	for name, args := range map[string][]string{
		"RC4-128":                       {"--allow-weak-crypto", "--encrypt", "mở", "chủ", "128", "--use-aes=n", "--"},
		"AES-256":                       {"--encrypt", "mở", "chủ", "256", "--"},
		"AES-256, object streams":       {"--object-streams=generate", "--encrypt", "mở", "chủ", "256", "--"},
		"AES-128, metadata in the open": {"--allow-weak-crypto", "--encrypt", "mở", "chủ", "128", "--use-aes=y", "--cleartext-metadata", "--"},
	} {
		t.Run(name, func(t *testing.T) {
			locked := filepath.Join(b.dir, "locked.pdf")
			if out, err := exec.Command(qpdf, append(args, in, locked)...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			data, err := os.ReadFile(locked)
			if err != nil {
				t.Fatal(err)
			}
			password := func(r *signer.Request) { r.Password = signer.PIN("mở") }
			twice := b.sign(t, b.sign(t, data, b.Leader, password), b.Agency, password)
			o := b.options()
			o.Password = signer.PIN("mở")
			if r := b.verify(t, twice, o); r.Verdict != verify.Valid || len(r.Signatures) != 2 {
				show(t, r)
				t.Error("two signatures in an encrypted document are not valid")
			}
			o.Password = nil
			if _, err := verify.File(context.Background(), b.write(t, twice), o); err == nil {
				t.Error("it opens without its password")
			}
		})
	}
}
