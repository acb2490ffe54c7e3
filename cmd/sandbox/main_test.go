package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"trinhky/app/settings"
	"trinhky/cmd/sandbox/axis"
	"trinhky/cmd/sandbox/workspace"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/softhsm"
)

// asSandbox makes the test binary be the command.
const asSandbox = "TRINHKY_TEST_SANDBOX"

func TestMain(m *testing.M) {
	if os.Getenv(asSandbox) != "" {
		main()
		return
	}
	code := m.Run()
	if dir, err := made(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// start runs the sandbox in this process until the returned function is called.
func start(t *testing.T, args ...string) (Ready, func()) {
	t.Helper()
	o, err := parseFlags(args, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	in, out := io.Pipe()
	var log bytes.Buffer
	done := make(chan error, 1)
	go func() {
		err := run(ctx, o, out, &log)
		_ = out.CloseWithError(io.EOF)
		done <- err
	}()
	line, err := bufio.NewReader(in).ReadBytes('\n')
	if err != nil {
		t.Fatalf("not ready: %v, %v, %s", err, <-done, log.String())
	}
	var r Ready
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	stop := func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("end: %v", err)
		}
	}
	return r, stop
}

// made is an authority that the tests share: making one takes seconds, with
// the race detector a minute.
var made = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "sandbox-test-*")
	if err != nil {
		return "", err
	}
	_, err = openPKI(dir, "http://"+unused())
	return dir, err
})

// home is a folder for a sandbox that was started before.
func home(t *testing.T) string {
	t.Helper()
	from, err := made()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "nhà")
	if err := os.CopyFS(filepath.Join(dir, "pki"), os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// unused is an address that nobody listens at, below those that the system gives
// to outgoing connections: it has to stay so.
func unused() string {
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 12000+rand.IntN(20000)))
		if err == nil {
			_ = l.Close()
			return l.Addr().String()
		}
	}
	return "127.0.0.1:0"
}

func fetch(t *testing.T, url string) []byte {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", url, resp.Status, err)
	}
	return data
}

