// Package cmd_test holds the rules that span all packages: who may import whom.
package cmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// pkg is one package of ours as `go list` describes it.
type pkg struct {
	ImportPath string
	Doc        string
	GoFiles    []string
	Imports    []string
	Deps       []string
}

// tree lists every package of the module, for a system on which both loaders
// of PKCS#11 modules and the window are looked at.
func tree(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Doc,GoFiles,Imports,Deps", "trinhky/...")
	cmd.Env = append(cmd.Environ(), "GOFLAGS=-buildvcs=false")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := map[string]pkg{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath] = p
	}
}

// under says whether path is one of the roots or lies below one.
func under(path string, roots ...string) bool {
	return slices.ContainsFunc(roots, func(root string) bool {
		return path == root || strings.HasPrefix(path, root+"/")
	})
}

// A rule forbids the packages of one part to reach others, however indirectly.
type rule struct {
	of     []string // packages the rule speaks of
	except []string
	never  []string // what they may not depend on
	allow  []string // exceptions below never
}

var rules = map[string]rule{
	"only app and cmd reach Fyne and the native dialogs": {
		of:    []string{"trinhky/signer", "trinhky/pdfview", "trinhky/submit", "trinhky/assets"},
		never: []string{"fyne.io", "github.com/sqweek"},
	},
	"flow, review, message and settings know no Fyne": {
		of:    []string{"trinhky/app/flow", "trinhky/app/review", "trinhky/app/message", "trinhky/app/settings", "trinhky/app/ink"},
		never: []string{"fyne.io", "github.com/sqweek"},
	},
	"the command line knows no Fyne": {
		of:    []string{"trinhky/cmd/trinhkyctl", "trinhky/cmd/trinhky-token", "trinhky/cmd/sandbox"},
		never: []string{"fyne.io", "github.com/sqweek"},
	},
	"signer knows neither the window, nor sending, nor the renderer": {
		of:    []string{"trinhky/signer"},
		never: []string{"trinhky/app", "trinhky/submit", "trinhky/pdfview", "trinhky/assets", "trinhky/cmd"},
		allow: []string{"trinhky/pdfview/geom"},
	},
	"pdfview knows neither signing nor sending": {
		of:    []string{"trinhky/pdfview"},
		never: []string{"trinhky/app", "trinhky/submit", "trinhky/signer", "trinhky/assets", "trinhky/cmd"},
	},
	"submit knows neither signing nor viewing": {
		of:    []string{"trinhky/submit"},
		never: []string{"trinhky/app", "trinhky/signer", "trinhky/pdfview", "trinhky/assets", "trinhky/cmd"},
	},
	"assets import nothing of ours": {
		of:    []string{"trinhky/assets"},
		never: []string{"trinhky"},
		allow: []string{"trinhky/assets"},
	},
	"the window sees interfaces, never an adapter": {
		of: []string{"trinhky/app"},
		never: []string{
			"trinhky/signer/pkcs11", "trinhky/signer/pkcs12", "trinhky/signer/wincert", "trinhky/signer/tsa",
			"trinhky/signer/evidence", "trinhky/signer/repair", "trinhky/submit/axis", "trinhky/submit/dms",
			"trinhky/submit/store", "trinhky/pdfview/pdfium", "trinhky/cmd",
		},
	},
	"adapters of submit know each other not": {
		of:    []string{"trinhky/submit/axis", "trinhky/submit/dms"},
		never: []string{"trinhky/submit/store"},
	},
	"geom is a leaf": {
		of:    []string{"trinhky/pdfview/geom"},
		never: []string{"trinhky"},
		allow: []string{"trinhky/pdfview/geom"},
	},
	"the token helper holds tokens and nothing else": {
		of:    []string{"trinhky/cmd/trinhky-token"},
		never: []string{"trinhky/app", "trinhky/submit", "trinhky/pdfview", "trinhky/signer/verify", "trinhky/signer/tsa"},
		allow: []string{"trinhky/pdfview/geom"},
	},
	"what we ship holds no code of the test tree": {
		of: []string{"trinhky/cmd/trinhky", "trinhky/cmd/trinhkyctl", "trinhky/cmd/trinhky-token"},
		never: []string{
			"trinhky/signer/signertest", "trinhky/submit/submittest", "testing", "trinhky/cmd/sandbox",
			"github.com/digitorus", "github.com/smallstep",
		},
	},
}

func TestImportRules(t *testing.T) {
	packages := tree(t)
	for name, r := range rules {
		t.Run(name, func(t *testing.T) {
			for path, p := range packages {
				if !under(path, r.of...) || under(path, r.except...) {
					continue
				}
				for _, dep := range p.Deps {
					if under(dep, r.never...) && !under(dep, r.allow...) {
						t.Errorf("%s reaches %s", path, dep)
					}
				}
			}
		})
	}
}

// signer and its parts stand on the standard library, the golang.org/x modules
// and geom; each adapter takes besides only the library that it adapts.
func TestSignerLibraries(t *testing.T) {
	adapted := map[string][]string{
		"trinhky/signer/pkcs11":     {"github.com/miekg/pkcs11"},
		"trinhky/signer/pkcs12":     {"software.sslmate.com/src/go-pkcs12"},
		"trinhky/signer/repair":     {"github.com/pdfcpu/pdfcpu"},
		"trinhky/signer/wincert":    {"github.com/google/certtostore"},
		"trinhky/signer/signertest": {"github.com", "software.sslmate.com", "pgregory.net"},
	}
	for path, p := range tree(t) {
		if !under(path, "trinhky/signer") {
			continue
		}
		var allowed []string
		for root, libraries := range adapted {
			if under(path, root) {
				allowed = append(allowed, libraries...)
			}
		}
		for _, dep := range p.Imports {
			if foreign(dep) && !under(dep, allowed...) {
				t.Errorf("%s imports %s", path, dep)
			}
		}
	}
}

// foreign says whether an import is neither ours, nor standard, nor golang.org/x.
func foreign(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".") && !under(path, "golang.org/x")
}

// Packages are nouns of the field.
func TestNoUtil(t *testing.T) {
	for path := range tree(t) {
		last := path[strings.LastIndex(path, "/")+1:]
		if slices.Contains([]string{"util", "utils", "common", "helpers", "helper", "misc", "shared", "manager"}, last) {
			t.Errorf("%s is no noun of the field", path)
		}
	}
}

// Every package says what it is for.
func TestPackageComments(t *testing.T) {
	for path, p := range tree(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", path)
		}
	}
}

// A rule about packages that are not there would hold by itself.
func TestRulesNamePackages(t *testing.T) {
	packages := tree(t)
	for name, r := range rules {
		for _, of := range r.of {
			found := false
			for path := range packages {
				found = found || under(path, of)
			}
			if !found && !strings.HasSuffix(of, "/dms") {
				t.Errorf("rule %q speaks of %s, which is not there", name, of)
			}
		}
	}
}
