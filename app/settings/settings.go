// Package settings holds what the program remembers: a typed value, kept as
// TOML in the home folder (--home), for the window and the command line alike.
// Secrets are not in it: they lie in the system keyring, or in a file that
// only the owner can read (see Secrets).
package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
	"github.com/pelletier/go-toml/v2"
)

// Settings is everything that can be set. The zero value works.
type Settings struct {
	Language    string            `toml:"language"` // "vi" (default) or "en"
	Look        string            `toml:"look"`     // "light" (default) or "dark"
	Agency      Agency            `toml:"agency"`
	Signing     Signing           `toml:"signing"`
	Connectors  []Connector       `toml:"connector"`
	Environment map[string]string `toml:"environment"` // for token modules, e.g. SOFTHSM2_CONF
}

// Agency is the person's own agency, the sender of every envelope.
type Agency struct {
	Code      string `toml:"code"`
	OldCode   string `toml:"old_code"`
	Name      string `toml:"name"`
	InCharge  string `toml:"in_charge"`
	Place     string `toml:"place"`
	Address   string `toml:"address"`
	Email     string `toml:"email"`
	Telephone string `toml:"telephone"`
}

// Signing holds how this person signs. Paths may be relative to the home.
type Signing struct {
	Rules       string   `toml:"rules"` // "tt01" (default) or "nd30"
	Level       string   `toml:"level"` // "B" (default), "T", "LT", "LTA"
	TSA         []string `toml:"tsa"`   // in the order of trying
	Image       string   `toml:"image"` // PNG of the signature
	Seal        string   `toml:"seal"`  // PNG of the seal
	SealWidthMM float64  `toml:"seal_width_mm"`
	Modules     []string `toml:"modules"`   // PKCS#11 modules of the person's own choice
	Trust       string   `toml:"trust"`     // folder of trust anchors (PEM or DER)
	Documents   string   `toml:"documents"` // folder whose PDFs wait for signature
	Signed      string   `toml:"signed"`    // folder for signed files; "": beside the source
}

// Connector is one destination. Its secret is kept under the name
// "connector/<Name>".
type Connector struct {
	Name     string `toml:"name"`
	Kind     string `toml:"kind"` // "axis"
	Endpoint string `toml:"endpoint"`
	SystemID string `toml:"system_id"`
}

// DefaultHome is the platform's place.
func DefaultHome() string { return filepath.Join(xdg.ConfigHome, "trinhky") }

// File is the settings file in home.
func File(home string) string { return filepath.Join(home, "settings.toml") }

// Load reads the settings of home. A home without settings gives the zero value.
func Load(home string) (Settings, error) {
	var s Settings
	data, err := os.ReadFile(File(home))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read settings: %w", err)
	}
	if err := toml.Unmarshal(data, &s); err != nil {
		return Settings{}, fmt.Errorf("%s: %w", File(home), err)
	}
	return s, nil
}

// Path resolves a path of the settings against home.
func Path(home, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(home, path)
}
