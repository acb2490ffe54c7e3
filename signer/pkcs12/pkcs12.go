// Package pkcs12 gives keys from PKCS#12 files (.p12, .pfx), for servers,
// tests and people who have no token.
//
// A file is read whole, checked and decrypted once by Open; nothing of it is
// kept open. The password goes into the decryption library as a string, which
// Go cannot wipe: a token is the better place for a key.
package pkcs12

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"software.sslmate.com/src/go-pkcs12"

	"trinhky/signer"
)

const (
	maxFile       = 4 << 20    // bytes
	maxIterations = 10_000_000 // of the MAC's key derivation: some seconds
)

// ErrClosed is what a closed key answers.
var ErrClosed = errors.New("the key is closed")

// FormatError says that a file is no PKCS#12 file and what it looks like.
type FormatError struct {
	Path  string
	Looks string // "a PEM file", "a program or library" …; "" where nobody knows
	Err   error
}

func (e *FormatError) Error() string {
	if e.Looks != "" {
		return fmt.Sprintf("%s is not a PKCS#12 file: it looks like %s", e.Path, e.Looks)
	}
	return fmt.Sprintf("%s is not a PKCS#12 file: %v", e.Path, e.Err)
}
func (e *FormatError) Unwrap() error { return e.Err }

// Key is an opened key. Close forgets it; it is safe for concurrent use.
type Key struct {
	certificate signer.Certificate
	public      crypto.PublicKey

	mu  sync.Mutex
	key crypto.Signer
}

// Open reads and decrypts a file. A wrong password is a *signer.PINError, a
// file of another kind a *FormatError. The caller keeps ownership of password.
func Open(ctx context.Context, path string, password signer.PIN) (*Key, error) {
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	if err := check(path, data); err != nil {
		return nil, err
	}
	type result struct {
		key *Key
		err error
	}
	// The iteration counts inside the file decide how long this takes.
	done := make(chan result, 1)
	go func() {
		k, err := decode(path, data, password)
		done <- result{k, err}
	}()
	select {
	case r := <-done:
		return r.key, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	if len(data) > maxFile {
		return nil, &FormatError{Path: path, Err: errors.New("larger than 4 MB"), Looks: looks(data)}
	}
	return data, nil
}

// pfx is PFX (RFC 7292, 4) as far as it is looked at before decrypting.
type pfx struct {
	Version int
	Auth    struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"optional"`
	}
	MAC struct {
		Digest     asn1.RawValue
		Salt       []byte
		Iterations int `asn1:"optional,default:1"`
	} `asn1:"optional"`
}

// check refuses what is no PFX, and MACs that would take forever. Files in BER
// (some CAs make them) are not parsed here but left to the library.
func check(path string, data []byte) error {
	var p pfx
	_, err := asn1.Unmarshal(data, &p)
	switch {
	case err == nil && p.MAC.Iterations > maxIterations:
		return &FormatError{Path: path, Err: fmt.Errorf("%d iterations", p.MAC.Iterations)}
	case err == nil && p.Version == 3:
		return nil
	case bytes.HasPrefix(data, []byte{0x30, 0x80}): // BER, indefinite length
		return nil
	case err == nil:
		err = fmt.Errorf("version %d", p.Version)
	}
	return &FormatError{Path: path, Looks: looks(data), Err: err}
}

// looks names common kinds of files by their first bytes.
func looks(data []byte) string {
	for _, k := range []struct{ prefix, name string }{
		{"-----BEGIN", "a PEM file"},
		{"MZ", "a Windows program or library"},
		{"\x7fELF", "a program or library"},
		{"%PDF-", "a PDF document"},
		{"PK\x03\x04", "a ZIP archive"},
		{"\xfe\xed\xfe\xed", "a Java key store"},
	} {
		if bytes.HasPrefix(data, []byte(k.prefix)) {
			return k.name
		}
	}
	if len(data) == 0 {
		return "an empty file"
	}
	if _, err := x509.ParseCertificate(data); err == nil {
		return "a certificate without a key"
	}
	return ""
}

func decode(path string, data []byte, password signer.PIN) (k *Key, err error) {
	// The library is fed with hostile files: a panic in it is a bad file.
	defer func() {
		if r := recover(); r != nil {
			k, err = nil, &FormatError{Path: path, Err: fmt.Errorf("%v", r)}
		}
	}()
	private, first, others, err := pkcs12.DecodeChain(data, string(password))
	if errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption) {
		return nil, &signer.PINError{State: signer.PINReady}
	}
	if err != nil {
		return nil, &FormatError{Path: path, Err: err}
	}
	s, err := supported(private)
	if err != nil {
		return nil, &FormatError{Path: path, Err: err}
	}
	k = &Key{public: s.Public(), key: s, certificate: signer.Certificate{Label: filepath.Base(path)}}
	// Some CAs put the leaf last: it is the certificate of this very key.
	for _, c := range append([]*x509.Certificate{first}, others...) {
		if k.certificate.X509 == nil && samePublicKey(c.PublicKey, k.public) {
			k.certificate.X509 = c
			continue
		}
		k.certificate.Chain = append(k.certificate.Chain, c)
	}
	if k.certificate.X509 == nil {
		return nil, &FormatError{Path: path, Err: errors.New("no certificate belongs to its key")}
	}
	return k, nil
}

func supported(private any) (crypto.Signer, error) {
	switch k := private.(type) {
	case *rsa.PrivateKey:
		return k, nil
	case *ecdsa.PrivateKey:
		return k, nil
	}
	return nil, fmt.Errorf("keys of the kind %T are not supported", private)
}

func samePublicKey(a, b crypto.PublicKey) bool {
	e, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && e.Equal(b)
}

// Certificate is the certificate of the key, with the others of the file as
// its chain.
func (k *Key) Certificate() signer.Certificate { return k.certificate }

// Public implements crypto.Signer.
func (k *Key) Public() crypto.PublicKey { return k.public }

// Sign implements crypto.Signer. The randomness is always the system's.
func (k *Key) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.SignContext(context.Background(), digest, opts)
}

// SignContext implements signer.ContextKey: a signature takes a millisecond or
// two and is not interrupted.
func (k *Key) SignContext(ctx context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	k.mu.Lock()
	key := k.key
	k.mu.Unlock()
	if key == nil {
		return nil, ErrClosed
	}
	return key.Sign(rand.Reader, digest, opts)
}

// Close forgets the key.
func (k *Key) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.key = nil
	return nil
}
