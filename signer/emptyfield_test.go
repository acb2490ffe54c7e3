package signer_test

import (
	"bytes"
	"crypto/x509"
	"errors"
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

// slots are the fields of leader and seal on a page.
func slots(person string) []signer.EmptyField {
	box := geom.Rect{X0: 320, Y0: 200, X1: 460, Y1: 270}
	return []signer.EmptyField{
		{
			Name: "leader", Tooltip: "Chữ ký của người có thẩm quyền (leader)", Rect: box,
			Seed: signer.Seed{Look: "trinhky/tt01/leader", CommonName: person, Required: person != ""},
			Lock: &signer.FieldLock{Except: []string{"seal", "number"}},
		},
		{Name: "seal", Tooltip: "Con dấu (seal)", Rect: box.Move(-90, 0), Lock: &signer.FieldLock{}},
	}
}

// prepared is a demo document with the fields.
func (b *bench) prepared(t *testing.T, in, person string) string {
	t.Helper()
	out := filepath.Join(b.dir, "prepared.pdf")
	ready, err := signer.AddFields(t.Context(), signer.Preparation{Input: in, Output: out, Overwrite: true, Fields: slots(person)})
	if err != nil || ready.SHA256 != sum(t, out) || strings.Join(ready.Fields, " ") != "leader seal" {
		t.Fatalf("%+v, %v", ready, err)
	}
	return out
}

func (b *bench) signIn(t *testing.T, in, field string, who pki.Identity) (string, error) {
	t.Helper()
	r := b.request(in, field+".pdf")
	r.Certificate, r.Name, r.Overwrite = who.Certificate, "", true
	r.Field, r.Appearance = signer.SignatureField{Name: field}, b.stamp()
	_, err := (&signer.Pipeline{}).Sign(t.Context(), r, &softKey{Signer: who.Key}, nil)
	return r.Output, err
}

// The fields are what the standard asks for, everybody's signature is valid,
// and what was there stays a prefix.
func TestAddFields(t *testing.T) {
	b := newBench(t, pki.RSA2048)
	in, _ := b.document(t, 0)
	before := sum(t, in)
	out := b.prepared(t, in, b.Leader.Certificate.Subject.CommonName)
	if sum(t, in) != before {
		t.Fatal("the input was written")
	}
	info, err := signer.Inspect(t.Context(), out, nil)
	if err != nil || len(info.Fields) != 2 {
		t.Fatalf("%+v, %v", info, err)
	}
	f := info.Fields[0]
	if f.Name != "leader" || f.Type != "Sig" || f.Signed || f.Locked || f.Page != 0 || f.Rect != slots("")[0].Rect ||
		f.Tooltip != slots("")[0].Tooltip || !f.Seed.Required || f.Seed.CommonName == "" || f.Seed.Look != "trinhky/tt01/leader" {
		t.Errorf("%+v", f)
	}
	if _, err := b.signIn(t, out, "leader", b.Agency); !isForbidden(err, signer.ForbiddenBySeedValue) {
		t.Errorf("somebody else signed the leader's field: %v", err)
	}
	if out, err = b.signIn(t, out, "leader", b.Leader); err != nil {
		t.Fatal(err)
	}
	if _, err := signer.AddFields(t.Context(), signer.Preparation{
		Input: out, Output: filepath.Join(b.dir, "more.pdf"), Fields: []signer.EmptyField{{Name: "more", Rect: f.Rect}},
	}); !isForbidden(err, signer.ForbiddenByLock) {
		t.Errorf("a field was added behind a lock: %v", err)
	}
	if out, err = b.signIn(t, out, "seal", b.Agency); err != nil {
		t.Fatal(err)
	}
	report, err := verify.File(t.Context(), out, verify.Options{Roots: b.Roots()})
	if err != nil || len(report.Signatures) != 2 {
		t.Fatalf("%+v, %v", report, err)
	}
	for _, s := range report.Signatures {
		if !s.Intact || s.Verdict == verify.Invalid || s.Changes == verify.ChangesSuspicious {
			t.Errorf("%s: %+v", s.Field, s.Findings)
		}
	}
}

func isForbidden(err error, rule signer.Prohibition) bool {
	var f *signer.ForbiddenError
	return errors.As(err, &f) && f.Rule == rule
}

// A signed document gets its fields in an update that keeps the signature; one
// that is certified against it is refused.
func TestAddFieldsToSigned(t *testing.T) {
	b := newBench(t, pki.RSA2048)
	in, _ := b.document(t, 0)
	for name, c := range map[string]struct {
		certify signer.Certification
		refused bool
	}{
		"ordinary": {signer.NoCertification, false}, "forms": {signer.CertifyForms, true}, "annotations": {signer.CertifyAnnotations, true},
	} {
		r := b.request(in, name+".pdf")
		r.Certify = c.certify
		if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err != nil {
			t.Fatal(name, err)
		}
		out := filepath.Join(b.dir, name+"-prepared.pdf")
		_, err := signer.AddFields(t.Context(), signer.Preparation{Input: r.Output, Output: out, Fields: slots("")})
		if c.refused {
			if _, missing := os.Stat(out); !isForbidden(err, signer.ForbiddenByDocMDP) || missing == nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(name, err)
		}
		report, err := verify.File(t.Context(), out, verify.Options{Roots: b.Roots()})
		if err != nil || !report.Signatures[0].Intact || report.Signatures[0].Changes == verify.ChangesSuspicious {
			t.Errorf("%s: %v, %+v", name, err, report.Signatures)
		}
		old, _ := os.ReadFile(r.Output)
		now, _ := os.ReadFile(out)
		if !bytes.HasPrefix(now, old) {
			t.Errorf("%s: the signed bytes are no prefix", name)
		}
	}
}

func TestAddFieldsRefuses(t *testing.T) {
	b := newBench(t, pki.RSA2048)
	in, _ := b.document(t, 0)
	box := geom.Rect{X1: 10, Y1: 10}
	for name, fields := range map[string][]signer.EmptyField{
		"none":        nil,
		"no name":     {{Rect: box}},
		"a branch":    {{Name: "a.b", Rect: box}},
		"twice":       {{Name: "a", Rect: box}, {Name: "a", Rect: box}},
		"no place":    {{Name: "a"}},
		"no page":     {{Name: "a", Rect: box, Page: 99}},
		"not a name":  {{Name: "a\x00b", Rect: box}},
		"far outside": {{Name: "a", Rect: geom.Rect{X1: 1e9, Y1: 1}}},
	} {
		out := filepath.Join(b.dir, "refused.pdf")
		_, err := signer.AddFields(t.Context(), signer.Preparation{Input: in, Output: out, Fields: fields})
		if _, there := os.Stat(out); err == nil || there == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := signer.AddFields(t.Context(), signer.Preparation{Input: in, Output: in, Overwrite: true, Fields: slots("")}); !errors.Is(err, signer.ErrExists) {
		t.Errorf("the input as output: %v", err)
	}
}

// Other software reads the prepared document and signs the leader's field.
func TestPreparedForOthers(t *testing.T) {
	for _, tool := range []string{"pdfsig", "certutil", "pk12util", "openssl", "qpdf"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is missing")
		}
	}
	b := newBench(t, pki.RSA2048)
	in, _ := b.document(t, 0)
	out := b.prepared(t, in, "")
	run := func(name string, args ...string) string {
		t.Helper()
		said, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", name, err, said)
		}
		return string(said)
	}
	run("qpdf", "--check", out)
	if said := run("qpdf", "--json", "--json-key=acroform", out); !strings.Contains(said, `"fullname": "leader"`) {
		t.Error(said)
	}
	key, err := x509.MarshalPKCS8PrivateKey(b.Leader.Key)
	if err != nil {
		t.Fatal(err)
	}
	nss := t.TempDir()
	keyFile := b.write(t, "key.der", key)
	certFile := b.write(t, "cert.der", b.Leader.Certificate.Raw)
	run("openssl", "pkey", "-inform", "DER", "-in", keyFile, "-out", keyFile+".pem")
	run("openssl", "x509", "-inform", "DER", "-in", certFile, "-out", certFile+".pem")
	run("openssl", "pkcs12", "-export", "-inkey", keyFile+".pem", "-in", certFile+".pem", "-name", "leader", "-passout", "pass:x", "-out", keyFile+".p12")
	run("certutil", "-N", "-d", nss, "--empty-password")
	run("pk12util", "-i", keyFile+".p12", "-d", nss, "-W", "x", "-K", "")
	theirs := filepath.Join(b.dir, "theirs.pdf")
	said, err := exec.Command("pdfsig", "-nssdir", nss, "-nick", "leader", "-sign", "leader", out, theirs).CombinedOutput()
	if _, missing := os.Stat(theirs); missing != nil {
		t.Fatalf("pdfsig: %v: %s", err, said)
	}
	report, err := verify.File(t.Context(), theirs, verify.Options{Roots: b.Roots()})
	if err != nil || len(report.Signatures) != 1 || report.Signatures[0].Field != "leader" || !report.Signatures[0].Intact {
		t.Fatalf("%v: %+v", err, report)
	}
	// And ours goes into the other field.
	sealed, err := b.signIn(t, theirs, "seal", b.Agency)
	if err != nil {
		t.Fatal(err)
	}
	report, err = verify.File(t.Context(), sealed, verify.Options{Roots: b.Roots()})
	if err != nil || len(report.Signatures) != 2 || !report.Signatures[0].Intact || report.Signatures[0].Changes == verify.ChangesSuspicious {
		t.Errorf("%v: %+v", err, report)
	}
}
