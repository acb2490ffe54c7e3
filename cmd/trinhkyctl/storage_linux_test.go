package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/signer/signertest/smalldisk"
)

// TestNoRoom: whatever is to be made on a disk that is full, or takes nothing,
// ends with exit 1, says what is wrong in the user's words and leaves nothing.
func TestNoRoom(t *testing.T) {
	if testing.Short() {
		t.Skip("end-to-end scripts are left out of short runs")
	}
	t.Setenv("TRINHKY_BIN", programs) // for the run that has the disk
	disk := smalldisk.Enter(t, 1<<20)
	if disk == nil {
		return
	}
	box := startSandbox(t)
	key := []string{"--key", box.Keys["leader"], "--pin-file", box.PINFile, "--invisible"}
	signed := filepath.Join(t.TempDir(), "đã ký.pdf")
	n := noRoom{t, box, disk.Dir}
	if code, out := n.run(append([]string{"sign", box.Documents[0], "-o", signed}, key...)...); code != 0 {
		t.Fatalf("exit %d: %s", code, out)
	}
	out := filepath.Join(disk.Dir, "kết quả.pdf")
	commands := [][]string{
		append([]string{"sign", box.Documents[0], "-o", out}, key...),
		append([]string{"batch", box.Documents[0], "-o", disk.Dir}, key...),
		{"augment", signed, "-o", out, "--level", "LTA"},
		{"prepare", box.Documents[0], "-o", out, "--role", "leader"},
		{"extract", signed, "--signature", "1", "-o", out},
		{"verify", signed, "--offline", "--report", out},
		{"verify", signed, "--offline", "--csv", out},
	}
	disk.Leave(t, 0)
	n.refused(commands, "Ổ đĩa")
	disk.Leave(t, 1<<20)
	disk.ReadOnly(t)
	n.refused(commands, "không cho ghi", "chỉ cho đọc")
}

type noRoom struct {
	*testing.T
	box ready
	dir string // the disk
}

func (n noRoom) run(args ...string) (int, string) {
	cmd := exec.Command(filepath.Join(programs, "trinhkyctl"), append(args, "--home", n.box.Workspace, "--json")...)
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		n.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// refused runs commands that must fail with one of the words.
func (n noRoom) refused(commands [][]string, words ...string) {
	for _, args := range commands {
		code, out := n.run(args...)
		if code != exitUsage && (code != exitSomeFailed || args[0] != "batch") {
			n.Errorf("%s: exit %d: %s", args[0], code, out)
		}
		said := false
		for _, w := range words {
			said = said || strings.Contains(out, w)
		}
		if !said || !strings.Contains(out, `"error":`) {
			n.Errorf("%s says %s", args[0], out)
		}
		entries, err := os.ReadDir(n.dir)
		if err != nil {
			n.Fatal(err)
		}
		for _, e := range entries {
			if info, err := e.Info(); err != nil || e.Name() != smalldisk.Ballast && info.Size() > 0 {
				n.Errorf("%s left %s", args[0], e.Name())
			}
		}
	}
}
