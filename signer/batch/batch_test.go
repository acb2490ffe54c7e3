package batch

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trinhky/signer"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/sample"
	"trinhky/signer/signertest/validators"
)

// tokenKey is a key that counts, and fails where it is told to.
type tokenKey struct {
	crypto.Signer
	signed atomic.Int64
	fail   func(n int64) error // called with the number of the signature, from 1
}

func (k *tokenKey) Close() error { return nil }

func (k *tokenKey) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	n := k.signed.Add(1)
	if k.fail != nil {
		if err := k.fail(n); err != nil {
			return nil, err
		}
	}
	return k.Signer.Sign(r, digest, o)
}

// desk is a folder with documents to sign and one for the signed ones.
type desk struct {
	ca      *pki.PKI
	key     *tokenKey
	items   []Item
	journal string
}

func newDesk(t *testing.T, n int) *desk {
	t.Helper()
	ca, err := pki.New(pki.Options{Keys: pki.P256})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{ca: ca, key: &tokenKey{Signer: ca.Leader.Key}}
	in, out := t.TempDir(), t.TempDir()
	d.journal = filepath.Join(out, "journal")
	doc := sample.Demo(time.Now(), "Nguyễn Văn Thử")[0]
	for i := range n {
		doc.Number = fmt.Sprint(100 + i)
		pdf, _, err := sample.Generate(doc)
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("Văn bản %03d.pdf", i)
		if err := os.WriteFile(filepath.Join(in, name), pdf, 0o600); err != nil {
			t.Fatal(err)
		}
		d.items = append(d.items, Item{
			Input: filepath.Join(in, name), Output: filepath.Join(out, name), Request: d.request,
		})
	}
	return d
}

func (d *desk) request(context.Context) (signer.Request, error) {
	return signer.Request{Certificate: d.ca.Leader.Certificate}, nil
}

func (d *desk) run(t *testing.T, o Options) Summary {
	t.Helper()
	return Run(t.Context(), &signer.Pipeline{}, d.key, d.items, o, nil)
}

