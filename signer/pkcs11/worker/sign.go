package worker

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"trinhky/signer"
	"trinhky/signer/pkcs11/internal/cryptoki"
	"trinhky/signer/pkcs11/internal/wire"
)

// digestInfo holds the DER of DigestInfo up to the digest (RFC 8017, 9.2).
var digestInfo = map[crypto.Hash][]byte{
	crypto.SHA256: {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
	crypto.SHA384: {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
	crypto.SHA512: {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
}

var pssHash = map[crypto.Hash]cryptoki.PSS{
	crypto.SHA256: {Hash: cryptoki.MechanismSHA256, MGF: cryptoki.MGF1SHA256},
	crypto.SHA384: {Hash: cryptoki.MechanismSHA384, MGF: cryptoki.MGF1SHA384},
	crypto.SHA512: {Hash: cryptoki.MechanismSHA512, MGF: cryptoki.MGF1SHA512},
}

// operation is what one signature asks of the module.
type operation struct {
	mechanism cryptoki.Mechanism
	data      []byte
}

func prepare(public crypto.PublicKey, r wire.Request) (operation, error) {
	hash := crypto.Hash(r.Hash)
	prefix, ok := digestInfo[hash]
	if !ok || len(r.Digest) != hash.Size() {
		return operation{}, fmt.Errorf("hash %d with a digest of %d bytes", r.Hash, len(r.Digest))
	}
	switch pub := public.(type) {
	case *rsa.PublicKey:
		if !r.PSS {
			data := append(prefix[:len(prefix):len(prefix)], r.Digest...)
			return operation{cryptoki.Mechanism{Type: cryptoki.MechanismRSA}, data}, nil
		}
		if r.Salt < 0 || r.Salt > pub.Size()-hash.Size()-2 {
			return operation{}, fmt.Errorf("salt of %d bytes", r.Salt)
		}
		p := pssHash[hash]
		p.Salt = uint(r.Salt)
		return operation{cryptoki.Mechanism{Type: cryptoki.MechanismRSAPSS, PSS: &p}, r.Digest}, nil
	case *ecdsa.PublicKey:
		if r.PSS {
			return operation{}, errors.New("PSS with an EC key")
		}
		// FIPS 186-4, 6.4: the leftmost bits of the digest; some tokens refuse more.
		size := (pub.Curve.Params().N.BitLen() + 7) / 8
		return operation{cryptoki.Mechanism{Type: cryptoki.MechanismECDSA}, r.Digest[:min(size, len(r.Digest))]}, nil
	}
	return operation{}, fmt.Errorf("keys of the kind %T are not supported", public)
}

func (s *server) sign(r wire.Request) ([]byte, error) {
	k := s.key
	if k == nil || k.number != r.Key {
		return nil, &signer.TokenError{Fault: signer.TokenFailed, Err: errors.New("the key is locked")}
	}
	if k.dead != nil {
		return nil, k.dead
	}
	if s.failed > r.Known { // asked for before its sender could hear of the failure
		return nil, s.why
	}
	op, err := prepare(k.public, r)
	if err != nil {
		return nil, err
	}
	time.Sleep(s.delay)
	sig, err := s.signOnce(k, op)
	if err != nil {
		err = classify(err)
		s.failed, s.why = r.ID, err
		var token *signer.TokenError
		if isPIN(err) || errors.As(err, &token) && token.Fault == signer.TokenRemoved {
			s.bury(k, err)
		}
		return nil, err
	}
	if _, ok := k.public.(*ecdsa.PublicKey); ok {
		if sig, err = derSignature(sig); err != nil {
			return nil, &signer.TokenError{Fault: signer.TokenFailed, Err: err}
		}
	}
	k.signatures++
	return sig, nil
}

// bury ends a key that cannot sign any more: a refused PIN is never sent again,
// a lost session does not come back. Asking for it goes on to say why.
func (s *server) bury(k *unlocked, err error) {
	k.dead = err
	s.leave(k)
}

func (s *server) signOnce(k *unlocked, op operation) ([]byte, error) {
	if err := s.module.SignInit(k.session, op.mechanism, k.object); err != nil {
		return nil, s.signError("C_SignInit", k, err)
	}
	if k.alwaysAuth {
		if err := s.authenticate(k); err != nil {
			return nil, err
		}
	}
	sig, err := s.module.Sign(k.session, op.data)
	if errors.Is(err, cryptoki.ErrNotLoggedIn) && !k.alwaysAuth && k.pin != nil {
		// The token wants its signature PIN without saying so in its attributes.
		k.alwaysAuth = true
		return s.signOnce(k, op)
	}
	if err != nil {
		return nil, s.signError("C_Sign", k, err)
	}
	if len(sig) == 0 {
		return nil, &signer.TokenError{Fault: signer.TokenFailed, Err: errors.New("the token gave an empty signature")}
	}
	return sig, nil
}

// authenticate presents the held PIN for one signature (CKU_CONTEXT_SPECIFIC).
func (s *server) authenticate(k *unlocked) error {
	if k.pin == nil && !k.pinPad {
		return &signer.PINError{State: signer.PINReady, Signature: true}
	}
	err := s.module.Login(k.session, cryptoki.ContextSpecific, k.pin)
	if err == nil {
		s.refusals.forget(k.token, signaturePIN)
		return nil
	}
	err = s.refused(k.slot, err)
	var pin *signer.PINError
	if errors.As(err, &pin) {
		pin.Signature = true
		if k.pin != nil {
			s.refusals.add(k.token, signaturePIN, k.pin)
		}
	}
	return err
}

// signError explains CKR_USER_NOT_LOGGED_IN: at the first signature the token
// has a separate signature PIN, later the login was lost with the token.
func (s *server) signError(call string, k *unlocked, err error) error {
	if !errors.Is(err, cryptoki.ErrNotLoggedIn) {
		return fmt.Errorf("%s: %w", call, err)
	}
	if k.signatures == 0 && !k.alwaysAuth {
		return &signer.PINError{State: signer.PINReady, Signature: true}
	}
	return &signer.TokenError{Fault: signer.TokenRemoved, Err: fmt.Errorf("%s: %w", call, err)}
}

// derSignature turns r||s (PKCS#11, 2.3.1) into Ecdsa-Sig-Value.
func derSignature(raw []byte) ([]byte, error) {
	if len(raw) == 0 || len(raw)%2 != 0 || len(raw) > 2*66 {
		return nil, fmt.Errorf("ECDSA signature of %d bytes", len(raw))
	}
	half := len(raw) / 2
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:])})
}
