package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/pelletier/go-toml/v2"
	"github.com/zalando/go-keyring"
)

// service is the name under which the system keyring keeps our secrets.
const service = "trinhky"

// ErrNoSecret: nothing is kept under that name.
var ErrNoSecret = errors.New("no such secret")

// Keyring is what Secrets needs of the system keyring. Get answers
// ErrNoSecret where it works but keeps nothing under the name.
type Keyring interface {
	Get(name string) (string, error)
	Set(name, value string) error
	Delete(name string) error
}

// Where says where secrets are kept.
type Where int

// The places.
const (
	InKeyring Where = iota // the keyring of the system
	InFile                 // a file that only the owner can read
)

// Secrets keeps the secrets of connectors and time-stamping servers: in the
// system keyring, or where there is none in the file "secrets.toml" of the
// home. Names look like "connector/<Name>". It is safe for concurrent use.
//
// A secret that the keyring does not have is looked for in the file: a
// workspace that was prepared for a person brings its secrets that way. PINs
// are never kept.
type Secrets struct {
	mu   sync.Mutex
	path string
	ring Keyring // nil: the file only
}

// OpenSecrets returns the secrets of home. The keyring counts as absent where
// it cannot answer.
func OpenSecrets(home string) *Secrets { return NewSecrets(home, systemKeyring{}) }

// NewSecrets returns the secrets of home with a keyring of the caller's choice;
// nil means the file only.
func NewSecrets(home string, ring Keyring) *Secrets {
	return &Secrets{path: filepath.Join(home, "secrets.toml"), ring: ring}
}

// SecretsFile is the file form of the secrets of home.
func SecretsFile(home string) string { return filepath.Join(home, "secrets.toml") }

// Where says where a new secret goes.
func (s *Secrets) Where() Where {
	if s.ring == nil {
		return InFile
	}
	if _, err := s.ring.Get("probe"); err != nil && !errors.Is(err, ErrNoSecret) {
		return InFile
	}
	return InKeyring
}

// Get returns a secret, or ErrNoSecret. The file is asked first: it needs no
// unlocked desktop session, and a name is kept in one of the two only.
func (s *Secrets) Get(name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, err := s.read()
	if err != nil {
		return "", err
	}
	if v, ok := kept[name]; ok {
		return v, nil
	}
	if s.ring == nil {
		return "", fmt.Errorf("%w: %s", ErrNoSecret, name)
	}
	v, err := s.ring.Get(name)
	if err != nil {
		return "", fmt.Errorf("%w: %s (keyring: %v)", ErrNoSecret, name, err)
	}
	return v, nil
}

// Lies says where a secret is kept, or ErrNoSecret.
func (s *Secrets) Lies(name string) (Where, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, err := s.read()
	if err != nil {
		return InFile, err
	}
	if _, ok := kept[name]; ok {
		return InFile, nil
	}
	if s.ring == nil {
		return InFile, fmt.Errorf("%w: %s", ErrNoSecret, name)
	}
	if _, err := s.ring.Get(name); err != nil {
		return InKeyring, fmt.Errorf("%w: %s (keyring: %v)", ErrNoSecret, name, err)
	}
	return InKeyring, nil
}

// Set keeps a secret and says where it went.
func (s *Secrets) Set(name, value string) (Where, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, err := s.read()
	if err != nil {
		return InFile, err
	}
	if s.ring != nil && s.ring.Set(name, value) == nil {
		if _, ok := kept[name]; !ok {
			return InKeyring, nil
		}
		delete(kept, name) // the older value must not win
		return InKeyring, s.write(kept)
	}
	kept[name] = value
	return InFile, s.write(kept)
}

// Delete forgets a secret. One that is not kept is no error.
func (s *Secrets) Delete(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ring != nil {
		_ = s.ring.Delete(name) // absent, or no keyring: nothing is kept there
	}
	kept, err := s.read()
	if err != nil {
		return err
	}
	if _, ok := kept[name]; !ok {
		return nil
	}
	delete(kept, name)
	return s.write(kept)
}

func (s *Secrets) read() (map[string]string, error) {
	kept := map[string]string{}
	data, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return kept, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read secrets: %w", err)
	}
	if err := toml.Unmarshal(data, &kept); err != nil {
		// The decoder's words quote the file: they would leak a secret.
		return nil, fmt.Errorf("%s is damaged", s.path)
	}
	return kept, nil
}

func (s *Secrets) write(kept map[string]string) error {
	data, err := toml.Marshal(kept)
	if err != nil {
		return errors.New("encode secrets") // no detail: it could hold a secret
	}
	if err := writeOwned(s.path, data); err != nil {
		return fmt.Errorf("save secrets: %w", err)
	}
	return nil
}

// systemKeyring is Secret Service, the macOS keychain or the Windows
// credential manager.
type systemKeyring struct{}

func (systemKeyring) Get(name string) (string, error) {
	v, err := keyring.Get(service, name)
	if errors.Is(err, keyring.ErrNotFound) {
		return "", ErrNoSecret
	}
	return v, err
}

func (systemKeyring) Set(name, value string) error { return keyring.Set(service, name, value) }

func (systemKeyring) Delete(name string) error {
	err := keyring.Delete(service, name)
	if errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return err
}
