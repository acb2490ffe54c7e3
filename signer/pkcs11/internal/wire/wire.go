// Package wire is what the program and its token helper say to each other over
// two pipes: frames with a length in front, one request at a time being worked
// on, answers matched by number, and events with the number 0.
//
// A second signature may wait in the helper while the first is made, so that the
// token need not wait for the program. It was asked for before anybody could
// know how the first would end: Request.Known tells, and after a failure that
// its sender had not heard of the helper does not try it.
//
// A frame is a 4-byte length, a 4-byte length of the header, the header (JSON)
// and the secret: PINs travel only in the secret, which both sides wipe.
package wire

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Version is the version of this protocol; the two programs are shipped
// together and refuse each other when it differs.
const Version = 2

// MaxFrame bounds a frame: more certificates than any token holds.
const MaxFrame = 16 << 20

// Op is what the program asks for.
type Op string

// The requests.
const (
	OpLoad         Op = "load"         // Path → Info
	OpSlots        Op = "slots"        // → Slots
	OpCertificates Op = "certificates" // Token → Certificates
	OpReveal       Op = "reveal"       // Token, secret: PIN → Certificates, also those that hide before the login
	OpUnlock       Op = "unlock"       // Token, Certificate, secret: PIN and signature PIN → Key
	OpSign         Op = "sign"         // Key, Hash, Digest, PSS, Salt → Signature
	OpLock         Op = "lock"         // Key
	OpWatch        Op = "watch"        // On: event "changed" until Off
)

// Request is one question.
type Request struct {
	ID      uint64 `json:"id"`
	Op      Op     `json:"op"`
	Version int    `json:"version,omitempty"` // with OpLoad
	Path    string `json:"path,omitempty"`

	Slot        uint   `json:"slot,omitempty"` // a hint; Label and Serial decide
	Label       string `json:"label,omitempty"`
	Serial      string `json:"serial,omitempty"`
	Certificate []byte `json:"certificate,omitempty"` // DER
	PINs        []int  `json:"pins,omitempty"`        // lengths of the PINs in the secret
	PINPad      bool   `json:"pin_pad,omitempty"`     // no PIN: the token asks itself
	Revealed    bool   `json:"revealed,omitempty"`    // the certificate shows only after the login

	Key    uint64 `json:"key,omitempty"`
	Hash   uint   `json:"hash,omitempty"` // crypto.Hash
	Digest []byte `json:"digest,omitempty"`
	PSS    bool   `json:"pss,omitempty"`
	Salt   int    `json:"salt,omitempty"` // bytes, with PSS
	// Known is the latest request of whose failure the sender had heard.
	Known uint64 `json:"known,omitempty"`

	Watch bool `json:"watch,omitempty"`
}

// Response is one answer, or the event Changed with ID 0.
type Response struct {
	ID           uint64        `json:"id"`
	Failure      *Failure      `json:"failure,omitempty"`
	Info         *Info         `json:"info,omitempty"`
	Slots        []Slot        `json:"slots,omitempty"`
	Certificates []Certificate `json:"certificates,omitempty"`
	Key          uint64        `json:"key,omitempty"`
	AlwaysAuth   bool          `json:"always_auth,omitempty"`
	Signature    []byte        `json:"signature,omitempty"`
	Changed      bool          `json:"changed,omitempty"`
}

// Info describes the module.
type Info struct {
	Manufacturer string `json:"manufacturer"`
	Description  string `json:"description"`
	Version      string `json:"version"`
}

// Slot is a slot with a token.
type Slot struct {
	ID           uint   `json:"id"`
	Reader       string `json:"reader"`
	Label        string `json:"label"`
	Serial       string `json:"serial"`
	Manufacturer string `json:"manufacturer"`
	Model        string `json:"model"`
	PIN          int    `json:"pin"` // signer.PINState
	PINPad       bool   `json:"pin_pad,omitempty"`
	MinPIN       int    `json:"min_pin"`
	MaxPIN       int    `json:"max_pin"`
}

// Certificate is one certificate object.
type Certificate struct {
	DER   []byte `json:"der"`
	ID    []byte `json:"id,omitempty"`
	Label string `json:"label,omitempty"`
}

// WriteFrame sends a header with a secret and wipes its own copy of the
// secret; the caller keeps ownership of secret.
func WriteFrame(w io.Writer, header any, secret []byte) error {
	h, err := json.Marshal(header)
	if err != nil {
		return err
	}
	size := 4 + len(h) + len(secret)
	if size > MaxFrame {
		return fmt.Errorf("frame of %d bytes", size)
	}
	frame := make([]byte, 0, 4+size)
	frame = binary.BigEndian.AppendUint32(frame, uint32(size))   //nolint:gosec // bounded above
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(h))) //nolint:gosec // bounded above
	frame = append(frame, h...)
	frame = append(frame, secret...)
	_, err = w.Write(frame)
	clear(frame[8+len(h):])
	return err
}

// ReadFrame receives a frame into header. The secret belongs to the caller,
// who wipes it.
func ReadFrame(r io.Reader, header any) (secret []byte, err error) {
	var lengths [8]byte
	if _, err := io.ReadFull(r, lengths[:]); err != nil {
		return nil, err
	}
	size, head := binary.BigEndian.Uint32(lengths[:4]), binary.BigEndian.Uint32(lengths[4:])
	if size < 4 || size > MaxFrame || head > size-4 {
		return nil, errors.New("malformed frame")
	}
	body, err := readBody(r, int(size-4))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body[:head], header); err != nil {
		clear(body)
		return nil, fmt.Errorf("malformed frame: %w", err)
	}
	return body[head:], nil
}

// readBody reads n bytes without trusting n for one large allocation.
func readBody(r io.Reader, n int) ([]byte, error) {
	const step = 64 << 10
	body := make([]byte, 0, min(n, step))
	for len(body) < n {
		if len(body) == cap(body) {
			grown := make([]byte, len(body), min(n, 2*cap(body)))
			copy(grown, body)
			clear(body)
			body = grown
		}
		at := len(body)
		body = body[:cap(body)]
		if _, err := io.ReadFull(r, body[at:]); err != nil {
			clear(body)
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return body, nil
}
