package wire

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"trinhky/app/message"
	"trinhky/app/review"
	"trinhky/assets"
)

// trustFolder is where imported anchors go where the settings name no folder.
const trustFolder = "trust"

// errNoCertificate says that a file to import holds no certificate.
var errNoCertificate = errors.New("no certificate in the file")

// Anchors lists every certificate of the trust store: what verification stands
// on, and what only completes chains. Nothing is fetched.
func (g *Graph) Anchors() ([]review.Anchor, error) {
	pins, err := review.ParsePins(assets.Anchors)
	if err != nil {
		return nil, err
	}
	dir := g.trustDir()
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []review.Anchor
	for _, e := range entries {
		if !isCertificateFile(e.Name()) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		list, err := readAnchors(path, pins)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// Pins are the authorities that are known by fingerprint.
func (g *Graph) Pins() []review.Pin {
	pins, err := review.ParsePins(assets.Anchors)
	if err != nil {
		g.Log.Error("list of authorities", "error", err)
	}
	return pins
}

func (g *Graph) trustDir() string {
	if dir := g.Path(g.Settings.Signing.Trust); dir != "" {
		return dir
	}
	return filepath.Join(g.Home, trustFolder)
}

// readAnchors reads the certificates of a file, PEM or DER.
func readAnchors(path string, pins []review.Pin) ([]review.Anchor, error) {
	a := &anchors{roots: x509.NewCertPool()}
	if err := a.addFile(path); err != nil {
		return nil, err
	}
	var out []review.Anchor
	for _, c := range a.all {
		out = append(out, review.Anchor{Certificate: c, Path: path, Root: true, Pin: review.PinOf(c, pins)})
	}
	for _, c := range a.known {
		out = append(out, review.Anchor{Certificate: c, Path: path, Pin: review.PinOf(c, pins)})
	}
	return out, nil
}

// ReadAnchors says what an import would bring, before anything is trusted.
func (g *Graph) ReadAnchors(path string) ([]review.Anchor, error) {
	pins, err := review.ParsePins(assets.Anchors)
	if err != nil {
		return nil, err
	}
	list, err := readAnchors(path, pins)
	if err == nil && len(list) == 0 {
		err = errNoCertificate
	}
	if err != nil {
		return nil, &message.Coded{Code: "error.anchor", Args: map[string]string{"file": filepath.Base(path)}, Err: err}
	}
	return list, nil
}

// ImportAnchors puts the certificates of a file into the trust store, each in
// a file named after its fingerprint. This program trusts them at once, others
// that run from their next start on.
func (g *Graph) ImportAnchors(path string) ([]review.Anchor, error) {
	list, err := g.ReadAnchors(path)
	if err != nil {
		return nil, err
	}
	dir := g.trustDir()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	for i := range list {
		c := list[i].Certificate
		sum := sha256.Sum256(c.Raw)
		list[i].Path = filepath.Join(dir, hex.EncodeToString(sum[:8])+".pem")
		data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
		if old, err := os.ReadFile(list[i].Path); err == nil && bytes.Equal(old, data) {
			continue
		}
		if err := os.WriteFile(list[i].Path, data, 0o600); err != nil {
			return nil, err
		}
	}
	g.mu.Lock()
	g.anchor, g.status = nil, nil // read anew when they are needed next
	g.mu.Unlock()
	return list, nil
}
