package batch

import (
	"bytes"
	"cmp"
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
	"slices"
	"sync"
	"time"

	"trinhky/pdfview/geom"
	"trinhky/signer"
)

// The journal is a file of JSON lines: one when a person agrees to a document,
// one before it goes to the token, one when its signed file is there, one when
// it is sent back. It is only ever appended to; a torn last line, from a power
// cut, counts for nothing.

// entry is one line. Of the pointers at most one is set; none: the document
// went to the token.
type entry struct {
	Input     string     `json:"input"`
	Source    string     `json:"source"` // SHA-256 of the input, hex
	Output    string     `json:"output,omitempty"`
	Done      *doneEntry `json:"done,omitempty"`
	Approved  *Approval  `json:"approved,omitempty"`
	Returned  *Return    `json:"returned,omitempty"`
	Withdrawn bool       `json:"withdrawn,omitempty"` // the approval does not count any more
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

// Approval is what a person agreed to: the file of this SHA-256, of which these
// pages were on the screen, with the stamp at this place.
type Approval struct {
	At    time.Time `json:"at"`
	Pages []int     `json:"pages"` // from 1
	// Page (from 0) and Shown (points from the top left corner of the page as it
	// is seen) are where the stamp stood; Fixed: the person put it there.
	Page  int       `json:"page"`
	Shown geom.Rect `json:"shown"`
	Fixed bool      `json:"fixed,omitempty"`
}

// Return takes a document off the pile, back to who prepared it.
type Return struct {
	At     time.Time `json:"at"`
	Remark string    `json:"remark"`
}

// Left is an approved document that is neither signed nor sent back.
type Left struct {
	Input, Output string
	Source        [32]byte
	Approval      Approval
}

// known is what all lines about one document say together.
type known struct {
	entry
	order    int
	began    bool
	approval *Approval
}

// Journal is an open journal. It is safe for concurrent use.
type Journal struct {
	mu    sync.Mutex
	file  *os.File // nil: no journal
	known map[string]known
	paths map[string]bool     // inputs about which there is a line
	sums  map[string][32]byte // of inputs that Planned read
}

// identity of a document in the journal: where it lay and what it was.
func identity(input, source string) string { return input + "\x00" + source }

// Open reads what earlier runs wrote; "" keeps none.
func Open(path string) (*Journal, error) {
	j := &Journal{known: map[string]known{}, paths: map[string]bool{}, sums: map[string][32]byte{}}
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

func (j *Journal) read(f *os.File) error {
	data, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	for line := range bytes.Lines(data) {
		var e entry
		if json.Unmarshal(line, &e) == nil && e.Source != "" {
			j.note(e)
		}
	}
	if len(data) > 0 && data[len(data)-1] != '\n' { // the next line must not join the torn one
		_, err = f.Write([]byte{'\n'})
	}
	return err
}

// note adds a line to what is known.
func (j *Journal) note(e entry) {
	id := identity(e.Input, e.Source)
	k, seen := j.known[id]
	if !seen {
		k.order = len(j.known)
	}
	was := k.entry
	k.entry = e
	if e.Output == "" {
		k.Output = was.Output
	}
	switch {
	case e.Approved != nil:
		k.approval, k.Returned, k.Done = e.Approved, nil, was.Done
	case e.Returned != nil, e.Withdrawn:
		k.approval, k.Done = nil, was.Done
	case e.Done != nil:
	default:
		k.began, k.Done = true, nil
	}
	j.known[id] = k
	j.paths[e.Input] = true
}

// Close closes the file; every line was synced when it was written.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err
}

// Approve writes down what a person agreed to.
func (j *Journal) Approve(l Left) error {
	a := l.Approval
	return j.append(entry{Input: l.Input, Source: hex.EncodeToString(l.Source[:]), Output: l.Output, Approved: &a})
}

// Withdraw takes an approval back: the document is not signed at a next start.
func (j *Journal) Withdraw(input string, source [32]byte) error {
	return j.append(entry{Input: input, Source: hex.EncodeToString(source[:]), Withdrawn: true})
}

// SendBack writes down that a document was taken off the pile, and why.
func (j *Journal) SendBack(input string, source [32]byte, r Return) error {
	return j.append(entry{Input: input, Source: hex.EncodeToString(source[:]), Returned: &r})
}

// SentBack says whether this very document was sent back, and why.
func (j *Journal) SentBack(input string, source [32]byte) (Return, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	k, ok := j.known[identity(input, hex.EncodeToString(source[:]))]
	if !ok || k.Returned == nil {
		return Return{}, false
	}
	return *k.Returned, true
}

// Left lists what was approved and is neither signed nor sent back, in the
// order of approval.
func (j *Journal) Left() []Left {
	j.mu.Lock()
	defer j.mu.Unlock()
	var open []known
	for _, k := range j.known {
		if k.approval != nil && k.Done == nil {
			open = append(open, k)
		}
	}
	slices.SortFunc(open, func(a, b known) int { return cmp.Or(a.approval.At.Compare(b.approval.At), a.order-b.order) })
	out := make([]Left, 0, len(open))
	for _, k := range open {
		l := Left{Input: k.Input, Output: k.Output, Approval: *k.approval}
		if n, err := hex.Decode(l.Source[:], []byte(k.Source)); err == nil && n == len(l.Source) {
			out = append(out, l)
		}
	}
	return out
}

func (j *Journal) append(e entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	j.note(e)
	return nil
}

// begin is written before the token is asked, so that a signed file found later
// is known to be ours.
func (j *Journal) begin(item Item, source [32]byte) error {
	return j.append(entry{Input: item.Input, Source: hex.EncodeToString(source[:]), Output: item.Output})
}

func (j *Journal) done(item Item, source [32]byte, s signer.Signed) error {
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
func (j *Journal) resume(ctx context.Context, item Item, source [32]byte) (*signer.Signed, error) {
	j.mu.Lock()
	e, ok := j.known[identity(item.Input, hex.EncodeToString(source[:]))]
	j.mu.Unlock()
	if !ok || e.Output != item.Output || e.Done == nil && !e.began {
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
func (j *Journal) adopt(ctx context.Context, item Item, source [32]byte) (*signer.Signed, error) {
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
// changed since, are left out. Only inputs about which there is a line are
// read, and Run does not read them once more.
func (j *Journal) Planned(ctx context.Context, inputs []string) map[string]string {
	planned := map[string]string{}
	for _, input := range inputs {
		sum, asked, err := j.sum(ctx, input)
		if err != nil || !asked {
			continue
		}
		j.mu.Lock()
		k, ok := j.known[identity(input, hex.EncodeToString(sum[:]))]
		j.mu.Unlock()
		if ok && k.Output != "" {
			planned[input] = k.Output
		}
	}
	return planned
}

// sum is the SHA-256 of an input about which there is a line; asked is false
// where there is none, and nothing was read.
func (j *Journal) sum(ctx context.Context, input string) (sum [32]byte, asked bool, err error) {
	j.mu.Lock()
	there := j.paths[input]
	sum, have := j.sums[input]
	j.mu.Unlock()
	if !there || have {
		return sum, there, nil
	}
	if sum, err = hashFile(ctx, input); err != nil {
		return sum, true, err
	}
	j.mu.Lock()
	j.sums[input] = sum
	j.mu.Unlock()
	return sum, true, nil
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
