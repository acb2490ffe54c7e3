package pkcs11_test

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"testing"
	"time"

	"trinhky/signer"
	"trinhky/signer/pkcs11"
	"trinhky/signer/signertest"
	"trinhky/signer/signertest/shim"
	"trinhky/signer/signertest/softhsm"
)

// bench is a misbehaving token and the program's view of it.
type bench struct {
	*shim.Shim
	source *pkcs11.Source
	token  *softhsm.Token
}

func misbehaving(t *testing.T, limits pkcs11.Limits, o softhsm.Object, faults ...string) *bench {
	t.Helper()
	return behindShim(t, hsm(t, o), limits, faults...)
}

// behindShim puts a shim in front of a token.
func behindShim(t *testing.T, tok *softhsm.Token, limits pkcs11.Limits, faults ...string) *bench {
	t.Helper()
	s, err := shim.New(t.TempDir(), tok)
	if errors.Is(err, shim.ErrNoCompiler) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{Shim: s, token: tok}
	b.set(t, faults...)
	b.source = source(t, pkcs11.Config{Modules: []string{s.Module}, Environment: s.Environment(), Limits: limits})
	return b
}

func (b *bench) set(t *testing.T, faults ...string) {
	t.Helper()
	if err := b.SetFaults(faults...); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) present(t *testing.T, yes bool) {
	t.Helper()
	if err := b.SetPresent(yes); err != nil {
		t.Fatal(err)
	}
}

// first opens the only token and gives its only usable certificate.
func (b *bench) first(t *testing.T) (*pkcs11.Token, signer.Certificate, signer.Slot) {
	t.Helper()
	slots, err := b.source.Slots(t.Context())
	if err != nil || len(slots) != 1 {
		t.Fatalf("%d slots, %v", len(slots), err)
	}
	tok, err := b.source.Open(slots[0])
	if err != nil {
		t.Fatal(err)
	}
	list, err := tok.Certificates(t.Context())
	if err != nil || len(list) != 1 || list[0].Unusable != nil {
		t.Fatalf("certificates %v, %v", list, err)
	}
	return tok.(*pkcs11.Token), list[0], slots[0]
}

var digest = sha256.Sum256([]byte("văn bản"))

func sign(k signer.Key) error {
	_, err := k.Sign(nil, digest[:], crypto.SHA256)
	return err
}

