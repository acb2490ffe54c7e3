package flow

import (
	"context"
	"sync"
	"time"

	"trinhky/app/review"
	"trinhky/signer"
)

// Clock is what is known of this machine's clock. The zero value: nothing.
type Clock struct {
	// Offset is how far the machine is ahead of the time-stamping authority;
	// zero where both times agree within the time that the answer took.
	Offset time.Duration
	At     time.Time // when that was measured, by the machine
}

// Skewed says whether the clock is so wrong that people should know: more than
// a minute, as signatures with such times look forged or not yet valid.
func (c Clock) Skewed() bool { return c.Offset > time.Minute || c.Offset < -time.Minute }

// clockWatch notes when a timestamp was asked for and when it had come. It is
// safe for concurrent use.
type clockWatch struct {
	now func() time.Time

	mu              sync.Mutex
	asked, answered time.Time
}

// stages watches the stages of a signature on their way to on.
func (w *clockWatch) stages(on func(signer.Stage)) func(signer.Stage) {
	return func(s signer.Stage) {
		w.mu.Lock()
		switch {
		case s == signer.StageTimestamp:
			w.asked, w.answered = w.now(), time.Time{}
		case !w.asked.IsZero() && w.answered.IsZero():
			w.answered = w.now()
		}
		w.mu.Unlock()
		if on != nil {
			on(s)
		}
	}
}

// read compares the machine with the newest timestamp of a document; false
// where none was fetched.
func (w *clockWatch) read(doc *review.Document) (Clock, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.answered.IsZero() || doc == nil || len(doc.Report.Signatures) == 0 {
		return Clock{}, false
	}
	stamp := doc.Report.Signatures[len(doc.Report.Signatures)-1].Timestamp
	if stamp == nil || !stamp.Valid {
		return Clock{}, false
	}
	c := Clock{At: w.answered}
	const tick = time.Second // timestamps have whole seconds
	switch t := stamp.Time; {
	case t.Before(w.asked.Add(-tick)):
		c.Offset = w.asked.Sub(t)
	case t.After(w.answered.Add(tick)):
		c.Offset = w.answered.Sub(t)
	}
	return c, true
}

// fetched says whether a timestamp was asked for and had come.
func (w *clockWatch) fetched() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.answered.IsZero()
}

// timed is a Signer that watches the clock over several signatures. It is safe
// for concurrent use.
type timed struct {
	Signer
	now func() time.Time

	mu   sync.Mutex
	last *clockWatch // of the newest signature with a timestamp; nil: none yet
	path string      // its file
}

// Sign is that of the Signer.
func (t *timed) Sign(ctx context.Context, r signer.Request, k signer.Key, on func(signer.Stage)) (signer.Signed, error) {
	w := &clockWatch{now: t.now}
	s, err := t.Signer.Sign(ctx, r, k, w.stages(on))
	if err == nil && w.fetched() {
		t.mu.Lock()
		t.last, t.path = w, s.Path
		t.mu.Unlock()
	}
	return s, err
}

// measure reads the newest of the timestamps; false where none was fetched or
// its file cannot be read any more. It may wait.
func (t *timed) measure(ctx context.Context, reader Reader) (Clock, bool) {
	if t == nil {
		return Clock{}, false
	}
	t.mu.Lock()
	w, path := t.last, t.path
	t.mu.Unlock()
	if w == nil {
		return Clock{}, false
	}
	doc, err := reader.Open(ctx, path, nil)
	if err != nil {
		return Clock{}, false
	}
	c, ok := w.read(doc)
	_ = doc.Close() // it was only read
	return c, ok
}
