package signer_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trinhky/pdfview/geom"
	"trinhky/signer"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fixedKey reads the key and certificate of the golden files. They are worth
// nothing: everybody has them.
func fixedKey(t testing.TB) (*softKey, *x509.Certificate) {
	t.Helper()
	data, err := os.ReadFile("testdata/golden.pem")
	if err != nil {
		t.Fatal(err)
	}
	keyBlock, rest := pem.Decode(data)
	certBlock, _ := pem.Decode(rest)
	key, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return &softKey{Signer: key.(crypto.Signer)}, cert
}

// TestGolden signs with a fixed key and clock: the same bytes as ever. A change
// that is meant is looked at, then written with -update.
func TestGolden(t *testing.T) {
	key, cert := fixedKey(t)
	b := &bench{dir: t.TempDir()}
	zone := time.FixedZone("", 7*3600)
	p := &signer.Pipeline{Now: func() time.Time { return time.Date(2027, 1, 15, 22, 35, 0, 0, zone) }}
	for _, c := range []struct {
		name string
		in   []byte
		edit func(r *signer.Request)
	}{
		{"invisible", plain("/MediaBox[0 0 300 200]", ""), func(*signer.Request) {}},
		{"visible-rotated", plain("/MediaBox[0 0 200 300]/Rotate 90", ""), func(r *signer.Request) {
			r.Field = signer.SignatureField{Name: "Lãnh đạo", Rect: geom.Rect{X0: 20, Y0: 30, X1: 80, Y1: 190}, Tooltip: "Chữ ký"}
			r.Appearance = &signer.Appearance{Size: geom.Size{W: 160, H: 60}, Items: []signer.Item{
				signer.Line{From: geom.Point{X: 1, Y: 1}, To: geom.Point{X: 159, Y: 59}, Width: 2, Color: signer.Color{R: 255}},
			}}
		}},
		{"certified-field", form("ky", "/Lock<</Action/Include/Fields[(ten)]>>"), func(r *signer.Request) {
			r.Field.Name, r.Certify = "ky", signer.CertifyForms
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := signer.Request{
				Input: b.write(t, c.name+".pdf", c.in), Output: filepath.Join(b.dir, c.name+"-signed.pdf"),
				Certificate: cert, Reason: "Duyệt", Location: "Hà Nội",
			}
			c.edit(&r)
			if _, err := p.Sign(t.Context(), r, key, nil); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(r.Output)
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", c.name+".golden.pdf")
			if *update {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("differs from %s from byte %d on", golden, firstDifference(got, want))
			}
		})
	}
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
