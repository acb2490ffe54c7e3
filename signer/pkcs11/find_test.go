package pkcs11

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestCandidates(t *testing.T) {
	dir := t.TempDir()
	touch := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	own, second, opensc := touch("own.so"), touch("maker2.so"), touch("opensc-pkcs11.so")
	if err := os.Symlink(second, filepath.Join(dir, "maker1.so")); err != nil {
		t.Fatal(err)
	}
	k := Known{
		Folders:  map[string][]string{"linux": {"%DIR%", "%NONE%/lib"}},
		Makers:   []Maker{{Name: "A", Linux: []string{"maker1.so", "maker2.so", "none.so"}}, {Name: "B", Windows: []string{"b.dll"}}},
		Fallback: Maker{Name: "OpenSC", Linux: []string{"opensc-pkcs11.so"}},
	}
	missing := filepath.Join(dir, "missing.so")
	list := k.candidates("linux", []string{own, missing, own}, func(name string) string {
		return map[string]string{"DIR": dir}[name]
	})
	want := []string{own, missing, filepath.Join(dir, "maker1.so"), opensc}
	if got := Present(list); !slices.Equal(got, want) {
		t.Errorf("present: %q, want %q", got, want)
	}
	if !slices.ContainsFunc(list, func(c Candidate) bool { return strings.HasSuffix(c.Path, "none.so") && !c.Found }) {
		t.Error("what was looked for in vain is not listed")
	}
}

func TestParseKnown(t *testing.T) {
	data, err := os.ReadFile("../../assets/modules.json")
	if err != nil {
		t.Fatal(err)
	}
	k, err := ParseKnown(data)
	if err != nil {
		t.Fatal(err)
	}
	list := k.candidates("windows", nil, func(name string) string { return `C:\` + name })
	for _, want := range []string{"vnptca_p11_v8.dll", "viettel-ca_v6.dll", "eTPKCS11.dll", "bit4xpki.dll", "opensc-pkcs11.dll"} {
		if !slices.ContainsFunc(list, func(c Candidate) bool { return strings.HasSuffix(c.Path, want) }) {
			t.Errorf("%s is not looked for", want)
		}
	}
	for name, bad := range map[string]string{
		"empty": `{}`, "no JSON": `[`, "a path": `{"makers":[{"name":"x","linux":["../../evil.so"]}]}`,
		"a drive": `{"makers":[{"name":"x","windows":["C:evil.dll"]}]}`,
	} {
		if _, err := ParseKnown([]byte(bad)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParseKnown(f *testing.F) {
	f.Add([]byte(`{"folders":{"linux":["%A%/b"]},"makers":[{"name":"x","linux":["a.so"]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		k, err := ParseKnown(data)
		if err != nil {
			return
		}
		for _, m := range k.Makers {
			for _, name := range m.Linux {
				if filepath.Base(name) != name || name == ".." {
					t.Errorf("%q is no file name", name)
				}
			}
		}
	})
}

func TestEnvironment(t *testing.T) {
	got := environment(
		[]string{"PATH=/bin", "TRINHKY_PIN=123456", "trinhky_password=x", "TRINHKY_SIGN_PIN=9", "TRINHKY_HOME=/h"},
		map[string]string{"SOFTHSM2_CONF": "/c", "TRINHKY_PIN": "1"},
	)
	if want := []string{"PATH=/bin", "TRINHKY_HOME=/h", "SOFTHSM2_CONF=/c"}; !slices.Equal(got, want) {
		t.Errorf("helpers get %q, want %q", got, want)
	}
}