// TestKeepsItsHome: a second start has the same authority, secret and address,
// and leaves what was changed in the workspace.
func TestKeepsItsHome(t *testing.T) {
	dir, work := filepath.Join(t.TempDir(), "nhà"), t.TempDir()
	// Not an address of the system's choice: before the second start it may give
	// that to somebody's connection.
	first := []string{"--listen", unused()}
	if testing.Short() {
		dir, first = home(t), nil // which has one
	}
	r, stop := start(t, append(first, "--home", dir, "--workspace", work)...)
	root, err := os.ReadFile(r.CA)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x509.ParseRevocationList(fetch(t, r.CRL)); err != nil {
		t.Errorf("CRL: %v", err)
	}
	var state axis.Snapshot
	if err := json.Unmarshal(fetch(t, r.Axis+"/_state"), &state); err != nil || state.Documents == nil || len(state.Documents) != 0 {
		t.Errorf("state %+v %v", state, err)
	}
	if page := fetch(t, r.DMS); !bytes.Contains(page, []byte("Ký số")) {
		t.Errorf("the page of the document system: %s", page)
	}
	checkWorkspace(t, r)
	for _, k := range []string{r.Keys.Leader, r.Keys.Agency, r.Keys.Revoked, r.Keys.Expired} {
		if _, err := os.Stat(strings.TrimPrefix(k, "pkcs12:")); err != nil {
			t.Error(err)
		}
	}
	if _, err := softhsm.Module(); err == nil && (r.Keys.LeaderToken == "" || r.Env["SOFTHSM2_CONF"] == "") {
		t.Errorf("SoftHSM2 is here, but there is no token: %+v", r)
	}
	stop()

	changed := []byte("%PDF-1.7 changed")
	if err := os.WriteFile(r.Documents[0], changed, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := settings.Load(work)
	if err != nil {
		t.Fatal(err)
	}
	s.Signing.Rules = "nd30"
	if err := settings.Save(work, s); err != nil {
		t.Fatal(err)
	}
	again, stop := start(t, "--home", dir, "--workspace", work)
	defer stop()
	if a, b := mustJSON(t, r), mustJSON(t, again); a != b {
		t.Errorf("second start\n%s\nfirst\n%s", b, a)
	}
	if now, err := os.ReadFile(again.CA); err != nil || !bytes.Equal(now, root) {
		t.Errorf("another root: %v", err)
	}
	if now, err := os.ReadFile(r.Documents[0]); err != nil || !bytes.Equal(now, changed) {
		t.Errorf("a document of the workspace was written over: %v", err)
	}
	if s, err := settings.Load(work); err != nil || s.Signing.Rules != "nd30" || len(s.Connectors) != 1 {
		t.Errorf("settings: %+v %v", s, err)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func checkWorkspace(t *testing.T, r Ready) {
	t.Helper()
	s, err := settings.Load(r.Workspace)
	if err != nil {
		t.Fatal(err)
	}
	c := s.Connectors[0]
	if c.Endpoint != r.Axis || c.SystemID != r.SystemID || c.Kind != "axis" || s.Agency.Code != r.OrganID || s.Signing.TSA[0] != r.TSA {
		t.Errorf("settings %+v", s)
	}
	want, err := os.ReadFile(r.SecretFile)
	if err != nil {
		t.Fatal(err)
	}
	got, err := settings.NewSecrets(r.Workspace, nil).Get("connector/" + workspace.Connector)
	if err != nil || got != strings.TrimSpace(string(want)) {
		t.Errorf("secret %q, %v", got, err)
	}
	for _, path := range []string{s.Signing.Image, s.Signing.Seal, s.Signing.Documents, filepath.Join(s.Signing.Trust, "root.pem")} {
		if _, err := os.Stat(settings.Path(r.Workspace, path)); err != nil {
			t.Error(err)
		}
	}
	if len(r.Documents) != 3 {
		t.Errorf("documents %v", r.Documents)
	}
	for _, d := range r.Documents {
		if data, err := os.ReadFile(d); err != nil || !bytes.HasPrefix(data, []byte("%PDF-")) {
			t.Errorf("%s: %v", d, err)
		}
	}
	if runtime.GOOS != "windows" {
		if info, err := os.Stat(settings.SecretsFile(r.Workspace)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("secrets file: %v %v", info, err)
		}
	}
}

// TestSecondAddress: a start at another port still serves the address that the
// certificates point to.
func TestSecondAddress(t *testing.T) {
	dir := home(t)
	r, stop := start(t, "--home", dir)
	stop()
	l, stop := start(t, "--home", dir, "--listen", unused())
	defer stop()
	if l.Axis == r.Axis {
		t.Fatalf("the address asked for was not taken: %s", l.Axis)
	}
	fetch(t, r.CRL)
	fetch(t, l.CRL)
}

func TestScript(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "script")
	text := "# the axis is down for one request, the TSA speaks HTML\n" +
		`{"fault":"down","count":1,"operation":"sendEdoc"}` + "\n\n" + `{"service":"tsa","fault":"html"}` + "\n"
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, stop := start(t, "--home", home(t), "--script", script)
	defer stop()
	post := func(url, body string) (int, error) {
		resp, err := http.Post(url, "application/json", strings.NewReader(body))
		if err != nil {
			return 0, err
		}
		return resp.StatusCode, resp.Body.Close()
	}
	if _, err := post(r.Axis+"/sendEdoc", "x"); err == nil {
		t.Error("the axis answered")
	}
	if status, err := post(r.Axis+"/sendEdoc", "x"); status != http.StatusOK {
		t.Errorf("after the fault: %d %v", status, err)
	}
	if status, err := post(r.TSA, "x"); status != http.StatusInternalServerError {
		t.Errorf("TSA: %d %v", status, err)
	}
	base := strings.TrimSuffix(r.Axis, pathAxis)
	if status, err := post(base+pathFault, `{"service":"tsa","fault":"none"}`); status != http.StatusOK {
		t.Errorf("fault: %d %v", status, err)
	}
	if status, _ := post(r.TSA, "x"); status == http.StatusInternalServerError {
		t.Error("the fault of the TSA was not taken away")
	}
	if status, _ := post(base+pathFault, `{"service":"moon","fault":"down"}`); status != http.StatusBadRequest {
		t.Errorf("a fault of nothing: %d", status)
	}
}

// TestLetter: what an agency behind the axis sends is a document with a
// signature over the whole file.
func TestLetter(t *testing.T) {
	authority, err := pki.Load(filepath.Join(home(t), "pki"))
	if err != nil {
		t.Fatal(err)
	}
	mail := &letters{authority: authority, dir: t.TempDir(), from: map[string]pki.Identity{}}
	pdf, err := mail.write(axis.Incoming{Number: "310", Notation: "SNVB-VP", Subject: "V/v mời họp", Signer: "Trần Thị Gửi", Date: authority.Now})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || bytes.Count(pdf, []byte("/ByteRange")) != 1 {
		t.Errorf("%d bytes, not signed", len(pdf))
	}
	if left, err := os.ReadDir(mail.dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestScriptRefused(t *testing.T) {
	for name, text := range map[string]string{
		"unknown fault":     `{"fault":"x"}`,
		"unknown service":   `{"service":"x","fault":"down"}`,
		"unknown field":     `{"fault":"down","x":1}`,
		"axis fault of tsa": `{"service":"tsa","fault":"lost-answer"}`,
		"no JSON":           `down`,
	} {
		path := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(path, []byte("# a line\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readScript(path); err == nil || !strings.Contains(err.Error(), "script:2:") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFlags(t *testing.T) {
	dir := t.TempDir()
	for name, args := range map[string][]string{
		"no home":       {},
		"not loopback":  {"--home", dir, "--listen", "0.0.0.0:0"},
		"a name":        {"--home", dir, "--listen", "localhost:0"},
		"no port":       {"--home", dir, "--listen", "127.0.0.1"},
		"argument":      {"--home", dir, "x"},
		"negative step": {"--home", dir, "--step", "-1s"},
		"unknown flag":  {"--home", dir, "--public"},
	} {
		if _, err := parseFlags(args, io.Discard); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

// TestProcess is the command itself: one line when ready, status 0 on SIGTERM.
func TestProcess(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no SIGTERM on Windows")
	}
	cmd := exec.Command(os.Args[0], "--home", home(t))
	cmd.Env = append(os.Environ(), asSandbox+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(out)
	line, err := reader.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var r Ready
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	fetch(t, r.Axis+"/_state")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(reader); err != nil || len(rest) != 0 {
		t.Errorf("after the line came %q, %v", rest, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("ended with %v", err)
	}
}
