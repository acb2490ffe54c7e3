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
	"time"

	"github.com/adrg/xdg"
	"github.com/pelletier/go-toml/v2"
)

// Settings is everything that can be set. The zero value works.
type Settings struct {
	Language    string            `toml:"language"` // "vi" (default) or "en"
	Look        string            `toml:"look"`     // "light" (default) or "dark"
	Agency      Agency            `toml:"agency"`
	Signing     Signing           `toml:"signing"`
	Sending     Sending           `toml:"sending"`
	Connectors  []Connector       `toml:"connector"`
	Groups      []Group           `toml:"group,omitempty"` // of receivers
	Bridge      Bridge            `toml:"bridge,omitempty"`
	Environment map[string]string `toml:"environment"` // for token modules, e.g. SOFTHSM2_CONF
}

// Group is a saved group of receivers.
type Group struct {
	Name      string     `toml:"name"`
	Receivers []Receiver `toml:"receiver"`
}

// Receiver is one of a group.
type Receiver struct {
	Code    string `toml:"code"`
	OldCode string `toml:"old_code,omitempty"`
	Name    string `toml:"name"`
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
	Rules       string   `toml:"rules"`           // "tt01" (default) or "nd30"
	Level       string   `toml:"level"`           // "B" (default), "T", "LT", "LTA"
	TSA         []string `toml:"tsa"`             // in the order of trying
	Title       string   `toml:"title,omitempty"` // of the person («Phó Giám đốc»): the box of that level is theirs
	Image       string   `toml:"image"`           // PNG of the signature
	Seal        string   `toml:"seal"`            // PNG of the seal
	SealWidthMM float64  `toml:"seal_width_mm"`
	// Authorities are the quotas and user names of servers of TSA that have them.
	Authorities []Authority `toml:"tsa_account,omitempty"`
	Modules     []string    `toml:"modules"` // PKCS#11 modules of the person's own choice
	Trust       string      `toml:"trust"`   // folder of trust anchors (PEM or DER)
	// KeyFiles are PKCS#12 files whose keys are offered beside the tokens'.
	KeyFiles []KeyFile `toml:"key_file"`
	// RefuseUnproven refuses to sign where no path to a known anchor or no
	// revocation status is found; off, that is a warning.
	RefuseUnproven bool   `toml:"refuse_unproven"`
	Documents      string `toml:"documents"` // folder whose PDFs wait for signature
	Signed         string `toml:"signed"`    // folder for signed files; "": beside the source
}

// KeyFile is a PKCS#12 file and the certificate that it held when it was chosen
// (DER, base64): without its password a file shows nothing.
type KeyFile struct {
	Path        string `toml:"path"`
	Certificate string `toml:"certificate"`
}

// Authority is what a time-stamping server needs to be known of. Its password is
// kept among the secrets under the name "tsa/<URL>".
type Authority struct {
	URL      string `toml:"url"`
	User     string `toml:"user,omitempty"` // basic authentication
	Requests int    `toml:"requests,omitempty"`
	Minutes  int    `toml:"minutes,omitempty"` // so many Requests are allowed in them
	// Timeout is that of one request; zero takes the default of the client.
	Timeout Duration `toml:"timeout,omitempty"`
}

// Authority is what is known of a time-stamping server beside its address.
func (s Signing) Authority(url string) Authority {
	for _, a := range s.Authorities {
		if a.URL == url {
			return a
		}
	}
	return Authority{URL: url}
}

// The kinds of connectors.
const (
	KindAxis    = "axis"    // the national axis, VXP protocol (default)
	KindDialect = "dialect" // a province's gateway, by a profile
	KindWebDAV  = "webdav"
	KindFolder  = "folder" // a folder or share that an agency's own connector reads
)

// Connector is one destination. Its secrets are kept under the names
// "connector/<Name>" (secret or password), "connector/<Name>/proxy" and
// "connector/<Name>/client" (password of the client certificate).
type Connector struct {
	Name     string `toml:"name"`
	Kind     string `toml:"kind"`
	Endpoint string `toml:"endpoint"`  // base URL; KindFolder: the folder
	SystemID string `toml:"system_id"` // axis, dialects: who we are; WebDAV: the user
	// Profile names the dialect: a file of the home's folder "dialect", else one
	// of the program's own.
	Profile string `toml:"profile,omitempty"`
	// Hash is the spelling of hash-file: "unpadded" (default, as the axis' own
	// client) or "padded".
	Hash string `toml:"hash,omitempty"`
	// Times; zero takes the default of the connector. Absence is the time
	// between the two lists without a document that allow it to be sent again.
	SendTimeout Duration `toml:"send_timeout,omitempty"`
	ListTimeout Duration `toml:"list_timeout,omitempty"`
	Absence     Duration `toml:"absence,omitempty"`
	TLS         TLS      `toml:"tls,omitempty"`
	Proxy       Proxy    `toml:"proxy,omitempty"`
}

// TLS says whom a connector trusts and who it is. Paths may be relative to the
// home. TLS 1.2 is the least in every case.
type TLS struct {
	CA          string `toml:"ca,omitempty"`          // PEM: only servers below these certificates; "": the system's
	Certificate string `toml:"certificate,omitempty"` // of the client: PEM, or PKCS#12 (.p12, .pfx)
	Key         string `toml:"key,omitempty"`         // PEM, where Certificate is PEM
}

// Proxy says how a connector leaves the agency's network.
type Proxy struct {
	Mode    string `toml:"mode,omitempty"`    // "system" (default), "none", "manual", "pac"
	Address string `toml:"address,omitempty"` // manual: http://HOST:PORT; pac: URL of the script
	Login   string `toml:"login,omitempty"`   // "basic" (default where User is set), "ntlm", "negotiate"
	User    string `toml:"user,omitempty"`    // NAME, or DOMAIN\NAME
}

// Sending holds the agency's rules of sending. Zero values take the defaults.
type Sending struct {
	// RequireSeal refuses to send a document without the leader's signature and
	// the agency's seal; without it they are warnings.
	RequireSeal bool `toml:"require_seal,omitempty"`
	// Noon is the end of the morning after midnight (12h), Silence the time
	// on working days without a status 01 after which a receiver is called
	// silent (24h, which is one working day).
	Noon         Duration `toml:"noon,omitempty"`
	Silence      Duration `toml:"silence,omitempty"`
	Holidays     []string `toml:"holidays,omitempty"` // "2026-09-02"
	Workdays     []string `toml:"workdays,omitempty"` // weekend days that are worked
	MaxFileMB    int      `toml:"max_file_mb,omitempty"`
	MaxMessageMB int      `toml:"max_message_mb,omitempty"`
	NameLength   int      `toml:"name_length,omitempty"` // of file names for receivers
}

// Duration is a time.Duration that is written "1m30s".
type Duration time.Duration

// MarshalText writes d; zero is "".
func (d Duration) MarshalText() ([]byte, error) {
	if d == 0 {
		return []byte{}, nil
	}
	return []byte(time.Duration(d).String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (d *Duration) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = 0
		return nil
	}
	v, err := time.ParseDuration(string(text))
	if err == nil && v < 0 {
		err = fmt.Errorf("%s is negative", text)
	}
	*d = Duration(v)
	return err
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