func (b *bench) unlock(t *testing.T) signer.Key {
	t.Helper()
	tok, c, _ := b.first(t)
	k, err := tok.Unlock(t.Context(), c, signer.PIN(pin))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

func pinError(state signer.PINState, signature bool) func(error) bool {
	return func(err error) bool {
		var e *signer.PINError
		return errors.As(err, &e) && e.State == state && e.Signature == signature
	}
}

func tokenError(fault signer.TokenFault) func(error) bool {
	return func(err error) bool {
		var e *signer.TokenError
		return errors.As(err, &e) && e.Fault == fault
	}
}

func none(err error) bool { return err == nil }

// What the person sees, and what was tried on the token: one unlock with the
// given PIN, then up to three signatures.
func TestWhatTheTokenSees(t *testing.T) {
	p := ca(t)
	rsa := object(1, p.Leader)
	always := rsa
	always.AlwaysAuth = true
	tokens := map[bool]*softhsm.Token{false: hsm(t, rsa), true: hsm(t, always)}
	for name, c := range map[string]struct {
		object           softhsm.Object
		faults           []string
		wrongBefore      int    // wrong PINs given before, by another program
		pin, signaturePN string // "" is the right one, none
		unlock, sign     func(error) bool
		signed           int // signatures that came back
		users, contexts  int // C_Login that reached the module
	}{
		"right PIN":              {rsa, nil, 0, pin, "", none, none, 3, 1, 0},
		"wrong PIN":              {rsa, []string{"tries 3"}, 0, "000000", "", pinError(signer.PINCountLow, false), nil, 0, 1, 0},
		"wrong PIN, one before":  {rsa, []string{"tries 3"}, 1, "000000", "", pinError(signer.PINFinalTry, false), nil, 0, 1, 0},
		"wrong PIN, last try":    {rsa, []string{"tries 3"}, 2, "000000", "", pinError(signer.PINLocked, false), nil, 0, 1, 0},
		"right PIN, last try":    {rsa, []string{"tries 3"}, 2, pin, "", none, none, 3, 1, 0},
		"locked":                 {rsa, []string{"tries 3"}, 3, pin, "", tokenError(signer.TokenLocked), nil, 0, 0, 0},
		"PIN too short":          {rsa, []string{"tries 3"}, 0, "1", "", pinError(signer.PINReady, false), nil, 0, 0, 0},
		"no PIN":                 {rsa, []string{"tries 3"}, 0, "", "", pinError(signer.PINReady, false), nil, 0, 0, 0},
		"one session":            {rsa, []string{"sessions 1", "no_rw"}, 0, pin, "", none, none, 3, 1, 0},
		"length 0":               {rsa, []string{"length0"}, 0, pin, "", none, none, 3, 1, 0},
		"hangs over keys before": {rsa, []string{"hang find_other"}, 0, pin, "", none, none, 3, 1, 0},
		"prints to its output":   {rsa, []string{"noise"}, 0, pin, "", none, none, 3, 1, 0},
		"somebody logged in":     {rsa, []string{"logged_in"}, 0, pin, "", none, none, 3, 1, 0},
		"empty signature":        {rsa, []string{"empty"}, 0, pin, "", none, tokenError(signer.TokenFailed), 0, 1, 0},
		"removed before 2nd":     {rsa, []string{"remove_before 2"}, 0, pin, "", none, tokenError(signer.TokenRemoved), 1, 1, 0},
		"removed during 2nd":     {rsa, []string{"remove_during 2"}, 0, pin, "", none, tokenError(signer.TokenRemoved), 1, 1, 0},
		"hangs in login":         {rsa, []string{"hang login"}, 0, pin, "", tokenError(signer.TokenHung), nil, 0, 0, 0},
		"crashes in login":       {rsa, []string{"crash login"}, 0, pin, "", tokenError(signer.TokenFailed), nil, 0, 0, 0},
		"hangs in sign":          {rsa, []string{"hang sign"}, 0, pin, "", none, tokenError(signer.TokenHung), 0, 1, 0},
		"crashes in sign":        {rsa, []string{"crash sign"}, 0, pin, "", none, tokenError(signer.TokenFailed), 0, 1, 0},
		"always authenticate":    {always, nil, 0, pin, "", none, none, 3, 1, 3},
		"signature PIN unknown":  {always, []string{"signature_pin 9999"}, 0, pin, "", none, pinError(signer.PINReady, true), 0, 1, 1},
		"signature PIN given":    {always, []string{"signature_pin 9999"}, 0, pin, "9999", none, none, 3, 1, 3},
		"signature PIN wrong":    {always, []string{"signature_pin 9999"}, 0, pin, "8888", none, pinError(signer.PINReady, true), 0, 1, 1},
		"silent signature PIN":   {rsa, []string{"silent_always", "signature_pin 9999"}, 0, pin, "", none, pinError(signer.PINReady, true), 0, 1, 0},
		"silent, PIN given":      {rsa, []string{"silent_always", "signature_pin 9999"}, 0, pin, "9999", none, none, 3, 1, 3},
		"PIN pad":                {rsa, []string{"pinpad " + pin}, 0, "", "", none, none, 3, 1, 0},
		"PIN pad, wrong":         {rsa, []string{"pinpad 000000", "tries 3"}, 0, "", "", pinError(signer.PINCountLow, false), nil, 0, 1, 0},
		"PIN pad, always":        {always, []string{"pinpad " + pin}, 0, "", "", none, none, 3, 1, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var limits pkcs11.Limits // short only for what hangs: the rest may be slow, not refused
			switch {
			case slices.Contains(c.faults, "hang login"):
				limits.Unlock = 5 * time.Second
			case slices.Contains(c.faults, "hang sign"):
				limits.Sign = 5 * time.Second
			}
			copied, err := tokens[c.object.AlwaysAuth].Copy(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			b := behindShim(t, copied, limits, c.faults...)
			if err := b.SetWrongPINs(c.wrongBefore); err != nil {
				t.Fatal(err)
			}
			tok, cert, _ := b.first(t)
			var signaturePIN signer.PIN
			if c.signaturePN != "" {
				signaturePIN = signer.PIN(c.signaturePN)
			}
			k, err := tok.UnlockWith(t.Context(), cert, signer.PIN(c.pin), signaturePIN)
			if !c.unlock(err) {
				t.Fatalf("unlock: %v", err)
			}
			if err == nil {
				defer func() { _ = k.Close() }()
				signed := 0
				for range 3 {
					if err = sign(k); err == nil {
						signed++
					}
				}
				if !c.sign(err) || signed != c.signed {
					t.Errorf("%d signatures, then %v", signed, err)
				}
			}
			if users, contexts := b.Calls("login user"), b.Calls("login context"); users != c.users || contexts != c.contexts {
				t.Errorf("%d user and %d context logins reached the token, want %d and %d", users, contexts, c.users, c.contexts)
			}
		})
	}
}

// The suite also holds behind the shim, where logins can be counted.
func TestSuiteCounted(t *testing.T) {
	p := ca(t)
	tok := hsm(t, object(1, p.Leader))
	signertest.Suite(t, func(t *testing.T) signertest.Fixture {
		b := behindShim(t, tok, pkcs11.Limits{}, "tries 3", "sessions 1", "no_rw", "length0")
		return signertest.Fixture{
			Source: b.source, Label: b.token.Label, PIN: pin, Signers: []*x509.Certificate{p.Leader.Certificate},
			SlotState: true, PSS: true, Logins: func() int { return b.Calls("login user") },
		}
	})
}

func TestRefusedPINIsNotSentAgain(t *testing.T) {
	b := misbehaving(t, pkcs11.Limits{}, object(1, ca(t).Leader), "tries 5")
	tok, c, _ := b.first(t)
	for range 3 {
		if _, err := tok.Unlock(t.Context(), c, signer.PIN("000000")); !pinError(signer.PINCountLow, false)(err) {
			t.Fatal(err)
		}
	}
	if n := b.Calls("login user"); n != 1 {
		t.Errorf("the same wrong PIN reached the token %d times", n)
	}
	if _, err := tok.Unlock(t.Context(), c, signer.PIN("111111")); !pinError(signer.PINCountLow, false)(err) {
		t.Fatal(err)
	}
	k, err := tok.Unlock(t.Context(), c, signer.PIN(pin))
	if err != nil {
		t.Fatal(err)
	}
	_ = k.Close()
	if n := b.Calls("login user"); n != 3 {
		t.Errorf("%d logins, want 3", n)
	}
}

// The same holds for the PIN of signatures: the login is accepted again, the
// refused signature PIN stays with the helper.
func TestRefusedSignaturePINIsNotSentAgain(t *testing.T) {
	o := object(1, ca(t).Leader)
	o.AlwaysAuth = true
	b := misbehaving(t, pkcs11.Limits{}, o, "signature_pin 9999")
	tok, c, _ := b.first(t)
	refused := pinError(signer.PINReady, true)
	for range 2 {
		if err := sign(b.unlock(t)); !refused(err) { // the login PIN is no signature PIN
			t.Fatal(err)
		}
	}
	for range 2 {
		k, err := tok.UnlockWith(t.Context(), c, signer.PIN(pin), signer.PIN("8888"))
		if err == nil {
			err = sign(k)
		}
		if !refused(err) {
			t.Fatal(err)
		}
	}
	if n := b.Calls("login context"); n != 2 {
		t.Errorf("%d signature PINs reached the token, want 2", n)
	}
	k, err := tok.UnlockWith(t.Context(), c, signer.PIN(pin), signer.PIN("9999"))
	if err != nil {
		t.Fatal(err)
	}
	if err := sign(k); err != nil {
		t.Error(err)
	}
}

// After a hang or a crash the next unlock works, in a new helper.
func TestHelperIsStartedAgain(t *testing.T) {
	for _, fault := range []string{"hang sign", "crash sign"} {
		t.Run(fault, func(t *testing.T) {
			b := misbehaving(t, pkcs11.Limits{Sign: 4 * time.Second}, object(1, ca(t).Leader), fault)
			k := b.unlock(t)
			if err := sign(k); err == nil {
				t.Fatal("it signed")
			}
			b.set(t)
			if err := sign(k); err == nil {
				t.Error("the lost key signs")
			}
			if err := sign(b.unlock(t)); err != nil {
				t.Errorf("after the restart: %v", err)
			}
		})
	}
}

// Other modules go on while one is stuck.
func TestHangingModuleHidesNoOther(t *testing.T) {
	p := ca(t)
	for _, fault := range []string{"hang initialize", "crash initialize", "hang slots", "crash slots"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			b := misbehaving(t, pkcs11.Limits{}, object(1, p.Leader), fault)
			var limits pkcs11.Limits // the good module has to be back within them
			switch fault {
			case "hang initialize":
				limits.Load = 10 * time.Second
			case "hang slots":
				limits.List = 10 * time.Second
			}
			good := hsm(t, object(1, p.Agency))
			env := b.Environment()
			env["SOFTHSM2_CONF"] = good.Conf
			s := source(t, pkcs11.Config{
				Modules: []string{b.Module, good.Module}, Environment: env,
				Limits: limits,
			})
			slots, err := s.Slots(t.Context())
			if err != nil || len(slots) != 1 || slots[0].Module != good.Module {
				t.Errorf("%v, %v", slots, err)
			}
			states := s.States()
			if states[0].Err == nil || states[1].Err != nil || !states[1].Loaded {
				t.Errorf("states %+v", states)
			}
			var module *signer.ModuleError
			loading := fault == "hang initialize" || fault == "crash initialize"
			if loading != (errors.As(states[0].Err, &module) && module.Fault == signer.ModuleCrashed) {
				t.Errorf("%s: %v", fault, states[0].Err)
			}
		})
	}
}

