package pkcs11_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"trinhky/signer"
	"trinhky/signer/pkcs11"
	"trinhky/signer/signertest"
)

// Every reason why a module cannot be used has its own error, before anything
// of it is run.
func TestModuleErrors(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.so")
	if err := os.WriteFile(text, []byte("không phải thư viện"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		path  string
		fault signer.ModuleFault
		is    func(error) bool
	}{
		"missing":       {filepath.Join(dir, "none.so"), signer.ModuleMissing, func(err error) bool { return errors.Is(err, fs.ErrNotExist) }},
		"no library":    {text, signer.ModuleNotPKCS11, func(err error) bool { return errors.Is(err, pkcs11.ErrNotLibrary) }},
		"another maker": {otherLibrary(t, dir), signer.ModuleNoFunctionList, func(err error) bool { return errors.Is(err, pkcs11.ErrNoFunctionList) }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			expectModuleError(t, pkcs11.New(pkcs11.Config{Helper: "/nonexistent", Modules: []string{c.path}}), c.fault, c.is)
		})
	}
	t.Run("wrong architecture", func(t *testing.T) {
		dll := buildMini(t, "x86_64-w64-mingw32-gcc")
		expectModuleError(t, pkcs11.New(pkcs11.Config{Helper: "/nonexistent", Modules: []string{dll}}), signer.ModuleArchitecture, func(err error) bool {
			var wrong *pkcs11.ArchitectureError
			return errors.As(err, &wrong) && wrong.Library == "windows/amd64" && wrong.Program == runtime.GOOS+"/"+runtime.GOARCH
		})
	})
	t.Run("no helper", func(t *testing.T) {
		module := buildMini(t, "gcc")
		s := pkcs11.New(pkcs11.Config{Helper: filepath.Join(dir, "none"), Modules: []string{module}})
		if _, err := s.Slots(t.Context()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v", err)
		}
	})
	t.Run("helper without cgo", func(t *testing.T) {
		helper := filepath.Join(dir, "trinhky-token")
		build := exec.Command("go", "build", "-o", helper, "trinhky/cmd/trinhky-token")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		s := pkcs11.New(pkcs11.Config{Helper: helper, Modules: []string{buildMini(t, "gcc")}})
		expectModuleError(t, s, signer.ModuleFailed, func(err error) bool { return err != nil })
	})
}

func expectModuleError(t *testing.T, s *pkcs11.Source, fault signer.ModuleFault, is func(error) bool) {
	t.Helper()
	defer func() { _ = s.Close() }()
	_, err := s.Slots(t.Context())
	var module *signer.ModuleError
	if !errors.As(err, &module) || module.Fault != fault || !is(err) {
		t.Errorf("%v", err)
	}
	if st := s.States()[0]; !errors.Is(st.Err, module) || st.Loaded {
		t.Errorf("state %+v", st)
	}
}

// otherLibrary is a library that is no PKCS#11 module.
func otherLibrary(t *testing.T, dir string) string {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("gcc is not installed")
	}
	source, out := filepath.Join(dir, "other.c"), filepath.Join(dir, "other.so")
	if err := os.WriteFile(source, []byte("int other(void) { return 1; }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if msg, err := exec.Command("gcc", "-shared", "-fPIC", "-o", out, source).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, msg)
	}
	return out
}

func TestNoModules(t *testing.T) {
	s := pkcs11.New(pkcs11.Config{Helper: signertest.Helper(t)})
	defer func() { _ = s.Close() }()
	if slots, err := s.Slots(t.Context()); err != nil || len(slots) != 0 {
		t.Errorf("%v, %v", slots, err)
	}
	if _, err := s.Open(signer.Slot{Module: "/x.so"}); !errors.Is(err, signer.ErrNoToken) {
		t.Errorf("a slot of no module: %v", err)
	}
}
