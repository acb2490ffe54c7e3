package worker

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
	"testing"
	"time"

	"trinhky/signer"
	"trinhky/signer/pkcs11/internal/cryptoki"
	"trinhky/signer/pkcs11/internal/wire"
)

// fake is a module in memory with one token.
type fake struct {
	flags   uint
	pin     string
	der     []byte
	key     crypto.Signer
	logins  int
	open    int
	slots   []uint
	sign    func(data []byte) ([]byte, error)
	blocked chan struct{} // Slots waits for it
}

func (f *fake) Info() (cryptoki.Info, error) { return cryptoki.Info{Description: "fake"}, nil }
func (f *fake) Slots() ([]uint, error) {
	if f.blocked != nil {
		<-f.blocked
	}
	return f.slots, nil
}
func (f *fake) Reader(uint) (string, error) { return "reader", nil }
func (f *fake) Token(uint) (cryptoki.TokenInfo, error) {
	return cryptoki.TokenInfo{Label: "T", Serial: "1", Flags: f.flags, MinPIN: 4, MaxPIN: 8}, nil
}

func (f *fake) OpenSession(uint) (cryptoki.Session, error) {
	f.open++
	return cryptoki.Session(f.open), nil
}
func (f *fake) CloseSession(cryptoki.Session) error { f.open--; return nil }
func (f *fake) Login(_ cryptoki.Session, _ uint, pin []byte) error {
	f.logins++
	if string(pin) != f.pin {
		return cryptoki.ErrPINIncorrect
	}
	return nil
}
func (f *fake) Logout(cryptoki.Session) error { return nil }
func (f *fake) Find(_ cryptoki.Session, class uint) ([]cryptoki.Object, error) {
	return []cryptoki.Object{cryptoki.Object(class)}, nil
}

func (f *fake) Attribute(_ cryptoki.Session, o cryptoki.Object, kind uint) ([]byte, error) {
	switch {
	case kind == cryptoki.AttributeID:
		return []byte{1}, nil
	case kind == cryptoki.AttributeValue && o == cryptoki.ClassCertificate:
		return f.der, nil
	}
	return nil, nil
}
func (f *fake) SignInit(cryptoki.Session, cryptoki.Mechanism, cryptoki.Object) error { return nil }
func (f *fake) Sign(_ cryptoki.Session, data []byte) ([]byte, error)                 { return f.sign(data) }
func (f *fake) Finalize() error                                                      { return nil }

func newFake(t testing.TB) *fake {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "T"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{flags: cryptoki.FlagTokenInitialized | cryptoki.FlagPINInitialized, pin: "1234", der: der, key: key, slots: []uint{3}}
	f.sign = func(data []byte) ([]byte, error) {
		r, s, err := ecdsa.Sign(rand.Reader, key, data)
		if err != nil {
			return nil, err
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...), nil
	}
	return f
}

func newServer(f *fake) *server {
	return &server{open: func(string) (cryptoki.Module, error) { return f, nil }, poll: time.Hour, module: f}
}

func ask(s *server, r wire.Request, secret string) (wire.Response, error) {
	r.Label, r.Serial = "T", "1"
	a := s.answer(r, []byte(secret))
	return a, a.Failure.Err()
}

func TestPINStates(t *testing.T) {
	for flags, want := range map[uint]signer.PINState{
		cryptoki.FlagPINInitialized: signer.PINReady,
		0:                           signer.PINUnset,
		cryptoki.FlagPINInitialized | cryptoki.FlagUserPINCountLow:  signer.PINCountLow,
		cryptoki.FlagUserPINCountLow | cryptoki.FlagUserPINFinalTry: signer.PINFinalTry,
		cryptoki.FlagUserPINFinalTry | cryptoki.FlagUserPINLocked:   signer.PINLocked,
		cryptoki.FlagUserPINMustChange:                              signer.PINMustChange,
	} {
		if got := pinState(cryptoki.TokenInfo{Flags: flags}); got != want {
			t.Errorf("%#x: %s, want %s", flags, got, want)
		}
	}
}

func TestUnlockRefusesBeforeTheToken(t *testing.T) {
	for name, c := range map[string]struct {
		flags  uint
		secret string
		pins   []int
	}{
		"unset":             {cryptoki.FlagTokenInitialized, "1234", []int{4}},
		"locked":            {cryptoki.FlagPINInitialized | cryptoki.FlagUserPINLocked, "1234", []int{4}},
		"short":             {cryptoki.FlagPINInitialized, "123", []int{3}},
		"long":              {cryptoki.FlagPINInitialized, "123456789", []int{9}},
		"none":              {cryptoki.FlagPINInitialized, "", nil},
		"lengths too large": {cryptoki.FlagPINInitialized, "1234", []int{5}},
		"lengths too small": {cryptoki.FlagPINInitialized, "12345", []int{4}},
		"negative":          {cryptoki.FlagPINInitialized, "1234", []int{-1, 5}},
		"three":             {cryptoki.FlagPINInitialized, "1234", []int{1, 1, 2}},
	} {
		f := newFake(t)
		f.flags = c.flags
		if _, err := ask(newServer(f), wire.Request{Op: wire.OpUnlock, Certificate: f.der, PINs: c.pins}, c.secret); err == nil {
			t.Errorf("%s: unlocked", name)
		}
		if f.logins != 0 || f.open != 0 {
			t.Errorf("%s: %d logins reached the token, %d sessions are open", name, f.logins, f.open)
		}
	}
}

