package signer_test

import (
	"context"
	"crypto"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"trinhky/signer"
	"trinhky/signer/signertest/pki"
)

// countingKey counts how often it was asked.
type countingKey struct {
	*softKey
	asked int
}

func (k *countingKey) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	k.asked++
	return k.softKey.Sign(rand, digest, opts)
}

// unwritable is a folder in which no file can be made, also not by root.
func unwritable(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "chỉ đọc")
	if err := os.Mkdir(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dir, "/sys/kernel", "/proc/self"} {
		f, err := os.CreateTemp(d, "x")
		if err != nil {
			return d
		}
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	t.Skip("every folder can be written to here")
	return ""
}

// TestOutputs: an output that cannot be written is known before the key is used,
// and leaves nothing behind.
func TestOutputs(t *testing.T) {
	b := newBench(t, pki.P256)
	in, _ := b.document(t, 0)
	folder := filepath.Join(b.dir, "thư mục")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	plain := b.write(t, "tệp", []byte("x"))
	for name, out := range map[string]string{
		"read-only folder":    filepath.Join(unwritable(t), "out.pdf"),
		"no such folder":      filepath.Join(b.dir, "không có", "out.pdf"),
		"a folder":            folder,
		"below a plain file":  filepath.Join(plain, "out.pdf"),
		"a name with zeros":   filepath.Join(b.dir, "a\x00b.pdf"),
		"a name too long":     filepath.Join(b.dir, strings.Repeat("ă", 300)+".pdf"),
		"empty":               "",
		"the document itself": in,
	} {
		t.Run(name, func(t *testing.T) {
			for _, overwrite := range []bool{false, true} {
				r := b.request(in, "x")
				r.Output, r.Overwrite = out, overwrite
				k := &countingKey{softKey: b.key()}
				before := sum(t, in)
				if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, k, nil); err == nil {
					t.Error("no error")
				}
				if k.asked != 0 || sum(t, in) != before {
					t.Errorf("the key was asked %d times, or the document changed", k.asked)
				}
			}
			left, _ := filepath.Glob(filepath.Join(b.dir, ".trinhky-*"))
			if len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// TestOutputOpenElsewhere: somebody looks at the old output. It is replaced as a
// whole, or (on Windows) stays as a whole.
func TestOutputOpenElsewhere(t *testing.T) {
	b := newBench(t, pki.P256)
	in, _ := b.document(t, 0)
	r := b.request(in, "out.pdf")
	r.Overwrite = true
	old := []byte("the old file")
	viewer, err := os.Open(b.write(t, "out.pdf", old))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = viewer.Close() }()
	got, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil)
	if err != nil {
		if runtime.GOOS != "windows" {
			t.Fatal(err)
		}
		if data, _ := os.ReadFile(r.Output); string(data) != string(old) {
			t.Error("the old file is half gone")
		}
		return
	}
	if sum(t, r.Output) != got.SHA256 {
		t.Error("the new file is not the signed one")
	}
	if data, _ := io.ReadAll(viewer); string(data) != string(old) {
		t.Error("the viewer sees another file under its feet")
	}
}

// TestCancelAtEveryStage cancels at each step of the highest level, and of
// strengthening later: nothing comes out, nothing is left.
func TestCancelAtEveryStage(t *testing.T) {
	b, _, authority := online(t, pki.Options{Keys: pki.P256})
	in, _ := b.document(t, 0)
	p := preserved(authority)
	signed := b.request(in, "signed.pdf")
	if _, err := p.Sign(t.Context(), signed, b.key(), nil); err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]func(ctx context.Context, out string, on func(signer.Stage)) error{
		"sign": func(ctx context.Context, out string, on func(signer.Stage)) error {
			r := b.request(in, out)
			r.Level, r.DowngradeAllowed = signer.LevelLTA, true
			_, err := p.Sign(ctx, r, b.key(), on)
			return err
		},
		"augment": func(ctx context.Context, out string, on func(signer.Stage)) error {
			_, err := p.Augment(ctx, signer.Augmentation{
				Input: signed.Output, Output: filepath.Join(b.dir, out), Level: signer.LevelLTA,
			}, on)
			return err
		},
	} {
		stages := 0
		if err := run(t.Context(), name+"-whole.pdf", func(signer.Stage) { stages++ }); err != nil {
			t.Fatal(err)
		}
		if stages < 4 {
			t.Fatalf("%s has %d stages", name, stages)
		}
		for at := range stages {
			ctx, cancel := context.WithCancel(t.Context())
			n := 0
			err := run(ctx, name+"-cancelled.pdf", func(signer.Stage) {
				if n == at {
					cancel()
				}
				n++
			})
			cancel()
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s, stage %d: %v", name, at, err)
			}
			absent(t, filepath.Join(b.dir, name+"-cancelled.pdf"))
		}
	}
}

// deadKey stands for a program that dies while the token signs.
type deadKey struct{ *softKey }

func (k deadKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, &signer.TokenError{Fault: signer.TokenRemoved, Err: errors.New("gone")}
}

// TestBetweenStages: what was prepared is finished later, by another run, also
// when a try in between failed; the output is that of one whole run.
func TestBetweenStages(t *testing.T) {
	b := newBench(t, pki.P256)
	in, _ := b.document(t, 0)
	r := b.request(in, "out.pdf")
	p := &signer.Pipeline{}
	d, err := p.Prepare(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	absent(t, r.Output)
	var token *signer.TokenError
	if _, err := p.Finish(t.Context(), d, deadKey{b.key()}); !errors.As(err, &token) {
		t.Errorf("a dying token: %v", err)
	}
	absent(t, r.Output)
	if _, err := p.Finish(t.Context(), d, b.key()); err != nil {
		t.Fatal(err)
	}
	checkSigned(t, r, signer.Signed{Path: r.Output, Field: d.Field, Page: d.Page, ByteRange: d.ByteRange})
	if _, err := p.Finish(t.Context(), d, b.key()); !errors.Is(err, signer.ErrExists) {
		t.Errorf("finished twice: %v", err)
	}
}
