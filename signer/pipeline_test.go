package signer_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-fonts/liberation/liberationserifregular"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/sample"
	"trinhky/signer/signertest/validators"
)

// softKey is a software key.
type softKey struct {
	crypto.Signer
}

func (k *softKey) Close() error { return nil }

// bench is what most tests need: an authority, its root as a file, documents.
type bench struct {
	*pki.PKI
	dir, roots string
	font       *signer.Font
	ink        *signer.Picture
}

// authorities are shared by the tests that change nothing in them.
var authorities = map[pki.Algorithm]func() (*pki.PKI, error){
	pki.RSA2048: sync.OnceValues(func() (*pki.PKI, error) { return pki.New(pki.Options{Keys: pki.RSA2048}) }),
	pki.P256:    sync.OnceValues(func() (*pki.PKI, error) { return pki.New(pki.Options{Keys: pki.P256}) }),
}

func newBench(t testing.TB, keys pki.Algorithm) *bench {
	t.Helper()
	p, err := authorities[keys]()
	if err != nil {
		t.Fatal(err)
	}
	return benchOf(t, p)
}

func benchOf(t testing.TB, p *pki.PKI) *bench {
	t.Helper()
	b := &bench{PKI: p, dir: t.TempDir()}
	b.roots = b.write(t, "root.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Root.Certificate.Raw}))
	var err error
	if b.font, err = signer.ParseFont(liberationserifregular.TTF); err != nil {
		t.Fatal(err)
	}
	if b.ink, err = signer.ParsePicture(sample.SignatureImage()); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) write(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// document writes a demo document; the band of its signer is in the truth.
func (b *bench) document(t testing.TB, n int) (string, sample.Truth) {
	t.Helper()
	docs := sample.Demo(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), "Nguyễn Văn Đạt")
	data, truth, err := sample.Generate(docs[n])
	if err != nil {
		t.Fatal(err)
	}
	return b.write(t, "Công văn.pdf", data), truth
}

func (b *bench) request(in, out string) signer.Request {
	return signer.Request{
		Input: in, Output: filepath.Join(b.dir, out), Certificate: b.Leader.Certificate, Chain: b.Chain(),
		Reason: "Tôi đã duyệt (văn bản)", Location: "Hà Nội", Name: "Nguyễn Văn Đạt",
	}
}

func (b *bench) key() *softKey { return &softKey{Signer: b.Leader.Key} }

// stamp is an appearance with text, an image with alpha and lines.
func (b *bench) stamp() *signer.Appearance {
	blue, red := signer.Color{R: 0, G: 0, B: 160}, signer.Color{R: 200}
	w, h := geom.MM(60), geom.MM(24)
	return &signer.Appearance{Size: geom.Size{W: w, H: h}, Items: []signer.Item{
		signer.Line{From: geom.Point{X: 0.5, Y: 0.5}, To: geom.Point{X: w - 0.5, Y: 0.5}, Width: 1, Color: red},
		signer.Line{From: geom.Point{X: 0.5, Y: h - 0.5}, To: geom.Point{X: w - 0.5, Y: h - 0.5}, Width: 1, Color: red},
		signer.Text{At: geom.Point{X: 4, Y: 14}, Size: 10, Font: b.font, Text: "Ký bởi: Nguyễn Văn Đạt ẰỪỘ", Color: blue},
		signer.Text{At: geom.Point{X: 4, Y: 26}, Size: 8, Font: b.font, Text: "Thời gian: 21.11.2026 22:35:00 +07:00", Color: blue},
		signer.Image{Rect: geom.Rect{X0: 60, Y0: 8, X1: 160, Y1: 8 + 100*float64(b.ink.H)/float64(b.ink.W)}, Picture: b.ink},
	}}
}

func sum(t testing.TB, path string) [32]byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(data)
}

func TestSignVisible(t *testing.T) {
	b := newBench(t, pki.RSA2048)
	in, truth := b.document(t, 0)
	before := sum(t, in)
	r := b.request(in, "ký.pdf")
	box := geom.CenterOn(truth.Signers[0].Band.Rect.Center(), b.stamp().Size)
	r.Field = signer.SignatureField{Page: truth.Signers[0].Band.Page, Rect: box, Tooltip: "Chữ ký của lãnh đạo"}
	r.Appearance = b.stamp()
	var stages []signer.Stage
	got, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), func(s signer.Stage) { stages = append(stages, s) })
	if err != nil {
		t.Fatal(err)
	}
	if got.SHA256 != sum(t, r.Output) || got.Level != signer.LevelB || got.Field != "Signature1" || got.Rect != box {
		t.Errorf("signed %+v", got)
	}
	if len(stages) != 3 || stages[0] != signer.StagePrepare || stages[2] != signer.StageWrite {
		t.Errorf("stages %v", stages)
	}
	original, _ := os.ReadFile(in)
	signed, _ := os.ReadFile(r.Output)
	if !bytes.HasPrefix(signed, original) || sum(t, in) != before {
		t.Error("the original is not a prefix of the signed file, or was changed")
	}
	validators.Check(t, r.Output, validators.Expect{Signatures: 1, Roots: b.roots})
	keep(t, r.Output)
}

