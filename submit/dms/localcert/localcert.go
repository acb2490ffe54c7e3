// Package localcert makes the certificate with which the local signing bridge
// speaks on the loopback address, and makes this computer's browsers trust it.
//
// The key pair is made on the machine, and nothing of it is ever shipped: a root
// that may vouch for the loopback names only (name constraints), whose key is
// forgotten as soon as it has signed one certificate, and that certificate's
// key, which only its owner can read. Who steals the files can be the loopback
// address of this one computer, and nothing else.
//
// Browsers learn of the root from the store of the user: on Windows its «Root»
// store (Chrome, Edge, and Firefox, which takes over that store's roots); on
// Linux the NSS database that Chromium reads, and those of Firefox's profiles.
package localcert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Life is how long a certificate is good; Renew is how long before its end a
// new one is made.
const (
	Life  = 825 * 24 * time.Hour
	Renew = 30 * 24 * time.Hour
)

// The files in the folder.
const (
	rootFile = "bridge-root.pem"
	leafFile = "bridge.pem"
	keyFile  = "bridge.key"
)

// Pair is what was made.
type Pair struct {
	dir  string
	Root *x509.Certificate
	Leaf *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Certificate is the pair as a TLS server uses it.
func (p *Pair) Certificate() *tls.Certificate {
	return &tls.Certificate{Certificate: [][]byte{p.Leaf.Raw}, PrivateKey: p.key, Leaf: p.Leaf}
}

// RootFile is the root as a file, for browsers that are told by hand.
func (p *Pair) RootFile() string { return filepath.Join(p.dir, rootFile) }

// Fingerprint is the SHA-256 of the root, by which people compare it.
func (p *Pair) Fingerprint() string {
	sum := sha256.Sum256(p.Root.Raw)
	return hex.EncodeToString(sum[:])
}

// KeyHash is the SHA-256 of the certificate's public key, base64, as browsers
// name keys.
func (p *Pair) KeyHash() string {
	sum := sha256.Sum256(p.Leaf.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Due says whether the pair should be made anew.
func (p *Pair) Due(now time.Time) bool { return now.After(p.Leaf.NotAfter.Add(-Renew)) }

// Load reads the pair of a folder. fs.ErrNotExist: there is none.
func Load(dir string) (*Pair, error) {
	p := &Pair{dir: dir}
	var err error
	if p.Root, err = readCertificate(filepath.Join(dir, rootFile)); err != nil {
		return nil, err
	}
	if p.Leaf, err = readCertificate(filepath.Join(dir, leafFile)); err != nil {
		return nil, err
	}
	block, err := readPEM(filepath.Join(dir, keyFile), "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(block)
	if err != nil {
		return nil, fmt.Errorf("local certificate: %w", err)
	}
	var ok bool
	if p.key, ok = key.(*ecdsa.PrivateKey); !ok || !p.key.PublicKey.Equal(p.Leaf.PublicKey) {
		return nil, errors.New("local certificate: the key belongs to another certificate")
	}
	return p, nil
}

// Make makes a new pair in dir and replaces an old one there.
func Make(dir string, now time.Time) (*Pair, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	p := &Pair{dir: dir}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if p.Root, err = sign(rootTemplate(now), nil, rootKey, rootKey); err != nil {
		return nil, err
	}
	if p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	if p.Leaf, err = sign(leafTemplate(now), p.Root, p.key, rootKey); err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		return nil, err
	}
	// The key first: a certificate without its key is seen at once.
	for _, f := range []struct {
		name, kind string
		der        []byte
		mode       fs.FileMode
	}{
		{keyFile, "PRIVATE KEY", der, 0o600},
		{leafFile, "CERTIFICATE", p.Leaf.Raw, 0o644},
		{rootFile, "CERTIFICATE", p.Root.Raw, 0o644},
	} {
		if err := write(filepath.Join(dir, f.name), pem.EncodeToMemory(&pem.Block{Type: f.kind, Bytes: f.der}), f.mode); err != nil {
			return nil, fmt.Errorf("local certificate: %w", err)
		}
	}
	return p, nil
}

// Delete removes the files of a folder; those that are not there are no error.
func Delete(dir string) error {
	var errs []error
	for _, name := range []string{keyFile, leafFile, rootFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Name is what browsers show as the root's name; the computer's own name tells
// the roots of two computers apart.
func Name() string {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return "Trinh Ky (" + host + ")"
}

func rootTemplate(now time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject:   pkix.Name{CommonName: Name(), Organization: []string{"Trinh Ky"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(Life),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage:                    x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         []string{"localhost"},
		PermittedIPRanges: []*net.IPNet{
			{IP: net.IPv4(127, 0, 0, 1).To4(), Mask: net.CIDRMask(32, 32)},
			{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
		},
	}
}

func leafTemplate(now time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject:   pkix.Name{CommonName: "localhost", Organization: []string{"Trinh Ky"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(Life),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback},
	}
}

// sign makes the certificate of key; parent nil: it vouches for itself.
func sign(t, parent *x509.Certificate, key, by *ecdsa.PrivateKey) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	t.SerialNumber = serial.Add(serial, big.NewInt(1))
	if parent == nil {
		parent = t
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, key.Public(), by)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func readPEM(path, kind string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != kind {
		return nil, fmt.Errorf("local certificate: %s holds no %s", path, kind)
	}
	return block.Bytes, nil
}

func readCertificate(path string) (*x509.Certificate, error) {
	der, err := readPEM(path, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// write writes a whole file or nothing.
func write(path string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".writing-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// ErrUnsupported: this system has no store that we know; the root has to be
// imported by hand.
var ErrUnsupported = errors.New("local certificate: no certificate store that this program knows")
