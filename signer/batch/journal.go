package batch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"trinhky/pdfview/geom"
	"trinhky/signer"
)

// The journal is a file of JSON lines, one before a document goes to the token
// and one when its signed file is there. It is only ever appended to; a torn
// last line, from a power cut, counts for nothing.

// entry is one line.
type entry struct {
	Input  string     `json:"input"`
	Source string     `json:"source"` // SHA-256 of the input, hex
	Output string     `json:"output"`
	Done   *doneEntry `json:"done,omitempty"` // nil: began
}

// doneEntry is what Result needs of a document that an earlier run signed.
type doneEntry struct {
	SHA256    string           `json:"sha256"`
	Level     signer.Level     `json:"level"`
	Downgrade string           `json:"downgrade,omitempty"`
	Field     string           `json:"field"`
	Page      int              `json:"page"`
	Rect      geom.Rect        `json:"rect"`
	ByteRange signer.ByteRange `json:"byte_range"`
}

type journal struct {
	mu    sync.Mutex
	file  *os.File // nil: no journal
	began map[string]entry
}

// identity of a document in the journal: where it lay and what it was.
func identity(input, source string) string { return input + "\x00" + source }

// openJournal reads what earlier runs wrote; "" keeps none.
func openJournal(path string) (*journal, error) {
	j := &journal{began: map[string]entry{}}
	if path == "" {
		return j, nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	if err := j.read(f); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("read the journal %s: %w", path, err)
	}
	j.file = f
	return j, nil
}

func (j *journal) read(f *os.File) error {
	data, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	j.began = entries(data)
	if len(data) > 0 && data[len(data)-1] != '\n' { // the next line must not join the torn one
		_, err = f.Write([]byte{'\n'})
	}
	return err
}

// entries returns the last line about each document.
func entries(data []byte) map[string]entry {
	known := map[string]entry{}
	for line := range bytes.Lines(data) {
		var e entry
		if json.Unmarshal(line, &e) == nil && e.Source != "" {
			known[identity(e.Input, e.Source)] = e
		}
	}
	return known
}

func (j *journal) close() {
	if j.file != nil {
		_ = j.file.Close() // every line was synced when it was written
	}
}

func (j *journal) append(e entry) error {
	if j.file == nil {
		return nil
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

// begin is written before the token is asked, so that a signed file found later
// is known to be ours.
func (j *journal) begin(item Item, source [32]byte) error {
	return j.append(entry{Input: item.Input, Source: hex.EncodeToString(source[:]), Output: item.Output})
}

func (j *journal) done(item Item, source [32]byte, s signer.Signed) error {
	d := &doneEntry{
		SHA256: hex.EncodeToString(s.SHA256[:]), Level: s.Level, Field: s.Field, Page: s.Page,
		Rect: s.Rect, ByteRange: s.ByteRange,
	}
	if s.Downgrade != nil {
		d.Downgrade = s.Downgrade.Error()
	}
	return j.append(entry{Input: item.Input, Source: hex.EncodeToString(source[:]), Output: item.Output, Done: d})
}

// resume says whether an earlier run signed this very document into this very
// output, and the file is still there whole. A run that was killed between the
// appearing of the file and the line about it left a file that begins with the
// document: that counts as done too, as outputs appear whole or not at all.
func (j *journal) resume(ctx context.Context, item Item, source [32]byte) (*signer.Signed, error) {
	e, ok := j.began[identity(item.Input, hex.EncodeToString(source[:]))]
	if !ok || e.Output != item.Output {
		return nil, nil
	}
	if e.Done == nil {
		return j.adopt(ctx, item, source)
	}
	sum, err := hashFile(ctx, item.Output)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // taken away since: sign it again
	}
	if err != nil {
		return nil, err
	}
	if hex.EncodeToString(sum[:]) != e.Done.SHA256 {
		return nil, fmt.Errorf("%w: %s is not the file that was signed here", signer.ErrExists, item.Output)
	}
	s := &signer.Signed{
		Path: item.Output, SHA256: sum, Level: e.Done.Level, Field: e.Done.Field, Page: e.Done.Page,
		Rect: e.Done.Rect, ByteRange: e.Done.ByteRange,
	}
	if e.Done.Downgrade != "" {
		s.Downgrade = errors.New(e.Done.Downgrade)
	}
	return s, nil
}

// adopt takes a signed file over about which no line was written. What the
// line would have said is not known: the level is given as the lowest, the
// page as -1, and verification tells the rest.
func (j *journal) adopt(ctx context.Context, item Item, source [32]byte) (*signer.Signed, error) {
	in, err := os.Stat(item.Input)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(item.Output)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	whole, prefix := sha256.New(), sha256.New()
	if _, err := io.CopyN(io.MultiWriter(whole, prefix), reader{ctx, f}, in.Size()); err != nil {
		return nil, nil // shorter than the document: not ours
	}
	more, err := io.Copy(whole, reader{ctx, f})
	if err != nil {
		return nil, err
	}
	if [32]byte(prefix.Sum(nil)) != source || more == 0 {
		return nil, nil
	}
	s := signer.Signed{Path: item.Output, SHA256: [32]byte(whole.Sum(nil)), Page: -1}
	return &s, j.done(item, source, s)
}

// Planned returns the outputs that a journal has for the inputs, so that a
// repeated command gives the same names. Inputs that cannot be read, or that
// changed since, are left out.
func Planned(ctx context.Context, path string, inputs []string) (map[string]string, error) {
	planned := map[string]string{}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return planned, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	known := entries(data)
	for _, input := range inputs {
		sum, err := hashFile(ctx, input)
		if err != nil {
			continue
		}
		if e, ok := known[identity(input, hex.EncodeToString(sum[:]))]; ok {
			planned[input] = e.Output
		}
	}
	return planned, nil
}

// reader gives up when its context does.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

func hashFile(ctx context.Context, path string) (sum [32]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, reader{ctx, f}); err != nil {
		return sum, err
	}
	return [32]byte(h.Sum(nil)), nil
}

// extension is ".pdf" in whatever case, or nothing.
func extension(path string) string {
	if ext := filepath.Ext(path); len(ext) == 4 && bytes.EqualFold([]byte(ext), []byte(".pdf")) {
		return ext
	}
	return ""
}
