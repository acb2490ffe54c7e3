package pkcs11_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trinhky/signer"
	"trinhky/signer/batch"
	"trinhky/signer/pkcs11"
	"trinhky/signer/signertest/sample"
)

// heap is a pile of documents in dir that the leader signs.
func heap(t *testing.T, p authority, dir string, n int) (items []batch.Item) {
	t.Helper()
	data, _, err := sample.Generate(sample.Demo(time.Now(), "Nguyễn Văn Đạt")[0])
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		in := filepath.Join(dir, fmt.Sprintf("in-%d.pdf", i))
		if err := os.WriteFile(in, data, 0o600); err != nil {
			t.Fatal(err)
		}
		items = append(items, batch.Item{
			Input: in, Output: filepath.Join(dir, fmt.Sprintf("out-%d.pdf", i)),
			Request: func(context.Context) (signer.Request, error) {
				return signer.Request{Certificate: p.Leader.Certificate}, nil
			},
		})
	}
	return items
}

// What a token gives for a signature is written nowhere unless it fits the
// certificate: one document after the other, and in a pile, which stops.
func TestWrongSignatureIsNotWritten(t *testing.T) {
	p := ca(t)
	for _, fault := range []string{"garbage", "short"} {
		t.Run(fault, func(t *testing.T) {
			b := misbehaving(t, pkcs11.Limits{}, object(1, p.Leader), fault)
			k := b.unlock(t)
			dir := t.TempDir()
			items := heap(t, p, dir, 6)
			r := signer.Request{Input: items[0].Input, Output: items[0].Output, Certificate: p.Leader.Certificate}
			if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, k, nil); !tokenError(signer.TokenFailed)(err) {
				t.Errorf("alone: %v", err)
			}
			s := batch.Run(t.Context(), &signer.Pipeline{}, k, items, batch.Options{}, nil)
			if !tokenError(signer.TokenFailed)(s.Stopped) {
				t.Errorf("the pile was stopped by %v", s.Stopped)
			}
			if out, err := filepath.Glob(filepath.Join(dir, "out-*")); err != nil || len(out) > 0 {
				t.Errorf("written: %v, %v", out, err)
			}
		})
	}
}

// A pile at a token that fails at its third signature: two files are there, and
// what waited behind the failed one in the helper was not tried.
func TestPileStopsAtFailure(t *testing.T) {
	p := ca(t)
	b := misbehaving(t, pkcs11.Limits{}, object(1, p.Leader), "remove_before 3")
	k := b.unlock(t)
	dir := t.TempDir()
	items := heap(t, p, dir, 8)
	s := batch.Run(t.Context(), &signer.Pipeline{}, k, items, batch.Options{}, nil)
	out, err := filepath.Glob(filepath.Join(dir, "out-*"))
	if err != nil || len(out) != 2 || !tokenError(signer.TokenRemoved)(s.Stopped) {
		t.Errorf("%d files, %v, stopped by %v", len(out), err, s.Stopped)
	}
	for _, r := range s.Results {
		if r.Outcome == batch.SetAside {
			t.Errorf("document %d is blamed for the token: %v", r.Index, r.Err)
		}
	}
}
