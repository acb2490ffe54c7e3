// Package validators asks programs by others what they think of a signed
// file: pdfsig (poppler), qpdf, openssl, mutool, PDFBox with BouncyCastle.
// Tests use it; a program that is missing is named in the log and left out.
package validators

import (
	"bytes"
	"context"
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

//go:embed BouncyCheck.java
var bouncySource []byte

// Expect says what Check may rely on.
type Expect struct {
	Signatures int    // how many signatures pdfsig has to list; 0: any number above 0
	Roots      string // PEM file of trust anchors for openssl; "": no chain check
	// NoMutool leaves mutool out: it does not know RSASSA-PSS, and says nothing
	// of use about document timestamps.
	NoMutool bool
	// NoBouncy leaves PDFBox with BouncyCastle out, for callers that ask it about
	// many files at once (Bouncy): every call starts a virtual machine.
	NoBouncy bool
	// Later says that revisions followed the last signature, so that a
	// validator may remark that not the whole file is signed.
	Later bool
	// BeforeQPDF is what qpdf said of the unsigned original, where it had
	// warnings: the signed file may have no others.
	BeforeQPDF string
}

// Check has every validator that is installed look at the file.
func Check(t testing.TB, pdf string, e Expect) {
	t.Helper()
	checkPdfsig(t, pdf, e)
	checkQPDF(t, pdf, e)
	checkOpenSSL(t, pdf, e)
	if !e.NoBouncy {
		checkBouncy(t, pdf)
	}
	if !e.NoMutool {
		checkMutool(t, pdf, e)
	}
}

// patience ends a validator that runs in circles: pdfsig 22.12 does on some odd
// but harmless forms.
const patience = 2 * time.Minute

// marks is the environment in which programs take file names and write words with
// Vietnamese marks, whatever the tests' own is.
func marks() []string { return append(os.Environ(), "LC_ALL=C.UTF-8") }

// run returns what a program printed; ok is false where it is not installed.
func run(t testing.TB, name string, args ...string) (out string, ok bool, err error) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Logf("not asked, since not installed: %s", name)
		return "", false, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = marks()
	b, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		t.Logf("no answer from %s after %s about %v: left out", name, patience, args)
		return "", false, nil
	}
	return string(b), true, err
}

func checkPdfsig(t testing.TB, pdf string, e Expect) {
	t.Helper()
	out, ok, err := run(t, "pdfsig", "-nocert", pdf)
	if !ok {
		return
	}
	valid := strings.Count(out, "Signature Validation: Signature is Valid.")
	// poppler 22 does not know document timestamps and says so.
	unknown := 0
	if strings.Contains(out, "Unable to validate this type of signature") {
		unknown = strings.Count(out, "Signature has not yet been verified.")
	}
	listed := len(regexp.MustCompile(`(?m)^Signature #\d+:`).FindAllString(out, -1))
	switch {
	case err != nil && unknown == 0:
		t.Errorf("pdfsig on %s: %v\n%s", pdf, err, out)
	case listed == 0 || valid+unknown < listed:
		t.Errorf("pdfsig finds a signature that is not valid in %s:\n%s", pdf, out)
	case e.Signatures > 0 && listed != e.Signatures:
		t.Errorf("pdfsig lists %d signatures in %s, want %d:\n%s", listed, pdf, e.Signatures, out)
	}
	if !e.Later && !strings.Contains(out, "Total document signed") && unknown == 0 {
		t.Errorf("pdfsig does not say that the whole of %s is signed:\n%s", pdf, out)
	}
}

// QPDF returns what qpdf --check remarks about a file, without the file's name.
func QPDF(t testing.TB, pdf string) string {
	t.Helper()
	out, ok, err := run(t, "qpdf", "--check", pdf)
	if !ok || err == nil {
		return ""
	}
	return strings.ReplaceAll(out, pdf, "FILE")
}

func checkQPDF(t testing.TB, pdf string, e Expect) {
	t.Helper()
	if got := QPDF(t, pdf); got != "" && (e.BeforeQPDF == "" || newRemarks(e.BeforeQPDF, got) != "") {
		t.Errorf("qpdf --check on %s:\n%s", pdf, got)
	}
}

var digits = regexp.MustCompile(`\d+`)

// newRemarks lists the lines of after that before has not, numbers ignored.
func newRemarks(before, after string) string {
	known := map[string]bool{}
	for line := range strings.SplitSeq(before, "\n") {
		known[digits.ReplaceAllString(line, "#")] = true
	}
	var fresh []string
	for line := range strings.SplitSeq(after, "\n") {
		if !known[digits.ReplaceAllString(line, "#")] {
			fresh = append(fresh, line)
		}
	}
	return strings.Join(fresh, "\n")
}

