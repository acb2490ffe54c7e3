package worker

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"time"

	"trinhky/signer"
	"trinhky/signer/pkcs11/internal/cryptoki"
	"trinhky/signer/pkcs11/internal/wire"
)

// pinState reads the flags of the token about its own PIN.
func pinState(t cryptoki.TokenInfo) signer.PINState {
	switch {
	case t.Flags&cryptoki.FlagUserPINLocked != 0:
		return signer.PINLocked
	case t.Flags&cryptoki.FlagUserPINFinalTry != 0:
		return signer.PINFinalTry
	case t.Flags&cryptoki.FlagUserPINCountLow != 0:
		return signer.PINCountLow
	case t.Flags&cryptoki.FlagUserPINMustChange != 0:
		return signer.PINMustChange
	case t.Flags&cryptoki.FlagPINInitialized == 0:
		return signer.PINUnset
	}
	return signer.PINReady
}

// slots lists initialised tokens. A slot that cannot be read (a virtual
// reader, a token being pulled) does not hide the others.
func (s *server) slots() ([]wire.Slot, error) {
	ids, err := s.module.Slots()
	if err != nil {
		return nil, fmt.Errorf("C_GetSlotList: %w", err)
	}
	s.present = ids
	var list []wire.Slot
	var problem error
	for _, id := range ids {
		t, err := s.tokenInfo(id)
		if err != nil && !gone(err) {
			problem = fmt.Errorf("C_GetTokenInfo: %w", err)
		}
		if err != nil || t.Flags&cryptoki.FlagTokenInitialized == 0 {
			continue
		}
		reader, _ := s.module.Reader(id)
		list = append(list, wire.Slot{
			ID: id, Reader: reader, Label: t.Label, Serial: t.Serial, Manufacturer: t.Manufacturer, Model: t.Model,
			PIN: int(pinState(t)), PINPad: t.Flags&cryptoki.FlagProtectedPath != 0,
			MinPIN: length(t.MinPIN), MaxPIN: length(t.MaxPIN),
		})
	}
	if len(list) == 0 { // a token that cannot be read is not the same as none
		return nil, problem
	}
	return list, nil
}

// tokenInfo reads what the token says of itself. While another program uses the
// token that may fail for a moment.
func (s *server) tokenInfo(slot uint) (t cryptoki.TokenInfo, err error) {
	for try := range 5 {
		if try > 0 {
			time.Sleep(time.Duration(20<<try) * time.Millisecond)
		}
		if t, err = s.module.Token(slot); err == nil || gone(err) {
			break
		}
	}
	return t, err
}

// gone says that the token was pulled between two calls.
func gone(err error) bool {
	var token *signer.TokenError
	return errors.As(classify(err), &token) && token.Fault == signer.TokenRemoved
}

// length turns what modules say of a PIN's length into bytes; nonsense is 0.
func length(n uint) int {
	if n > 1024 {
		return 0
	}
	return int(n)
}

// find gives the slot of the token with the asked label and serial number. The
// number of the slot is where it was last seen: a hint.
func (s *server) find(r wire.Request) (uint, cryptoki.TokenInfo, error) {
	ids, err := s.module.Slots()
	if err != nil {
		return 0, cryptoki.TokenInfo{}, fmt.Errorf("C_GetSlotList: %w", err)
	}
	problem := error(cryptoki.ErrTokenNotPresent)
	for _, hinted := range []bool{true, false} {
		for _, id := range ids {
			if (id == r.Slot) != hinted {
				continue
			}
			t, err := s.tokenInfo(id)
			if err != nil {
				problem = err
			}
			if err == nil && t.Serial == r.Serial && t.Label == r.Label {
				return id, t, nil
			}
		}
	}
	return 0, cryptoki.TokenInfo{}, fmt.Errorf("token %q: %w", r.Label, problem)
}

// withSession calls do with the session of the unlocked key where that is on
// the same slot (small tokens have only one), else with a new one. A session
// that was lost with the token makes room for a new one.
func (s *server) withSession(slot uint, do func(cryptoki.Session) error) error {
	if s.key != nil && s.key.slot == slot && s.key.dead == nil {
		var lost *signer.TokenError
		err := do(s.key.session)
		if !errors.As(classify(err), &lost) || lost.Fault != signer.TokenRemoved {
			return err
		}
		s.bury(s.key, lost)
	}
	h, err := s.module.OpenSession(slot)
	if err != nil {
		return fmt.Errorf("C_OpenSession: %w", err)
	}
	defer func() { _ = s.module.CloseSession(h) }()
	return do(h)
}

func (s *server) certificates(r wire.Request) ([]wire.Certificate, error) {
	slot, _, err := s.find(r)
	if err != nil {
		return nil, err
	}
	var list []wire.Certificate
	err = s.withSession(slot, func(h cryptoki.Session) error {
		list, err = s.listCertificates(h)
		return err
	})
	return list, err
}

