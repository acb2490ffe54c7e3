package review

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Pin is a known authority by the SHA-256 of its certificate, with where that
// is known from. It trusts nothing by itself.
type Pin struct {
	Name    string `json:"name"`
	Root    bool   `json:"root"`
	SHA256  string `json:"sha256"` // hex
	Address string `json:"address"`
	Source  string `json:"source"`
}

// ParsePins reads the list of known authorities.
func ParsePins(data []byte) ([]Pin, error) {
	var list struct{ Pins []Pin }
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("list of authorities: %w", err)
	}
	for _, p := range list.Pins {
		if raw, err := hex.DecodeString(p.SHA256); err != nil || len(raw) != sha256.Size || p.Name == "" || p.Source == "" {
			return nil, errors.New("list of authorities: an entry lacks name, source or fingerprint")
		}
	}
	return list.Pins, nil
}

// Anchor is a certificate of the trust store.
type Anchor struct {
	Certificate *x509.Certificate
	Path        string // the file that holds it
	Root        bool   // verification stands on it; else it only completes chains
	Pin         *Pin   // the known authority that it is; nil: none
}

// Fingerprint is the SHA-256 of the certificate, in groups that can be read out.
func (a Anchor) Fingerprint() string {
	sum := sha256.Sum256(a.Certificate.Raw)
	text := strings.ToUpper(hex.EncodeToString(sum[:]))
	var groups []string
	for i := 0; i < len(text); i += 8 {
		groups = append(groups, text[i:i+8])
	}
	return strings.Join(groups, " ")
}

// PinOf is the known authority that a certificate is, nil where it is none.
func PinOf(c *x509.Certificate, pins []Pin) *Pin {
	sum := sha256.Sum256(c.Raw)
	for i := range pins {
		if strings.EqualFold(pins[i].SHA256, hex.EncodeToString(sum[:])) {
			return &pins[i]
		}
	}
	return nil
}
