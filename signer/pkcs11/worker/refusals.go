package worker

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"strconv"

	"trinhky/signer/pkcs11/internal/cryptoki"
)

// purpose tells the PIN of the login from the one of signatures.
type purpose string

const (
	userPIN      purpose = "user"
	signaturePIN purpose = "signature"
)

// maxRefusals bounds what is remembered; a token locks long before.
const maxRefusals = 64

// refusals remembers which PINs a token refused, so that none is sent twice:
// not the PINs, but a MAC under a key that lives as long as this process.
type refusals struct {
	key  []byte
	seen map[[sha256.Size]byte]string // → token and purpose
}

func (r *refusals) mac(t cryptoki.TokenInfo, p purpose, pin []byte) [sha256.Size]byte {
	if r.key == nil {
		r.key = make([]byte, sha256.Size)
		_, _ = rand.Read(r.key) // never fails
		r.seen = map[[sha256.Size]byte]string{}
	}
	h := hmac.New(sha256.New, r.key)
	h.Write([]byte(name(t, p) + "\x00"))
	h.Write(pin)
	h.Write(make([]byte, 2*sha256.BlockSize)) // pushes the PIN out of the hash's own buffer
	return [sha256.Size]byte(h.Sum(nil))
}

func name(t cryptoki.TokenInfo, p purpose) string {
	return strconv.Quote(t.Label) + strconv.Quote(t.Serial) + string(p)
}

func (r *refusals) add(t cryptoki.TokenInfo, p purpose, pin []byte) {
	m := r.mac(t, p, pin)
	if len(r.seen) < maxRefusals {
		r.seen[m] = name(t, p)
	}
}

func (r *refusals) holds(t cryptoki.TokenInfo, p purpose, pin []byte) bool {
	_, ok := r.seen[r.mac(t, p, pin)]
	return ok
}

// forget drops what is known of one PIN of a token after the token accepted
// it: it may have been changed since.
func (r *refusals) forget(t cryptoki.TokenInfo, p purpose) {
	for m, n := range r.seen {
		if n == name(t, p) {
			delete(r.seen, m)
		}
	}
}
