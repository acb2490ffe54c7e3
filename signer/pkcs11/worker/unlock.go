package worker

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"

	"trinhky/signer"
	"trinhky/signer/pkcs11/internal/cryptoki"
	"trinhky/signer/pkcs11/internal/wire"
)

// unlocked is the one key that may be used.
type unlocked struct {
	number     uint64
	slot       uint
	token      cryptoki.TokenInfo
	session    cryptoki.Session
	object     cryptoki.Object
	public     crypto.PublicKey
	alwaysAuth bool
	pinPad     bool
	pin        []byte // for context-specific logins; nil where none is held
	signatures int
	dead       error // why it cannot sign any more
}

// pins splits the secret into the PIN and the signature PIN.
func pins(r wire.Request, secret []byte) (user, signature []byte, err error) {
	sum := 0
	for _, n := range r.PINs {
		if n < 0 || n > len(secret) {
			return nil, nil, errors.New("malformed request")
		}
		sum += n
	}
	if sum != len(secret) || len(r.PINs) > 2 {
		return nil, nil, errors.New("malformed request")
	}
	if len(r.PINs) > 0 {
		user = secret[:r.PINs[0]:r.PINs[0]]
	}
	if len(r.PINs) > 1 {
		signature = secret[r.PINs[0]:]
	}
	return user, signature, nil
}

// unlock presents the PIN once, on the token that holds the very certificate.
func (s *server) unlock(r wire.Request, secret []byte) (number uint64, alwaysAuth bool, err error) {
	user, signature, err := pins(r, secret)
	if err != nil {
		return 0, false, err
	}
	cert, err := x509.ParseCertificate(r.Certificate)
	if err != nil {
		return 0, false, err
	}
	s.lock() // one key at a time
	slot, token, err := s.find(r)
	if err != nil {
		return 0, false, err
	}
	if err := mayTry(token, r.PINPad, user); err != nil {
		return 0, false, err
	}
	// A PIN that was refused is not sent again.
	if !r.PINPad && s.refusals.holds(token, userPIN, user) {
		return 0, false, &signer.PINError{State: pinState(token)}
	}
	if signature != nil && s.refusals.holds(token, signaturePIN, signature) {
		return 0, false, &signer.PINError{State: pinState(token), Signature: true}
	}
	h, err := s.module.OpenSession(slot)
	if err != nil {
		return 0, false, fmt.Errorf("C_OpenSession: %w", err)
	}
	k := &unlocked{slot: slot, token: token, session: h, public: cert.PublicKey, pinPad: r.PINPad}
	if err := s.login(k, r, user); err != nil {
		_ = s.module.CloseSession(h)
		return 0, false, err
	}
	if signature == nil && k.alwaysAuth && !s.refusals.holds(token, signaturePIN, user) {
		signature = user
	}
	if !k.pinPad {
		k.pin = bytes.Clone(signature)
	}
	s.keys++
	k.number = s.keys
	s.key = k
	return k.number, k.alwaysAuth, nil
}

// mayTry refuses before anything is sent to the token.
func mayTry(t cryptoki.TokenInfo, pinPad bool, pin []byte) error {
	state := pinState(t)
	switch {
	case state == signer.PINLocked:
		return &signer.TokenError{Fault: signer.TokenLocked, Err: cryptoki.ErrPINLocked}
	case state == signer.PINUnset:
		return &signer.PINError{State: state}
	case pinPad:
		return nil
	}
	low, high := length(t.MinPIN), length(t.MaxPIN)
	if high == 0 || high < low { // the token tells nothing sensible
		low, high = 0, 1024
	}
	if len(pin) < low || len(pin) > high || len(pin) == 0 {
		return &wire.PINLengthError{Min: low, Max: high, State: state}
	}
	return nil
}

