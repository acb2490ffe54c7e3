//go:build unix

package plainfile_test

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"trinhky/signer/internal/plainfile"
)

// TestPipe: nobody writes into the pipe, so opening it would never end.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.pdf")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip("no pipes here:", err)
	}
	if _, _, err := plainfile.Open(path); !errors.Is(err, plainfile.ErrNotPlain) {
		t.Errorf("got %v", err)
	}
}
