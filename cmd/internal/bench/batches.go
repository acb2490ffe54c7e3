package bench

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"trinhky/signer"
	"trinhky/signer/batch"
	"trinhky/signer/evidence"
	"trinhky/signer/tsa"
)

// batches are the promises about batches and tokens. Each note says how many
// documents there were: the full count of the promise where there is room for
// it.
func batches() []Row {
	return []Row{
		{Name: "batch-token-200ms", Unit: "s", Bar: 0.98, AtLeast: true, Measure: busyPlain},
		{Name: "batch-token-200ms-lt", Unit: "s", Bar: 0.96, AtLeast: true, Measure: busyLongTerm},
		{Name: "batch-500x1mb", Unit: "s", Bar: 1.3, Measure: manySmall},
		{Name: "batch-500x1mb-memory", Unit: "MB", Bar: 120, Absolute: true, Measure: manyMemory},
		{Name: "batch-20x25mb", Unit: "s", Bar: 1.5, Measure: fewLarge},
		{Name: "batch-first-signature", Unit: "ms", Bar: 50, Absolute: true, Measure: firstSignature},
	}
}

// What the rows work with.
const (
	tokenDelay  = 200 * time.Millisecond
	serverDelay = 150 * time.Millisecond
	slowCount   = 200 // of 200
	slowCountLT = 200 // of 200
	smallCount  = 500 // of 500 × 1 MB
	largeCount  = 20  // of 20 × 25 MB
)

// heap is a folder with documents to sign and the token to sign them with.
type heap struct {
	*desk
	inputs []string
	size   int64
}

func newHeap(p Place, count int, size int64) (*heap, func(), error) {
	d, clean, err := newDesk(p, rsaIdentity)
	if err != nil {
		return nil, nil, err
	}
	h := &heap{desk: d, size: size}
	for i := range count {
		in := filepath.Join(d.dir, "văn bản "+strconv.Itoa(i)+".pdf")
		if err := writeDocument(in, 1, size); err != nil {
			clean()
			return nil, nil, err
		}
		h.inputs = append(h.inputs, in)
	}
	return h, clean, nil
}

// items are the documents with their outputs in a new folder.
func (h *heap) items(run int, level signer.Level) ([]batch.Item, string, error) {
	out := filepath.Join(h.dir, "đã ký "+strconv.Itoa(run))
	if err := os.MkdirAll(out, 0o700); err != nil {
		return nil, "", err
	}
	var items []batch.Item
	for _, in := range h.inputs {
		items = append(items, batch.Item{Input: in, Output: filepath.Join(out, filepath.Base(in)), Request: func(context.Context) (signer.Request, error) {
			r := h.request
			r.Overwrite, r.Level = false, level
			return r, nil
		}})
	}
	return items, out, nil
}

// sign works the whole heap off, with a journal as always.
func (h *heap) sign(ctx context.Context, s batch.Signer, k signer.Key, run int, level signer.Level) (batch.Summary, error) {
	items, out, err := h.items(run, level)
	if err != nil {
		return batch.Summary{}, err
	}
	defer func() { _ = os.RemoveAll(out) }()
	j, err := batch.Open(filepath.Join(out, "journal"))
	if err != nil {
		return batch.Summary{}, err
	}
	sum := batch.Run(ctx, s, k, items, batch.Options{Journal: j}, nil)
	errs := []error{j.Close(), sum.Stopped}
	for _, r := range sum.Results {
		if r.Outcome != batch.Done || r.Signed.Level != level {
			errs = append(errs, fmt.Errorf("%s: level %s: %w", items[r.Index].Input, r.Signed.Level, errors.Join(r.Err, signer.ErrLevel)))
			break
		}
	}
	return sum, errors.Join(errs...)
}

func busyFigure(sum batch.Summary, count, of int) Figure {
	return Figure{
		Value: sum.TokenBusy.Seconds(), Limit: sum.Elapsed.Seconds(),
		Note: fmt.Sprintf("%d documents of %d; the ratio is the part of the time in which the token signed", count, of),
	}
}

// busyPlain: a token of 200 ms a signature never waits for documents.
func busyPlain(ctx context.Context, p Place) (Figure, error) {
	h, clean, err := newHeap(p, slowCount, 100_000)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	k, done, err := h.slowToken(ctx, p, h.dir, tokenDelay)
	if err != nil {
		return Figure{}, err
	}
	defer done()
	sum, err := h.sign(ctx, &signer.Pipeline{}, k, 0, signer.LevelB)
	return busyFigure(sum, slowCount, 200), err
}

// busyLongTerm is busyPlain at B-LT, where time-stamping and revocation
// services take 150 ms for each answer.
func busyLongTerm(ctx context.Context, p Place) (Figure, error) {
	h, clean, err := newHeap(p, slowCountLT, 100_000)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	if p.Helper == "" {
		return Figure{}, Skip("trinhky-token is not beside this program")
	}
	w, stop, err := startWorld(ctx, p, h.dir)
	if err != nil {
		return Figure{}, err
	}
	defer stop()
	k, c, done, err := w.key(ctx, p)
	if err != nil {
		return Figure{}, err
	}
	defer done()
	h.request.Certificate, h.request.Chain = c.X509, c.Chain
	servers := slow{http.DefaultTransport}
	client, err := tsa.New(tsa.Config{Servers: []tsa.Server{{URL: w.TSA}}, Transport: servers})
	if err != nil {
		return Figure{}, err
	}
	known, err := certificates(w.CA, filepath.Dir(w.CA))
	if err != nil {
		return Figure{}, err
	}
	line := &signer.Pipeline{TSA: client, Evidence: evidence.New(evidence.Config{Transport: servers, Known: known})}
	sum, err := h.sign(ctx, line, k, 0, signer.LevelLT)
	return busyFigure(sum, slowCountLT, 200), err
}