// open opens the journal as a new run of the program does.
func (d *desk) open(t *testing.T) *Journal {
	t.Helper()
	j, err := Open(d.journal)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// count says how many results there are of each outcome.
func count(s Summary) (done, aside, notReached int) {
	for _, r := range s.Results {
		switch r.Outcome {
		case Done:
			done++
		case SetAside:
			aside++
		case NotReached:
			notReached++
		}
	}
	return done, aside, notReached
}

func TestRunSignsEveryDocument(t *testing.T) {
	d := newDesk(t, 9)
	var told []int
	s := Run(t.Context(), &signer.Pipeline{}, d.key, d.items, Options{Journal: d.open(t)}, func(r Result) {
		told = append(told, r.Index) // one call at a time: the race detector watches
	})
	if done, _, _ := count(s); done != 9 || s.Stopped != nil || len(told) != 9 {
		t.Fatalf("done %d, told of %d, stopped by %v", done, len(told), s.Stopped)
	}
	if d.key.signed.Load() != 9 {
		t.Errorf("%d signatures for 9 documents", d.key.signed.Load())
	}
	validators.Check(t, d.items[0].Output, validators.Expect{Signatures: 1})
}

// A bad file is set aside, the others are signed.
func TestBadFileIsSetAside(t *testing.T) {
	d := newDesk(t, 4)
	if err := os.WriteFile(d.items[1].Input, []byte("không phải PDF"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.items[2].Request = func(context.Context) (signer.Request, error) {
		return signer.Request{}, errors.New("no place for the stamp")
	}
	s := d.run(t, Options{})
	if done, aside, _ := count(s); done != 2 || aside != 2 || s.Stopped != nil {
		t.Errorf("done %d, aside %d, stopped by %v", done, aside, s.Stopped)
	}
	var unreadable *signer.UnreadableError
	if !errors.As(s.Results[1].Err, &unreadable) {
		t.Errorf("the bad file's reason is %v", s.Results[1].Err)
	}
	if _, err := os.Stat(d.items[1].Output); err == nil {
		t.Error("a bad file has an output")
	}
}

// A fault of the token stops the pile; it says how far it came; the next run
// does the rest and nothing twice.
func TestTokenFaultStopsAndResumes(t *testing.T) {
	d := newDesk(t, 12)
	d.key.fail = func(n int64) error {
		if n > 5 {
			return &signer.TokenError{Fault: signer.TokenRemoved, Err: errors.New("pulled out")}
		}
		return nil
	}
	s := d.run(t, Options{Journal: d.open(t)})
	done, aside, rest := count(s)
	if done != 5 || aside != 0 || rest != 7 {
		t.Fatalf("done %d, aside %d, not reached %d", done, aside, rest)
	}
	if got := d.key.signed.Load(); got != 6 {
		t.Errorf("the token was asked %d times: after its fault nobody may ask", got)
	}
	var fault *signer.TokenError
	if !errors.As(s.Stopped, &fault) || fault.Fault != signer.TokenRemoved {
		t.Errorf("stopped by %v", s.Stopped)
	}
	before := sums(t, d)

	d.key.fail = nil
	d.key.signed.Store(0)
	s = d.run(t, Options{Journal: d.open(t)})
	if done, _, _ = count(s); done != 12 {
		t.Fatalf("done %d after the second run", done)
	}
	if got := d.key.signed.Load(); got != 7 {
		t.Errorf("%d signatures in the second run, want 7", got)
	}
	for i, r := range s.Results {
		if was, ok := before[i]; ok != r.Resumed {
			t.Errorf("document %d: resumed %v, signed before %v", i, r.Resumed, ok)
		} else if ok && was != r.Signed.SHA256 {
			t.Errorf("document %d changed between the runs", i)
		}
	}
}

// sums hashes the outputs that are there.
func sums(t *testing.T, d *desk) map[int][32]byte {
	t.Helper()
	found := map[int][32]byte{}
	for i, item := range d.items {
		if data, err := os.ReadFile(item.Output); err == nil {
			found[i] = sha256.Sum256(data)
		}
	}
	return found
}

// A wrong PIN at the key stops everything after one attempt.
func TestPINErrorStops(t *testing.T) {
	d := newDesk(t, 6)
	d.key.fail = func(int64) error { return &signer.PINError{Signature: true} }
	s := d.run(t, Options{})
	if _, _, rest := count(s); rest != 6 || d.key.signed.Load() != 1 {
		t.Errorf("not reached %d, attempts %d", rest, d.key.signed.Load())
	}
}

// The power went between the signed file and the line about it.
func TestAdoptsFileWithoutLine(t *testing.T) {
	d := newDesk(t, 3)
	d.run(t, Options{Journal: d.open(t)})
	data, err := os.ReadFile(d.journal)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for line := range strings.Lines(string(data)) {
		if !strings.Contains(line, `"done"`) {
			kept = append(kept, line)
		}
	}
	torn := strings.Join(kept, "") + `{"input":"x","sou`
	if err := os.WriteFile(d.journal, []byte(torn), 0o600); err != nil {
		t.Fatal(err)
	}
	before := sums(t, d)
	d.key.signed.Store(0)
	s := d.run(t, Options{Journal: d.open(t)})
	if done, _, _ := count(s); done != 3 || d.key.signed.Load() != 0 {
		t.Errorf("done %d with %d new signatures", done, d.key.signed.Load())
	}
	for i, sum := range sums(t, d) {
		if before[i] != sum {
			t.Errorf("document %d was written again", i)
		}
	}
	s = d.run(t, Options{Journal: d.open(t)})
	if done, _, _ := count(s); done != 3 || d.key.signed.Load() != 0 {
		t.Errorf("third run: done %d with %d new signatures", done, d.key.signed.Load())
	}
}

// A file of another origin under the output's name is never overwritten.
func TestForeignOutputStays(t *testing.T) {
	d := newDesk(t, 2)
	if err := os.WriteFile(d.items[0].Output, []byte("của người khác"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := d.run(t, Options{Journal: d.open(t)})
	if !errors.Is(s.Results[0].Err, signer.ErrExists) || s.Results[1].Outcome != Done {
		t.Errorf("first: %v; second: %v", s.Results[0].Err, s.Results[1].Outcome)
	}
	if data, _ := os.ReadFile(d.items[0].Output); string(data) != "của người khác" {
		t.Error("the foreign file was touched")
	}
}

// A document that changed after it was approved drops out.
func TestChangedSinceApproval(t *testing.T) {
	d := newDesk(t, 1)
	approved := sha256.Sum256([]byte("what was on the screen"))
	d.items[0].Request = func(context.Context) (signer.Request, error) {
		return signer.Request{Certificate: d.ca.Leader.Certificate, Source: &approved}, nil
	}
	s := d.run(t, Options{})
	if !errors.Is(s.Results[0].Err, signer.ErrSourceChanged) || d.key.signed.Load() != 0 {
		t.Errorf("%v, %d signatures", s.Results[0].Err, d.key.signed.Load())
	}
}

func TestCancelled(t *testing.T) {
	d := newDesk(t, 8)
	ctx, cancel := context.WithCancel(t.Context())
	d.key.fail = func(n int64) error {
		if n == 3 {
			cancel()
		}
		return nil
	}
	s := Run(ctx, &signer.Pipeline{}, d.key, d.items, Options{Journal: d.open(t)}, nil)
	done, aside, _ := count(s)
	if !errors.Is(s.Stopped, context.Canceled) || aside != 0 || done == 8 {
		t.Errorf("done %d, aside %d, stopped by %v", done, aside, s.Stopped)
	}
	for _, item := range d.items {
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(item.Output), "*tmp*")); len(left) > 0 {
			t.Fatalf("left behind: %v", left)
		}
	}
}

func TestFreeName(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.pdf", "a (2).pdf", "b"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	used := map[string]bool{filepath.Join(dir, "c.PDF"): true}
	for name, want := range map[string]string{"a.pdf": "a (3).pdf", "b": "b (2)", "c.PDF": "c (2).PDF", "d.pdf": "d.pdf"} {
		if got := FreeName(filepath.Join(dir, name), used); got != filepath.Join(dir, want) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestPlanned(t *testing.T) {
	d := newDesk(t, 2)
	d.run(t, Options{Journal: d.open(t)})
	if err := os.WriteFile(d.items[1].Input, []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	planned := d.open(t).Planned(t.Context(), []string{d.items[0].Input, d.items[1].Input})
	if len(planned) != 1 || planned[d.items[0].Input] != d.items[0].Output {
		t.Errorf("%v", planned)
	}
}

// reading counts how often a document's bytes are asked for, by the journal and
// by the pipeline, through the hook that both pass.
type countingSigner struct {
	signer.Pipeline
	read map[string]int
}

func (c *countingSigner) Sign(ctx context.Context, r signer.Request, k signer.Key, on func(signer.Stage)) (signer.Signed, error) {
	c.read[r.Input]++
	return c.Pipeline.Sign(ctx, r, k, on)
}

// A new document is read once, by the signing itself; one about which there is
// a line is read once more for all of planning and resuming.
func TestReadsOnce(t *testing.T) {
	d := newDesk(t, 2)
	j := d.open(t)
	inputs := []string{d.items[0].Input, d.items[1].Input}
	if planned := j.Planned(t.Context(), inputs); len(planned) != 0 || len(j.sums) != 0 {
		t.Errorf("planned %v, read %d documents that no line speaks of", planned, len(j.sums))
	}
	c := &countingSigner{read: map[string]int{}}
	if done, _, _ := count(Run(t.Context(), c, d.key, d.items, Options{Workers: 1, Journal: j}, nil)); done != 2 || len(j.sums) != 0 {
		t.Fatalf("done %d, %d documents were read beside the signing", done, len(j.sums))
	}
	again := d.open(t)
	if planned := again.Planned(t.Context(), inputs); len(planned) != 2 {
		t.Fatalf("planned %v", planned)
	}
	before := len(again.sums)
	for _, in := range inputs { // not to be read a second time
		if err := os.Remove(in); err != nil {
			t.Fatal(err)
		}
	}
	s := Run(t.Context(), c, d.key, d.items, Options{Journal: again}, nil)
	if done, _, _ := count(s); done != 2 || before != 2 || c.read[inputs[0]] != 1 {
		t.Errorf("done %d, %d read while planning, signed %d times", done, before, c.read[inputs[0]])
	}
}

// The journal knows the hash of a document before the key is used.
func TestBeginsBeforeTheKey(t *testing.T) {
	d := newDesk(t, 1)
	j := d.open(t)
	d.key.fail = func(int64) error {
		if k := j.known; len(k) != 1 {
			t.Errorf("%d lines when the key was asked", len(k))
		}
		return nil
	}
	d.run(t, Options{Journal: j})
}

// What was approved and not signed is known at the next start; what was sent
// back or withdrawn is not signed then.
func TestApprovalsSurvive(t *testing.T) {
	d := newDesk(t, 4)
	j := d.open(t)
	var sums [4][32]byte
	for i, item := range d.items {
		data, err := os.ReadFile(item.Input)
		if err != nil {
			t.Fatal(err)
		}
		sums[i] = sha256.Sum256(data)
		l := Left{Input: item.Input, Output: item.Output, Source: sums[i], Approval: Approval{
			At: time.Unix(int64(100+i), 0), Pages: []int{1, 2}, Page: 1,
		}}
		if err := j.Approve(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.SendBack(d.items[1].Input, sums[1], Return{Remark: "Sửa ngày"}); err != nil {
		t.Fatal(err)
	}
	if err := j.Withdraw(d.items[2].Input, sums[2]); err != nil {
		t.Fatal(err)
	}
	Run(t.Context(), &signer.Pipeline{}, d.key, d.items[:1], Options{Journal: j}, nil)
	left := d.open(t).Left()
	if len(left) != 1 || left[0].Input != d.items[3].Input || left[0].Source != sums[3] || len(left[0].Approval.Pages) != 2 {
		t.Errorf("left %+v", left)
	}
}