// Cancel means stop waiting; a login that succeeds afterwards is undone.
func TestCancelDuringSign(t *testing.T) {
	b := misbehaving(t, pkcs11.Limits{}, object(1, ca(t).Leader), "delay_ms 2000")
	k := b.unlock(t).(*pkcs11.Key)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := k.SignContext(ctx, digest[:], crypto.SHA256); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	b.set(t)
	if err := sign(k); err != nil {
		t.Errorf("the next signature: %v", err)
	}
}

// A certificate whose key is not on the token is told after the login.
func TestCertificateWithoutKey(t *testing.T) {
	p := ca(t)
	b := misbehaving(t, pkcs11.Limits{}, softhsm.Object{ID: []byte{1}, Label: "x", Certificate: p.Leader.Certificate})
	tok, c, _ := b.first(t)
	k, err := tok.Unlock(t.Context(), c, signer.PIN(pin))
	if k != nil || !errors.Is(err, pkcs11.ErrKeyMissing) || !errors.Is(err, signer.ErrNoToken) {
		t.Errorf("%v, %v", k, err)
	}
	if b.Calls("login user") != 1 || b.Calls("logout") != 1 || b.Calls("open") != b.Calls("close") {
		t.Errorf("%d logins, %d logouts, %d sessions, %d closed", b.Calls("login user"), b.Calls("logout"), b.Calls("open"), b.Calls("close"))
	}
}

