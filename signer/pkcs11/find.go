package pkcs11

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Maker is one maker of tokens and the file names of its modules, the
// preferred ones first, by operating system in Go's words.
type Maker struct {
	Name    string   `json:"name"`
	Windows []string `json:"windows"`
	Linux   []string `json:"linux"`
	Darwin  []string `json:"darwin"`
}

func (m Maker) files(system string) []string {
	switch system {
	case "windows":
		return m.Windows
	case "darwin":
		return m.Darwin
	}
	return m.Linux
}

// Known is the list of known modules: data, so that a newer one needs no
// release of the program.
type Known struct {
	Updated  string              `json:"updated"`
	Folders  map[string][]string `json:"folders"` // by operating system; %NAME% is a variable
	Makers   []Maker             `json:"makers"`
	Fallback Maker               `json:"fallback"` // tried after all others
}

// ParseKnown reads a list of known modules. File names must be names alone:
// a list cannot point at other folders than those it shows.
func ParseKnown(data []byte) (Known, error) {
	var k Known
	if err := json.Unmarshal(data, &k); err != nil {
		return Known{}, fmt.Errorf("list of modules: %w", err)
	}
	for _, m := range append([]Maker{k.Fallback}, k.Makers...) {
		for _, system := range []string{"windows", "linux", "darwin"} {
			for _, name := range m.files(system) {
				if name == "" || name == "." || name == ".." || strings.ContainsAny(name, `/\:`) {
					return Known{}, fmt.Errorf("list of modules: %q is no file name", name)
				}
			}
		}
	}
	if len(k.Makers) == 0 {
		return Known{}, errors.New("list of modules: it is empty")
	}
	return k, nil
}

// Candidate is a file that may be a module.
type Candidate struct {
	Path  string
	Maker string // "" for the person's own path
	Found bool   // the file is there
}

// Candidates lists where modules are looked for on this system, in the order
// of preference: the person's own paths, the known makers, OpenSC. Own paths
// are listed also where the file is missing: that has to be told.
func (k Known) Candidates(own []string) []Candidate {
	return k.candidates(runtime.GOOS, own, os.Getenv)
}

func (k Known) candidates(system string, own []string, variable func(string) string) []Candidate {
	var list []Candidate
	seen := map[string]bool{}
	add := func(path, maker string) {
		key := path
		if real, err := filepath.EvalSymlinks(path); err == nil {
			key = real
		}
		if system == "windows" {
			key = strings.ToLower(key)
		}
		if seen[key] {
			return
		}
		seen[key] = true
		st, err := os.Stat(path)
		list = append(list, Candidate{Path: path, Maker: maker, Found: err == nil && st.Mode().IsRegular()})
	}
	for _, path := range own {
		add(path, "")
	}
	var folders []string
	for _, f := range k.Folders[system] {
		if f = expand(f, variable); f != "" {
			folders = append(folders, f)
		}
	}
	for _, m := range append(k.Makers[:len(k.Makers):len(k.Makers)], k.Fallback) {
		for _, name := range m.files(system) {
			for _, folder := range folders {
				add(filepath.Join(folder, name), m.Name)
			}
		}
	}
	return list
}

// expand replaces %NAME%; a folder with an unknown variable is left out.
func expand(folder string, variable func(string) string) string {
	parts := strings.Split(folder, "%")
	for i := 1; i < len(parts); i += 2 {
		if parts[i] = variable(parts[i]); parts[i] == "" {
			return ""
		}
	}
	return strings.Join(parts, "")
}

// Present are the paths to hand to New: the person's own paths, there or not,
// and every known module that is there.
func Present(list []Candidate) []string {
	var paths []string
	for _, c := range list {
		if c.Found || c.Maker == "" {
			paths = append(paths, c.Path)
		}
	}
	return paths
}
