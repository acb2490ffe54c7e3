package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"trinhky/signer"
	"trinhky/signer/pkcs11"
)

// slow is a server that takes its time.
type slow struct{ next http.RoundTripper }

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(serverDelay):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	return s.next.RoundTrip(r)
}

// world is the sandbox on loopback: authority, OCSP and time-stamping.
type world struct {
	TSA, CA string
	PINFile string `json:"pin_file"`
	Keys    struct {
		Leader string `json:"leader_token"`
	}
	Env map[string]string
}

// startWorld runs the sandbox that lies beside this program.
func startWorld(ctx context.Context, p Place, dir string) (*world, func(), error) {
	program := filepath.Join(p.Bin, "sandbox")
	if _, err := os.Stat(program); p.Bin == "" || err != nil {
		return nil, nil, Skip("sandbox is not where this program is")
	}
	cmd := exec.CommandContext(ctx, program, "--listen", "127.0.0.1:0", "--home", filepath.Join(dir, "sandbox"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	stop := func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadBytes('\n')
	var w world
	if err == nil {
		err = json.Unmarshal(line, &w)
	}
	if err != nil {
		stop()
		return nil, nil, fmt.Errorf("the sandbox did not start: %w", err)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	if w.Keys.Leader == "" {
		stop()
		return nil, nil, Skip("SoftHSM2 is not installed")
	}
	return &w, stop, nil
}

// key unlocks the leader's key of the sandbox behind a slow helper.
func (w *world) key(ctx context.Context, p Place) (signer.Key, signer.Certificate, func(), error) {
	_, module, _ := strings.Cut(w.Keys.Leader, "module-path=")
	env := map[string]string{"TRINHKY_TOKEN_DELAY": tokenDelay.String()}
	for name, value := range w.Env {
		env[name] = value
	}
	source := pkcs11.New(pkcs11.Config{Helper: p.Helper, Modules: []string{module}, Environment: env})
	fail := func(err error) (signer.Key, signer.Certificate, func(), error) {
		return nil, signer.Certificate{}, nil, errors.Join(err, source.Close())
	}
	pin, err := os.ReadFile(w.PINFile)
	if err != nil {
		return fail(err)
	}
	slots, err := source.Slots(ctx)
	if err != nil {
		return fail(err)
	}
	for _, s := range slots {
		token, err := source.Open(s)
		if err != nil {
			return fail(err)
		}
		list, err := token.Certificates(ctx)
		if err != nil || len(list) == 0 || list[0].Unusable != nil {
			continue
		}
		k, err := token.Unlock(ctx, list[0], signer.PIN(strings.TrimSpace(string(pin))))
		if err != nil {
			return fail(err)
		}
		return k, list[0], func() { _, _ = k.Close(), source.Close() }, nil
	}
	return fail(signer.ErrNoToken)
}
