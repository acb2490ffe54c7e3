package review

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"trinhky/signer"
)

// signatureRoom is what a signature with stamp, picture and evidence may add
// to a file.
const signatureRoom = 4 << 20

// CheckOutput says before the PIN whether the output can be written: it is not
// the input, it does not exist (or may be replaced), its folder takes files,
// and the disk has room for size bytes and a signature.
func CheckOutput(input, output string, overwrite bool, size int64) error {
	if same(input, output) {
		return &RuleError{Rule: RuleOutput, Args: map[string]string{"path": output}}
	}
	info, err := os.Stat(output)
	switch {
	case err == nil && (info.IsDir() || !overwrite):
		return signer.ErrExists
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return noFolder(output, err)
	}
	dir := filepath.Dir(output)
	probe, err := os.CreateTemp(dir, ".trinhky-*")
	if err != nil {
		return noFolder(output, err)
	}
	_ = probe.Close()
	if err := os.Remove(probe.Name()); err != nil {
		return noFolder(output, err)
	}
	free, err := freeSpace(dir)
	if err != nil {
		return nil // a file system that cannot tell is no reason to refuse
	}
	if need := size + signatureRoom; free < need {
		return &SpaceError{Dir: dir, Need: need, Free: free}
	}
	return nil
}

func noFolder(output string, err error) error {
	return &RuleError{Rule: RuleNoFolder, Args: map[string]string{"path": filepath.Dir(output)}, Err: err}
}

// same says whether two paths name one file, through links and letter case.
func same(a, b string) bool {
	ia, errA := os.Stat(a)
	ib, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(ia, ib)
}