// listCertificates reads certificate objects and nothing else: some modules
// hang when they are asked for other objects before the login.
func (s *server) listCertificates(h cryptoki.Session) ([]wire.Certificate, error) {
	objects, err := s.module.Find(h, cryptoki.ClassCertificate)
	if err != nil {
		return nil, fmt.Errorf("C_FindObjects: %w", err)
	}
	var list []wire.Certificate
	for _, o := range objects {
		der, err := s.module.Attribute(h, o, cryptoki.AttributeValue)
		if err != nil {
			return nil, fmt.Errorf("CKA_VALUE of a certificate: %w", err)
		}
		if len(der) == 0 {
			continue // an attribute certificate, or a reference by URL
		}
		id, _ := s.module.Attribute(h, o, cryptoki.AttributeID)
		label, _ := s.module.Attribute(h, o, cryptoki.AttributeLabel)
		list = append(list, wire.Certificate{DER: der, ID: id, Label: string(bytes.ToValidUTF8(label, []byte("?")))})
	}
	return list, nil
}

// findKey finds the private key of a certificate: by CKA_ID, checked against
// the modulus where the token tells it, else by the public key alone.
func (s *server) findKey(h cryptoki.Session, id []byte, public crypto.PublicKey) (cryptoki.Object, error) {
	keys, err := s.module.Find(h, cryptoki.ClassPrivateKey)
	if err != nil {
		return 0, fmt.Errorf("C_FindObjects: %w", err)
	}
	var byID, unknown []cryptoki.Object
	for _, k := range keys {
		switch s.belongs(h, k, public) {
		case yes:
			return k, nil
		case no:
			continue
		case unsure:
		}
		unknown = append(unknown, k)
		kid, err := s.module.Attribute(h, k, cryptoki.AttributeID)
		if err != nil {
			return 0, fmt.Errorf("CKA_ID of a key: %w", err)
		}
		if len(id) > 0 && bytes.Equal(kid, id) {
			byID = append(byID, k)
		}
	}
	if len(byID) > 0 {
		return byID[0], nil
	}
	// Without any link the only key of this kind has to be the one; the
	// signature is checked against the certificate in any case.
	if len(unknown) == 1 && (len(id) == 0 || !s.hasID(h, unknown[0])) {
		return unknown[0], nil
	}
	return 0, wire.ErrKeyMissing
}

func (s *server) hasID(h cryptoki.Session, o cryptoki.Object) bool {
	id, err := s.module.Attribute(h, o, cryptoki.AttributeID)
	return err == nil && len(id) > 0
}

type answer int

const (
	unsure answer = iota
	yes
	no
)

// belongs compares a private key with a public one as far as the token tells:
// its kind, its modulus, or the point of the public key object beside it.
func (s *server) belongs(h cryptoki.Session, key cryptoki.Object, public crypto.PublicKey) answer {
	kind, _ := s.module.Attribute(h, key, cryptoki.AttributeKeyType)
	const keyRSA, keyEC = 0, 3 // CKK_RSA, CKK_EC
	switch pub := public.(type) {
	case *rsa.PublicKey:
		if len(kind) > 0 && kind[0] != keyRSA {
			return no
		}
		if n, _ := s.module.Attribute(h, key, cryptoki.AttributeModulus); len(n) > 0 {
			return same(new(big.Int).SetBytes(n).Cmp(pub.N) == 0)
		}
	case *ecdsa.PublicKey:
		if len(kind) > 0 && kind[0] != keyEC {
			return no
		}
		point, err := pub.Bytes()
		if err != nil {
			return no
		}
		if q := s.publicPoint(h, key); len(q) > 0 {
			return same(bytes.HasSuffix(q, point) && len(q)-len(point) <= 4)
		}
	default:
		return no
	}
	return unsure
}

func same(b bool) answer {
	if b {
		return yes
	}
	return no
}

// publicPoint is CKA_EC_POINT of the public key object with the ID of key: the
// point, with or without the OCTET STRING around it.
func (s *server) publicPoint(h cryptoki.Session, key cryptoki.Object) []byte {
	id, err := s.module.Attribute(h, key, cryptoki.AttributeID)
	if err != nil || len(id) == 0 {
		return nil
	}
	objects, err := s.module.Find(h, cryptoki.ClassPublicKey)
	if err != nil {
		return nil
	}
	var found []byte
	for _, o := range objects {
		oid, err := s.module.Attribute(h, o, cryptoki.AttributeID)
		if err != nil || !bytes.Equal(oid, id) {
			continue
		}
		q, err := s.module.Attribute(h, o, cryptoki.AttributeECPoint)
		if err != nil || len(q) == 0 {
			continue
		}
		if found != nil {
			return nil // two keys under one ID prove nothing
		}
		found = q
	}
	return found
}
