package wire

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// anchors are the certificates that verification stands on.
type anchors struct {
	roots *x509.CertPool
	known []*x509.Certificate // issuing authorities that are no anchors
	all   []*x509.Certificate // the anchors, to look issuers up
}

// Trust returns the anchors of the settings, and further authorities found
// beside them.
func (g *Graph) Trust() (*x509.CertPool, []*x509.Certificate, error) {
	a, err := g.trusted()
	if err != nil {
		return nil, nil, err
	}
	return a.roots.Clone(), slices.Clone(a.known), nil
}

// trusted reads the trust store once; what it returns is never modified, as an
// import puts another in its place.
func (g *Graph) trusted() (*anchors, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.anchor == nil {
		a := &anchors{roots: x509.NewCertPool()}
		if err := a.add(g.trustDir()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("trust anchors: %w", err)
		}
		g.anchor = a
	}
	return g.anchor, nil
}

// TrustAlso is Trust with further files or folders, for verifying: the anchors
// stand among the known certificates too, so that paths with signatures that
// crypto/x509 refuses (SHA-1) can be built.
func (g *Graph) TrustAlso(paths []string) (*x509.CertPool, []*x509.Certificate, error) {
	store, err := g.trusted()
	if err != nil {
		return nil, nil, err
	}
	a := &anchors{roots: store.roots.Clone(), known: slices.Clone(store.known)}
	for _, p := range paths {
		if err := a.add(p); err != nil {
			return nil, nil, fmt.Errorf("trust anchors: %w", err)
		}
	}
	return a.roots, slices.Concat(a.known, store.all, a.all), nil
}

// Live is review.Reader.Anchors: what the trust store holds at the moment.
func (g *Graph) Live() (*x509.CertPool, []*x509.Certificate, error) { return g.TrustAlso(nil) }

// add reads a file, or every file of a folder: PEM or DER.
func (a *anchors) add(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return a.addFile(path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if isCertificateFile(e.Name()) {
			if err := a.addFile(filepath.Join(path, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func isCertificateFile(name string) bool {
	switch filepath.Ext(name) {
	case ".pem", ".crt", ".cer", ".der":
		return true
	}
	return false
}

func (a *anchors) addFile(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.Contains(data, []byte("-----BEGIN")) {
		return a.addDER(path, data)
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		if err := a.addDER(path, block.Bytes); err != nil {
			return err
		}
	}
	return nil
}

func (a *anchors) addDER(path string, der []byte) error {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if bytes.Equal(c.RawIssuer, c.RawSubject) {
		a.roots.AddCert(c)
		a.all = append(a.all, c)
	} else {
		a.known = append(a.known, c)
	}
	return nil
}