func TestOneKeyAtATime(t *testing.T) {
	f := newFake(t)
	s := newServer(f)
	unlock := wire.Request{Op: wire.OpUnlock, Certificate: f.der, PINs: []int{4}}
	first, err := ask(s, unlock, "1234")
	if err != nil {
		t.Fatal(err)
	}
	second, err := ask(s, unlock, "1234")
	if err != nil || second.Key == first.Key {
		t.Fatalf("%v, %v", second, err)
	}
	sign := wire.Request{Op: wire.OpSign, Hash: uint(crypto.SHA256), Digest: make([]byte, 32)}
	sign.Key = first.Key
	if _, err := ask(s, sign, ""); err == nil {
		t.Error("the first key signs on")
	}
	sign.Key = second.Key
	if _, err := ask(s, sign, ""); err != nil {
		t.Error(err)
	}
	if f.open != 1 {
		t.Errorf("%d sessions are open", f.open)
	}
	if _, err := ask(s, wire.Request{Op: wire.OpLock, Key: second.Key}, ""); err != nil || f.open != 0 || s.key != nil {
		t.Errorf("lock: %v, %d sessions", err, f.open)
	}
}

// After a failure only those signatures are tried whose sender had heard of it.
func TestNothingIsTriedBehindAFailure(t *testing.T) {
	f := newFake(t)
	s := newServer(f)
	k, err := ask(s, wire.Request{ID: 1, Op: wire.OpUnlock, Certificate: f.der, PINs: []int{4}}, "1234")
	if err != nil {
		t.Fatal(err)
	}
	good, tried := f.sign, 0
	f.sign = func(data []byte) ([]byte, error) {
		if tried++; tried == 2 {
			return nil, errors.New("jammed")
		}
		return good(data)
	}
	for _, c := range []struct {
		id, known uint64
		signed    bool
		tried     int
	}{
		{2, 0, true, 1},
		{3, 0, false, 2}, // fails
		{4, 0, false, 2}, // sent while 3 was being signed
		{5, 3, true, 3},  // sent after 3 was answered, before 4 was
		{6, 4, true, 4},
	} {
		_, err := ask(s, wire.Request{
			ID: c.id, Known: c.known, Op: wire.OpSign, Key: k.Key, Hash: uint(crypto.SHA256), Digest: make([]byte, 32),
		}, "")
		if (err == nil) != c.signed || tried != c.tried {
			t.Errorf("request %d: %v, %d tried", c.id, err, tried)
		}
	}
}

func TestBadSignRequests(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		public crypto.PublicKey
		r      wire.Request
	}{
		"SHA-1":         {&key.PublicKey, wire.Request{Hash: uint(crypto.SHA1), Digest: make([]byte, 20)}},
		"no hash":       {&key.PublicKey, wire.Request{Digest: make([]byte, 32)}},
		"short digest":  {&key.PublicKey, wire.Request{Hash: uint(crypto.SHA256), Digest: make([]byte, 31)}},
		"huge salt":     {&key.PublicKey, wire.Request{Hash: uint(crypto.SHA256), Digest: make([]byte, 32), PSS: true, Salt: 1000}},
		"negative salt": {&key.PublicKey, wire.Request{Hash: uint(crypto.SHA256), Digest: make([]byte, 32), PSS: true, Salt: -1}},
		"unknown key":   {struct{}{}, wire.Request{Hash: uint(crypto.SHA256), Digest: make([]byte, 32)}},
		"PSS without RSA": {&ecdsa.PublicKey{Curve: elliptic.P256()}, wire.Request{
			Hash: uint(crypto.SHA256), Digest: make([]byte, 32), PSS: true,
		}},
	} {
		if op, err := prepare(c.public, c.r); err == nil {
			t.Errorf("%s: %+v", name, op)
		}
	}
}

// DigestInfo as the standard library writes it.
func TestDigestInfo(t *testing.T) {
	oids := map[crypto.Hash]asn1.ObjectIdentifier{
		crypto.SHA256: {2, 16, 840, 1, 101, 3, 4, 2, 1}, crypto.SHA384: {2, 16, 840, 1, 101, 3, 4, 2, 2}, crypto.SHA512: {2, 16, 840, 1, 101, 3, 4, 2, 3},
	}
	for hash, oid := range oids {
		digest := bytes.Repeat([]byte{7}, hash.Size())
		want, err := asn1.Marshal(struct {
			Algorithm pkix.AlgorithmIdentifier
			Digest    []byte
		}{pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: asn1.NullRawValue}, digest})
		if err != nil {
			t.Fatal(err)
		}
		op, err := prepare(&rsa.PublicKey{N: big.NewInt(1), E: 3}, wire.Request{Hash: uint(hash), Digest: digest})
		if err != nil || !bytes.Equal(op.data, want) {
			t.Errorf("%s: %x, %v", hash, op.data, err)
		}
	}
}