// keep copies a file out of the test's folder for a look by eye.
func keep(t testing.TB, path string) {
	t.Helper()
	dir := os.Getenv("KEEP_SIGNED")
	if dir == "" {
		return
	}
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, filepath.Base(t.Name())+".pdf"), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestSecondSignatureKeepsTheFirst(t *testing.T) {
	b := newBench(t, pki.P256)
	in, _ := b.document(t, 1)
	first := b.request(in, "một.pdf")
	if _, err := (&signer.Pipeline{}).Sign(t.Context(), first, b.key(), nil); err != nil {
		t.Fatal(err)
	}
	second := b.request(first.Output, "hai.pdf")
	second.Field.Rect = geom.Rect{X0: 300, Y0: 100, X1: 480, Y1: 170}
	second.Appearance = b.stamp()
	got, err := (&signer.Pipeline{}).Sign(t.Context(), second, b.key(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Field != "Signature2" {
		t.Errorf("field %q", got.Field)
	}
	validators.Check(t, second.Output, validators.Expect{Signatures: 2, Roots: b.roots})
}

func TestPrepareThenFinish(t *testing.T) {
	b := newBench(t, pki.RSA2048)
	in, _ := b.document(t, 0)
	r := b.request(in, "out.pdf")
	r.Digest = crypto.SHA512
	p := &signer.Pipeline{}
	d, err := p.Prepare(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Finish(t.Context(), d, b.key()); err != nil || got.SHA256 != sum(t, r.Output) {
		t.Fatalf("%+v, %v", got, err)
	}
	validators.Check(t, r.Output, validators.Expect{Signatures: 1, Roots: b.roots})

	r.Output = filepath.Join(b.dir, "again.pdf")
	if d, err = p.Prepare(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(in)
	data[len(data)/2] ^= 1
	b.write(t, filepath.Base(in), data)
	k := b.key()
	if _, err := p.Finish(t.Context(), d, k); !errors.Is(err, signer.ErrSourceChanged) {
		t.Errorf("a changed document: %v", err)
	}
	absent(t, r.Output)
}

func absent(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is there", path)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".trinhky-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestRefusals(t *testing.T) {
	b := newBench(t, pki.RSA2048)
	in, _ := b.document(t, 0)
	other := sha256.Sum256(nil)
	exchange, err := b.Issue(pki.Template{Algorithm: pki.P256, Usage: x509.KeyUsageKeyEncipherment})
	if err != nil {
		t.Fatal(err)
	}
	taken := b.write(t, "taken.pdf", []byte("x"))
	var certificate *signer.CertificateError
	var unreadable *signer.UnreadableError
	for _, c := range []struct {
		name   string
		change func(r *signer.Request)
		is     error
		as     any
	}{
		{"another file than was shown", func(r *signer.Request) { r.Source = &other }, signer.ErrSourceChanged, nil},
		{"output exists", func(r *signer.Request) { r.Output = taken }, signer.ErrExists, nil},
		{"output is the input", func(r *signer.Request) { r.Output, r.Overwrite = in, true }, signer.ErrExists, nil},
		{"B-T without a TSA", func(r *signer.Request) { r.Level = signer.LevelT }, signer.ErrLevel, nil},
		{"expired", func(r *signer.Request) { r.Certificate = b.ExpiredLeaf.Certificate }, nil, &certificate},
		{"not for signing", func(r *signer.Request) { r.Certificate = exchange.Certificate }, nil, &certificate},
		{"no PDF", func(r *signer.Request) { r.Input = taken }, nil, &unreadable},
		{"no such page", func(r *signer.Request) { r.Field.Page = 99 }, nil, &unreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := b.request(in, "out.pdf")
			c.change(&r)
			_, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil)
			if err == nil || (c.is != nil && !errors.Is(err, c.is)) || (c.as != nil && !errors.As(err, c.as)) {
				t.Errorf("got %v", err)
			}
			absent(t, filepath.Join(b.dir, "out.pdf"))
		})
	}
}

// stuckKey is a token that never answers until it is let go.
type stuckKey struct {
	*softKey
	asked, free chan struct{}
}

func (k *stuckKey) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	close(k.asked)
	<-k.free
	return k.softKey.Sign(rand, digest, opts)
}

// TestStuckToken: cancelling stops waiting for a token that cannot be stopped,
// and its late answer goes nowhere.
func TestStuckToken(t *testing.T) {
	b := newBench(t, pki.P256)
	in, _ := b.document(t, 0)
	r := b.request(in, "out.pdf")
	k := &stuckKey{softKey: b.key(), asked: make(chan struct{}), free: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-k.asked
		cancel()
	}()
	if _, err := (&signer.Pipeline{}).Sign(ctx, r, k, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(k.free)
	absent(t, r.Output)
}

// wrongKey belongs to another certificate, or lies about it.
type wrongKey struct {
	*softKey
	public crypto.PublicKey
}

func (k *wrongKey) Public() crypto.PublicKey { return k.public }

func TestWrongKey(t *testing.T) {
	b := newBench(t, pki.P256)
	in, _ := b.document(t, 0)
	r := b.request(in, "out.pdf")
	agency := &softKey{Signer: b.Agency.Key}
	for _, k := range []signer.Key{agency, &wrongKey{agency, b.Leader.Key.Public()}} {
		_, err := (&signer.Pipeline{}).Sign(t.Context(), r, k, nil)
		if err == nil {
			t.Error("a signature by another key was accepted")
		}
		var fault *signer.TokenError
		if _, lies := k.(*wrongKey); lies && (!errors.As(err, &fault) || fault.Fault != signer.TokenFailed) {
			t.Errorf("the wrong signature is told as %v", err) // a pile must stop at it
		}
		absent(t, r.Output)
	}
}
