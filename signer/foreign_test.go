package signer_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/verify"
)

// TestAfterForeignSignatures signs what others signed: what our verification
// says of their signatures is the same before and after.
func TestAfterForeignSignatures(t *testing.T) {
	b := newBench(t, pki.P256)
	for _, c := range corpus(t, "signed", "difficult/05-signed-add-second-signature") {
		t.Run(c.path, func(t *testing.T) {
			r := b.request(filepath.Join(corpusDir, c.path), strings.ReplaceAll(c.path, "/", "_"))
			before, err := verify.File(t.Context(), r.Input, verify.Options{})
			if err != nil {
				t.Skip(err)
			}
			r.Field.Rect, r.Appearance = geom.Rect{X0: 60, Y0: 60, X1: 230, Y1: 128}, b.stamp()
			if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err != nil {
				checkRefusal(t, r.Input, err)
				return
			}
			after, err := verify.File(t.Context(), r.Output, verify.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(after.Signatures) != len(before.Signatures)+1 {
				t.Fatalf("%d signatures became %d", len(before.Signatures), len(after.Signatures))
			}
			for i, s := range before.Signatures {
				now := after.Signatures[i]
				if now.Intact != s.Intact || now.Changes != max(s.Changes, verify.ChangesAllowed) || now.Verdict > s.Verdict {
					t.Errorf("signature %d: %v %v %v became %v %v %v: %+v", i+1,
						s.Intact, s.Changes, s.Verdict, now.Intact, now.Changes, now.Verdict, now.Findings)
				}
			}
		})
	}
}

// TestPopplerAfterUs has pdfsig sign our output and us sign its output.
func TestPopplerAfterUs(t *testing.T) {
	for _, tool := range []string{"pdfsig", "certutil", "pk12util"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	b := newBench(t, pki.RSA2048)
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	p12, err := b.PKCS12(b.Agency, "mk")
	if err != nil {
		t.Fatal(err)
	}
	nss := filepath.Join(b.dir, "nss")
	if err := os.Mkdir(nss, 0o700); err != nil {
		t.Fatal(err)
	}
	run("certutil", "-N", "-d", "sql:"+nss, "--empty-password")
	run("pk12util", "-i", b.write(t, "a.p12", p12), "-d", "sql:"+nss, "-W", "mk")
	names, err := exec.Command("certutil", "-L", "-d", "sql:"+nss).Output()
	if err != nil {
		t.Fatal(err)
	}
	nick := ""
	for _, line := range strings.Split(string(names), "\n") {
		if i := strings.Index(line, "u,u,u"); i > 0 {
			nick = strings.TrimSpace(line[:i])
		}
	}
	in, _ := b.document(t, 0)
	ours := b.request(in, "ours.pdf")
	p := &signer.Pipeline{}
	if _, err := p.Sign(t.Context(), ours, b.key(), nil); err != nil {
		t.Fatal(err)
	}
	theirs := filepath.Join(b.dir, "theirs.pdf")
	if out, err := exec.Command("pdfsig", "-nssdir", nss, "-add-signature", "-nick", nick, ours.Output, theirs).CombinedOutput(); err != nil {
		t.Skipf("pdfsig cannot sign here: %v\n%s", err, out)
	}
	again := b.request(theirs, "again.pdf")
	again.Field.Rect, again.Appearance = geom.Rect{X0: 60, Y0: 60, X1: 230, Y1: 128}, b.stamp()
	if _, err := p.Sign(t.Context(), again, b.key(), nil); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdfsig", again.Output).Output()
	if err != nil || strings.Count(string(out), "Signature is Valid.") != 3 {
		t.Errorf("%v\n%s", err, out)
	}
}
