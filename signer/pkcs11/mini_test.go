package pkcs11_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"trinhky/signer"
	"trinhky/signer/pkcs11"
	"trinhky/signer/signertest"
	"trinhky/signer/signertest/mini"
)

func buildMini(t *testing.T, compiler string) string {
	t.Helper()
	path, err := mini.Build(t.TempDir(), compiler, pin, ca(t).Leader)
	if errors.Is(err, mini.ErrNoCompiler) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A second module that shares no code with SoftHSM2.
func TestMini(t *testing.T) {
	module := buildMini(t, "gcc")
	signertest.Suite(t, func(t *testing.T) signertest.Fixture {
		return miniFixture(t, pkcs11.Config{Modules: []string{module}})
	})
}

func miniFixture(t *testing.T, c pkcs11.Config) signertest.Fixture {
	return signertest.Fixture{
		Source: source(t, c), Label: mini.Label, PIN: pin,
		Signers: []*x509.Certificate{ca(t).Leader.Certificate}, SlotState: true,
	}
}

// The Windows helper, without cgo, with a Windows module, under Wine: driven
// by this very program through the same pipes.
func TestMiniUnderWine(t *testing.T) {
	if testing.Short() {
		t.Skip("Wine takes long to start")
	}
	helper, env := wine(t)
	module := buildMini(t, "x86_64-w64-mingw32-gcc")
	config := pkcs11.Config{Modules: []string{module}, Others: map[string]string{"windows/amd64": helper}, Environment: env}

	t.Run("suite", func(t *testing.T) {
		shared := miniFixture(t, config) // a helper takes seconds to start here
		signertest.Suite(t, func(*testing.T) signertest.Fixture { return shared })
	})
	t.Run("describes itself", func(t *testing.T) {
		s := source(t, config)
		slots, err := s.Slots(t.Context())
		if err != nil || len(slots) != 1 {
			t.Fatalf("%v, %v", slots, err)
		}
		want := signer.Slot{
			ID: 7, Reader: "Mini reader 0", Module: module,
			Token: signer.TokenInfo{
				Label: mini.Label, Serial: mini.Serial, Manufacturer: "Trinh Ky", Model: "M1", MinPIN: 4, MaxPIN: 16,
			},
		}
		if slots[0] != want {
			t.Errorf("slot %+v, want %+v", slots[0], want)
		}
		if st := s.States()[0]; st.Description != "Mini module" || st.Version != "1.7" || st.Manufacturer != "Trinh Ky" {
			t.Errorf("state %+v", st)
		}
	})
	t.Run("locks", func(t *testing.T) {
		s := source(t, config)
		slots, err := s.Slots(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		tok, err := s.Open(slots[0])
		if err != nil {
			t.Fatal(err)
		}
		c := signer.Certificate{X509: ca(t).Leader.Certificate}
		for i, state := range []signer.PINState{signer.PINCountLow, signer.PINFinalTry, signer.PINLocked} {
			if _, err := tok.Unlock(t.Context(), c, signer.PIN(fmt.Sprint(700001+i))); !pinError(state, false)(err) {
				t.Fatalf("try %d: %v", i, err)
			}
		}
		if _, err := tok.Unlock(t.Context(), c, signer.PIN(pin)); !tokenError(signer.TokenLocked)(err) {
			t.Errorf("locked: %v", err)
		}
	})
	t.Run("crash", func(t *testing.T) {
		crashing := config
		crashing.Environment = map[string]string{"MINI_CRASH": "1"}
		for k, v := range env {
			crashing.Environment[k] = v
		}
		s := source(t, crashing)
		slots, err := s.Slots(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		tok, err := s.Open(slots[0])
		if err != nil {
			t.Fatal(err)
		}
		c := signer.Certificate{X509: ca(t).Leader.Certificate}
		if _, err := tok.Unlock(t.Context(), c, signer.PIN(pin)); !tokenError(signer.TokenFailed)(err) {
			t.Errorf("crash in C_Login: %v", err)
		}
	})
}

// wine prepares Wine and the Windows helper; the result is a helper for the
// platform windows/amd64 and the environment it needs.
func wine(t *testing.T) (helper string, env map[string]string) {
	t.Helper()
	for _, tool := range []string{"wine", "wineboot", "x86_64-w64-mingw32-gcc"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	dir := t.TempDir()
	program := filepath.Join(os.Getenv("TRINHKY_WINDOWS"), "trinhky-token.exe")
	if os.Getenv("TRINHKY_WINDOWS") == "" {
		program = filepath.Join(dir, "trinhky-token.exe")
		build := exec.Command("go", "build", "-o", program, "trinhky/cmd/trinhky-token")
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build: %v %s", err, out)
		}
	}
	env = map[string]string{
		"WINEPREFIX": filepath.Join(dir, "prefix"), "WINEDEBUG": "-all", "WINEARCH": "win64",
		"DISPLAY": "", "WINEDLLOVERRIDES": "mscoree,mshtml=",
	}
	run := func(name string, args ...string) {
		cmd := exec.Command(name, args...)
		cmd.Env = os.Environ()
		for k, v := range env {
			cmd.Env = append(cmd.Env, k+"="+v)
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", name, err, out)
		}
	}
	run("wineboot", "-i")
	t.Cleanup(func() { run("wineserver", "-k") })
	// Go programs want ProcessPrng, which Wine 8 lacks.
	run("x86_64-w64-mingw32-gcc", "-shared", "-O2", "-s", "-o",
		filepath.Join(env["WINEPREFIX"], "drive_c", "windows", "system32", "bcryptprimitives.dll"),
		"../../installer/testdata/bcryptprimitives.c", "-ladvapi32")
	helper = filepath.Join(dir, "helper.sh")
	script := "#!/bin/sh\ncd /\nexec wine '" + program + "'\n"
	if err := os.WriteFile(helper, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return helper, env
}
