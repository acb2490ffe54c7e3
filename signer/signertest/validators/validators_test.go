package validators

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const corpus = "../../../../shared/corpus/signed"

// Honest files of others pass every validator, so that a complaint about one
// of ours means something.
func TestCheckAcceptsHonestFiles(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpus, "*.pdf"))
	if len(files) == 0 {
		t.Skip("the corpus of signed files is not here")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { Check(t, file, Expect{Later: true}) })
	}
}

// One flipped byte of signed content is noticed by each validator by itself.
func TestValidatorsNoticeDamage(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(corpus, "527993e3-sig-no-signed-attrs.pdf"))
	if err != nil {
		t.Skip("the corpus of signed files is not here")
	}
	at := strings.Index(string(data), "Hello World")
	if at < 0 {
		at = 300
	}
	data[at] ^= 1
	file := filepath.Join(t.TempDir(), "damaged.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, check := range map[string]func(testing.TB){
		"pdfsig":  func(tb testing.TB) { checkPdfsig(tb, file, Expect{}) },
		"openssl": func(tb testing.TB) { checkOpenSSL(tb, file, Expect{}) },
		"mutool":  func(tb testing.TB) { checkMutool(tb, file, Expect{}) },
		"bouncy":  func(tb testing.TB) { checkBouncy(tb, file) },
	} {
		r := &recorder{TB: t}
		check(r)
		if !r.failed && !r.missing {
			t.Errorf("%s did not notice the flipped byte", name)
		}
	}
}

// recorder notes failures instead of failing.
type recorder struct {
	testing.TB
	failed, missing bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Log(...any)            { r.missing = true }
func (r *recorder) Logf(string, ...any)   { r.missing = true }
