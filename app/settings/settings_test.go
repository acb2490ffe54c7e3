package settings

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestSaveLoad(t *testing.T) {
	home := filepath.Join(t.TempDir(), "mới")
	want := Settings{
		Language: "vi",
		Agency:   Agency{Code: "H99.97", Name: "Ủy ban nhân dân xã Ví Dụ"},
		Signing: Signing{
			Level: "T", TSA: []string{"http://127.0.0.1:1/tsa"}, SealWidthMM: 36,
		},
		Connectors:  []Connector{{Name: "truc", Kind: "axis", Endpoint: "http://127.0.0.1:1", SystemID: "x"}},
		Environment: map[string]string{"SOFTHSM2_CONF": "/tmp/x"},
	}
	for range 2 { // the second save replaces the first
		if err := Save(home, want); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Load(home)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
	ownerOnly(t, File(home))
	entries, err := os.ReadDir(home)
	if err != nil || len(entries) != 1 {
		t.Errorf("the home holds %v, %v; want the settings alone", entries, err)
	}
}

func TestLoadBad(t *testing.T) {
	home := t.TempDir()
	if s, err := Load(home); err != nil || s.Language != "" {
		t.Errorf("no settings: %+v, %v", s, err)
	}
	if err := os.WriteFile(File(home), []byte("language = [[["), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(home); err == nil {
		t.Error("damaged settings were read")
	}
}

// ring is a keyring in memory; err makes it one that cannot answer.
type ring struct {
	kept map[string]string
	err  error
}

func (r *ring) Get(name string) (string, error) {
	if r.err != nil {
		return "", r.err
	}
	if v, ok := r.kept[name]; ok {
		return v, nil
	}
	return "", ErrNoSecret
}

func (r *ring) Set(name, value string) error {
	if r.err == nil {
		r.kept[name] = value
	}
	return r.err
}

func (r *ring) Delete(name string) error {
	if r.err == nil {
		delete(r.kept, name)
	}
	return r.err
}

func TestSecrets(t *testing.T) {
	locked := errors.New("no secret service")
	for _, c := range []struct {
		name string
		ring Keyring
		want Where
	}{
		{"keyring", &ring{kept: map[string]string{}}, InKeyring},
		{"keyring that cannot answer", &ring{err: locked}, InFile},
		{"no keyring", nil, InFile},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := t.TempDir()
			s := NewSecrets(home, c.ring)
			if got := s.Where(); got != c.want {
				t.Errorf("Where: %v, want %v", got, c.want)
			}
			if _, err := s.Get("connector/truc"); !errors.Is(err, ErrNoSecret) {
				t.Errorf("nothing kept yet: %v", err)
			}
			for _, value := range []string{"bí mật", "đổi rồi"} {
				if where, err := s.Set("connector/truc", value); err != nil || where != c.want {
					t.Fatalf("Set: %v, %v", where, err)
				}
				if got, err := NewSecrets(home, c.ring).Get("connector/truc"); err != nil || got != value {
					t.Errorf("Get: %q, %v", got, err)
				}
			}
			_, err := os.Stat(SecretsFile(home))
			if inFile := err == nil; inFile != (c.want == InFile) {
				t.Errorf("file there: %v", inFile)
			}
			if c.want == InFile {
				ownerOnly(t, SecretsFile(home))
			}
			if err := s.Delete("connector/truc"); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Get("connector/truc"); !errors.Is(err, ErrNoSecret) {
				t.Errorf("deleted: %v", err)
			}
		})
	}
}

// A workspace brings its secrets as a file: they count though the keyring works.
func TestSecretsOfAWorkspace(t *testing.T) {
	home := t.TempDir()
	if _, err := NewSecrets(home, nil).Set("connector/truc", "cũ"); err != nil {
		t.Fatal(err)
	}
	r := &ring{kept: map[string]string{}}
	s := NewSecrets(home, r)
	if got, err := s.Get("connector/truc"); err != nil || got != "cũ" {
		t.Fatalf("Get: %q, %v", got, err)
	}
	if where, err := s.Set("connector/truc", "mới"); err != nil || where != InKeyring {
		t.Fatalf("Set: %v, %v", where, err)
	}
	if got, err := s.Get("connector/truc"); err != nil || got != "mới" {
		t.Errorf("after a change: %q, %v", got, err)
	}
}

func TestSecretsDamaged(t *testing.T) {
	home := t.TempDir()
	if err := os.WriteFile(SecretsFile(home), []byte("x = \"mật-khẩu-rò-rỉ\" y"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := NewSecrets(home, nil).Get("x")
	if err == nil || strings.Contains(err.Error(), "rò-rỉ") {
		t.Errorf("damaged file: %v", err)
	}
}

func ownerOnly(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%s has mode %v, want 0600", path, info.Mode())
	}
}
