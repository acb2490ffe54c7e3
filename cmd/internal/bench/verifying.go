package bench

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"trinhky/app/review"
	"trinhky/signer/verify"
)

// verifying are the promises about verification.
func verifying() []Row {
	return []Row{
		{Name: "verify-p1", Unit: "ms", Bar: 3, Absolute: true, Measure: letterTime},
		{Name: "verify-3000-pages", Unit: "ms", Bar: 15, Absolute: true, Measure: longTime},
		{Name: "verify-big-time", Unit: "s", Bar: 1.2, Measure: bigVerifyTime},
		{Name: "verify-big-memory", Unit: "MB", Bar: 32, Absolute: true, Measure: bigVerifyMemory},
		{Name: "verify-folder", Unit: "documents/s", Bar: 8, AtLeast: true, Measure: folderRate},
	}
}

// signedTwice makes a document with two signatures and what it takes to trust
// them.
func signedTwice(ctx context.Context, p Place, pages int, filler int64) (file string, o verify.Options, clean func(), err error) {
	d, clean, err := newDesk(p, rsaIdentity)
	if err != nil {
		return "", o, nil, err
	}
	defer func() {
		if err != nil {
			clean()
		}
	}()
	if err := writeDocument(d.in, pages, filler); err != nil {
		return "", o, nil, err
	}
	r := d.request
	for n := range 2 {
		if err := d.sign(ctx, r, softKey{d.key}, n); err != nil {
			return "", o, nil, err
		}
		r.Input = filepath.Join(d.dir, "out-"+strconv.Itoa(n)+".pdf")
	}
	o.Roots = x509.NewCertPool()
	o.Roots.AddCert(d.root)
	return r.Input, o, clean, nil
}

// good verifies a file that has to be valid.
func good(ctx context.Context, file string, o verify.Options) error {
	r, err := verify.File(ctx, file, o)
	if err == nil && r.Verdict != verify.Valid {
		return fmt.Errorf("%s is %v", file, r.Verdict)
	}
	return err
}

// bestOf is the shortest of n times.
func bestOf(n int, f func() error) (time.Duration, error) {
	best := time.Hour
	for range n {
		began := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		best = min(best, time.Since(began))
	}
	return best, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// letterTime verifies one page with two signatures, everything warm.
func letterTime(ctx context.Context, p Place) (Figure, error) {
	file, o, clean, err := signedTwice(ctx, p, 1, 29_000)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	best, err := bestOf(200, func() error { return good(ctx, file, o) })
	return Figure{Value: milliseconds(best), Note: "two signatures, RSA-2048, chain and changes included"}, err
}

// longTime verifies 3,000 pages with two signatures; what it takes to hash the
// file is taken off.
func longTime(ctx context.Context, p Place) (Figure, error) {
	file, o, clean, err := signedTwice(ctx, p, 3000, 4<<20)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	hashing, err := bestOf(60, func() error { return hashFile(file) })
	if err != nil {
		return Figure{}, err
	}
	best, err := bestOf(60, func() error { return good(ctx, file, o) })
	note := fmt.Sprintf("beside %.1f ms of hashing", milliseconds(hashing))
	return Figure{Value: milliseconds(best - hashing), Note: note}, err
}

func hashFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	_, err = io.CopyBuffer(sha256.New(), struct{ io.Reader }{f}, make([]byte, 256<<10))
	return err
}

// newBigSigned is a large document that the command line signed.
func newBigSigned(ctx context.Context, p Place) (*bigDocument, func(), error) {
	b, clean, err := newBig(p)
	if err != nil {
		return nil, nil, err
	}
	if _, _, err := child(ctx, b.program, b.args...); err != nil {
		clean()
		return nil, nil, err
	}
	return b, clean, os.Remove(b.in)
}

