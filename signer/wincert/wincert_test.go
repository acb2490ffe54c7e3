package wincert

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"trinhky/signer"
	"trinhky/signer/signertest/pki"
)

// fakeStore answers as Windows would.
type fakeStore struct {
	list    []pki.Identity
	keyless []*x509.Certificate
	pin     string
	fail    error // of every signature
	dialog  bool  // the provider insists on its own window
	tries   int   // PINs that the card looked at
	open    int
}

func (f *fakeStore) entries() ([]entry, error) {
	var out []entry
	for _, id := range f.list {
		out = append(out, entry{id.Certificate.Raw, "Viettel-CA CSP v6.0"})
	}
	for _, c := range f.keyless {
		out = append(out, entry{der: c.Raw})
	}
	return append(out, entry{[]byte("hỏng"), "x"}), nil
}

func (f *fakeStore) acquire(der []byte, _ bool) (handle, error) {
	for _, id := range f.list {
		if slices.Equal(id.Certificate.Raw, der) {
			f.open++
			return &fakeHandle{store: f, key: id.Key}, nil
		}
	}
	return nil, nteNoKey
}

type fakeHandle struct {
	store *fakeStore
	key   crypto.Signer
	pin   string
}

func (h *fakeHandle) setPIN(pin []byte) error { h.pin = string(pin); return nil }
func (h *fakeHandle) close()                  { h.store.open-- }

func (h *fakeHandle) sign(digest []byte, p padding, silent bool) ([]byte, error) {
	s := h.store
	switch {
	case s.fail != nil:
		return nil, s.fail
	case s.dialog && silent:
		return nil, nteSilentContext
	}
	s.tries++
	if h.pin != s.pin {
		return nil, scardWrongCHV
	}
	if k, ok := h.key.(*ecdsa.PrivateKey); ok {
		r, v, err := ecdsa.Sign(rand.Reader, k, digest)
		if err != nil {
			return nil, err
		}
		return append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...), nil
	}
	var opts crypto.SignerOpts = p.hash
	if p.pss {
		opts = &rsa.PSSOptions{SaltLength: p.salt, Hash: p.hash}
	}
	return h.key.Sign(rand.Reader, digest, opts)
}

// people are a leader with an RSA key, one with an EC key, and one without.
var people = sync.OnceValues(func() (list [3]pki.Identity, err error) {
	p, err := pki.New(pki.Options{})
	if err != nil {
		return list, err
	}
	ec, err := p.Issue(pki.Template{Subject: pki.Person("Đỗ Thị Lan", "Chánh Văn phòng", "Sở Nội vụ"), Algorithm: pki.P256})
	return [3]pki.Identity{p.Leader, ec, p.Agency}, err
})

func fixture(t *testing.T) (*fakeStore, *Store, pki.Identity, pki.Identity) {
	t.Helper()
	who, err := people()
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeStore{list: who[:2], keyless: []*x509.Certificate{who[2].Certificate}, pin: "123456"}
	return f, &Store{sys: f}, who[0], who[1]
}

var digest = sha256.Sum256([]byte("văn bản"))

