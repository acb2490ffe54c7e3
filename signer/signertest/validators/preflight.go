package validators

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

//go:embed PreflightCheck.java
var preflightSource []byte

const preflightJars = "/usr/share/java/preflight.jar:/usr/share/java/xmpbox.jar:/usr/share/java/pdfbox2.jar:/usr/share/java/fontbox2.jar:" +
	"/usr/share/java/commons-logging.jar:/usr/share/java/commons-io.jar:/usr/share/java/bcprov.jar:" +
	"/usr/share/java/javax.activation.jar:/usr/share/java/jaxb-api.jar"

// Preflight is the opinion of PDFBox on PDF/A-1b, by file: "VALID", or "INVALID"
// and why; ok is false where it is not installed.
func Preflight(t testing.TB, pdfs ...string) (opinions map[string]string, ok bool) {
	t.Helper()
	for jar := range strings.SplitSeq(preflightJars, ":") {
		if _, err := os.Stat(jar); err != nil {
			t.Logf("not asked, since not installed: PDFBox Preflight (%s)", jar)
			return nil, false
		}
	}
	if _, err := exec.LookPath("javac"); err != nil {
		t.Log("not asked, since not installed: javac")
		return nil, false
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "PreflightCheck.java")
	write(t, source, preflightSource)
	compile := exec.Command("javac", "-cp", preflightJars, "-d", dir, source)
	compile.Env = marks()
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("compile PreflightCheck: %v\n%s", err, out)
	}
	ask := exec.Command("java", append([]string{"-cp", preflightJars + ":" + dir, "PreflightCheck"}, pdfs...)...)
	ask.Env = marks()
	out, err := ask.Output()
	if err != nil {
		t.Fatalf("PDFBox Preflight on %v: %v", pdfs, err)
	}
	opinions = map[string]string{}
	for line := range strings.SplitSeq(string(out), "\n") {
		if file, said, found := strings.Cut(line, "\t"); found {
			opinions[file] = said
		}
	}
	return opinions, true
}
