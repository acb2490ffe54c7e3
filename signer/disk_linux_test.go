package signer_test

import (
	"os/signal"
	"syscall"
	"testing"

	"trinhky/signer"
	"trinhky/signer/signertest/pki"
)

// TestFullDisk lets writing fail at different places, with a limit on the size
// of files: nothing is left behind, at any level.
func TestFullDisk(t *testing.T) {
	b, _, authority := online(t, pki.Options{Keys: pki.P256})
	in, _ := b.document(t, 0)
	r := b.request(in, "out.pdf")
	r.Level, r.DowngradeAllowed = signer.LevelLTA, true
	p := preserved(authority)
	done, err := p.Sign(t.Context(), r, b.key(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Output += "2"

	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Skip(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	signatureEnd := done.ByteRange[2] + done.ByteRange[3]
	for _, limit := range []int64{1000, done.ByteRange[1], signatureEnd - 1, signatureEnd + 100} {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(limit), Max: old.Max}); err != nil {
			t.Skip(err)
		}
		_, err := p.Sign(t.Context(), r, b.key(), nil)
		if e := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); e != nil {
			t.Fatal(e)
		}
		if err == nil {
			t.Errorf("no error with room for %d bytes", limit)
		}
		absent(t, r.Output)
	}
}