func checkMutool(t testing.TB, pdf string, e Expect) {
	t.Helper()
	// Its exit status and its word on private roots count for nothing.
	out, ok, _ := run(t, "mutool", "sign", "-v", pdf)
	if !ok {
		return
	}
	unchanged := strings.Contains(out, "The document is unchanged since signing") ||
		strings.Contains(out, "Document has not been changed")
	if !unchanged && !e.Later {
		t.Errorf("mutool does not say that %s is unchanged:\n%s", pdf, out)
	}
	if strings.Contains(strings.ToLower(out), "digest error") || strings.Contains(out, "does not match") {
		t.Errorf("mutool finds a wrong digest in %s:\n%s", pdf, out)
	}
}

var byteRange = regexp.MustCompile(`/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]`)

// checkOpenSSL verifies the CMS of every signature over its byte range.
func checkOpenSSL(t testing.TB, pdf string, e Expect) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Log("not asked, since not installed: openssl")
		return
	}
	data, err := os.ReadFile(pdf)
	if err != nil {
		t.Fatal(err)
	}
	for _, cms := range signatures(t, data) {
		dir := t.TempDir()
		der, content := filepath.Join(dir, "cms.der"), filepath.Join(dir, "content")
		write(t, der, cms.der)
		write(t, content, cms.signed)
		args := []string{"cms", "-verify", "-binary", "-inform", "DER", "-in", der, "-content", content, "-out", os.DevNull}
		if cms.timestamp {
			args = []string{"ts", "-verify", "-token_in", "-in", der, "-data", content}
		}
		switch {
		case e.Roots != "":
			args = append(args, "-CAfile", e.Roots)
			if !cms.timestamp {
				args = append(args, "-purpose", "any")
			}
		case cms.timestamp:
			continue // openssl ts has no way to leave out the chain
		default:
			args = append(args, "-noverify")
		}
		if out, _, err := run(t, "openssl", args...); err != nil {
			t.Errorf("openssl on a signature of %s: %v\n%s", pdf, err, out)
		}
	}
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

var bouncy struct {
	sync.Once
	classes string
	err     error
	out     []byte
}

const bouncyJars = "/usr/share/java/pdfbox2.jar:/usr/share/java/fontbox2.jar:/usr/share/java/commons-logging.jar:" +
	"/usr/share/java/bcprov.jar:/usr/share/java/bcpkix.jar:/usr/share/java/bcutil.jar"

// Bouncy returns what PDFBox with BouncyCastle says, a line a signature; ok is
// false where they are not installed.
func Bouncy(t testing.TB, pdfs ...string) (out string, ok bool) {
	t.Helper()
	for jar := range strings.SplitSeq(bouncyJars, ":") {
		if _, err := os.Stat(jar); err != nil {
			t.Logf("not asked, since not installed: PDFBox with BouncyCastle (%s)", jar)
			return "", false
		}
	}
	if _, err := exec.LookPath("javac"); err != nil {
		t.Log("not asked, since not installed: javac")
		return "", false
	}
	bouncy.Do(compileBouncy)
	if bouncy.err != nil {
		t.Fatalf("compile BouncyCheck: %v\n%s", bouncy.err, bouncy.out)
	}
	args := append([]string{"-cp", bouncyJars + ":" + bouncy.classes, "BouncyCheck"}, pdfs...)
	cmd := exec.Command("java", args...)
	cmd.Env = marks()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("PDFBox on %v: %v\n%s", pdfs, err, stderr.String())
	}
	return stdout.String(), true
}

// compileBouncy leaves its classes in a folder that the system's cleaning of
// temporary files takes away; a test process has no later moment.
func compileBouncy() {
	dir, err := os.MkdirTemp("", "bouncycheck")
	if err != nil {
		bouncy.err = err
		return
	}
	source := filepath.Join(dir, "BouncyCheck.java")
	if bouncy.err = os.WriteFile(source, bouncySource, 0o600); bouncy.err != nil {
		return
	}
	bouncy.classes = dir
	cmd := exec.Command("javac", "-cp", bouncyJars, "-d", dir, source)
	cmd.Env = marks()
	bouncy.out, bouncy.err = cmd.CombinedOutput()
}

func checkBouncy(t testing.TB, pdf string) {
	t.Helper()
	out, ok := Bouncy(t, pdf)
	if !ok {
		return
	}
	if !strings.Contains(out, "\tVALID") || strings.Contains(out, "\tINVALID") {
		t.Errorf("PDFBox with BouncyCastle on %s:\n%s", pdf, out)
	}
}
