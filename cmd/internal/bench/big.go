package bench

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

// bigMemory is how much more memory the command line needs to sign a large
// document with a visible stamp than to print its help.
func bigMemory(ctx context.Context, p Place) (Figure, error) {
	b, clean, err := newBig(p)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	idle, _, err := child(ctx, b.program, "sign", "-h")
	if err != nil {
		return Figure{}, err
	}
	peak, _, err := child(ctx, b.program, b.args...)
	if err != nil {
		return Figure{}, err
	}
	note := fmt.Sprintf("%d MB document; the idle process has %.1f MB", p.Big>>20, mega(idle))
	return Figure{Value: mega(peak - idle), Note: note}, nil
}

// bigTime compares signing a large document with copying and hashing it.
func bigTime(ctx context.Context, p Place) (Figure, error) {
	b, clean, err := newBig(p)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	best, limit := time.Hour, time.Hour
	for range 3 {
		took, err := copyAndHash(b.in, b.out+".copy")
		if err != nil {
			return Figure{}, err
		}
		limit = min(limit, took)
		if _, took, err = child(ctx, b.program, b.args...); err != nil {
			return Figure{}, err
		}
		best = min(best, took)
	}
	note := fmt.Sprintf("%d MB document, the whole program from start to end", p.Big>>20)
	return Figure{Value: best.Seconds(), Limit: limit.Seconds(), Note: note}, nil
}

// bigDocument is a large document and the command that signs it.
type bigDocument struct {
	program, in, out string
	args             []string
}

func newBig(p Place) (*bigDocument, func(), error) {
	b := &bigDocument{program: filepath.Join(p.Bin, "trinhkyctl")}
	if runtime.GOOS == "windows" {
		b.program += ".exe"
	}
	if _, err := os.Stat(b.program); p.Bin == "" || err != nil {
		return nil, nil, Skip("trinhkyctl is not where this program is")
	}
	dir, err := os.MkdirTemp(p.Dir, "big-")
	if err != nil {
		return nil, nil, err
	}
	clean := func() { _ = os.RemoveAll(dir) }
	b.in, b.out = filepath.Join(dir, "lớn.pdf"), filepath.Join(dir, "đã ký.pdf")
	if err := b.fill(dir, p.Big); err != nil {
		clean()
		return nil, nil, err
	}
	return b, clean, nil
}

func (b *bigDocument) fill(dir string, size int64) error {
	id, err := rsaIdentity()
	if err != nil {
		return err
	}
	p12, pinFile, err := id.file(dir)
	if err != nil {
		return err
	}
	picture, err := ink()
	if err != nil {
		return err
	}
	image := filepath.Join(dir, "ink.png")
	if err := os.WriteFile(image, picture, 0o600); err != nil {
		return err
	}
	b.args = []string{
		"sign", b.in, "-o", b.out, "--overwrite", "--home", filepath.Join(dir, "home"),
		"--key", "pkcs12:" + p12, "--pin-file", pinFile, "--image", image,
		"--page", "1", "--x", "100", "--y", "200", "--width", "60", "--height", "25",
	}
	return writeDocument(b.in, 1, size)
}

// child runs a program and returns the peak of its resident memory in bytes,
// and the time from its start to its end. Where the peak cannot be read the row
// is skipped.
func child(ctx context.Context, program string, args ...string) (peak int64, took time.Duration, err error) {
	cmd := exec.CommandContext(ctx, program, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	ended := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		took = time.Since(began)
		ended <- err
	}()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		// The peak only grows: the last reading before the end is it. The usage
		// that wait returns would be of no use, as it counts in what this process
		// had when it started the child.
		if p, ok := peakOf(cmd.Process.Pid); ok {
			peak = max(peak, p)
		}
		select {
		case err := <-ended:
			switch {
			case err != nil:
				return 0, 0, fmt.Errorf("%w: %s", err, bytes.TrimSpace(said.Bytes()))
			case peak == 0:
				return 0, 0, Skip("the memory of a process is read on Linux only")
			}
			return peak, took, nil
		case <-tick.C:
		}
	}
}

// peakOf reads the peak of the resident memory of a running process.
func peakOf(pid int) (int64, bool) {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, false
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0, false
	}
	kb, err := strconv.ParseInt(string(fields[0]), 10, 64)
	return kb << 10, err == nil
}

func mega(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// copyAndHash is what no signer can do without: the file read and written once,
// and its digest.
func copyAndHash(in, out string) (took time.Duration, err error) {
	began := time.Now()
	f, err := os.Open(in)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	g, err := os.Create(out)
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.Remove(out) }()
	_, err = io.Copy(g, f)
	if err = errors.Join(err, g.Close()); err != nil {
		return 0, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	_, err = io.Copy(sha256.New(), f)
	return time.Since(began), err
}
