package doctor_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"trinhky/app/settings"
	"trinhky/cmd/internal/doctor"
	"trinhky/cmd/internal/wire"
)

// Every step that can be broken says so, and says what to do.
func TestWords(t *testing.T) {
	for _, language := range []string{"vi", "en"} {
		words, err := wire.Words(language)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range doctor.Names() {
			if m := words.Message("doctor." + name + "." + string(doctor.Works)); m.Text == "" {
				t.Errorf("%s: %s: no words for a step that works", language, name)
			}
			m := words.Message("doctor." + name + "." + string(doctor.Broken))
			if name != "secrets" && (m.Text == "" || m.Next == "") { // a file is a warning only
				t.Errorf("%s: %s: %+v", language, name, m)
			}
		}
	}
}

// On a machine where nothing is set up nothing hangs, and each step is told
// once, in its order.
func TestNothingSetUp(t *testing.T) {
	home := filepath.Join(t.TempDir(), "mới")
	t.Setenv("TRINHKY_TOKEN_HELPER", filepath.Join(t.TempDir(), "no-helper"))
	g, err := wire.Open(wire.Options{Home: home})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = g.Close() }()
	state := map[string]doctor.State{}
	var order []string
	for _, c := range doctor.Run(t.Context(), g) {
		if len(order) == 0 || order[len(order)-1] != c.Name {
			order = append(order, c.Name)
		}
		state[c.Name] = c.State
	}
	if !slices.Equal(order, doctor.Names()) {
		t.Errorf("steps %v", order)
	}
	for name, want := range map[string]doctor.State{
		"home": doctor.Works, "token": doctor.Broken, "certificate": doctor.Skipped,
		"clock": doctor.Skipped, "timestamp": doctor.Skipped, "axis": doctor.Skipped, "renderer": doctor.Works,
	} {
		if state[name] != want {
			t.Errorf("%s: %s, want %s", name, state[name], want)
		}
	}
}

// Servers that do not answer and a broken home are named.
func TestBroken(t *testing.T) {
	home := t.TempDir()
	if err := settings.Save(home, settings.Settings{
		Signing:    settings.Signing{TSA: []string{"http://127.0.0.1:1/tsa"}},
		Connectors: []settings.Connector{{Name: "truc", Kind: "axis", Endpoint: "http://127.0.0.1:1", SystemID: "x"}},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := settings.NewSecrets(home, nil).Set("connector/truc", "x"); err != nil {
		t.Fatal(err)
	}
	g, err := wire.Open(wire.Options{Home: home})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = g.Close() }()
	broken := map[string]bool{}
	for _, c := range doctor.Run(t.Context(), g) {
		if c.State == doctor.Broken {
			broken[c.Name] = c.Err != nil
		}
	}
	if !broken["timestamp"] || !broken["axis"] {
		t.Errorf("broken steps: %v", broken)
	}
	if _, err := os.Stat(settings.File(home)); err != nil {
		t.Error("the settings are gone:", err)
	}
}
