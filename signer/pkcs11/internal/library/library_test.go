package library

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

const moduleSource = "int C_GetFunctionList(void *p) { return 5; }\n"

// build compiles source as a library; it skips where the compiler is missing.
func build(t *testing.T, compiler, source, out string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(compiler); err != nil {
		t.Skipf("%s is not installed", compiler)
	}
	dir := t.TempDir()
	src, out := filepath.Join(dir, "m.c"), filepath.Join(dir, out)
	if err := os.WriteFile(src, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	msg, err := exec.Command(compiler, append(args, "-o", out, src)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v %s", compiler, err, msg)
	}
	return out
}

func TestELF(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("ELF is made here on Linux only")
	}
	p, err := Inspect(build(t, "gcc", moduleSource, "m.so", "-shared", "-fPIC"))
	if err != nil || p != This() {
		t.Errorf("%v, %v", p, err)
	}
	if _, err := Inspect(build(t, "gcc", "int other(void) { return 5; }\n", "m.so", "-shared", "-fPIC")); !errors.Is(err, ErrNoFunctionList) {
		t.Errorf("without the function: %v", err)
	}
	if _, err := Inspect(build(t, "gcc", "int main(void) { return 5; }\n", "m", "-no-pie")); !errors.Is(err, ErrNotLibrary) {
		t.Errorf("a program: %v", err)
	}
}

func TestPE(t *testing.T) {
	p, err := Inspect(build(t, "x86_64-w64-mingw32-gcc", "__declspec(dllexport) "+moduleSource, "m.dll", "-shared"))
	if want := (Platform{"windows", "amd64"}); err != nil || p != want {
		t.Errorf("%v, %v", p, err)
	}
	_, err = Inspect(build(t, "x86_64-w64-mingw32-gcc", "__declspec(dllexport) int other(void) { return 5; }\n", "m.dll", "-shared"))
	if !errors.Is(err, ErrNoFunctionList) {
		t.Errorf("without the function: %v", err)
	}
}

func TestOtherFiles(t *testing.T) {
	for name, data := range map[string][]byte{
		"empty": {}, "short": []byte("MZ"), "text": []byte("không phải thư viện"),
		"elf cut": []byte("\x7fELF\x02\x01\x01"), "mz alone": append([]byte("MZ"), make([]byte, 200)...),
	} {
		path := filepath.Join(t.TempDir(), "m.so")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Inspect(path); !errors.Is(err, ErrNotLibrary) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Inspect(t.TempDir()); !errors.Is(err, ErrNotLibrary) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Inspect(filepath.Join(t.TempDir(), "none.so")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

func FuzzInspect(f *testing.F) {
	f.Add([]byte("\x7fELF\x02\x01\x01\x00"))
	f.Add(append([]byte("MZ"), make([]byte, 64)...))
	if data, err := os.ReadFile("/usr/lib/softhsm/libsofthsm2.so"); err == nil && len(data) > 4096 {
		f.Add(data[:4096])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := inspect(bytes.NewReader(data))
		if err == nil && p.Machine == "" {
			t.Error("a library for no machine")
		}
	})
}
