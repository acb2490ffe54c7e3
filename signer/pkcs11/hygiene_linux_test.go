package pkcs11_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"trinhky/signer"
	"trinhky/signer/pkcs11"
	"trinhky/signer/signertest/softhsm"
)

// helpers lists the process numbers of the token helpers that this process
// started.
func helpers(t *testing.T) []int {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var list []int
	for _, dir := range dirs {
		stat, err := os.ReadFile(filepath.Join(dir, "stat"))
		if err != nil {
			continue // it ended meanwhile
		}
		// "pid (name) state ppid …"; the name may hold blanks and brackets.
		end := bytes.LastIndexByte(stat, ')')
		fields := strings.Fields(string(stat[end+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) && strings.Contains(string(stat[:end]), "trinhky-token") && fields[0] != "Z" {
			pid, err := strconv.Atoi(filepath.Base(dir))
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, pid)
		}
	}
	return list
}

// The PIN is on no command line, in no environment, in nothing the helper
// prints, and after the login not in the helper's memory either.
func TestPINLeavesNoTrace(t *testing.T) {
	const secret = "Zq7-khoá-9vXw"
	t.Setenv("TRINHKY_PIN", secret)
	p := ca(t)
	tok, err := softhsm.NewToken(t.TempDir(), "Kín", secret, object(1, p.Leader))
	if errors.Is(err, softhsm.ErrNotInstalled) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	s := source(t, pkcs11.Config{Modules: []string{tok.Module}, Environment: tok.Environment(), Stderr: &printed})
	slots, err := s.Slots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.Open(slots[0])
	if err != nil {
		t.Fatal(err)
	}
	k, err := token.Unlock(t.Context(), signer.Certificate{X509: p.Leader.Certificate}, signer.PIN(secret))
	if err != nil {
		t.Fatal(err)
	}
	if err := sign(k); err != nil {
		t.Fatal(err)
	}
	pids := helpers(t)
	if len(pids) == 0 {
		t.Fatal("no helper is running")
	}
	for _, pid := range pids {
		for _, file := range []string{"cmdline", "environ"} {
			data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("the PIN is in the helper's %s", file)
			}
		}
		for _, where := range memory(t, pid, []byte(secret)) {
			t.Errorf("the PIN is in the helper's memory: %s", where)
		}
	}
	_ = k.Close()
	_ = s.Close()
	if strings.Contains(printed.String(), secret) {
		t.Error("the PIN was printed")
	}
}

// memory lists the writable mappings of a process that hold what.
func memory(t *testing.T, pid int, what []byte) []string {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Skipf("the helper's memory cannot be read here: %v", err)
	}
	defer func() { _ = mem.Close() }()
	var found []string
	for lines := bufio.NewScanner(bytes.NewReader(maps)); lines.Scan(); {
		var from, to int64
		var mode string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &mode); err != nil || !strings.HasPrefix(mode, "rw") || to-from > 256<<20 {
			continue
		}
		data := make([]byte, to-from)
		n, _ := mem.ReadAt(data, from) // guard pages end a mapping early
		if bytes.Contains(data[:n], what) {
			found = append(found, lines.Text())
		}
	}
	return found
}
