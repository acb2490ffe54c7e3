package validators

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Opinion is what a validator says of the integrity of the signatures of a file:
// how many of those it finds it holds to be good. "–": it finds none; "fails":
// it cannot read the file; "no end": it gave no answer in time.
type Opinion string

func opinion(good, all int) Opinion {
	if all == 0 {
		return "–"
	}
	return Opinion(fmt.Sprintf("%d/%d", good, all))
}

// shortPatience is for many files: one that loops costs no more than this.
const shortPatience = time.Minute

// ask runs a program; ok is false where it is not installed.
func ask(name string, args ...string) (out string, o Opinion, ok bool) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", "", false
	}
	ctx, cancel := context.WithTimeout(context.Background(), shortPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = marks()
	b, _ := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return "", "no end", true
	}
	return string(b), "", true
}

// Pdfsig is poppler's opinion; ok is false where it is not installed.
func Pdfsig(pdf string) (o Opinion, ok bool) {
	out, o, ok := ask("pdfsig", "-nocert", pdf)
	if !ok || o != "" {
		return o, ok
	}
	listed := len(regexp.MustCompile(`(?m)^Signature #\d+:`).FindAllString(out, -1))
	return opinion(strings.Count(out, "Signature Validation: Signature is Valid."), listed), true
}

// Mutool is the opinion of MuPDF.
func Mutool(pdf string) (o Opinion, ok bool) {
	out, o, ok := ask("mutool", "sign", "-v", pdf)
	if !ok || o != "" {
		return o, ok
	}
	good := strings.Count(out, "The document is unchanged since signing") + strings.Count(out, "The signature is valid but there have been edits")
	return opinion(good, strings.Count(out, "Verifying signature ")), true
}

// OpenSSL is its opinion of every CMS whose byte range is written in clear,
// without the chain.
func OpenSSL(t testing.TB, pdf string) (o Opinion, ok bool) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		return "", false
	}
	data, err := os.ReadFile(pdf)
	if err != nil {
		t.Fatal(err)
	}
	good, all := 0, 0
	for _, m := range byteRange.FindAllSubmatch(data, -1) {
		all++
		if opensslOn(t, data, m) {
			good++
		}
	}
	return opinion(good, all), true
}

func opensslOn(t testing.TB, data []byte, m [][]byte) bool {
	t.Helper()
	var r [4]int
	for i := range r {
		r[i], _ = strconv.Atoi(string(m[i+1]))
	}
	if r[0] < 0 || r[1] <= r[0] || r[2] <= r[1] || r[3] < 0 || r[2]+r[3] > len(data) {
		return false
	}
	hole := strings.Trim(string(data[r[1]:r[2]]), "<> \r\n")
	der, err := hex.DecodeString(hole)
	if err != nil {
		return false
	}
	der = withoutPadding(der)
	dir := t.TempDir()
	cms, content := filepath.Join(dir, "cms.der"), filepath.Join(dir, "content")
	write(t, cms, der)
	write(t, content, append(append([]byte{}, data[r[0]:r[0]+r[1]]...), data[r[2]:r[2]+r[3]]...))
	args := []string{"cms", "-verify", "-binary", "-noverify", "-inform", "DER", "-in", cms, "-content", content, "-out", os.DevNull}
	if isTimestamp(der) { // the token signs its own content; what was stamped openssl does not compare without a chain
		args = []string{"cms", "-verify", "-binary", "-noverify", "-inform", "DER", "-in", cms, "-out", os.DevNull}
	}
	return exec.Command("openssl", args...).Run() == nil
}

// BouncyOpinions are those of PDFBox with BouncyCastle, of many files at once:
// every call starts a virtual machine.
func BouncyOpinions(t testing.TB, pdfs ...string) (map[string]Opinion, bool) {
	t.Helper()
	sub := &silent{TB: t}
	out, ok := Bouncy(sub, pdfs...)
	opinions := map[string]Opinion{}
	switch {
	case !ok:
		return nil, false
	case sub.failed && len(pdfs) == 1:
		opinions[pdfs[0]] = "fails"
		return opinions, true
	case sub.failed: // one that it cannot read ends the call
		for _, half := range [][]string{pdfs[:len(pdfs)/2], pdfs[len(pdfs)/2:]} {
			part, _ := BouncyOpinions(t, half...)
			maps.Copy(opinions, part)
		}
		return opinions, true
	}
	all, good := map[string]int{}, map[string]int{}
	for line := range strings.SplitSeq(out, "\n") {
		if cells := strings.SplitN(line, "\t", 3); len(cells) == 3 {
			all[cells[0]]++
			if strings.HasPrefix(cells[2], "VALID") {
				good[cells[0]]++
			}
		}
	}
	for _, pdf := range pdfs {
		opinions[pdf] = opinion(good[pdf], all[pdf])
	}
	return opinions, true
}

// silent takes an error down instead of failing the test.
type silent struct {
	testing.TB
	failed bool
}

func (s *silent) Errorf(string, ...any) { s.failed = true }
func (s *silent) Helper()               {}
