package flow_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/signer"
)

// lateFlow looks at a signed file; out is where more may be written.
func lateFlow(t *testing.T, change func(*flow.Config)) (f *flow.Flow, w *flowtest.World, in, out string) {
	t.Helper()
	w = flowtest.New(t)
	dir := t.TempDir()
	in, out = filepath.Join(dir, "a.pdf"), filepath.Join(dir, "b.pdf")
	if err := os.WriteFile(in, []byte("%PDF-1.7"), 0o600); err != nil {
		t.Fatal(err)
	}
	better := flowtest.SignedReport(false)
	better.Signatures[1].Level = signer.LevelLTA
	w.Verified = map[string]review.Outcome{
		"a.pdf": {Report: flowtest.SignedReport(false)}, "b.pdf": {Report: better}, "x.pdf": {Report: flowtest.SignedReport(true)},
	}
	c := w.Config(flowtest.At{})
	c.Settings.Signing.TSA = []string{"http://127.0.0.1:1/"}
	if change != nil {
		change(&c)
	}
	f = flow.New(c)
	t.Cleanup(f.Close)
	f.Verify(in)
	return f, w, in, out
}

func TestStrengthen(t *testing.T) {
	f, w, in, out := lateFlow(t, nil)
	f.Strengthen(out, signer.LevelT)
	v := f.Lists().Verify
	if v.NoteErr != nil || v.Later.Running || v.Later.File != "b.pdf" || v.Later.Reached != signer.LevelT {
		t.Fatalf("%+v, %v", v.Later, v.NoteErr)
	}
	if r := v.Row(); r == nil || r.File != out || len(v.Rows) != 2 {
		t.Error("the new file is not looked at")
	}
	a := w.Augmented[0]
	if a.Input != in || a.Source == nil || *a.Source != v.Rows[0].Report.SHA256 {
		t.Errorf("what was strengthened is not what was shown: %+v", a)
	}
	f.LookVerified(0)
	if v := f.Lists().Verify; v.Later.File != "" {
		t.Error("the result of one file is told of another")
	}
}

// TestStrengthenFails: every failure is said, and nothing is written.
func TestStrengthenFails(t *testing.T) {
	forbidden := &signer.ForbiddenError{File: "a.pdf", Rule: signer.ForbiddenByDocMDP}
	for name, tt := range map[string]struct {
		change func(*flow.Config)
		fail   error
		onto   bool // the output is the input
		want   func(error) bool
	}{
		"no server":  {func(c *flow.Config) { c.Settings.Signing.TSA = nil }, nil, false, ruleIs(review.RuleNoTimeServer)},
		"certified":  {nil, forbidden, false, func(err error) bool { return errors.Is(err, forbidden) }},
		"unanswered": {nil, signer.ErrLevel, false, func(err error) bool { return errors.Is(err, signer.ErrLevel) }},
		"input":      {nil, nil, true, ruleIs(review.RuleOutput)},
	} {
		t.Run(name, func(t *testing.T) {
			f, w, in, out := lateFlow(t, tt.change)
			w.AugmentErr = tt.fail
			if tt.onto {
				out = in
			}
			f.Strengthen(out, signer.LevelLTA)
			v := f.Lists().Verify
			if !tt.want(v.NoteErr) || v.Later != (flow.Strengthening{}) || len(v.Rows) != 1 {
				t.Fatalf("%+v, %v", v.Later, v.NoteErr)
			}
			if data, _ := os.ReadFile(in); string(data) != "%PDF-1.7" {
				t.Error("the input was written")
			}
			if _, err := os.Stat(out); !tt.onto && err == nil {
				t.Error("there is an output")
			}
		})
	}
}

func ruleIs(r review.Rule) func(error) bool {
	return func(err error) bool {
		var rule *review.RuleError
		return errors.As(err, &rule) && rule.Rule == r
	}
}

// TestStrengthenStops: stopping, and looking elsewhere, end it without a word.
func TestStrengthenStops(t *testing.T) {
	for name, stop := range map[string]func(*flow.Flow){
		"stop": (*flow.Flow).StopStrengthening, "leave": (*flow.Flow).LookAwayVerified,
	} {
		t.Run(name, func(t *testing.T) {
			var f *flow.Flow
			var out string
			f, _, _, out = lateFlow(t, func(c *flow.Config) {
				c.Augment = func(ctx context.Context, _ settings.Settings, _ signer.Augmentation, on func(signer.Stage)) (signer.Signed, error) {
					on(signer.StageTimestamp)
					if v := f.Lists().Verify.Later; !v.Running || v.Stage != signer.StageTimestamp {
						t.Errorf("no progress: %+v", v)
					}
					stop(f)
					return signer.Signed{}, ctx.Err()
				}
			})
			f.Strengthen(out, signer.LevelT)
			if v := f.Lists().Verify; v.Later.Running || v.NoteErr != nil || len(v.Rows) != 1 {
				t.Errorf("%+v, %v", v.Later, v.NoteErr)
			}
		})
	}
}

// TestStrengthenOnlyWhatHolds: a file that is not valid any more is given nothing.
func TestStrengthenOnlyWhatHolds(t *testing.T) {
	f, w, _, out := lateFlow(t, nil)
	for _, name := range []string{"x.pdf", "unsigned.pdf"} {
		f.Verify(filepath.Join(t.TempDir(), name))
		f.Strengthen(out, signer.LevelT)
		if f.CanStrengthen() || len(w.Augmented) != 0 {
			t.Error("offered for", name)
		}
	}
}
