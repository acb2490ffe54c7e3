package verify_test

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"trinhky/signer/signertest/pki"
	"trinhky/signer/verify"
)

// foreign signs a document with a program by others.
type foreign struct {
	name  string
	tools []string
	sign  func(t *testing.T, dir, in, out string)
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
}

// TestForeignSigners: signatures by others before ours and after ours are all
// valid, and nobody is blamed for the other.
func TestForeignSigners(t *testing.T) {
	b := newBench(t)
	id, err := b.Issue(pki.Template{Subject: pki.Person("Trần Thị Bình", "Văn thư", "UBND"), Algorithm: pki.RSA2048})
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(id.Key)
	if err != nil {
		t.Fatal(err)
	}
	p12, err := b.PKCS12(id, "x")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"key.pem":  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"cert.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.Certificate.Raw}),
		"id.p12":   p12,
	} {
		if err := os.WriteFile(filepath.Join(b.dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []foreign{
		{"podofo", []string{"podofosign"}, func(t *testing.T, dir, in, out string) {
			run(t, "podofosign", "-in", in, "-out", out, "-cert", filepath.Join(dir, "cert.pem"), "-pkey", filepath.Join(dir, "key.pem"))
		}},
		{"poppler", []string{"pdfsig", "certutil", "pk12util"}, func(t *testing.T, dir, in, out string) {
			db := filepath.Join(t.TempDir(), "nss")
			if err := os.Mkdir(db, 0o700); err != nil {
				t.Fatal(err)
			}
			run(t, "certutil", "-N", "-d", "sql:"+db, "--empty-password")
			run(t, "openssl", "pkcs12", "-export", "-inkey", filepath.Join(dir, "key.pem"), "-in", filepath.Join(dir, "cert.pem"),
				"-name", "nick", "-out", filepath.Join(dir, "nick.p12"), "-passout", "pass:x")
			run(t, "pk12util", "-i", filepath.Join(dir, "nick.p12"), "-d", "sql:"+db, "-W", "x")
			run(t, "pdfsig", "-nssdir", db, "-add-signature", "-nick", "nick", in, out)
		}},
	} {
		t.Run(f.name, func(t *testing.T) {
			for _, tool := range f.tools {
				if _, err := exec.LookPath(tool); err != nil {
					t.Skipf("%s is not installed", tool)
				}
			}
			theirs := func(doc []byte) []byte {
				out := filepath.Join(b.dir, "theirs.pdf")
				_ = os.Remove(out)
				f.sign(t, b.dir, b.write(t, doc), out)
				data, err := os.ReadFile(out)
				if err != nil {
					t.Fatal(err)
				}
				return data
			}
			base := b.letter(t)
			o := b.options()
			o.Intermediates = b.Chain()
			for name, doc := range map[string][]byte{
				"ours, theirs": theirs(b.sign(t, base, b.Leader, nil)),
				"theirs, ours": b.sign(t, theirs(base), b.Leader, nil),
			} {
				r := b.verify(t, doc, o)
				if r.Verdict != verify.Valid || len(r.Signatures) != 2 {
					show(t, r)
					t.Errorf("%s: not valid", name)
				}
			}
		})
	}
}
