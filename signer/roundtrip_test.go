package signer_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/validators"
	"trinhky/signer/verify"
)

// foreignSigner is a PDF signer by others.
type foreignSigner struct {
	name string
	// ready makes it usable; why says what is missing.
	ready func(t *testing.T, b *bench) (sign func(in, out string) error, why string)
	// needsField: it only fills a field that is there.
	needsField bool
	// weak: it signs with SHA-1, which we and pdfsig report.
	weak bool
}

const foreignPassword = "mk"

func foreignSigners() []foreignSigner {
	return []foreignSigner{
		{name: "pdfsig", ready: readyPdfsig},
		{name: "libpdf", ready: readyLibpdf},
		{name: "mutool", ready: readyMutool, needsField: true, weak: true},
	}
}

// agencyFile is the second person's key as a file.
func (b *bench) agencyFile(t *testing.T) string {
	t.Helper()
	p12, err := b.PKCS12(b.Agency, foreignPassword)
	if err != nil {
		t.Fatal(err)
	}
	return b.write(t, "agency.p12", p12)
}

func tool(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

// readyPdfsig puts the key into a database of NSS.
func readyPdfsig(t *testing.T, b *bench) (func(in, out string) error, string) {
	for _, name := range []string{"pdfsig", "certutil", "pk12util"} {
		if _, err := exec.LookPath(name); err != nil {
			return nil, name + " is not installed"
		}
	}
	nss := filepath.Join(b.dir, "nss")
	if err := os.Mkdir(nss, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][]string{
		{"certutil", "-N", "-d", "sql:" + nss, "--empty-password"},
		{"pk12util", "-i", b.agencyFile(t), "-d", "sql:" + nss, "-W", foreignPassword},
	} {
		if err := tool(c[0], c[1:]...); err != nil {
			t.Fatal(err)
		}
	}
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
	sign := func(in, out string) error {
		return tool("pdfsig", "-nssdir", nss, "-add-signature", "-nick", nick, in, out)
	}
	probe, _ := b.document(t, 0)
	if err := sign(probe, filepath.Join(b.dir, "probe.pdf")); err != nil {
		return nil, "pdfsig cannot sign here: " + err.Error()
	}
	return sign, ""
}

// readyLibpdf finds @libpdf/core where `make deps-test` puts it.
func readyLibpdf(t *testing.T, b *bench) (func(in, out string) error, string) {
	folder, err := filepath.Abs("../.cache/foreign")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("node"); err != nil {
		return nil, "node is not installed"
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules/@libpdf/core/package.json")); err != nil {
		return nil, "@libpdf/core is not in .cache/foreign (make deps-test)"
	}
	key := b.agencyFile(t)
	return func(in, out string) error {
		return tool("node", "signertest/foreign/sign.mjs", folder, in, out, key, foreignPassword, "B-B")
	}, ""
}

// readyMutool fills the first empty signature field.
func readyMutool(t *testing.T, b *bench) (func(in, out string) error, string) {
	if _, err := exec.LookPath("mutool"); err != nil {
		return nil, "mutool is not installed"
	}
	key := b.agencyFile(t)
	return func(in, out string) error {
		form, err := open(t, in).Form()
		if err != nil {
			return err
		}
		for _, f := range form.Fields {
			if f.Type == "Sig" && !f.Signed() {
				return tool("mutool", "sign", "-s", key, "-P", foreignPassword, "-o", out, in, fmt.Sprint(f.Ref.Num))
			}
		}
		return fmt.Errorf("no empty field in %s", in)
	}, ""
}

// TestRoundTrips has others sign before and after us, on documents of several
// kinds: every signature stays valid.
func TestRoundTrips(t *testing.T) {
	for _, f := range foreignSigners() {
		t.Run(f.name, func(t *testing.T) {
			b := newBench(t, pki.RSA2048)
			theirs, why := f.ready(t, b)
			if why != "" {
				t.Skip(why)
			}
			var finished []string
			for name, in := range b.roundTripDocuments(t) {
				if f.needsField {
					in = b.withFields(t, in, "A", "B")
				}
				for _, order := range []string{"ours theirs ours", "theirs ours theirs"} {
					if f.name == "pdfsig" && name == "form" && strings.HasPrefix(order, "theirs") {
						continue // it forgets the fields of a form that stands in the catalog
					}
					t.Run(name+", "+order, func(t *testing.T) {
						last := in
						for i, who := range strings.Fields(order) {
							out := filepath.Join(b.dir, fmt.Sprintf("%s-%s-%d.pdf", name, strings.ReplaceAll(order, " ", "-"), i))
							if who == "ours" {
								b.oursAt(t, last, out, float64(40+80*i))
							} else if err := theirs(last, out); err != nil {
								t.Fatal(err)
							}
							last = out
						}
						checkRoundTrip(t, b, last, f.weak)
						finished = append(finished, last)
					})
				}
			}
			out, ok := validators.Bouncy(t, finished...)
			if ok && (strings.Count(out, "\tVALID") != 3*len(finished) || strings.Contains(out, "\tINVALID")) {
				t.Errorf("PDFBox with BouncyCastle:\n%s", out)
			}
		})
	}
}

// oursAt adds a new, visible signature of ours.
func (b *bench) oursAt(t *testing.T, in, out string, y float64) {
	t.Helper()
	r := b.request(in, filepath.Base(out))
	r.Field.Rect, r.Appearance = geom.Rect{X0: 60, Y0: y, X1: 230, Y1: y + 68}, b.stamp()
	if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err != nil {
		t.Fatal(err)
	}
}

// roundTripDocuments are the same page in a table, in object streams, and with a
// form and a structure.
func (b *bench) roundTripDocuments(t *testing.T) map[string]string {
	t.Helper()
	in, _ := b.document(t, 0)
	out := map[string]string{"form": b.write(t, "form.pdf", plain(
		"/MediaBox[0 0 300 400]/Annots[5 0 R]", "/AcroForm<</Fields[5 0 R]/DA(/Helv 0 Tf 0 g)/DR<<>>>>/MarkInfo<</Marked true>>/StructTreeRoot 6 0 R",
		"<</Type/Annot/Subtype/Widget/FT/Tx/T(ten)/Rect[10 10 90 30]/P 3 0 R>>", "<</Type/StructTreeRoot>>",
	))}
	streams := filepath.Join(b.dir, "streams.pdf")
	if err := tool("qpdf", "--object-streams=generate", in, streams); err == nil {
		out["streams"] = streams
	}
	if os.Getenv("TRINHKY_SOAK") != "" || len(out) == 1 {
		out["table"] = in
	}
	return out
}

// withFields adds empty fields.
func (b *bench) withFields(t *testing.T, in string, names ...string) string {
	t.Helper()
	p := signer.Preparation{Input: in, Output: filepath.Join(b.dir, "fields-"+filepath.Base(in)), Overwrite: true}
	for i, n := range names {
		y := float64(100 * i)
		p.Fields = append(p.Fields, signer.EmptyField{Name: n, Rect: geom.Rect{X0: 180, Y0: y + 10, X1: 280, Y1: y + 60}})
	}
	if _, err := signer.AddFields(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return p.Output
}

// checkRoundTrip asks our verification and poppler about all three signatures.
func checkRoundTrip(t *testing.T, b *bench, path string, weak bool) {
	t.Helper()
	report, err := verify.File(t.Context(), path, verify.Options{Roots: b.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Signatures) != 3 {
		t.Fatalf("%d signatures", len(report.Signatures))
	}
	for i, s := range report.Signatures {
		if !s.Intact || s.Changes == verify.ChangesSuspicious || s.Verdict == verify.Invalid && !weak {
			t.Errorf("signature %d: %v %v %+v", i+1, s.Verdict, s.Changes, s.Findings)
		}
	}
	if _, err := exec.LookPath("pdfsig"); err == nil {
		out, err := exec.Command("pdfsig", "-nocert", path).Output()
		if err != nil || strings.Count(string(out), "Signature is Valid.") != 3 {
			t.Errorf("pdfsig: %v\n%s", err, out)
		}
	}
}
