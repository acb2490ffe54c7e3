package settings_test

import (
	"errors"
	"testing"

	"trinhky/app/settings"
)

// drawer is a keyring in memory.
type drawer map[string]string

func (d drawer) Get(name string) (string, error) {
	if v, ok := d[name]; ok {
		return v, nil
	}
	return "", settings.ErrNoSecret
}
func (d drawer) Set(name, value string) error { d[name] = value; return nil }
func (d drawer) Delete(name string) error     { delete(d, name); return nil }

func TestWhereASecretLies(t *testing.T) {
	home, ring := t.TempDir(), drawer{}
	if _, err := settings.NewSecrets(home, nil).Set("connector/in-file", "a"); err != nil {
		t.Fatal(err)
	}
	s := settings.NewSecrets(home, ring)
	if _, err := s.Set("connector/in-ring", "b"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]settings.Where{
		"connector/in-file": settings.InFile, "connector/in-ring": settings.InKeyring,
	} {
		if where, err := s.Lies(name); err != nil || where != want {
			t.Errorf("%s lies in %v (%v), want %v", name, where, err, want)
		}
	}
	if _, err := s.Lies("connector/nowhere"); !errors.Is(err, settings.ErrNoSecret) {
		t.Errorf("error %v", err)
	}
}