// reveal logs in once to list certificates that hide before the login, and logs
// out again.
func (s *server) reveal(r wire.Request, secret []byte) ([]wire.Certificate, error) {
	user, _, err := pins(r, secret)
	if err != nil {
		return nil, err
	}
	s.lock()
	slot, token, err := s.find(r)
	if err != nil {
		return nil, err
	}
	if err := mayTry(token, r.PINPad, user); err != nil {
		return nil, err
	}
	if !r.PINPad && s.refusals.holds(token, userPIN, user) {
		return nil, &signer.PINError{State: pinState(token)}
	}
	h, err := s.module.OpenSession(slot)
	if err != nil {
		return nil, fmt.Errorf("C_OpenSession: %w", err)
	}
	k := &unlocked{slot: slot, token: token, session: h, pinPad: r.PINPad}
	if err := s.presentOnce(k, user); err != nil {
		_ = s.module.CloseSession(h)
		return nil, err
	}
	defer s.leave(k)
	return s.listCertificates(h)
}

// login looks for the certificate, logs in once and finds its key. A token
// that hides its certificates was seen to hold this one at an earlier login.
func (s *server) login(k *unlocked, r wire.Request, pin []byte) error {
	var id []byte
	var err error
	if !r.Revealed {
		if id, err = s.held(k, r); err != nil {
			return err
		}
	}
	if err := s.presentOnce(k, pin); err != nil {
		return err
	}
	if r.Revealed {
		id, err = s.held(k, r)
	}
	if err == nil {
		k.object, err = s.findKey(k.session, id, k.public)
	}
	if err != nil {
		_ = s.module.Logout(k.session)
		return err
	}
	always, err := s.module.Attribute(k.session, k.object, cryptoki.AttributeAlwaysAuth)
	k.alwaysAuth = err == nil && len(always) == 1 && always[0] != 0
	return nil
}

// held gives the ID of the asked certificate, which has to be on the token.
func (s *server) held(k *unlocked, r wire.Request) ([]byte, error) {
	list, err := s.listCertificates(k.session)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		if bytes.Equal(c.DER, r.Certificate) {
			return c.ID, nil
		}
	}
	return nil, fmt.Errorf("%w: the certificate is not on the token", signer.ErrNoToken)
}

// presentOnce presents the PIN to the token once.
func (s *server) presentOnce(k *unlocked, pin []byte) error {
	if k.pinPad {
		pin = nil
	}
	err := s.module.Login(k.session, cryptoki.User, pin)
	if errors.Is(err, cryptoki.ErrAlreadyLoggedIn) {
		// Left over in this process: the PIN was not looked at, and must be.
		if err = s.module.Logout(k.session); err == nil {
			err = s.module.Login(k.session, cryptoki.User, pin)
		}
	}
	if err != nil {
		err = s.refused(k.slot, err)
		if isPIN(err) && pin != nil {
			s.refusals.add(k.token, userPIN, pin)
		}
		return err
	}
	s.refusals.forget(k.token, userPIN)
	return nil
}

func isPIN(err error) bool {
	var e *signer.PINError
	return errors.As(err, &e)
}

// refused turns the answer of C_Login into an error, with what the token says
// about its PIN now.
func (s *server) refused(slot uint, err error) error {
	var code cryptoki.Error
	if !errors.As(err, &code) {
		return err
	}
	state := signer.PINReady
	if t, err := s.module.Token(slot); err == nil {
		state = pinState(t)
	}
	switch code { //nolint:exhaustive // the others are not about the PIN
	case cryptoki.ErrPINIncorrect, cryptoki.ErrPINInvalid, cryptoki.ErrPINLenRange:
		return &signer.PINError{State: state}
	case cryptoki.ErrPINExpired:
		return &signer.PINError{State: signer.PINMustChange}
	case cryptoki.ErrPINNotInitialized:
		return &signer.PINError{State: signer.PINUnset}
	}
	return fmt.Errorf("C_Login: %w", err)
}

// lock ends the use of the unlocked key.
func (s *server) lock() {
	if s.key == nil {
		return
	}
	if s.key.dead == nil {
		s.leave(s.key)
	}
	s.key = nil
}

// leave logs out, closes the session and forgets the PIN.
func (s *server) leave(k *unlocked) {
	clear(k.pin)
	k.pin = nil
	_ = s.module.Logout(k.session)
	_ = s.module.CloseSession(k.session)
}
