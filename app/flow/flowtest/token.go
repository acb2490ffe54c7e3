package flowtest

import (
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"testing"

	"trinhky/signer"
)

// Token is a token with one certificate.
type Token struct {
	Certificate *x509.Certificate
	PIN         signer.PINState
	Absent      bool
	More        []signer.Certificate // further certificates on it
	// Label and Serial are its own where they are set.
	Label, Serial string
	// EachTime: its key wants the PIN at every signature.
	EachTime bool
	// Entered are the PINs that reached it, Unlocked counts the open keys.
	Entered  []string
	Unlocked int

	key   *ecdsa.PrivateKey
	right string
}

// NewToken makes a token for a holder.
func NewToken(t testing.TB, holder, pin string) *Token {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: holder, Organization: []string{"Sở Thử nghiệm tỉnh Mẫu"}},
		NotBefore: Now.AddDate(-1, 0, 0), NotAfter: Now.AddDate(2, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return &Token{Certificate: c, key: key, right: pin}
}

// Slots implements signer.TokenSource.
func (t *Token) Slots(context.Context) ([]signer.Slot, error) {
	if t.Absent {
		return nil, nil
	}
	return []signer.Slot{{Token: signer.TokenInfo{Label: cmp.Or(t.Label, "Token thử"), Serial: cmp.Or(t.Serial, "0001"), PIN: t.PIN}}}, nil
}

// reader is what a world's tokens are put into.
type reader struct{ w *World }

func (r reader) tray() Tray { return append(Tray{r.w.Token}, r.w.Others...) }

// Slots implements signer.TokenSource.
func (r reader) Slots(ctx context.Context) ([]signer.Slot, error) { return r.tray().Slots(ctx) }

// Open implements signer.TokenSource.
func (r reader) Open(s signer.Slot) (signer.Token, error) { return r.tray().Open(s) }

// Changed implements signer.TokenSource.
func (reader) Changed() <-chan struct{} { return nil }

// Tray holds several tokens, of which some may be absent.
type Tray []*Token

// Slots implements signer.TokenSource.
func (y Tray) Slots(ctx context.Context) ([]signer.Slot, error) {
	var all []signer.Slot
	for _, t := range y {
		slots, err := t.Slots(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, slots...)
	}
	return all, nil
}

// Open implements signer.TokenSource.
func (y Tray) Open(s signer.Slot) (signer.Token, error) {
	for _, t := range y {
		if !t.Absent && cmp.Or(t.Serial, "0001") == s.Token.Serial {
			return t, nil
		}
	}
	return nil, signer.ErrNoToken
}

// Changed implements signer.TokenSource.
func (Tray) Changed() <-chan struct{} { return nil }

// Open implements signer.TokenSource.
func (t *Token) Open(signer.Slot) (signer.Token, error) { return t, nil }

// Changed implements signer.TokenSource.
func (t *Token) Changed() <-chan struct{} { return nil }

// Certificates implements signer.Token.
func (t *Token) Certificates(context.Context) ([]signer.Certificate, error) {
	return append([]signer.Certificate{{X509: t.Certificate, Label: "leader"}}, t.More...), nil
}

// Unlock implements signer.Token.
func (t *Token) Unlock(_ context.Context, _ signer.Certificate, pin signer.PIN) (signer.Key, error) {
	t.Entered = append(t.Entered, string(pin))
	if string(pin) != t.right {
		t.PIN = min(t.PIN+1, signer.PINLocked)
		return nil, &signer.PINError{State: t.PIN}
	}
	t.PIN = signer.PINReady
	t.Unlocked++
	return &key{t}, nil
}

type key struct{ t *Token }

func (k *key) Public() crypto.PublicKey { return k.t.key.Public() }
func (k *key) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	return k.t.key.Sign(r, digest, o)
}

// AsksEachTime says whether the PIN is wanted at every signature.
func (k *key) AsksEachTime() bool { return k.t.EachTime }

func (k *key) Close() error {
	k.t.Unlocked--
	return nil
}
