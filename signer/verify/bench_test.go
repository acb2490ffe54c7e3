package verify_test

import (
	"bytes"
	"context"
	"crypto"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"trinhky/signer"
	"trinhky/signer/evidence"
	"trinhky/signer/internal/pdf"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/sample"
	"trinhky/signer/tsa"
	"trinhky/signer/verify"
)

// softKey is a software key.
type softKey struct{ crypto.Signer }

func (softKey) Close() error { return nil }

// bench signs documents under an authority of its own, which answers on
// loopback.
type bench struct {
	*pki.Server
	dir       string
	authority *tsa.Client
}

// authority is made once for all tests: its keys take longer than they do.
var authority = sync.OnceValues(func() (*bench, error) {
	s, err := pki.Start(pki.Options{Keys: pki.P256})
	if err != nil {
		return nil, err
	}
	k, err := tsa.New(tsa.Config{Servers: []tsa.Server{{URL: s.TSAURL()}}, Roots: s.Roots()})
	return &bench{Server: s, authority: k}, err
})

func newBench(t testing.TB) *bench {
	t.Helper()
	b, err := authority()
	if err != nil {
		t.Fatal(err)
	}
	return &bench{Server: b.Server, authority: b.authority, dir: t.TempDir()}
}

func (b *bench) options() verify.Options {
	return verify.Options{Roots: b.Roots(), Status: evidence.New(evidence.Config{})}
}

func (b *bench) write(t testing.TB, data []byte) string {
	t.Helper()
	f, err := os.CreateTemp(b.dir, "*.pdf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// letter is an unsigned document.
func (b *bench) letter(t testing.TB) []byte {
	t.Helper()
	docs := sample.Demo(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), "Nguyễn Văn Đạt")
	data, _, err := sample.Generate(docs[0])
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sign returns the document with one more signature by id.
func (b *bench) sign(t testing.TB, doc []byte, id pki.Identity, with func(*signer.Request)) []byte {
	t.Helper()
	r := signer.Request{
		Input: b.write(t, doc), Output: filepath.Join(b.dir, "signed.pdf"), Overwrite: true,
		Certificate: id.Certificate, Chain: b.Chain(),
	}
	if with != nil {
		with(&r)
	}
	p := &signer.Pipeline{TSA: b.authority}
	if _, err := p.Sign(context.Background(), r, softKey{id.Key}, nil); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(r.Output)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// verify says what a file is worth.
func (b *bench) verify(t testing.TB, doc []byte, o verify.Options) *verify.Report {
	t.Helper()
	r, err := verify.File(context.Background(), b.write(t, doc), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// update is an incremental update of a document under forgery.
type update struct {
	*pdf.Update
	doc  *pdf.Document
	page pdf.Page
}

// forge appends what change makes of the document.
func forge(t testing.TB, doc []byte, change func(u *update) error) []byte {
	t.Helper()
	d, err := pdf.Open(bytes.NewReader(doc), int64(len(doc)), pdf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	u, err := pdf.NewUpdate(d)
	if err != nil {
		t.Fatal(err)
	}
	page, err := d.Page(0)
	if err != nil {
		t.Fatal(err)
	}
	if err := change(&update{u, d, page}); err != nil {
		t.Fatal(err)
	}
	inc, err := u.Layout()
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(doc), inc.Bytes...)
}

// set changes one entry of an object.
func (u *update) set(r pdf.Ref, key string, v pdf.Value) error {
	return u.Edit(r, nil, func(x pdf.Value) (pdf.Value, error) { return x.With(key, v), nil })
}

// add appends to the array under path.
func (u *update) add(r pdf.Ref, v pdf.Value, path ...string) error {
	return u.Edit(r, path, func(x pdf.Value) (pdf.Value, error) { return x.Append(v), nil })
}

func show(t testing.TB, r *verify.Report) {
	t.Helper()
	t.Logf("%v %v", r.Verdict, r.Findings)
	for _, s := range r.Signatures {
		t.Logf("  %d %q %v intact %v coverage %v changes %v level %v chain %v revocation %v timestamp %+v",
			s.N, s.Field, s.Verdict, s.Intact, s.Coverage, s.Changes, s.Level, s.Chain, s.Revocation, s.Timestamp)
		for _, f := range s.Findings {
			t.Logf("      %v %s page %d: %s", f.Severity, f.Code, f.Page, f.Detail)
		}
	}
}
