package verify_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"trinhky/signer"
	"trinhky/signer/verify"
)

// pages makes a document of n pages with filler bytes in a stream of its own.
func pages(n int, filler int) []byte {
	var b bytes.Buffer
	offs := make([]int, n+4)
	begin := func(num int) { offs[num] = b.Len(); fmt.Fprintf(&b, "%d 0 obj\n", num) }
	b.WriteString("%PDF-1.7\n")
	begin(1)
	b.WriteString("<</Type/Catalog/Pages 2 0 R>>\nendobj\n")
	begin(2)
	b.WriteString("<</Type/Pages/Kids[")
	for i := range n {
		fmt.Fprintf(&b, "%d 0 R ", i+4)
	}
	fmt.Fprintf(&b, "]/Count %d>>\nendobj\n", n)
	begin(3)
	fmt.Fprintf(&b, "<</Length %d>>stream\n", filler)
	b.Write(make([]byte, filler))
	b.WriteString("\nendstream\nendobj\n")
	for i := range n {
		begin(i + 4)
		b.WriteString("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R>>\nendobj\n")
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", n+4)
	for _, o := range offs[1:] {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", n+4, at)
	return b.Bytes()
}

func benchmarkVerify(b *testing.B, doc []byte) {
	e := newBench(b)
	signed := e.sign(b, e.sign(b, doc, e.Leader, nil), e.Agency, nil)
	path := e.write(b, signed)
	o := e.options()
	o.Status = nil
	b.ReportAllocs()
	for b.Loop() {
		r, err := verify.File(context.Background(), path, o)
		if err != nil || r.Verdict != verify.Valid {
			b.Fatal(r, err)
		}
	}
}

// One page with two signatures: ≤ 3 ms.
func BenchmarkVerifyLetter(b *testing.B) { benchmarkVerify(b, pages(1, 20000)) }

// 3,000 pages with two signatures: ≤ 15 ms beside hashing.
func BenchmarkVerify3000(b *testing.B) { benchmarkVerify(b, pages(3000, 20000)) }

// TestBigFile: the memory needed does not follow the size of the file. With
// TRINHKY_BIG=MB a larger one is taken.
func TestBigFile(t *testing.T) {
	e := newBench(t)
	mb := 48
	if s := os.Getenv("TRINHKY_BIG"); s != "" {
		if _, err := fmt.Sscan(s, &mb); err != nil {
			t.Fatal(err)
		}
	}
	in := e.write(t, pages(3, mb<<20))
	out := filepath.Join(e.dir, "big-signed.pdf")
	_, err := (&signer.Pipeline{}).Sign(context.Background(), signer.Request{
		Input: in, Output: out, Certificate: e.Leader.Certificate, Chain: e.Chain(),
	}, softKey{e.Leader.Key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r, err := verify.File(context.Background(), out, e.options())
	runtime.ReadMemStats(&after)
	if err != nil || r.Verdict != verify.Valid {
		t.Fatal(r, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
		t.Errorf("%d MB were allocated", used>>20)
	}
}
