package wire

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trinhky/app/message"
	"trinhky/app/settings"
	"trinhky/signer"
	"trinhky/signer/pkcs11"
)

func certificate(name string, from, to time.Duration, usage x509.KeyUsage) signer.Certificate {
	now := time.Now()
	return signer.Certificate{Label: name, X509: &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(from), NotAfter: now.Add(to), KeyUsage: usage,
	}}
}

func TestMaySign(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		cert signer.Certificate
		want signer.CertificateFault
	}{
		"digitalSignature":  {certificate("a", -day, day, x509.KeyUsageDigitalSignature), 0},
		"nonRepudiation":    {certificate("a", -day, day, x509.KeyUsageContentCommitment), 0},
		"no extension":      {certificate("a", -day, day, 0), 0},
		"only encipherment": {certificate("a", -day, day, x509.KeyUsageKeyEncipherment), signer.CertificateKeyUsage},
		"expired":           {certificate("a", -2*day, -day, x509.KeyUsageDigitalSignature), signer.CertificateExpired},
		"not yet valid":     {certificate("a", day, 2*day, x509.KeyUsageDigitalSignature), signer.CertificateNotYetValid},
	} {
		err := MaySign(c.cert.X509, time.Now())
		var fault *signer.CertificateError
		if errors.As(err, &fault); (c.want == 0) != (err == nil) || fault != nil && fault.Fault != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// fake is a token source in memory: one token for each label.
type fake map[string][]signer.Certificate

func (f fake) Slots(context.Context) ([]signer.Slot, error) {
	var list []signer.Slot
	for label := range f {
		list = append(list, signer.Slot{Token: signer.TokenInfo{Label: label, Serial: "s-" + label}})
	}
	return list, nil
}

func (f fake) Open(s signer.Slot) (signer.Token, error) { return fakeToken(f[s.Token.Label]), nil }

func (f fake) Changed() <-chan struct{} { return nil }

type fakeToken []signer.Certificate

func (t fakeToken) Certificates(context.Context) ([]signer.Certificate, error) { return t, nil }

func (t fakeToken) Unlock(context.Context, signer.Certificate, signer.PIN) (signer.Key, error) {
	return nil, &signer.PINError{}
}

func TestKeyChoice(t *testing.T) {
	const day = 24 * time.Hour
	leader := certificate("leader", -day, day, x509.KeyUsageDigitalSignature)
	agency := certificate("agency", -day, day, x509.KeyUsageDigitalSignature)
	expired := certificate("expired", -2*day, -day, x509.KeyUsageDigitalSignature)
	authority := certificate("CA", -day, day, x509.KeyUsageCertSign)
	authority.X509.IsCA, authority.Unusable = true, pkcs11.ErrAuthority
	for name, c := range map[string]struct {
		tokens fake
		uri    string
		want   string // common name
		many   int
		none   bool
	}{
		"the only one":            {tokens: fake{"a": {leader, authority}}, want: "leader"},
		"two on one token":        {tokens: fake{"a": {leader, agency}}, many: 2},
		"two tokens":              {tokens: fake{"a": {leader}, "b": {agency}}, many: 2},
		"named token":             {tokens: fake{"a": {leader}, "b": {agency}}, uri: "pkcs11:token=b", want: "agency"},
		"named certificate":       {tokens: fake{"a": {leader, agency}}, uri: "pkcs11:object=agency", want: "agency"},
		"an expired one is none":  {tokens: fake{"a": {leader, expired}}, want: "leader"},
		"only an expired one":     {tokens: fake{"a": {expired, authority}}, want: "expired"},
		"only an authority":       {tokens: fake{"a": {authority}}, none: true},
		"no such token":           {tokens: fake{"a": {leader}}, uri: "pkcs11:token=x", none: true},
		"no token at all":         {tokens: fake{}, none: true},
		"serial of another token": {tokens: fake{"a": {leader}}, uri: "pkcs11:token=a;serial=x", none: true},
	} {
		t.Run(name, func(t *testing.T) {
			g := &Graph{tokens: map[string]signer.TokenSource{}}
			own, err := g.modules() // without settings: what is installed here
			if err != nil {
				t.Fatal(err)
			}
			g.tokens[joined(own)] = c.tokens
			got, err := g.Key(t.Context(), c.uri)
			var many *AmbiguousError
			switch {
			case c.many > 0:
				if !errors.As(err, &many) || len(many.Candidates) != c.many {
					t.Errorf("%v", err)
				}
			case c.none:
				if !errors.Is(err, signer.ErrNoToken) {
					t.Errorf("%+v, %v", got.Name, err)
				}
			case err != nil || got.Certificate.X509.Subject.CommonName != c.want:
				t.Errorf("%+v, %v", got.Name, err)
			}
		})
	}
}

// Errors of the adapters get their words here.
func TestKeyErrorsHaveWords(t *testing.T) {
	words, err := Words("vi")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.p12")
	if err := os.WriteFile(path, []byte("%PDF-1.4"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, noKey := fileKey(path).Unlock(t.Context(), PINs{Login: signer.PIN("x")})
	_, noURI := (&Graph{}).Key(t.Context(), "nonsense")
	for want, err := range map[string]error{
		"error.key-file": noKey, "error.key-uri": noURI,
		"error.unusable.authority": keyError(pkcs11.ErrAuthority), "error.unusable.no-key": keyError(pkcs11.ErrKeyMissing),
		"error.unusable.key-kind": keyError(pkcs11.ErrKeyKind),
		"error.pin-length":        keyError(&pkcs11.PINLengthError{Min: 4, Max: 8}),
	} {
		m := words.Of(err)
		if m.Code != want || m.Next == "" {
			t.Errorf("%v: %+v, want %s", err, m, want)
		}
	}
	if keyError(nil) != nil {
		t.Error("no error became one")
	}
}

// Damaged settings are the person's to put right, not a fault of ours.
func TestOpenDamagedSettings(t *testing.T) {
	home := t.TempDir()
	if err := os.WriteFile(settings.File(home), []byte("= ="), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(Options{Home: home})
	var coded *message.Coded
	if !errors.As(err, &coded) || coded.Code != "error.settings" {
		t.Errorf("%v", err)
	}
}

func TestTrust(t *testing.T) {
	home := t.TempDir()
	if err := settings.Save(home, settings.Settings{Signing: settings.Signing{Trust: "trust"}}); err != nil {
		t.Fatal(err)
	}
	g, err := Open(Options{Home: home})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.Trust(); err != nil { // no folder: nothing is trusted
		t.Error(err)
	}
	if _, _, err := g.TrustAlso([]string{filepath.Join(home, "missing.pem")}); err == nil {
		t.Error("an anchor that is named and missing was passed over")
	}
	bad := filepath.Join(home, "bad.pem")
	if err := os.WriteFile(bad, []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.TrustAlso([]string{bad}); err == nil {
		t.Error("a broken anchor was passed over")
	}
}
