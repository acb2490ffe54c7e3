package pdf

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestEncryption makes every version of the standard handler with qpdf, opens
// it with each password, appends, and has qpdf read what came out.
func TestEncryption(t *testing.T) {
	qpdf, err := exec.LookPath("qpdf")
	if err != nil {
		t.Skip("qpdf is not installed")
	}
	source := filepath.Join(corpus, "unsigned/4d94f880-minimal-with-textfield-group.pdf")
	if _, err := os.Stat(source); err != nil {
		t.Skipf("the corpus is not here (%s)", corpus)
	}
	for _, c := range []struct {
		name string
		args []string
	}{
		{"V1 R2 RC4-40", []string{"--allow-weak-crypto", "--encrypt", "người", "chủ", "40", "--"}},
		{"V2 R3 RC4-128", []string{"--allow-weak-crypto", "--encrypt", "user", "owner", "128", "--use-aes=n", "--"}},
		{"V4 R4 AES-128", []string{"--allow-weak-crypto", "--encrypt", "user", "owner", "128", "--use-aes=y", "--"}},
		{"V4 R4 clear metadata", []string{"--allow-weak-crypto", "--encrypt", "user", "owner", "128", "--use-aes=y", "--cleartext-metadata", "--"}},
		{"V5 R5 AES-256", []string{"--allow-weak-crypto", "--encrypt", "user", "owner", "256", "--force-R5", "--"}},
		{"V5 R6 AES-256", []string{"--encrypt", "mật khẩu", "owner", "256", "--print=none", "--modify=none", "--"}},
		{"V5 R6 object streams", []string{"--object-streams=generate", "--encrypt", "user", "owner", "256", "--"}},
		{"V4 R4 object streams", []string{"--allow-weak-crypto", "--object-streams=generate", "--encrypt", "user", "owner", "128", "--use-aes=y", "--"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := 0
			for c.args[at] != "--encrypt" {
				at++
			}
			user, owner := c.args[at+1], c.args[at+2]
			in := filepath.Join(t.TempDir(), "in.pdf")
			if out, err := exec.Command(qpdf, append(c.args, source, in)...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			b := load(t, in)
			for _, wrong := range []string{"", "wrong", user + "x"} {
				if _, err := open(b, wrong); err == nil {
					t.Errorf("password %q opens it", wrong)
				} else if f, ok := FaultOf(err); !ok || f != FaultPassword {
					t.Errorf("password %q: %v", wrong, err)
				}
			}
			for _, pw := range []string{user, owner} {
				d, err := open(b, pw)
				if err != nil {
					t.Fatalf("password %q: %v", pw, err)
				}
				if all := (Permissions{true, true, true, true, true, true}); pw == owner && d.Permissions() != all {
					t.Error("the owner may not do everything")
				}
				out := touch(t, d, b)
				checkTouched(t, out, user)
				after := filepath.Join(t.TempDir(), "out.pdf")
				if err := os.WriteFile(after, out, 0o600); err != nil {
					t.Fatal(err)
				}
				if n, text := check(qpdf, after, user); n > 0 {
					t.Errorf("qpdf: %s", text)
				}
			}
		})
	}
}

// TestPasswordSpellings: a password opens a file however the keyboard spells it:
// marks apart from their letters, wide letters, other blanks, soft hyphens.
func TestPasswordSpellings(t *testing.T) {
	qpdf, err := exec.LookPath("qpdf")
	if err != nil {
		t.Skip("qpdf is not installed")
	}
	source := filepath.Join(corpus, "unsigned/4d94f880-minimal-with-textfield-group.pdf")
	if _, err := os.Stat(source); err != nil {
		t.Skipf("the corpus is not here (%s)", corpus)
	}
	typed := []string{"Mật khẩu 1", "Mâ\u0323t khâ\u0309u 1", "\uff2dật khẩu 1", "Mật\u00a0khẩu\u30001", "Mật \u00adkhẩu\ufeff 1"}
	for _, c := range []struct {
		name, stored string
		typed        []string
		args         []string
	}{
		{"R6", "Mật khẩu 1", typed, []string{"256"}},
		{"R5", "Mật khẩu 1", typed, []string{"256", "--force-R5"}},
		{"R6 as a writer took it", "Mâ\u0323t khâ\u0309u", []string{"Mâ\u0323t khâ\u0309u"}, []string{"256"}},
		{"R4 in Latin-1", "Gi\xe1m", []string{"Giám", "Gia\u0301m", "Gi\xe1m"}, []string{"128", "--use-aes=y"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := filepath.Join(t.TempDir(), "in.pdf")
			args := append([]string{"--allow-weak-crypto", "--password-mode=bytes", "--encrypt", c.stored, "owner"}, c.args...)
			if out, err := exec.Command(qpdf, append(args, "--", source, in)...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			b := load(t, in)
			for _, pw := range c.typed {
				if _, err := open(b, pw); err != nil {
					t.Errorf("%q: %v", pw, err)
				}
			}
			if _, err := open(b, "Mat khau 1"); err == nil {
				t.Error("a password without its marks opens it")
			}
		})
	}
}