// A token may hide its certificates before the login: the list is empty, no PIN
// is tried for that, and after one login of the person's the certificate is
// known and signs.
func TestHiddenCertificate(t *testing.T) {
	p := ca(t)
	b := misbehaving(t, pkcs11.Limits{}, object(1, p.Leader), "tries 5", "hidden")
	slots, err := b.source.Slots(t.Context())
	if err != nil || len(slots) != 1 {
		t.Fatalf("%v, %v", slots, err)
	}
	opened, err := b.source.Open(slots[0])
	if err != nil {
		t.Fatal(err)
	}
	tok := opened.(*pkcs11.Token)
	if list, err := tok.Certificates(t.Context()); err != nil || len(list) != 0 {
		t.Fatalf("before the login: %v, %v", list, err)
	}
	hidden := signer.Certificate{X509: p.Leader.Certificate}
	if _, err := tok.Unlock(t.Context(), hidden, signer.PIN(pin)); !errors.Is(err, signer.ErrNoToken) || b.Calls("login user") != 0 {
		t.Errorf("a PIN was tried on a token that is not known to hold the certificate: %v", err)
	}
	for range 2 { // the second is not sent
		if _, err := tok.Reveal(t.Context(), signer.PIN("000000")); !pinError(signer.PINCountLow, false)(err) {
			t.Fatal(err)
		}
	}
	if list, err := tok.Reveal(t.Context(), signer.PIN(pin)); err != nil || len(list) != 1 || list[0].Unusable != nil {
		t.Fatalf("after the login: %v, %v", list, err)
	}
	again, err := tok.Certificates(t.Context())
	if err != nil || len(again) != 1 || !again[0].X509.Equal(p.Leader.Certificate) {
		t.Fatalf("from then on: %v, %v", again, err)
	}
	k, err := tok.Unlock(t.Context(), again[0], signer.PIN(pin))
	if err != nil {
		t.Fatal(err)
	}
	if err := sign(k); err != nil {
		t.Error(err)
	}
	_ = k.Close()
	if users := b.Calls("login user"); users != 3 || b.Calls("open") != b.Calls("close") {
		t.Errorf("%d logins, %d sessions, %d closed", users, b.Calls("open"), b.Calls("close"))
	}
}

