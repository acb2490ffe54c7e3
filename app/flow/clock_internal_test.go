package flow

import (
	"context"
	"errors"
	"testing"
	"time"

	"trinhky/app/review"
	"trinhky/signer"
	"trinhky/signer/verify"
)

// The machine's clock is compared with what the authority said, not with how
// long it took to say it.
func TestClock(t *testing.T) {
	begin := time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		stamp  time.Duration // after the question, by the authority
		want   time.Duration
		skewed bool
	}{
		{"right", 5 * time.Second, 0, false},
		{"slow answer", 89 * time.Second, 0, false},
		{"a little ahead", -31 * time.Second, 31 * time.Second, false},
		{"ahead", -10 * time.Minute, 10 * time.Minute, true},
		{"behind", 7*time.Hour + 90*time.Second, -7 * time.Hour, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := begin
			w := &clockWatch{now: func() time.Time { return now }}
			on := w.stages(func(signer.Stage) {})
			on(signer.StageToken)
			on(signer.StageTimestamp)
			now = begin.Add(90 * time.Second)
			on(signer.StageWrite)
			now = begin.Add(time.Hour)
			doc := &review.Document{Report: &verify.Report{Signatures: []verify.Signature{{
				Timestamp: &verify.Timestamp{Time: begin.Add(c.stamp), Valid: true},
			}}}}
			got, ok := w.read(doc)
			if !ok || got.Offset != c.want || got.Skewed() != c.skewed {
				t.Errorf("%v %+v", ok, got)
			}
		})
	}
	w := &clockWatch{now: time.Now}
	on := w.stages(func(signer.Stage) {})
	on(signer.StageToken)
	on(signer.StageWrite)
	if _, ok := w.read(&review.Document{Report: &verify.Report{}}); ok {
		t.Error("measured without a timestamp")
	}
}

// stamping signs with a timestamp, unless the file's name is empty.
type stamping struct{ step func() }

func (s stamping) Sign(_ context.Context, r signer.Request, _ signer.Key, on func(signer.Stage)) (signer.Signed, error) {
	if r.Output == "" {
		return signer.Signed{}, errors.New("no")
	}
	if r.Level == signer.LevelT {
		on(signer.StageTimestamp)
		s.step()
		on(signer.StageWrite)
	}
	return signer.Signed{Path: r.Output}, nil
}

type reading map[string]time.Time

func (r reading) Open(_ context.Context, path string, _ signer.PIN) (*review.Document, error) {
	return &review.Document{Report: &verify.Report{Signatures: []verify.Signature{{Timestamp: &verify.Timestamp{Time: r[path], Valid: true}}}}}, nil
}

// Of several signatures the newest with a timestamp tells about the clock.
func TestClockOfMany(t *testing.T) {
	begin := time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	now := begin
	s := &timed{Signer: stamping{func() { now = now.Add(time.Second) }}, now: func() time.Time { return now }}
	files := reading{"a": begin.Add(time.Hour), "b": begin.Add(-5 * time.Minute)}
	if _, ok := s.measure(t.Context(), files); ok {
		t.Error("measured before anything was signed")
	}
	for _, r := range []signer.Request{
		{Output: "a", Level: signer.LevelT}, {Output: "b", Level: signer.LevelT}, {Output: "c"}, {Level: signer.LevelT},
	} {
		_, _ = s.Sign(t.Context(), r, nil, nil) // the last one fails
	}
	c, ok := s.measure(t.Context(), files)
	if want := 5*time.Minute + time.Second; !ok || c.Offset != want || !c.Skewed() {
		t.Errorf("%v %+v, want %v", ok, c, want)
	}
}
