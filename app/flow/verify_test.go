package flow_test

import (
	"os"
	"path/filepath"
	"testing"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/app/review"
	"trinhky/signer"
	"trinhky/signer/verify"
)

func verifyFlow(t *testing.T) (*flow.Flow, *flowtest.World) {
	t.Helper()
	w := flowtest.New(t)
	w.Verified = map[string]review.Outcome{
		"a.pdf": {Report: flowtest.SignedReport(false)}, "b.pdf": {Report: flowtest.SignedReport(true)}, "c.pdf": {Err: signer.ErrPassword},
	}
	f := flow.New(w.Config(flowtest.At{}))
	t.Cleanup(f.Close)
	return f, w
}

func TestVerifyOne(t *testing.T) {
	f, _ := verifyFlow(t)
	f.Verify("b.pdf")
	v := f.Lists().Verify
	if v.Running || v.Chosen != 0 || v.Row() == nil || v.View == nil || len(v.Pages) != 2 || v.Seen == nil || len(v.Seen.Differences) != 1 {
		t.Fatalf("%+v", v)
	}
	f.ShowVerified(1)
	if f.Lists().Verify.Signed != 1 {
		t.Error("what was signed is not shown")
	}
	f.KeepVerified()
	if v := f.Lists().Verify; v.NoteErr != nil || len(v.Evidence.Files) == 0 {
		t.Errorf("%v, %v", v.NoteErr, v.Evidence)
	}
	f.DeleteVerified()
	if v := f.Lists().Verify; v.NoteErr != nil || len(v.Evidence.Files) != 0 {
		t.Errorf("%v, %v", v.NoteErr, v.Evidence)
	}
	path := filepath.Join(t.TempDir(), "r.json")
	f.SaveVerifiedJSON(path, func(verify.Finding) string { return "x" })
	if _, err := os.Stat(path); err != nil || f.Lists().Verify.NoteErr != nil {
		t.Error(err, f.Lists().Verify.NoteErr)
	}
}

func TestVerifySeveral(t *testing.T) {
	f, _ := verifyFlow(t)
	f.Verify("a.pdf", "b.pdf", "c.pdf")
	v := f.Lists().Verify
	if v.Chosen != -1 || len(v.Rows) != 3 || v.Done != 3 || v.All != 3 {
		t.Fatalf("%+v", v)
	}
	f.LookVerified(2)
	if !f.Lists().Verify.Locked {
		t.Error("a locked file is not said to be locked")
	}
	f.LookAwayVerified()
	f.SaveVerifiedTable(filepath.Join(t.TempDir(), "t.csv"), func(err error) string { return err.Error() })
	if v := f.Lists().Verify; v.Chosen != -1 || v.NoteErr != nil || v.Note == "" {
		t.Errorf("%+v", v)
	}
}

func TestVerifyLocked(t *testing.T) {
	f, _ := verifyFlow(t)
	f.Verify("c.pdf")
	if v := f.Lists().Verify; !v.Locked || v.Wrong {
		t.Fatalf("%+v", v)
	}
	f.UnlockVerified(signer.PIN("sai"))
	if v := f.Lists().Verify; !v.Locked || !v.Wrong {
		t.Fatalf("%+v", v)
	}
	f.UnlockVerified(signer.PIN("mở"))
	if v := f.Lists().Verify; v.Locked || v.Row() == nil {
		t.Fatalf("%+v", v)
	}
}

// TestVerifyStops: results of what was stopped are dropped.
func TestVerifyStops(t *testing.T) {
	w := flowtest.New(t)
	held := &flowtest.Held{}
	f := flow.New(w.Config(held))
	t.Cleanup(f.Close)
	f.Verify("a.pdf", "b.pdf")
	f.StopVerifying()
	for held.Waiting() > 0 {
		held.Release(0)
	}
	if v := f.Lists().Verify; v.Running || v.Problem != nil || len(v.Rows) != 0 {
		t.Errorf("%+v", v)
	}
}
