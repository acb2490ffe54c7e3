//go:build !windows

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKilledWindow kills the desktop program at moments around «Gửi», starts
// it again, and finds exactly one document on the axis in the end. It needs
// the built programs (TRINHKY_BIN) and Xvfb.
func TestKilledWindow(t *testing.T) {
	bin := os.Getenv("TRINHKY_BIN")
	if bin == "" || testing.Short() {
		t.Skip("TRINHKY_BIN does not name the built programs: make whole does")
	}
	for _, tool := range []string{filepath.Join(bin, "trinhky"), "Xvfb"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("not there: %s", tool)
		}
	}
	display := virtualDisplay(t)
	moments := []moment{
		{fault: "slow", accepted: true},        // the axis has it, the answer is on its way
		{fault: "lost-answer", accepted: true}, // the answer is lost, and then the power goes
		{after: 0}, {after: 60 * time.Millisecond}, {after: 250 * time.Millisecond},
	}
	if os.Getenv("TRINHKY_SOAK") != "" {
		for i := range 40 {
			moments = append(moments, moment{after: time.Duration(i+1) * 100 * time.Millisecond})
		}
	}
	for _, m := range moments {
		t.Run(m.String(), func(t *testing.T) {
			w := &killedWindow{T: t, bin: bin, display: display}
			w.startSandbox()
			w.killDuringSend(m)
			w.startAgain()
		})
	}
}

// moment is when the program is killed: some time after the receiver was
// chosen, or as soon as the axis has the document.
type moment struct {
	fault    string
	accepted bool
	after    time.Duration
}

func (m moment) String() string {
	if m.accepted {
		return m.fault
	}
	return m.after.String()
}

// killedWindow is one kill.
type killedWindow struct {
	*testing.T
	bin, display string
	axis, home   string
	pinFile      string
}

func virtualDisplay(t *testing.T) string {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1366x768x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{write}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var n int
	if _, err := fmt.Fscan(read, &n); err != nil {
		t.Fatalf("Xvfb named no display: %v", err)
	}
	return fmt.Sprintf(":%d", n)
}

func (w *killedWindow) startSandbox() {
	w.Helper()
	dir := w.TempDir()
	w.home = filepath.Join(dir, "home")
	cmd := exec.Command(filepath.Join(w.bin, "sandbox"), "--listen", "127.0.0.1:0",
		"--home", filepath.Join(dir, "sandbox"), "--workspace", w.home)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = cmd.Process.Signal(syscall.SIGTERM); _ = cmd.Wait() })
	var ready struct {
		Axis    string
		PINFile string `json:"pin_file"`
	}
	if err := json.NewDecoder(out).Decode(&ready); err != nil {
		_ = cmd.Wait()
		w.Fatalf("the sandbox did not start: %v\n%s", err, &said)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	w.axis, w.pinFile = ready.Axis, ready.PINFile
}

// window is the desktop program in a process group of its own, so that a kill
// takes its token helper along, as a power cut would.
func (w *killedWindow) window(args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(w.bin, "trinhky"), append([]string{"--home", w.home}, args...)...)
	cmd.Env = append(os.Environ(), "DISPLAY="+w.display, "WAYLAND_DISPLAY=", "LIBGL_ALWAYS_SOFTWARE=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

func kill(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	_ = cmd.Wait()
}

// beforeSend is how many steps of the walk are done when the receiver stands
// in the form and «Gửi» is next.
const beforeSend = 7

func (w *killedWindow) killDuringSend(m moment) {
	w.Helper()
	if m.fault != "" {
		w.fault(fmt.Sprintf(`{"fault":%q,"operation":"sendEdoc","count":1,"delay":"10m"}`, m.fault))
	}
	cmd := w.window("--walk", w.TempDir(), "--pin-file", w.pinFile)
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	defer kill(cmd)
	lines := bufio.NewScanner(out)
	for done := 0; done < beforeSend; done++ {
		if !lines.Scan() || !strings.Contains(lines.Text(), "✓") {
			w.Fatalf("step %d of the walk: %s", done+1, lines.Text())
		}
	}
	if !m.accepted {
		time.Sleep(m.after) // the moment itself; what follows holds for any
		return
	}
	for deadline := time.Now().Add(4 * time.Minute); w.documents() == 0; {
		if time.Now().After(deadline) {
			w.Fatal("the document never came to the axis")
		}
		time.Sleep(2 * time.Millisecond) // the sandbox has other work than to answer us
	}
}

// startAgain starts the program and waits until its outbox is settled.
func (w *killedWindow) startAgain() {
	w.Helper()
	w.fault(`{"fault":"none"}`)
	if statuses := w.outbox(); len(statuses) == 0 {
		if n := w.documents(); n != 0 {
			w.Errorf("nothing was journaled, yet %d documents are on the axis", n)
		}
		w.Log("killed before the journal had it")
		return
	}
	w.Logf("killed with the outbox at %v and %d on the axis", w.outbox(), w.documents())
	cmd := w.window()
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	defer kill(cmd)
	for deadline := time.Now().Add(4 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		statuses := w.outbox()
		if len(statuses) == 1 && statuses[0] == "delivered" {
			break
		}
		if time.Now().After(deadline) {
			w.Fatalf("the outbox stays at %v", statuses)
		}
	}
	if n := w.documents(); n != 1 {
		w.Errorf("%d documents on the axis, want exactly one", n)
	}
}

// outbox lists the statuses of the envelopes.
func (w *killedWindow) outbox() []string {
	w.Helper()
	cmd := exec.Command(filepath.Join(w.bin, "trinhkyctl"), "--home", w.home, "--json", "outbox", "list")
	out, err := cmd.Output()
	if err != nil {
		w.Fatalf("outbox list: %v\n%s", err, out)
	}
	var list struct {
		Envelopes []struct{ Status string }
	}
	if err := json.Unmarshal(out, &list); err != nil {
		w.Fatalf("outbox list: %v\n%s", err, out)
	}
	var statuses []string
	for _, e := range list.Envelopes {
		statuses = append(statuses, e.Status)
	}
	return statuses
}

func (w *killedWindow) documents() int {
	w.Helper()
	answer, err := http.Get(w.axis + "/_state")
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var state struct{ Documents []json.RawMessage }
	if err := json.NewDecoder(answer.Body).Decode(&state); err != nil {
		w.Fatal(err)
	}
	return len(state.Documents)
}

func (w *killedWindow) fault(body string) {
	w.Helper()
	answer, err := http.Post(w.axis+"/_fault", "application/json", strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		w.Fatalf("fault %s: %s", body, answer.Status)
	}
}
