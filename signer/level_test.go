package signer_test

import (
	"context"
	"crypto"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"trinhky/signer"
	"trinhky/signer/evidence"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/validators"
	"trinhky/signer/tsa"
	"trinhky/signer/verify"
)

// online is a bench whose authority answers on loopback.
func online(t testing.TB, o pki.Options) (*bench, *pki.Server, *tsa.Client) {
	t.Helper()
	s, err := pki.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	k, err := tsa.New(tsa.Config{Servers: []tsa.Server{{URL: s.TSAURL()}}, Roots: s.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	return benchOf(t, s.PKI), s, k
}

func TestLevelT(t *testing.T) {
	b, s, authority := online(t, pki.Options{})
	in, _ := b.document(t, 0)
	r := b.request(in, "t.pdf")
	r.Level = signer.LevelT
	p := &signer.Pipeline{TSA: authority}
	got, err := p.Sign(t.Context(), r, b.key(), nil)
	if err != nil || got.Level != signer.LevelT || got.Downgrade != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	validators.Check(t, r.Output, validators.Expect{Signatures: 1, Roots: b.roots})

	s.Services.SetFault(pki.ServiceTSA, pki.FaultTooMany)
	r.Output = filepath.Join(b.dir, "failed.pdf")
	if _, err := p.Sign(t.Context(), r, b.key(), nil); !errors.Is(err, signer.ErrLevel) {
		t.Errorf("a failing TSA: %v", err)
	}
	absent(t, r.Output)

	r.DowngradeAllowed = true
	got, err = p.Sign(t.Context(), r, b.key(), nil)
	var fault *tsa.Error
	if err != nil || got.Level != signer.LevelB || !errors.Is(got.Downgrade, signer.ErrLevel) ||
		!errors.As(got.Downgrade, &fault) || fault.Fault != tsa.Quota {
		t.Fatalf("%+v, %v", got, err)
	}
	validators.Check(t, r.Output, validators.Expect{Signatures: 1, Roots: b.roots})
}

// fatTSA gives more than it announced.
type fatTSA struct{ size int }

func (f fatTSA) TokenSize() int { return 100 }

func (f fatTSA) Timestamp(context.Context, crypto.Hash, []byte) ([]byte, error) {
	return make([]byte, f.size), nil
}

func TestTokenThatDoesNotFit(t *testing.T) {
	b := newBench(t, pki.P256)
	in, _ := b.document(t, 0)
	r := b.request(in, "fat.pdf")
	r.Level = signer.LevelT
	if _, err := (&signer.Pipeline{TSA: fatTSA{5000}}).Sign(t.Context(), r, b.key(), nil); !errors.Is(err, signer.ErrLevel) {
		t.Errorf("got %v", err)
	}
	absent(t, r.Output)
	if _, err := os.Stat(in); err != nil {
		t.Error(err)
	}
}

// preserved is a pipeline that reaches every level.
func preserved(authority *tsa.Client) *signer.Pipeline {
	return &signer.Pipeline{TSA: authority, Evidence: evidence.New(evidence.Config{})}
}

func TestLevelLTA(t *testing.T) {
	b, s, authority := online(t, pki.Options{Keys: pki.P256})
	in, _ := b.document(t, 0)
	r := b.request(in, "lta.pdf")
	r.Level = signer.LevelLTA
	p := preserved(authority)
	var stages []signer.Stage
	got, err := p.Sign(t.Context(), r, b.key(), func(s signer.Stage) { stages = append(stages, s) })
	if err != nil || got.Level != signer.LevelLTA || got.SHA256 != sum(t, r.Output) {
		t.Fatalf("%+v, %v", got, err)
	}
	want := []signer.Stage{
		signer.StagePrepare, signer.StageToken, signer.StageTimestamp, signer.StageEvidence, signer.StageTimestamp, signer.StageWrite,
	}
	if !slices.Equal(stages, want) {
		t.Errorf("stages %v", stages)
	}
	reported(t, b, r.Output, signer.LevelLTA, 2)
	validators.Check(t, r.Output, validators.Expect{Roots: b.roots, NoMutool: true, Later: true})

	// A second person signs afterwards: everything stays valid, and the answers
	// about the chain are used again.
	asked := s.Services.Requests(pki.ServiceOCSP)
	second := b.request(r.Output, "second.pdf")
	second.Level = signer.LevelLT
	if _, err := p.Sign(t.Context(), second, b.key(), nil); err != nil {
		t.Fatal(err)
	}
	reported(t, b, second.Output, signer.LevelLTA, 3)
	if n := s.Services.Requests(pki.ServiceOCSP); n != asked {
		t.Errorf("OCSP was asked %d times more", n-asked)
	}
}

// reported has the file verified offline and expects the level of its first
// signature.
func reported(t *testing.T, b *bench, path string, level signer.Level, signatures int) {
	t.Helper()
	rep, err := verify.File(t.Context(), path, verify.Options{Roots: b.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Signatures) != signatures {
		t.Fatalf("%d signatures", len(rep.Signatures))
	}
	for i, s := range rep.Signatures {
		if s.Verdict != verify.Valid || !s.Intact || s.Changes == verify.ChangesSuspicious {
			t.Errorf("signature %d: %v %v %+v", i+1, s.Verdict, s.Changes, s.Findings)
		}
	}
	if rep.Signatures[0].Level != level {
		t.Errorf("level %v, want %v: %+v", rep.Signatures[0].Level, level, rep.Signatures[0].Findings)
	}
}

func TestAugment(t *testing.T) {
	b, s, authority := online(t, pki.Options{Keys: pki.P256})
	in, _ := b.document(t, 0)
	r := b.request(in, "b.pdf")
	p := preserved(authority)
	if _, err := p.Sign(t.Context(), r, b.key(), nil); err != nil {
		t.Fatal(err)
	}
	a := signer.Augmentation{Input: r.Output, Output: filepath.Join(b.dir, "t.pdf"), Level: signer.LevelT}
	if _, err := p.Augment(t.Context(), a, nil); err != nil {
		t.Fatal(err)
	}
	reported(t, b, a.Output, signer.LevelT, 2)
	a.Input, a.Output, a.Level = a.Output, filepath.Join(b.dir, "lta.pdf"), signer.LevelLTA
	got, err := p.Augment(t.Context(), a, nil)
	if err != nil || got.SHA256 != sum(t, a.Output) {
		t.Fatalf("%+v, %v", got, err)
	}
	reported(t, b, a.Output, signer.LevelLTA, 3)

	a.Input, a.Output = in, filepath.Join(b.dir, "no.pdf")
	if _, err := p.Augment(t.Context(), a, nil); !errors.Is(err, signer.ErrUnsigned) {
		t.Errorf("an unsigned document: %v", err)
	}
	a.Input = r.Output
	s.Services.SetFault(pki.ServiceTSA, pki.FaultDown)
	if _, err := p.Augment(t.Context(), a, nil); !errors.Is(err, signer.ErrLevel) {
		t.Errorf("TSA down: %v", err)
	}
	absent(t, a.Output)
}

// TestEvidenceFaults: without proof the level fails or is lowered by name; a
// revoked certificate fails in any case.
func TestEvidenceFaults(t *testing.T) {
	b, s, authority := online(t, pki.Options{Keys: pki.P256})
	in, _ := b.document(t, 0)
	r := b.request(in, "lt.pdf")
	r.Level = signer.LevelLT
	s.Services.SetFault(pki.ServiceOCSP, pki.FaultUnknown)
	got, err := preserved(authority).Sign(t.Context(), r, b.key(), nil)
	if err != nil || got.Level != signer.LevelLT {
		t.Fatalf("with CRLs alone: %+v, %v", got, err)
	}
	reported(t, b, r.Output, signer.LevelLT, 1)

	s.Services.SetFault(pki.ServiceCRL, pki.FaultGarbage)
	r.Output = filepath.Join(b.dir, "none.pdf")
	if _, err := preserved(authority).Sign(t.Context(), r, b.key(), nil); !errors.Is(err, signer.ErrLevel) {
		t.Errorf("no evidence: %v", err)
	}
	absent(t, r.Output)
	r.DowngradeAllowed = true
	got, err = preserved(authority).Sign(t.Context(), r, b.key(), nil)
	if err != nil || got.Level != signer.LevelT || !errors.Is(got.Downgrade, signer.ErrLevel) {
		t.Fatalf("%+v, %v", got, err)
	}
	reported(t, b, r.Output, signer.LevelT, 1)

	s.Services.SetFault(pki.ServiceOCSP, pki.FaultNone)
	b.Revoke(b.Leader.Certificate, pki.Revocation{At: time.Now().Add(-time.Hour)})
	r.Output = filepath.Join(b.dir, "revoked.pdf")
	_, err = preserved(authority).Sign(t.Context(), r, b.key(), nil)
	var certificate *signer.CertificateError
	if !errors.As(err, &certificate) || certificate.Fault != signer.CertificateRevoked {
		t.Errorf("revoked: %v", err)
	}
	absent(t, r.Output)
}

// TestRevokedTSA: whether the certificate of a TSA is revoked is not asked where
// nobody asked for evidence; B-T is made, and verification has the last word.
// B-LT fails, lowered or not: its evidence would say that the time proves nothing.
func TestRevokedTSA(t *testing.T) {
	b, _, authority := online(t, pki.Options{Keys: pki.P256})
	b.Revoke(b.TSA.Certificate, pki.Revocation{At: time.Now().Add(-time.Hour), Reason: 1})
	in, _ := b.document(t, 0)
	r := b.request(in, "t.pdf")
	r.Level = signer.LevelT
	got, err := preserved(authority).Sign(t.Context(), r, b.key(), nil)
	if err != nil || got.Level != signer.LevelT {
		t.Fatalf("B-T: %+v, %v", got, err)
	}
	for _, lower := range []bool{false, true} {
		r := b.request(in, "lt.pdf")
		r.Level, r.DowngradeAllowed = signer.LevelLT, lower
		_, err := preserved(authority).Sign(t.Context(), r, b.key(), nil)
		var certificate *signer.CertificateError
		if !errors.As(err, &certificate) || certificate.Fault != signer.CertificateRevoked ||
			certificate.Subject != b.TSA.Certificate.Subject.CommonName {
			t.Errorf("B-LT, may be lowered %v: %v", lower, err)
		}
		absent(t, r.Output)
	}
}
