//go:build !windows

package atomicfile

import "os"

// syncFolder makes the new name durable. Not every file system can; the file
// itself is safe already.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
