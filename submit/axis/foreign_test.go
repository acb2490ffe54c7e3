package axis_test

import (
	"bufio"
	"os/exec"
	"strings"
	"testing"

	sandbox "trinhky/cmd/sandbox/axis"
	"trinhky/submit"
	"trinhky/submit/axis"
	"trinhky/submit/submittest"
)

// The other side in these tests is a program that shares no code and no language
// with ours: what client and sandbox both misunderstand shows here.

func python(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	tool, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not here")
	}
	return exec.Command(tool, append([]string{"-B", "testdata/foreign/vxp.py"}, args...)...)
}

// A client that is not ours works with the sandbox.
func TestForeignClient(t *testing.T) {
	d := openWith(t, sandbox.Config{})
	if _, err := d.server.Send(sandbox.Incoming{}); err != nil {
		t.Fatal(err)
	}
	out, err := python(t, "client", d.url, systemID, secret, sandbox.CodeSender, "H99.98").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "1 waiting") {
		t.Errorf("%v\n%s", err, out)
	}
}

// Our client works with a server that is not ours: a send, its look-up, the
// directory with both codes, and a wrong secret; also where it answers in rare
// forms of HTTP and JSON.
func TestForeignServer(t *testing.T) {
	t.Run("usual", func(t *testing.T) { foreignServer(t) })
	t.Run("odd", func(t *testing.T) { foreignServer(t, "odd") })
}

func foreignServer(t *testing.T, taste ...string) {
	t.Helper()
	cmd := python(t, append([]string{"server", systemID, secret}, taste...)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	for _, hash := range []axis.HashSpelling{axis.HashUnpadded, axis.HashPadded} {
		c, err := axis.New(axis.Config{
			Endpoint: "http://127.0.0.1:" + strings.TrimSpace(port), SystemID: systemID, Secret: secret, Hash: hash, Dir: t.TempDir(),
		})
		if err != nil {
			t.Fatal(err)
		}
		from := submit.Party{Code: "H99.97", OldCode: "000.00.97.H99", Name: "Sở Gửi"}
		to := submit.Party{Code: "H99.98", OldCode: "000.00.98.H99", Name: "Sở Nhận"}
		e, err := submit.Complete(submittest.Envelope(t, 801+int(hash), from, to))
		if err != nil {
			t.Fatal(err)
		}
		e = submittest.Kept(t, e)
		r, err := c.Submit(t.Context(), e)
		if err != nil || r.DocID == "" {
			t.Fatalf("%+v, %v", r, err)
		}
		if found, err := c.Lookup(t.Context(), e); err != nil || len(found) != 1 || found[0].DocID != r.DocID {
			t.Errorf("%v, %v", found, err)
		}
		all, err := c.Agencies(t.Context())
		if err != nil || len(all) != 1 || !all[0].Is("H99.98") || !all[0].Is("000.00.98.H99") {
			t.Errorf("%+v, %v", all, err)
		}
		if waiting, err := c.Waiting(t.Context()); err != nil || len(waiting) != 0 {
			t.Errorf("%v, %v", waiting, err)
		}
	}
}
