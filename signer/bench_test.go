package signer_test

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/signertest/pki"
)

// memory is a folder on tmpfs where there is one.
func memory(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "trinhky-bench")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// BenchmarkSign signs a one-page document on tmpfs. "ratio" is the part of the
// rate of reading, hashing, writing and raw signing alone.
func BenchmarkSign(b *testing.B) {
	for _, c := range []struct {
		name    string
		keys    pki.Algorithm
		visible bool
	}{
		{"P-256", pki.P256, false},
		{"P-256 visible", pki.P256, true},
		{"RSA-2048", pki.RSA2048, false},
		{"RSA-2048 visible", pki.RSA2048, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			w := newBench(b, c.keys)
			w.dir = memory(b)
			in, _ := w.document(b, 0)
			r := w.request(in, "out.pdf")
			r.Overwrite = true
			if c.visible {
				r.Field.Rect, r.Appearance = geom.Rect{X0: 60, Y0: 60, X1: 230, Y1: 128}, w.stamp()
			}
			limit := bare(b, w, in)
			key := w.key()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := (&signer.Pipeline{}).Sign(b.Context(), r, key, nil); err != nil {
					b.Fatal(err)
				}
			}
			per := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(limit)/float64(per), "ratio")
		})
	}
}

// bare is the time of reading, hashing, writing and signing one document.
func bare(b *testing.B, w *bench, in string) time.Duration {
	b.Helper()
	const n = 200
	out := filepath.Join(w.dir, "bare")
	began := time.Now()
	for range n {
		data, err := os.ReadFile(in)
		if err != nil {
			b.Fatal(err)
		}
		digest := sha256.Sum256(data)
		if _, err := w.Leader.Key.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(out, data, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began) / n
}

// TestHugeDocument signs 505 MB: bounded memory, and not much more time than
// copying and hashing.
func TestHugeDocument(t *testing.T) {
	if os.Getenv("TRINHKY_SOAK") == "" {
		t.Skip("505 MB: only with TRINHKY_SOAK=1")
	}
	b := newBench(t, pki.P256)
	b.dir = memory(t)
	in := filepath.Join(b.dir, "huge.pdf")
	writeHuge(t, in, 505<<20)
	limit := copyAndHash(t, in, filepath.Join(b.dir, "copy.pdf"))
	r := b.request(in, "out.pdf")
	r.Field.Rect, r.Appearance = geom.Rect{X0: 60, Y0: 60, X1: 230, Y1: 128}, b.stamp()
	runtime.GC()
	before := peak(t)
	began := time.Now()
	if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err != nil {
		t.Fatal(err)
	}
	took, grown := time.Since(began), peak(t)-before
	t.Logf("%v, copy and SHA-256 alone %v (ratio %.2f); %d KB more memory", took, limit, float64(took)/float64(limit), grown)
	if grown > 32<<10 {
		t.Errorf("%d KB more memory", grown)
	}
	if took > 3*limit { // the bar of 1.5 is for a quiet machine
		t.Errorf("%v instead of %v", took, limit)
	}
}

func copyAndHash(t *testing.T, in, out string) time.Duration {
	t.Helper()
	began := time.Now()
	f, err := os.Open(in)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	g, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(g, f); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(sha256.New(), f); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	_ = os.Remove(out)
	return took
}

// writeHuge writes a document whose one content stream has n bytes.
func writeHuge(t *testing.T, path string, n int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	head := plain("/MediaBox[0 0 595 842]", "")
	at := strings.Index(string(head), "4 0 obj")
	if _, err := f.Write(head[:at]); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(f, "4 0 obj\n<</Length %d>>stream\n", n)
	block := []byte(strings.Repeat("q 1 0 0 1 0 0 cm Q\n", 55_000))
	for left := n; left > 0; left -= len(block) {
		block = block[:min(left, len(block))]
		if _, err := f.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprint(f, "\nendstream\nendobj\n")
	end, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		t.Fatal(err)
	}
	tail := string(head[strings.Index(string(head), "xref\n"):])
	tail = tail[:strings.Index(tail, "startxref")]
	fmt.Fprintf(f, "%sstartxref\n%d\n%%%%EOF\n", tail, end)
}

// peak is the largest resident size of this process so far, in KB.
func peak(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no /proc on this system")
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kb
}
