package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The end-to-end tests run the real programs against the real sandbox. Where
// TRINHKY_BIN names a folder with programs that were just built (make does),
// they are taken from there.

// programs is the folder of the built programs; TestMain fills it.
var programs string

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		os.Exit(m.Run())
	}
	dir, err := os.MkdirTemp("", "trinhkyctl-e2e-")
	if err == nil {
		programs, err = build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build the programs:", err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// build builds what is not built yet. The token helper needs cgo; where it
// cannot be built, the tests that need a token skip.
func build(dir string) (string, error) {
	if bin := os.Getenv("TRINHKY_BIN"); bin != "" {
		if _, err := os.Stat(filepath.Join(bin, "trinhkyctl")); err == nil {
			return bin, nil
		}
	}
	for _, name := range []string{"trinhkyctl", "sandbox", "trinhky-token"} {
		cgo := "CGO_ENABLED=0"
		if name == "trinhky-token" {
			cgo = "CGO_ENABLED=1"
		}
		cmd := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(dir, name), "trinhky/cmd/"+name)
		cmd.Env = append(os.Environ(), cgo)
		if out, err := cmd.CombinedOutput(); err != nil {
			if name == "trinhky-token" {
				fmt.Fprintln(os.Stderr, "no token helper, tests with a token will skip:", err)
				continue
			}
			return "", fmt.Errorf("%s: %w\n%s", name, err, out)
		}
	}
	return dir, nil
}

// ready is the line of a sandbox.
type ready struct {
	Axis      string            `json:"axis"`
	TSA       string            `json:"tsa"`
	CA        string            `json:"ca"`
	WebDAV    string            `json:"webdav"`
	Workspace string            `json:"workspace"`
	PINFile   string            `json:"pin_file"`
	Keys      map[string]string `json:"keys"`
	Images    map[string]string `json:"images"`
	Documents []string          `json:"documents"`
	Agencies  map[string]string `json:"agencies"`
	Env       map[string]string `json:"env"`
	Gateways  map[string]string `json:"gateways"`

	SecretFile string `json:"secret_file"`
}

// startSandbox runs a sandbox of its own until the test ends.
func startSandbox(t testing.TB, args ...string) ready {
	t.Helper()
	dir := t.TempDir()
	args = append([]string{"--home", filepath.Join(dir, "sandbox"), "--workspace", filepath.Join(dir, "ws")}, args...)
	cmd := exec.Command(filepath.Join(programs, "sandbox"), args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal("the sandbox did not start:", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	var r ready
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("end-to-end scripts are left out of short runs")
	}
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var token atomic.Bool // whether this machine's sandboxes have a token
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		// A sandbox for each: two scripts of one agency would fetch each other's reports.
		Setup: func(env *testscript.Env) error {
			box := startSandbox(t)
			token.Store(box.Keys["leader_token"] != "")
			return setup(env, box)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "json": jsonCheck, "unchanged": unchanged, "advance": advance, "remember": remember, "incoming": incomingFrom, "expand": expand,
		},
		Condition: func(c string) (bool, error) {
			switch c {
			case "token":
				_, err := os.Stat(filepath.Join(programs, "trinhky-token"))
				return token.Load() && err == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", c)
		},
	})
}

// setup gives every script its own copy of the workspace and short names for
// what the sandbox has.
func setup(env *testscript.Env, box ready) error {
	home := filepath.Join(env.WorkDir, "ws")
	if err := os.CopyFS(home, os.DirFS(box.Workspace)); err != nil {
		return err
	}
	cache, err := os.UserCacheDir() // the renderer's compiled form is the user's
	if err != nil {
		cache = filepath.Join(env.WorkDir, "cache") // who has no home
	}
	env.Setenv("PATH", programs+string(os.PathListSeparator)+env.Getenv("PATH"))
	env.Setenv("XDG_CACHE_HOME", cache)
	env.Setenv("WS", home)
	env.Setenv("PIN", box.PINFile)
	env.Setenv("TSA", box.TSA)
	env.Setenv("CA", box.CA)
	env.Setenv("AXIS", box.Axis)
	env.Setenv("WEBDAV", box.WebDAV)
	env.Setenv("WEBDAV_DIR", filepath.Join(filepath.Dir(box.Workspace), "sandbox", "webdav"))
	for name, value := range box.Gateways {
		env.Setenv("GATEWAY_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_")), value)
	}
	secret, err := os.ReadFile(box.SecretFile)
	if err != nil {
		return err
	}
	env.Setenv("AXIS_SECRET", strings.TrimSpace(string(secret)))
	for name, value := range box.Keys {
		env.Setenv("KEY_"+strings.ToUpper(name), value)
	}
	for name, value := range box.Agencies {
		env.Setenv("TO_"+strings.ToUpper(name), value)
	}
	for name, value := range box.Images {
		env.Setenv("IMAGE_"+strings.ToUpper(name), value)
	}
	for i, path := range box.Documents {
		env.Setenv("DOC"+strconv.Itoa(i+1), filepath.Join(home, "documents", filepath.Base(path)))
	}
	return nil
}

