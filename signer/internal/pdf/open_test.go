package pdf

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// corpus is the folder of foreign test files, beside the repository.
const corpus = "../../../../shared/corpus"

func corpusFiles(t testing.TB) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(corpus, func(p string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, ".pdf") {
			out = append(out, p)
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Skipf("the corpus is not here (%s)", corpus)
	}
	return out
}

// refusals are the corpus files that do not open, or have no page that could be
// shown, and why. All others open.
var refusals = map[string]Fault{
	"17ae5432-passwords_rc4_rev2.pdf":                  FaultPassword,
	"0d7549c0-bad-direct-root.pdf":                     FaultNotPDF,
	"4bb02358-issue-143.pdf":                           FaultNotPDF,
	"2ffbf17e-direct_content_stream.pdf":               FaultTruncated,
	"3c40923b-small.pdf":                               FaultTruncated,
	"50dd9060-bug_216.pdf":                             FaultTruncated,
	"10272c70-UnknownFilter-Linearized.pdf":            FaultDamaged,
	"2c153eb1-UnknownFilter-xrefstm.pdf":               FaultDamaged,
	"0fb75b10-broken-objstream3.pdf":                   FaultDamaged,
	"12301c99-broken-objstream6.pdf":                   FaultDamaged,
	"2a3e1b70-broken-objstream2.pdf":                   FaultDamaged,
	"28d12784-page-tree-direct-kid.pdf":                FaultDamaged,
	"4c19d85e-malformed-encrypt-dict2.pdf":             FaultEncryption,
	"0ac1e7b9-minimal-pubkey-rc4.pdf":                  FaultEncryption,
	"1b3df8a5-minimal-two-fields-pubkey-aes256.pdf":    FaultEncryption,
	"2567625b-pubkey-3des-test.pdf":                    FaultEncryption,
	"3e85c67d-minimal-pubkey-unknown-envelope-alg.pdf": FaultEncryption,
	"40e06304-pubkey-rc2-test.pdf":                     FaultEncryption,
	"472c3cf9-pubkey-ecc-test.pdf":                     FaultEncryption,
	"5b719592-minimal-with-field-pubkey-rc4.pdf":       FaultEncryption,
	"5e8c595c-minimal-with-field-pubkey-aes256.pdf":    FaultEncryption,
}

// repairs are the corpus files whose cross-reference data are damaged.
var repairs = []string{
	"585100f6-UnknownFilter-OutlineObjStm.pdf", "556f02ee-bug_602650.pdf", "05449b36-PDFBOX-4531-bidi-ligature-1.pdf",
	"10baddaf-minimal-startxref-obo4.pdf", "13c81162-minimal-broken-xref-size.pdf", "51aad10d-minimal-startxref-obo6.pdf",
	"48e9a5bd-leaky-graphics-state-stamp-no-corr-result.pdf", "2c4df250-isa_F.pdf",
}

// TestCorpusOpens: every file opens, with all its pages and its form, or is
// refused with its fault; repairs are told.
func TestCorpusOpens(t *testing.T) {
	for _, p := range corpusFiles(t) {
		name := filepath.Base(p)
		t.Run(name, func(t *testing.T) {
			d, n, err := look(load(t, p), passwords[name])
			if want, refused := refusals[name]; refused || err != nil {
				if f, ok := FaultOf(err); !refused || !ok || f != want {
					t.Errorf("%v, want a fault %v", err, want)
				}
				return
			}
			if n == 0 {
				t.Error("no pages")
			}
			if d.Repaired() != slices.Contains(repairs, name) {
				t.Errorf("repaired %v: %q", d.Repaired(), d.Notes())
			}
			if len(d.Revisions()) == 0 && !d.Repaired() && name != "46518b87-minimal-startxref-hopeless2.pdf" {
				t.Error("no revision was found")
			}
		})
	}
}

// look opens a file and reads all its pages and its form.
func look(b []byte, password string) (*Document, int, error) {
	d, err := open(b, password)
	if err != nil {
		return nil, 0, err
	}
	n, err := d.NumPages()
	if err != nil {
		return nil, 0, err
	}
	for i := range n {
		if _, err := d.Page(i); err != nil {
			return nil, 0, err
		}
	}
	_, err = d.Form()
	return d, n, err
}
