package edxml

import (
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"trinhky/submit"
)

// A message with 48 MB of attachments, raw and zipped, is written, hashed, read
// back and compared without ever standing in memory: everything that is
// allocated on the way, and not only at one time, stays below 32 MB.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("48 MB take seconds")
	}
	e := envelope(t)
	e.Files = nil
	for _, name := range []string{"van-ban.pdf", "phu-luc.txt"} {
		path := filepath.Join(t.TempDir(), name)
		sum, err := noise(path, 24<<20)
		if err != nil {
			t.Fatal(err)
		}
		e.Files = append(e.Files, submit.File{Path: path, Name: name, Original: name, SHA256: sum, Size: 24 << 20})
	}
	d, err := FromEnvelope(e)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b, err := Build(d, t.TempDir())
	runtime.ReadMemStats(&after)
	if err != nil || b.Size < 64<<20 {
		t.Fatalf("%d bytes, %v", b.Size, err)
	}
	allocated := (after.TotalAlloc - before.TotalAlloc) >> 10
	t.Logf("%d MB of message, %d KB allocated", b.Size>>20, allocated)
	if allocated > 32<<10 {
		t.Errorf("%d KB allocated", allocated)
	}
}

// noise writes bytes that do not compress.
func noise(path string, size int64) (sum [32]byte, err error) {
	f, err := os.Create(path)
	if err != nil {
		return sum, err
	}
	h := sha256.New()
	_, err = io.CopyN(io.MultiWriter(f, h), rand.NewChaCha8([32]byte{1}), size)
	if err != nil {
		return sum, err
	}
	return [32]byte(h.Sum(nil)), f.Close()
}