func TestStore(t *testing.T) {
	f, s, leader, ec := fixture(t)
	list, err := s.Certificates(t.Context())
	if err != nil || len(list) != 4 {
		t.Fatalf("%d, %v", len(list), err)
	}
	if list[0].Unusable != nil || !errors.Is(list[2].Unusable, ErrKeyMissing) || list[3].Unusable == nil {
		t.Errorf("reasons: %v, %v, %v", list[0].Unusable, list[2].Unusable, list[3].Unusable)
	}
	shown := strings.ToUpper(Thumbprint(ec.Certificate))
	shown = "\u200e" + shown[:2] + " " + shown[2:4] + ":" + shown[4:]
	if c, err := s.Find(t.Context(), shown); err != nil || !c.X509.Equal(ec.Certificate) {
		t.Errorf("%s: %v", shown, err)
	}
	if _, err := s.Find(t.Context(), "00"); !errors.Is(err, signer.ErrNoToken) {
		t.Errorf("unknown: %v", err)
	}
	for _, c := range []Certificate{list[0], list[1]} {
		k, err := s.Unlock(t.Context(), c, signer.PIN("123456"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Sign(nil, digest[:], crypto.SHA256); err != nil {
			t.Errorf("%s: %v", c.Label, err)
		}
		_ = k.Close()
		if _, err := k.Sign(nil, digest[:], crypto.SHA256); err == nil {
			t.Error("a closed key signs")
		}
	}
	if f.open != 0 {
		t.Errorf("%d keys are open", f.open)
	}
	k, err := s.Unlock(t.Context(), list[0], signer.PIN("123456"))
	if err != nil {
		t.Fatal(err)
	}
	opts := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	sig, err := k.Sign(nil, digest[:], opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := rsa.VerifyPSS(leader.Certificate.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:], sig, opts); err != nil {
		t.Error(err)
	}
}

// A PIN that the card refused is not sent again by the next signature.
func TestWrongPIN(t *testing.T) {
	f, s, _, _ := fixture(t)
	list, err := s.Certificates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	k, err := s.Unlock(t.Context(), list[0], signer.PIN("000000"))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		var refused *signer.PINError
		if _, err := k.Sign(nil, digest[:], crypto.SHA256); !errors.As(err, &refused) {
			t.Fatal(err)
		}
	}
	if f.tries != 1 || f.open != 0 {
		t.Errorf("the card saw %d PINs; %d keys are open", f.tries, f.open)
	}
}

func TestFaults(t *testing.T) {
	for code, want := range map[status]func(error) bool{
		scardBlocked:     func(err error) bool { return fault(err) == signer.TokenLocked },
		scardRemoved:     func(err error) bool { return fault(err) == signer.TokenRemoved },
		scardNoSmartcard: func(err error) bool { return fault(err) == signer.TokenRemoved },
		0x80090020:       func(err error) bool { return fault(err) == signer.TokenFailed },
		scardCancelled:   func(err error) bool { return errors.Is(err, context.Canceled) },
		nteSilentContext: func(err error) bool { return errors.Is(err, ErrDialog) },
		nteBadKeyset:     func(err error) bool { return errors.Is(err, ErrKeyMissing) && errors.Is(err, signer.ErrNoToken) },
	} {
		f, s, _, _ := fixture(t)
		f.fail = code
		list, err := s.Certificates(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		k, err := s.Unlock(t.Context(), list[0], signer.PIN("123456"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Sign(nil, digest[:], crypto.SHA256); !want(err) {
			t.Errorf("%v: %v", code, err)
		}
	}
}

func fault(err error) signer.TokenFault {
	var e *signer.TokenError
	if errors.As(err, &e) {
		return e.Fault
	}
	return -1
}

// A provider that wants its own window is found out, not waited for.
func TestDialog(t *testing.T) {
	f, s, _, _ := fixture(t)
	f.dialog = true
	list, err := s.Certificates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	k, err := s.Unlock(t.Context(), list[0], signer.PIN("123456"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); !errors.Is(err, ErrDialog) {
		t.Error(err)
	}
	if f.tries != 0 {
		t.Error("a PIN was tried")
	}
}

func TestUnsupported(t *testing.T) {
	if _, err := New().Certificates(t.Context()); err != nil && !errors.Is(err, ErrUnsupported) {
		t.Error(err)
	}
	if _, err := derSignature(make([]byte, 3)); err == nil {
		t.Error("an odd signature")
	}
}

func TestModules(t *testing.T) {
	got := modules([]string{
		`C:\Windows\System32\viettel-ca_v6_s.dll`, `viettel-ca_v2_csp.dll`, `C:\WINDOWS\system32\rsaenh.dll`,
		`c:\windows\system32\VIETTEL-CA_V6_S.DLL`, `_s.dll`, `x_s.exe`, "", `D:\driver\vnptca_p11_v6_s.DLL`,
	})
	want := []string{`C:\Windows\System32\viettel-ca_v6.dll`, `C:\Windows\System32\viettel-ca_v2.dll`, `D:\driver\vnptca_p11_v6.dll`}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if len(Modules()) > 256 {
		t.Error("too many")
	}
}