// Cancelling the start of a slow module does not wait for it.
func TestCancelWhileLoading(t *testing.T) {
	b := misbehaving(t, pkcs11.Limits{}, object(1, ca(t).Leader), "hang initialize")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := b.source.Slots(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	b.set(t)
	b.first(t)
}

func TestRemovalAndReturn(t *testing.T) {
	b := misbehaving(t, pkcs11.Limits{}, object(1, ca(t).Leader))
	changed := b.source.Changed()
	_, _, slot := b.first(t)
	k := b.unlock(t)
	b.present(t, false)
	wait(t, changed)
	if slots, err := b.source.Slots(t.Context()); err != nil || len(slots) != 0 {
		t.Errorf("removed: %v, %v", slots, err)
	}
	if err := sign(k); !tokenError(signer.TokenRemoved)(err) {
		t.Errorf("removed: %v", err)
	}
	b.present(t, true)
	wait(t, changed)
	if err := sign(k); !tokenError(signer.TokenRemoved)(err) {
		t.Errorf("the old key after the return: %v", err)
	}
	_, _, again := b.first(t)
	if again.Token.Serial != slot.Token.Serial {
		t.Errorf("serial number %s, before %s", again.Token.Serial, slot.Token.Serial)
	}
	if err := sign(b.unlock(t)); err != nil {
		t.Errorf("with the PIN asked anew: %v", err)
	}
}

func wait(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(2 * time.Minute):
		t.Fatal("no news of the token")
	}
}

// A module that hangs at the end does not keep the program.
func TestHangAtFinalize(t *testing.T) {
	b := misbehaving(t, pkcs11.Limits{Close: 4 * time.Second}, object(1, ca(t).Leader), "hang finalize")
	k := b.unlock(t)
	began := time.Now()
	if err := b.source.Close(); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(began); d > time.Minute {
		t.Errorf("closing took %v", d)
	}
	if err := sign(k); err == nil {
		t.Error("a key signs after its source was closed")
	}
	if b.Calls("logout") != 1 || b.Calls("close") < 1 {
		t.Error("the token was not logged out")
	}
}