// bigVerifyTime compares verifying a large document with hashing it once.
func bigVerifyTime(ctx context.Context, p Place) (Figure, error) {
	b, clean, err := newBigSigned(ctx, p)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	f := Figure{Value: 3600, Limit: 3600, Note: fmt.Sprintf("%d MB document", p.Big>>20)}
	for range 4 {
		limit, err := bestOf(1, func() error { return hashFile(b.out) })
		if err != nil {
			return f, err
		}
		took, err := bestOf(1, func() error {
			r, err := verify.File(ctx, b.out, verify.Options{})
			if err == nil && (len(r.Signatures) != 1 || !r.Signatures[0].Intact) {
				return errors.New("the large document is not intact")
			}
			return err
		})
		if err != nil {
			return f, err
		}
		f.Value, f.Limit = min(f.Value, took.Seconds()), min(f.Limit, limit.Seconds())
	}
	return f, nil
}

// bigVerifyMemory is how much more memory the command line needs to verify a
// large document than to print its help.
func bigVerifyMemory(ctx context.Context, p Place) (Figure, error) {
	b, clean, err := newBigSigned(ctx, p)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	idle, _, err := child(ctx, b.program, "verify", "-h")
	if err != nil {
		return Figure{}, err
	}
	peak, _, err := child(ctx, b.program, "extract", b.out, "--signature", "1", "-o", b.out+".signed.pdf", "--overwrite")
	if err != nil {
		return Figure{}, err
	}
	note := fmt.Sprintf("%d MB document, verified and its signed version written; the idle process has %.1f MB", p.Big>>20, mega(idle))
	return Figure{Value: mega(peak - idle), Note: note}, nil
}

// How many files the folder has, how many of them the other program gets, and
// in how many turns.
const folderFiles, folderOthers, folderTurns = 1000, 60, 5

// folderRate compares a folder verified in one process on all processors with
// one process of pdfsig for each file, in turns; the best turn of each counts.
// Both rates are those that their processor time allows: processes that live
// shortly are served first where other work goes on.
func folderRate(ctx context.Context, p Place) (Figure, error) {
	other, err := exec.LookPath("pdfsig")
	if err != nil {
		return Figure{}, Skip("pdfsig is not installed")
	}
	file, o, clean, err := signedTwice(ctx, p, 1, 29_000)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	files, err := copies(file, filepath.Join(filepath.Dir(file), "folder"), folderFiles)
	if err != nil {
		return Figure{}, err
	}
	f := Figure{Note: fmt.Sprintf("%d files of one page with two signatures; by processor time", folderFiles)}
	for turn := range folderTurns {
		part := files[turn*folderFiles/folderTurns:][:folderFiles/folderTurns]
		theirs, err := othersTime(ctx, other, part[:folderOthers/folderTurns])
		if err != nil {
			return f, err
		}
		ours, err := folderTime(ctx, part, o)
		if err != nil {
			return f, err
		}
		f.Limit = max(f.Limit, folderOthers/folderTurns/theirs.Seconds())
		f.Value = max(f.Value, float64(len(part)*runtime.GOMAXPROCS(0))/ours.Seconds())
	}
	return f, nil
}

// othersTime is the processor time of one process of pdfsig for each file.
func othersTime(ctx context.Context, program string, files []string) (total time.Duration, err error) {
	for _, file := range files {
		cmd := exec.CommandContext(ctx, program, "-nocert", file)
		if err := cmd.Run(); err != nil {
			return 0, fmt.Errorf("pdfsig: %w", err)
		}
		total += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	return total, nil
}

// folderTime is the processor time of verifying the files in this process.
func folderTime(ctx context.Context, files []string, o verify.Options) (time.Duration, error) {
	before, err := processorTime()
	if err != nil {
		return 0, err
	}
	done := 0
	err = review.VerifyAll(ctx, files, o, func(v review.Outcome) {
		if v.Err == nil && v.Report.Verdict == verify.Valid {
			done++
		}
	})
	if err != nil {
		return 0, err
	}
	if done != len(files) {
		return 0, fmt.Errorf("%d of %d files are valid", done, len(files))
	}
	after, err := processorTime()
	return after - before, err
}

// copies links or copies a file n times into a folder.
func copies(file, dir string, n int) ([]string, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var out []string
	for i := range n {
		path := filepath.Join(dir, fmt.Sprintf("%04d.pdf", i))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return nil, err
		}
		out = append(out, path)
	}
	return out, nil
}
