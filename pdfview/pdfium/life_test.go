package pdfium

import (
	"bytes"
	"context"
	"errors"
	"image"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trinhky/pdfview"
)

// copyCache copies the compiled module of the shared engine, so that a test
// need not compile one. What another program just writes there (*.tmp) stays.
func copyCache(t *testing.T) string {
	t.Helper()
	if err := shared.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	from, err := DefaultCacheDir()
	if err != nil {
		t.Skip("no cache directory")
	}
	to := t.TempDir()
	for _, file := range compiled(t, from) {
		if strings.HasSuffix(file, ".tmp") {
			continue
		}
		name, err := filepath.Rel(from, file)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(file)
		if err == nil {
			err = os.MkdirAll(filepath.Join(to, filepath.Dir(name)), 0o700)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func compiled(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A damaged cache is told, deleted and made again; what else lies in the
// directory stays.
func TestCacheHeals(t *testing.T) {
	dir := copyCache(t)
	for _, f := range compiled(t, dir) {
		if err := os.Truncate(f, 1000); err != nil {
			t.Fatal(err)
		}
	}
	other := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(other, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	var warned []error
	e := New(Config{CacheDir: dir, Warn: func(err error) { warned = append(warned, err) }})
	defer e.Close()
	if err := e.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(warned) != 1 {
		t.Errorf("warnings: %v", warned)
	}
	if b, err := os.ReadFile(other); err != nil || string(b) != "mine" {
		t.Errorf("the other file: %q, %v", b, err)
	}
	good := 0
	for _, f := range compiled(t, dir) {
		if info, err := os.Stat(f); err == nil && info.Size() > 10<<20 {
			good++
		}
	}
	if good != 1 {
		t.Errorf("%d compiled modules in the healed cache", good)
	}
	checkWorks(t, e)
}

// Without a usable directory the program goes on without a cache.
func TestCacheUnusable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var warned []error
	e := New(Config{CacheDir: file, Warn: func(err error) { warned = append(warned, err) }})
	defer e.Close()
	if err := e.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(warned) == 0 {
		t.Error("nothing was said")
	}
	checkWorks(t, e)
}

func checkWorks(t *testing.T, e *Engine) {
	t.Helper()
	d, err := e.Open(context.Background(), onePage("", ""), nil)
	if err != nil {
		t.Fatal(err)
	}
	if d.Pages() != 1 {
		t.Errorf("%d pages", d.Pages())
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func TestClosed(t *testing.T) {
	e := New(Config{})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := e.Warm(context.Background()); !errors.Is(err, ErrClosed) {
		t.Errorf("warm after close: %v", err)
	}
	d := open(t, onePage("", ""))
	if err := errors.Join(d.Close(), d.Close()); err != nil {
		t.Error(err)
	}
	if _, err := d.Text(context.Background(), 0); !errors.Is(err, ErrClosed) {
		t.Errorf("text after close: %v", err)
	}
}

func TestCancelledBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := shared.Open(ctx, onePage("", ""), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("open: %v", err)
	}
	d := open(t, onePage("", ""))
	if _, err := d.Render(ctx, 0, 1, image.Rect(0, 0, 9, 9)); !errors.Is(err, context.Canceled) {
		t.Errorf("render: %v", err)
	}
}

// A call that runs or waits goes away when its ctx ends; the next one is served
// when the running one has ended, with the same session.
func TestCancelledMeanwhile(t *testing.T) {
	d := open(t, onePage("", "")).(*document)
	ctx, cancel := context.WithCancel(context.Background())
	entered, leave := make(chan *session, 1), make(chan struct{})
	back := make(chan error, 2)
	go func() {
		_, err := do(ctx, d, func(s *session) (int, error) {
			entered <- s
			<-leave
			return 0, nil
		})
		back <- err
	}()
	first := <-entered
	go func() {
		_, err := d.Text(ctx, 0)
		back <- err
	}()
	cancel()
	for range 2 {
		if err := <-back; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled call: %v", err)
		}
	}
	close(leave)
	second, err := do(context.Background(), d, func(s *session) (*session, error) { return s, nil })
	if err != nil || second != first {
		t.Errorf("the next call has another session (%v)", err)
	}
}

// patient is a context that is cancelled at the n-th look.
type patient struct {
	context.Context
	looks atomic.Int32
	n     int32
}

func (p *patient) Err() error {
	if p.looks.Add(1) > p.n {
		return context.Canceled
	}
	return nil
}

// A page is painted in steps: cancelling stops between two of them, and so does
// the limit of time; the next call paints the whole page.
func TestStoppedWhilePainting(t *testing.T) {
	d := open(t, onePage("", strings.Repeat("1 0 0 rg 0 0 200 100 re f\n", 2000))).(*document)
	whole := image.Rect(0, 0, 200, 100)
	ctx := &patient{Context: context.Background(), n: 5}
	if _, err := d.Render(ctx, 0, 1, whole); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while painting: %v", err)
	}
	if n := ctx.looks.Load(); n != 6 {
		t.Errorf("looked %d times", n)
	}
	_, err := do(context.Background(), d, func(s *session) ([]byte, error) {
		s.deadline = time.Time{}
		return s.paint(context.Background(), job{0, 1, whole, false})
	})
	if !errors.Is(err, ErrSlow) {
		t.Errorf("too slow: %v", err)
	}
	img, err := d.Render(context.Background(), 0, 1, whole)
	if err != nil || img.RGBAAt(100, 50).R != 255 || img.RGBAAt(100, 50).G != 0 {
		t.Errorf("afterwards: %v", err)
	}
}

// A call that does not come back is left behind with its session.
func TestAbandoned(t *testing.T) {
	e := New(Config{CacheDir: copyCache(t)})
	defer e.Close()
	e.abandonAfter = time.Millisecond
	v, err := e.Open(context.Background(), onePage("", ""), nil)
	if err != nil {
		t.Fatal(err)
	}
	d := v.(*document)
	ctx, cancel := context.WithCancel(context.Background())
	entered, leave := make(chan *session, 1), make(chan struct{})
	go func() {
		_, _ = do(ctx, d, func(s *session) (int, error) {
			entered <- s
			<-leave
			return 0, nil
		})
	}()
	lost := <-entered
	cancel()
	next, err := do(context.Background(), d, func(s *session) (*session, error) { return s, nil })
	if err != nil || next == lost || next.pages != 1 {
		t.Errorf("after a lost call: %v", err)
	}
	close(leave)
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// A fault inside the sandbox is an error of that call alone.
func TestTrap(t *testing.T) {
	ctx := context.Background()
	d := open(t, onePage("", "BT /F 9 Tf (x) Tj ET")).(*document)
	_, err := do(ctx, d, func(s *session) (uint64, error) {
		return s.m.call("FPDF_ClosePage", 0xFFFFFF00) // no such page: memory out of bounds
	})
	var fault *trap
	if !errors.As(err, &fault) {
		t.Fatalf("no trap: %v", err)
	}
	if text, err := d.Text(ctx, 0); err != nil || len(text.Chars) != 1 {
		t.Errorf("after the trap: %v, %v", text, err)
	}
}

func TestPassword(t *testing.T) {
	qpdf, err := exec.LookPath("qpdf")
	if err != nil {
		t.Skip("qpdf is not installed")
	}
	ctx := context.Background()
	dir := t.TempDir()
	plain, locked := filepath.Join(dir, "a.pdf"), filepath.Join(dir, "b.pdf")
	if err := os.WriteFile(plain, onePage("/UserUnit 3", "BT /F 9 Tf (x) Tj ET"), 0o600); err != nil {
		t.Fatal(err)
	}
	// #nosec G204 -- a tool of the test with files of the test
	if out, err := exec.Command(qpdf, "--object-streams=generate", "--encrypt", "mật khẩu", "chủ", "256", "--", plain, locked).CombinedOutput(); err != nil {
		t.Fatalf("qpdf: %v: %s", err, out)
	}
	data, err := os.ReadFile(locked)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range [][]byte{nil, []byte("khác")} {
		if _, err := shared.Open(ctx, data, wrong); !errors.Is(err, pdfview.ErrPassword) {
			t.Errorf("with %q: %v", wrong, err)
		}
	}
	password := []byte("mật khẩu")
	d, err := shared.Open(ctx, data, password)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	clear(password) // the caller wipes its own copy
	if text, err := d.Text(ctx, 0); err != nil || len(text.Chars) != 1 {
		t.Errorf("text: %v, %v", text, err)
	}
	// The entry lies in an encrypted object stream.
	if g, err := d.Page(ctx, 0); err != nil || g.UserUnit != 3 {
		t.Errorf("page: %+v, %v", g, err)
	}
}

func TestUserUnitInObjectStream(t *testing.T) {
	qpdf, err := exec.LookPath("qpdf")
	if err != nil {
		t.Skip("qpdf is not installed")
	}
	dir := t.TempDir()
	plain, packed := filepath.Join(dir, "a.pdf"), filepath.Join(dir, "b.pdf")
	if err := os.WriteFile(plain, onePage("/UserUnit 3", ""), 0o600); err != nil {
		t.Fatal(err)
	}
	// #nosec G204 -- a tool of the test with files of the test
	if out, err := exec.Command(qpdf, "--object-streams=generate", plain, packed).CombinedOutput(); err != nil {
		t.Fatalf("qpdf: %v: %s", err, out)
	}
	data, err := os.ReadFile(packed)
	if err != nil || bytes.Contains(data, userUnitName) {
		t.Fatalf("the entry is not packed (%v)", err)
	}
	if g, err := open(t, data).Page(context.Background(), 0); err != nil || g.UserUnit != 3 {
		t.Errorf("page: %+v, %v", g, err)
	}
}