// exits CODE PROGRAM ARGUMENT… runs a program that must end with the code. The
// word ctl stands for trinhkyctl with the script's home and --json.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGUMENT…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	program, rest := args[1], args[2:]
	if program == "ctl" {
		program, rest = "trinhkyctl", append([]string{"--home", ts.Getenv("WS"), "--json"}, rest...)
	}
	err = ts.Exec(program, rest...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// json FILE PATH VALUE compares a field of a JSON file ("stdout", "stderr" or a
// path) with a value: a.0.b goes into objects and arrays, a.len is a length. With
// "!" it must differ. Of JSON lines the path begins with the number of the line.
func jsonCheck(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH VALUE")
	}
	var values []any
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	for {
		var v any
		if err := dec.Decode(&v); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			ts.Fatalf("%s is no JSON: %v", args[0], err)
		}
		values = append(values, v)
	}
	var v any = values
	if len(values) == 1 {
		v = values[0]
	}
	for _, step := range strings.Split(args[1], ".") {
		v = descend(ts, v, step)
	}
	got := fmt.Sprint(v)
	if f, ok := v.(float64); ok {
		got = strconv.FormatFloat(f, 'f', -1, 64)
	}
	if (got == args[2]) == neg {
		ts.Fatalf("%s is %q, want %s%q", args[1], got, map[bool]string{true: "anything but "}[neg], args[2])
	}
}

func descend(ts *testscript.TestScript, v any, step string) any {
	switch x := v.(type) {
	case map[string]any:
		return x[step]
	case []any:
		if step == "len" {
			return float64(len(x))
		}
		i, err := strconv.Atoi(step)
		if err != nil || i < -len(x) || i >= len(x) {
			ts.Fatalf("no element %s in %d", step, len(x))
		}
		return x[(i+len(x))%len(x)]
	}
	ts.Fatalf("%s: not in %v", step, reflect.TypeOf(v))
	return nil
}

// unchanged FILE… remembers the bytes of files on its first call in a script,
// and compares them on every later one.
func unchanged(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		now := ts.ReadFile(name)
		note := ts.MkAbs(".before-" + filepath.Base(name))
		before, err := os.ReadFile(note)
		if errors.Is(err, os.ErrNotExist) {
			ts.Check(os.WriteFile(note, []byte(now), 0o600))
			continue
		}
		ts.Check(err)
		if (string(before) == now) == neg {
			ts.Fatalf("%s changed", name)
		}
	}
}

// advance has the agencies behind the axis take their next step at once.
func advance(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: advance")
	}
	answer, err := http.Post(ts.Getenv("AXIS")+"/_advance", "application/json", http.NoBody)
	ts.Check(err)
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode/100 != 2 {
		ts.Fatalf("the sandbox says %s", answer.Status)
	}
}

// incomingFrom FILE has an agency behind the axis send us what the file says,
// with $NAME from the environment.
func incomingFrom(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: incoming FILE")
	}
	answer, err := http.Post(ts.Getenv("AXIS")+"/_incoming", "application/json", strings.NewReader(os.Expand(ts.ReadFile(args[0]), ts.Getenv)))
	ts.Check(err)
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode/100 != 2 {
		ts.Fatalf("the sandbox says %s", answer.Status)
	}
}

// expand FILE… puts the environment's values in the place of $NAME.
func expand(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		if neg {
			ts.Fatalf("usage: expand FILE…")
		}
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(os.Expand(ts.ReadFile(name), ts.Getenv)), 0o600))
	}
}

// remember NAME PATH keeps a field of the JSON on standard output in the
// environment variable NAME.
func remember(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: remember NAME PATH")
	}
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &v))
	for _, step := range strings.Split(args[1], ".") {
		v = descend(ts, v, step)
	}
	ts.Setenv(args[0], fmt.Sprint(v))
}
