package evidence_test

import (
	"errors"
	"testing"
	"time"

	"trinhky/signer/evidence"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/verify"
)

func start(t *testing.T) *pki.Server {
	t.Helper()
	s, err := pki.Start(pki.Options{Keys: pki.P256})
	if err != nil {
		t.Fatal(err)
	}
	s.Services.Delay = time.Hour // longer than the time-out below
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestStatus(t *testing.T) {
	s := start(t)
	issuer, revoked := s.Intermediate.Certificate, s.RevokedLeaf.Certificate
	source := evidence.New(evidence.Config{})
	before := s.Now.Add(-60 * 24 * time.Hour)
	for name, c := range map[string]struct {
		ocsp pki.Fault
		crl  pki.Fault
		leaf bool // the good leaf instead of the revoked one
		at   time.Time
		want verify.Revocation
		fail bool
	}{
		"good":                     {leaf: true, at: s.Now, want: verify.RevocationGood},
		"revoked":                  {at: s.Now, want: verify.RevocationRevoked},
		"before the revocation":    {at: before, want: verify.RevocationGood},
		"OCSP down, CRL":           {ocsp: pki.FaultDown, at: s.Now, want: verify.RevocationRevoked},
		"OCSP slow, CRL":           {ocsp: pki.FaultSlow, leaf: true, at: s.Now, want: verify.RevocationGood},
		"OCSP HTML, CRL":           {ocsp: pki.FaultHTML, at: s.Now, want: verify.RevocationRevoked},
		"OCSP portal, CRL":         {ocsp: pki.FaultPortal, at: s.Now, want: verify.RevocationRevoked},
		"OCSP huge, CRL":           {ocsp: pki.FaultHuge, at: s.Now, want: verify.RevocationRevoked},
		"OCSP unknown, CRL":        {ocsp: pki.FaultUnknown, at: s.Now, want: verify.RevocationRevoked},
		"OCSP bad signature, CRL":  {ocsp: pki.FaultBadSignature, at: s.Now, want: verify.RevocationRevoked},
		"OCSP wrong signer, CRL":   {ocsp: pki.FaultWrongSigner, at: s.Now, want: verify.RevocationRevoked},
		"OCSP wrong serial, CRL":   {ocsp: pki.FaultWrongSerial, at: s.Now, want: verify.RevocationRevoked},
		"OCSP stale, CRL":          {ocsp: pki.FaultStale, at: s.Now, want: verify.RevocationRevoked},
		"OCSP and CRL down":        {ocsp: pki.FaultDown, crl: pki.FaultDown, at: s.Now, fail: true},
		"OCSP down, CRL HTML":      {ocsp: pki.FaultDown, crl: pki.FaultHTML, at: s.Now, fail: true},
		"OCSP try later, CRL cut":  {ocsp: pki.FaultTryLater, crl: pki.FaultCutShort, at: s.Now, fail: true},
		"OCSP garbage, CRL stale":  {ocsp: pki.FaultGarbage, crl: pki.FaultStale, at: s.Now, fail: true},
		"OCSP garbage, CRL portal": {ocsp: pki.FaultGarbage, crl: pki.FaultPortal, at: s.Now, fail: true},
	} {
		t.Run(name, func(t *testing.T) {
			source := source
			switch {
			case c.crl != pki.FaultNone: // an older list would still do
				source = evidence.New(evidence.Config{})
			case c.ocsp == pki.FaultSlow: // time enough for the list, which is not slow
				source = evidence.New(evidence.Config{Timeout: 4 * time.Second})
			}
			s.Services.SetFault(pki.ServiceOCSP, c.ocsp)
			s.Services.SetFault(pki.ServiceCRL, c.crl)
			cert := revoked
			if c.leaf {
				cert = s.Leader.Certificate
			}
			got, since, err := source.Status(t.Context(), cert, issuer, c.at)
			if (err != nil) != c.fail {
				t.Fatalf("%v, %v", got, err)
			}
			if c.fail {
				c.want = verify.RevocationUnknown
			}
			if got != c.want || (got == verify.RevocationRevoked) == since.IsZero() {
				t.Errorf("%s since %s, want %s", got, since, c.want)
			}
		})
	}
}

func TestNobodyToAsk(t *testing.T) {
	p, err := pki.New(pki.Options{Keys: pki.P256})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = evidence.New(evidence.Config{}).Status(t.Context(), p.Leader.Certificate, p.Intermediate.Certificate, p.Now)
	if !errors.Is(err, evidence.ErrNoService) {
		t.Errorf("got %v", err)
	}
}

// A list is fetched once while it is valid.
func TestListIsKept(t *testing.T) {
	s := start(t)
	s.Services.SetFault(pki.ServiceOCSP, pki.FaultDown)
	source := evidence.New(evidence.Config{})
	for range 3 {
		if _, _, err := source.Status(t.Context(), s.Leader.Certificate, s.Intermediate.Certificate, s.Now); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.Services.Requests(pki.ServiceCRL); n != 1 {
		t.Errorf("the list was fetched %d times", n)
	}
}