// rawSigns is the time of n bare signatures through the helper.
func rawSigns(k signer.Key, n int) (time.Duration, error) {
	digest := sha256.Sum256([]byte("x"))
	began := time.Now()
	for range n {
		if _, err := k.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

// rawCopies is the time of reading, hashing and writing the files on one core.
func (h *heap) rawCopies() (time.Duration, error) {
	out := filepath.Join(h.dir, "chép")
	if err := os.MkdirAll(out, 0o700); err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(out) }()
	buf := make([]byte, 256<<10)
	began := time.Now()
	for _, in := range h.inputs {
		if err := copyHashing(in, filepath.Join(out, filepath.Base(in)), buf); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

func copyHashing(in, out string, buf []byte) error {
	r, err := os.Open(in)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	w, err := os.Create(out)
	if err != nil {
		return err
	}
	sum := sha256.New()
	// Plain readers and writers: a copy inside the kernel hashes nothing.
	_, err = io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(w, sum)}, struct{ io.Reader }{r}, buf)
	return errors.Join(err, w.Close())
}

// heapRounds is how often a heap and its limit take turns; the best of each
// counts, so that other work on the machine disturbs both alike.
const heapRounds = 3

// manySmall compares 1 MB documents with the larger of what nobody can do
// without: as many signatures, or reading, hashing and writing.
func manySmall(ctx context.Context, p Place) (Figure, error) {
	h, clean, err := newHeap(p, smallCount, 1<<20)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	k, done, err := h.softToken(ctx, p, h.dir)
	if err != nil {
		return Figure{}, err
	}
	defer done()
	best, signs, copies := time.Hour, time.Hour, time.Hour
	for run := range heapRounds {
		s, err := rawSigns(k, smallCount)
		if err != nil {
			return Figure{}, err
		}
		c, err := h.rawCopies()
		if err != nil {
			return Figure{}, err
		}
		sum, err := h.sign(ctx, &signer.Pipeline{}, k, run, signer.LevelB)
		if err != nil {
			return Figure{}, err
		}
		best, signs, copies = min(best, sum.Elapsed), min(signs, s), min(copies, c)
	}
	note := fmt.Sprintf("%d documents of 500; C_Sign alone %.2f s, reading, hashing and writing alone %.2f s", smallCount, signs.Seconds(), copies.Seconds())
	return Figure{Value: best.Seconds(), Limit: max(signs, copies).Seconds(), Note: note}, nil
}

// manyMemory is the peak memory of a process that signs the heap.
func manyMemory(ctx context.Context, p Place) (Figure, error) {
	h, clean, err := newHeap(p, smallCount, 1<<20)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	program := filepath.Join(p.Bin, "trinhkyctl")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if _, err := os.Stat(program); p.Bin == "" || err != nil {
		return Figure{}, Skip("trinhkyctl is not where this program is")
	}
	p12, pinFile, err := h.file(h.dir)
	if err != nil {
		return Figure{}, err
	}
	args := append([]string{
		"batch", "--home", filepath.Join(h.dir, "home"), "--key", "pkcs12:" + p12, "--pin-file", pinFile,
		"--invisible", "-o", filepath.Join(h.dir, "kết quả"),
	}, h.inputs...)
	peak, _, err := child(ctx, program, args...)
	note := fmt.Sprintf("%d documents of 500, the whole program", smallCount)
	return Figure{Value: mega(peak), Note: note}, err
}

// fewLarge compares 25 MB documents with copying and hashing them.
func fewLarge(ctx context.Context, p Place) (Figure, error) {
	h, clean, err := newHeap(p, largeCount, 25<<20)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	k, done, err := h.softToken(ctx, p, h.dir)
	if err != nil {
		return Figure{}, err
	}
	defer done()
	best, limit := time.Hour, time.Hour
	for run := range heapRounds {
		c, err := h.rawCopies()
		if err != nil {
			return Figure{}, err
		}
		sum, err := h.sign(ctx, &signer.Pipeline{}, k, run, signer.LevelB)
		if err != nil {
			return Figure{}, err
		}
		best, limit = min(best, sum.Elapsed), min(limit, c)
	}
	note := fmt.Sprintf("%d documents of 20; copied and hashed on one core", largeCount)
	return Figure{Value: best.Seconds(), Limit: limit.Seconds(), Note: note}, nil
}

// firstSignature is the time from the PIN to the signed file, less what the
// token itself takes: its login and its signature, both through the helper.
func firstSignature(ctx context.Context, p Place) (Figure, error) {
	h, clean, err := newHeap(p, 1, 100_000)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	source, err := h.tokenSource(ctx, p, h.dir, 0)
	if err != nil {
		return Figure{}, err
	}
	defer func() { _ = source.Close() }()
	if _, err := source.Slots(ctx); err != nil { // the module is loaded before a PIN is asked for
		return Figure{}, err
	}
	best, token := time.Hour, time.Hour
	for run := range 8 {
		began := time.Now()
		k, err := h.unlock(ctx, source)
		if err != nil {
			return Figure{}, err
		}
		_, err = h.sign(ctx, &signer.Pipeline{}, k, run, signer.LevelB)
		took := time.Since(began)
		one, rawErr := rawSigns(k, 1)
		if err := errors.Join(err, rawErr, k.Close()); err != nil {
			return Figure{}, err
		}
		best, token = min(best, took), min(token, one)
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	note := fmt.Sprintf("%.1f ms from the PIN to the file; C_Sign %.1f ms, C_Login counted as ours", ms(best), ms(token))
	return Figure{Value: ms(best - token), Note: note}, nil
}
