package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"trinhky/submit"
)

// TestKilledSend kills `trinhkyctl send` at many moments between its start and
// the receipt, and `outbox run` in the middle of making it good. Whatever the
// moment, there is exactly one document on the axis in the end.
//
// TRINHKY_SOAK=1 kills many more.
func TestKilledSend(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for more than a minute")
	}
	t.Parallel()
	k := &killer{T: t, box: startSandbox(t), n: 24}
	if os.Getenv("TRINHKY_SOAK") != "" {
		k.n = 300
	}
	k.prepare()
	usual := k.usual()
	t.Logf("an undisturbed send takes %v", usual)
	for i := range k.n {
		switch i % 4 {
		case 0, 1: // by the clock, from before the journal to after the receipt
			k.killAfter(i, usual*time.Duration(i)/time.Duration(k.n)*5/4)
		case 2: // the axis has it, the answer is on its way
			k.fault(`{"fault":"slow","operation":"sendEdoc","count":1,"delay":"10m"}`)
			k.killWhenAccepted(i)
			k.fault(`{"fault":"none"}`)
		case 3: // the answer is lost, and then the power goes
			k.fault(`{"fault":"lost-answer","operation":"sendEdoc","count":1}`)
			k.killWhenAccepted(i)
			k.fault(`{"fault":"none"}`)
		}
	}
	k.census()

	// Even making it good is interrupted.
	for _, after := range []time.Duration{usual / 4, usual / 2, usual, 3 * time.Second} {
		k.kill(k.start("outbox", "run"), after)
	}
	k.run(0, "outbox", "run", "--for", "5m")
	// Whoever sends again because the window was gone makes no second document.
	for i := range k.n {
		k.run(0, k.sendArgs(i)...)
	}
	k.exactlyOne()
}

// killer is one run of the test.
type killer struct {
	*testing.T
	box ready
	n   int
}

// spare is how many documents are sent undisturbed.
const spare = 4

// number of document i; 0 to n-1 are killed, those from n on are not.
func (k *killer) number(i int) string { return strconv.Itoa(1000 + i) }

func (k *killer) meta(i int) string {
	return filepath.Join(k.box.Workspace, "meta-"+k.number(i)+".json")
}

// prepare writes the message data of every document.
func (k *killer) prepare() {
	for i := range k.n + spare {
		data, err := json.Marshal(submit.Metadata{
			Number: k.number(i), Notation: "STN-VP", Place: "Tỉnh Mẫu", Date: "2026-11-20", Type: "Công văn",
			Subject: "Văn bản thử số " + k.number(i), Position: "PHÓ GIÁM ĐỐC", Signer: "Nguyễn Văn Thử", Pages: 1,
		})
		if err == nil {
			err = os.WriteFile(k.meta(i), data, 0o600)
		}
		if err != nil {
			k.Fatal(err)
		}
	}
}

func (k *killer) sendArgs(i int) []string {
	return []string{"send", "--to", k.box.Agencies["silent"], "--meta", k.meta(i), k.box.Documents[0]}
}

func (k *killer) command(args ...string) *exec.Cmd {
	args = append([]string{"--home", k.box.Workspace, "--json"}, args...)
	return exec.Command(filepath.Join(programs, "trinhkyctl"), args...)
}

func (k *killer) start(args ...string) *exec.Cmd {
	cmd := k.command(args...)
	if err := cmd.Start(); err != nil {
		k.Fatal(err)
	}
	return cmd
}

// kill ends a program without a word to it.
func (k *killer) kill(cmd *exec.Cmd, after time.Duration) {
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_ = cmd.Wait()
}

// run runs a program to its end, which must be code.
func (k *killer) run(code int, args ...string) []byte {
	k.Helper()
	cmd := k.command(args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, _ := cmd.Output()
	if got := cmd.ProcessState.ExitCode(); got != code {
		k.Fatalf("%v: exit code %d, want %d\n%s\n%s", args, got, code, out, stderr.String())
	}
	return out
}

// usual measures an undisturbed send; the one before it fetches the directory,
// which all others find there.
func (k *killer) usual() time.Duration {
	k.run(0, k.sendArgs(k.n)...)
	least := time.Hour
	for i := range spare - 1 {
		began := time.Now()
		k.run(0, k.sendArgs(k.n+1+i)...)
		least = min(least, time.Since(began))
	}
	return least
}

func (k *killer) killAfter(i int, after time.Duration) {
	k.kill(k.start(k.sendArgs(i)...), after)
}

// killWhenAccepted kills as soon as the axis shows the document.
func (k *killer) killWhenAccepted(i int) {
	cmd := k.start(k.sendArgs(i)...)
	for deadline := time.Now().Add(2 * time.Minute); k.onAxis()[k.number(i)] == 0; {
		if time.Now().After(deadline) {
			k.Fatalf("document %s never came to the axis", k.number(i))
		}
		time.Sleep(2 * time.Millisecond) // the sandbox has other work than to answer us
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// onAxis counts the documents of the axis by number.
func (k *killer) onAxis() map[string]int {
	answer, err := http.Get(k.box.Axis + "/_state")
	if err != nil {
		k.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var state struct {
		Documents []struct {
			Number string `json:"number"`
		} `json:"documents"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&state); err != nil {
		k.Fatal(err)
	}
	count := map[string]int{}
	for _, d := range state.Documents {
		count[d.Number]++
	}
	return count
}

func (k *killer) fault(body string) {
	answer, err := http.Post(k.box.Axis+"/_fault", "application/json", strings.NewReader(body))
	if err != nil {
		k.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		k.Fatalf("fault %s: %s", body, answer.Status)
	}
}

// census says where the kills fell. A test that never hits the moments that
// matter shows nothing.
func (k *killer) census() {
	var list struct {
		Envelopes []struct {
			Status     string `json:"status"`
			DocumentID string `json:"document_id"`
		} `json:"envelopes"`
	}
	if err := json.Unmarshal(k.run(0, "outbox", "list", "--limit", "10000"), &list); err != nil {
		k.Fatal(err)
	}
	axis, count := k.onAxis(), map[string]int{}
	known := map[string]bool{}
	for _, e := range list.Envelopes {
		_, code, _ := strings.Cut(e.DocumentID[strings.Index(e.DocumentID, ",")+1:], ",")
		number, _, _ := strings.Cut(code, "/")
		known[number] = true
		count[fmt.Sprintf("%s, %d on the axis", e.Status, axis[number])]++
	}
	for i := range k.n {
		if !known[k.number(i)] {
			count["not journaled"]++
		}
	}
	k.Logf("after the kills: %v", count)
	if count["sending, 1 on the axis"]+count["unconfirmed, 1 on the axis"] < k.n/4 {
		k.Error("too few kills between the axis and the receipt")
	}
}

func (k *killer) exactlyOne() {
	axis := k.onAxis()
	for i := range k.n + spare {
		if got := axis[k.number(i)]; got != 1 {
			k.Errorf("document %s stands %d times on the axis", k.number(i), got)
		}
	}
	if len(axis) != k.n+spare {
		k.Errorf("%d numbers on the axis, want %d", len(axis), k.n+spare)
	}
}
