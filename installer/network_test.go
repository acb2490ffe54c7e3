package installer_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The ways out of a network that only Windows has (WinHTTP's PAC scripts, the
// log-in of the system) run under Wine, with the tests of their package.
func TestNetworkUnderWine(t *testing.T) {
	w := newWine(t)
	program := filepath.Join(t.TempDir(), "network.test.exe")
	build := exec.Command("go", "test", "-c", "-o", program, "../submit/network")
	build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out := w.mustRun("wine", program, "-test.v", "-test.timeout", "2m")
	for _, want := range []string{"--- PASS: TestPACScript", "--- PASS: TestLoggedOn", "--- PASS: TestLogins"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
