package verify_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trinhky/signer/signertest/validators"
	"trinhky/signer/verify"
)

var updateAgreement = flag.Bool("agreement", false, "write docs/agreement.md anew; explanations stay")

const agreementFile = "../../docs/agreement.md"

const agreementHead = `# What other validators say

Integrity of the signatures of the corpus: how many of those that a program finds
it holds to be good. «–»: it finds none; «fails»: it cannot read the file; «no
end»: it runs in circles. The integrity of the signed revision is compared, not
what later revisions changed: pdfsig, openssl and PDFBox do not look at that, and
the verdict of this program is on the right. A test makes the rows anew
(` + "`go test ./signer/verify -run Agreement`" + `; all files with TRINHKY_SOAK; ` + "`-args -agreement`" + ` writes
the file); each row in which the programs differ has its reason.

| file | here | pdfsig | openssl | PDFBox + BouncyCastle | mutool | verdict here | why they differ |
|---|---|---|---|---|---|---|---|
`

// agreementRow is one file.
type agreementRow struct {
	file                                  string
	ours, pdfsig, openssl, bouncy, mutool string
	verdict, why                          string
}

func (r agreementRow) said() []string {
	return []string{r.ours, r.pdfsig, r.openssl, r.bouncy, r.mutool, r.verdict}
}

// differ says whether a program says something else than we do.
func (r agreementRow) differ() bool {
	return slices.ContainsFunc([]string{r.pdfsig, r.openssl, r.bouncy, r.mutool}, func(s string) bool { return s != r.ours })
}

// nobody says that no program finds a signature, whether it can read the file or
// not.
func (r agreementRow) nobody() bool {
	return !slices.ContainsFunc(r.said()[:5], func(s string) bool { return s != "–" && s != "fails" })
}

func readAgreement(t *testing.T) map[string]agreementRow {
	t.Helper()
	data, err := os.ReadFile(agreementFile)
	if err != nil && !*updateAgreement {
		t.Fatal(err)
	}
	rows := map[string]agreementRow{}
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 8 || strings.Contains(cells[0], "---") || strings.TrimSpace(cells[0]) == "file" {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows[cells[0]] = agreementRow{cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7]}
	}
	return rows
}

// opinionsOf asks all of them about one file; ok is false where one of them is
// not installed.
func opinionsOf(t *testing.T, file string) (r agreementRow, ok bool) {
	t.Helper()
	path := filepath.Join(corpus, file)
	r.file = file
	report, err := verify.File(context.Background(), path, verify.Options{})
	r.ours, r.verdict = "fails", "–"
	if err == nil {
		good := 0
		for _, s := range report.Signatures {
			if s.Intact {
				good++
			}
		}
		r.ours, r.verdict = fmt.Sprintf("%d/%d", good, len(report.Signatures)), report.Verdict.String()
		if len(report.Signatures) == 0 {
			r.ours = "–"
		}
	}
	pdfsig, ok1 := validators.Pdfsig(path)
	openssl, ok2 := validators.OpenSSL(t, path)
	mutool, ok3 := validators.Mutool(path)
	r.pdfsig, r.openssl, r.mutool = string(pdfsig), string(openssl), string(mutool)
	return r, ok1 && ok2 && ok3
}

// TestAgreement compares our opinion and those of other validators with the
// committed table, in which every disagreement is explained. Without
// TRINHKY_SOAK only the signed and the manipulated files are asked about.
func TestAgreement(t *testing.T) {
	rows := readAgreement(t)
	all := os.Getenv("TRINHKY_SOAK") != "" || *updateAgreement
	var files []string
	for file := range manifest(t) {
		folder, _, _ := strings.Cut(file, "/")
		if all || folder == "signed" || folder == "attacks" {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	var paths []string
	for _, file := range files {
		paths = append(paths, filepath.Join(corpus, file))
	}
	bouncy, installed := validators.BouncyOpinions(t, paths...)
	var out strings.Builder
	out.WriteString(agreementHead)
	for _, file := range files {
		got, ok := opinionsOf(t, file)
		got.bouncy = string(bouncy[filepath.Join(corpus, file)])
		if !ok || !installed {
			t.Skip("one of pdfsig, openssl, mutool, PDFBox with BouncyCastle is not installed")
		}
		want := rows[file]
		got.why = want.why
		if got.nobody() && want.file == "" {
			continue
		}
		fmt.Fprintf(&out, "| %s | %s | %s |\n", file, strings.Join(got.said(), " | "), got.why)
		if !*updateAgreement && !slices.Equal(got.said(), want.said()) {
			t.Errorf("%s: %q, the table has %q", file, got.said(), want.said())
		}
		if got.differ() && got.why == "" {
			t.Errorf("%s: a disagreement without a reason: %q", file, got.said())
		}
	}
	if *updateAgreement {
		if err := os.WriteFile(agreementFile, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