func TestDERSignature(t *testing.T) {
	for name, raw := range map[string][]byte{"empty": {}, "odd": make([]byte, 63), "long": make([]byte, 134)} {
		if _, err := derSignature(raw); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	got, err := derSignature([]byte{0x80, 1, 0, 2})
	if want := []byte{0x30, 8, 2, 3, 0, 0x80, 1, 2, 1, 2}; err != nil || !bytes.Equal(got, want) {
		t.Errorf("%x, %v", got, err)
	}
}

func TestPublicPointMayBeWrapped(t *testing.T) {
	f := newFake(t)
	point, err := f.key.Public().(*ecdsa.PublicKey).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := asn1.Marshal(point)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		point []byte
		want  answer
	}{"bare": {point, yes}, "wrapped": {wrapped, yes}, "other": {make([]byte, 65), no}, "missing": {nil, unsure}} {
		s := newServer(f)
		s.module = &withPoint{fake: f, point: c.point}
		if got := s.belongs(1, cryptoki.ClassPrivateKey, f.key.Public()); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

type withPoint struct {
	*fake
	point []byte
}

func (w *withPoint) Attribute(h cryptoki.Session, o cryptoki.Object, kind uint) ([]byte, error) {
	if kind == cryptoki.AttributeECPoint {
		return w.point, nil
	}
	return w.fake.Attribute(h, o, kind)
}

// The end of the input logs out and ends the worker; a module that does not
// come back is left behind.
func TestServeEnds(t *testing.T) {
	f := newFake(t)
	var in, out bytes.Buffer
	write := func(r wire.Request, secret string) {
		r.Label, r.Serial = "T", "1"
		if err := wire.WriteFrame(&in, r, []byte(secret)); err != nil {
			t.Fatal(err)
		}
	}
	write(wire.Request{ID: 1, Op: wire.OpSlots}, "")
	write(wire.Request{ID: 2, Op: wire.OpLoad, Version: wire.Version}, "")
	write(wire.Request{ID: 3, Op: wire.OpUnlock, Certificate: f.der, PINs: []int{4}}, "1234")
	s := newServer(f)
	s.module = nil
	if err := serve(t.Context(), &in, &out, s); err != nil {
		t.Fatal(err)
	}
	if f.open != 0 {
		t.Errorf("%d sessions are open at the end", f.open)
	}
	for i, ok := range []bool{false, true} {
		var r wire.Response
		if _, err := wire.ReadFrame(&out, &r); err != nil || r.ID != uint64(i+1) || (r.Failure == nil) != ok {
			t.Errorf("answer %d: %+v, %v", i+1, r, err)
		}
	}
	blocked := newFake(t)
	blocked.blocked = make(chan struct{})
	defer close(blocked.blocked)
	in.Reset()
	write(wire.Request{ID: 1, Op: wire.OpSlots}, "")
	if err := serve(t.Context(), &in, io.Discard, newServer(blocked)); !errors.Is(err, ErrAbandoned) {
		t.Errorf("a call that never returns: %v", err)
	}
}

func TestVersionsMustMatch(t *testing.T) {
	s := newServer(newFake(t))
	s.module = nil
	var module *signer.ModuleError
	if _, err := ask(s, wire.Request{Op: wire.OpLoad, Version: wire.Version + 1}, ""); !errors.As(err, &module) {
		t.Errorf("%v", err)
	}
}

func FuzzServe(f *testing.F) {
	var seed bytes.Buffer
	module := newFake(f)
	for _, r := range []wire.Request{
		{ID: 1, Op: wire.OpSlots},
		{ID: 2, Op: wire.OpCertificates, Label: "T", Serial: "1"},
		{ID: 3, Op: wire.OpUnlock, Label: "T", Serial: "1", Certificate: module.der, PINs: []int{4}},
		{ID: 4, Op: wire.OpSign, Key: 1, Hash: uint(crypto.SHA256), Digest: make([]byte, 32)},
		{ID: 5, Op: wire.OpLock, Key: 1},
		{ID: 6, Op: wire.OpWatch, Watch: true},
	} {
		var secret []byte
		if r.Op == wire.OpUnlock {
			secret = []byte("1234")
		}
		if err := wire.WriteFrame(&seed, r, secret); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(seed.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		m := *module
		_ = serve(context.Background(), bytes.NewReader(data), io.Discard, newServer(&m))
		if m.open != 0 {
			t.Errorf("%d sessions are open at the end", m.open)
		}
	})
}
