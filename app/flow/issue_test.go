package flow_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/signer"
	"trinhky/submit"
)

// told checks that the audit log has the whole try that failed: that it began,
// why it ended, and every signed file that was taken away.
func told(t *testing.T, w *flowtest.World) {
	t.Helper()
	began, failed, discarded := 0, 0, 0
	for _, e := range w.Log.All {
		switch e.Action {
		case submit.ActionIssueBegan:
			began++
		case submit.ActionIssueFailed:
			failed++
			if e.Result == "" || e.Certificate == "" {
				t.Errorf("it does not say why: %+v", e)
			}
		case submit.ActionDiscarded:
			discarded++
			if e.File == [32]byte{} || e.Destination == "" {
				t.Errorf("it does not say which file: %+v", e)
			}
		}
	}
	if began != 1 || failed != 1 {
		t.Errorf("began %d, failed %d: %+v", began, failed, w.Log.All)
	}
	if signed := len(w.Requests) - 1; discarded != max(signed, 0) && w.Book.Fails == nil {
		t.Errorf("%d files were discarded of %d", discarded, signed)
	}
}

// twoTokens is an office whose secretary and whose seal have a token each.
func twoTokens(t *testing.T) (w *flowtest.World, start func() *flow.Flow, clerk, seal *flowtest.Token) {
	t.Helper()
	w = flowtest.New(t)
	clerk, seal = flowtest.NewToken(t, "Trần Thị Văn Thư", "1111"), flowtest.NewToken(t, "Sở Thử nghiệm tỉnh Mẫu", "2222")
	clerk.Serial, clerk.Label, seal.Serial, seal.Label = "A", "Văn thư", "B", "Con dấu"
	w.Reopen = signedDraft(t, w)
	start = func() *flow.Flow {
		c := w.Config(flowtest.At{})
		c.Tokens = flowtest.Tray{clerk, seal}
		f := flow.New(c)
		t.Cleanup(f.Close)
		f.Start()
		return f
	}
	return w, start, clerk, seal
}

// Two tokens in two ports: each is asked for its own PIN once.
func TestIssueTwoTokens(t *testing.T) {
	w, start, clerk, seal := twoTokens(t)
	f := start()
	f.ChooseIssue(w.Waiting())
	if i := f.Lists().Issue; i.Together() || i.Sealing() || i.Asks() == nil || i.Asks().Slot.Token.Serial != "A" {
		t.Fatalf("%+v", i.Asks())
	}
	f.RunIssue(signer.PIN("1111"), false)
	i := f.Lists().Issue
	if i.Problem != nil || i.Done != nil || !i.Sealing() || i.Asks().Slot.Token.Serial != "B" || !i.Taken.Waits() {
		t.Fatalf("%v %+v", i.Problem, i)
	}
	f.RunIssue(signer.PIN("2222"), false)
	if i = f.Lists().Issue; i.Problem != nil || i.Done == nil || i.Done.Number != "01/STN-VP" || !i.Done.Registered {
		t.Fatalf("%v %+v", i.Problem, i.Done)
	}
	if !slices.Equal(clerk.Entered, []string{"1111"}) || !slices.Equal(seal.Entered, []string{"2222"}) {
		t.Errorf("entered %q and %q", clerk.Entered, seal.Entered)
	}
	if left, _ := filepath.Glob(filepath.Join(w.Home, "issuing", "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// One port: the token is changed after the number, the program is killed in
// between, and the PIN of one token never reaches the other.
func TestIssueSwap(t *testing.T) {
	w, start, clerk, seal := twoTokens(t)
	seal.Absent = true
	f := start()
	f.ChooseIssue(w.Waiting())
	f.RunIssue(signer.PIN("1111"), false)
	i := f.Lists().Issue
	if i.Problem != nil || i.Taken == nil || !i.Taken.Waits() || i.Asks() != nil {
		t.Fatalf("%v %+v", i.Problem, i)
	}
	f.RunIssue(signer.PIN("1111"), false) // nobody asked for it
	if len(clerk.Entered) != 1 {
		t.Fatalf("the PIN was tried again: %q", clerk.Entered)
	}

	f = start() // the first was killed
	if held := f.Lists().Issue.Held; len(held) != 1 || held[0].Draft.Source != w.Waiting() {
		t.Fatalf("%+v", held)
	}
	f.ChooseIssue(w.Waiting())
	clerk.Absent, seal.Absent = true, false
	f.TokensChanged()
	i = f.Lists().Issue
	if i.Asks() == nil || i.Asks().Slot.Token.Serial != "B" || i.Form.Notation != "STN-VP" {
		t.Fatalf("%+v", i)
	}
	f.RunIssue(signer.PIN("1111"), false) // a wrong PIN: the number stays
	if i = f.Lists().Issue; i.Problem == nil || i.Taken == nil || !i.Taken.Waits() || i.PIN != signer.PINCountLow {
		t.Fatalf("%v %+v", i.Problem, i)
	}
	f.RunIssue(signer.PIN("2222"), false)
	if i = f.Lists().Issue; i.Done == nil || i.Done.Number != "01/STN-VP" {
		t.Fatalf("%v %+v", i.Problem, i.Done)
	}
	if len(w.Requests) != 2 || len(clerk.Entered) != 1 {
		t.Errorf("%d signatures, %q", len(w.Requests), clerk.Entered)
	}
	if l := w.Book.All; len(l) != 1 || l[0].State != submit.NumberIssued || l[0].Draft != nil {
		t.Errorf("%+v", l)
	}
}

// A program killed between reserving and signing goes on with the same number;
// so does one whose numbered file was changed.
func TestIssueResume(t *testing.T) {
	for name, spoil := range map[string]func(w *flowtest.World){
		"changed": func(w *flowtest.World) {
			if err := os.WriteFile(w.Book.All[0].Draft.Numbered, []byte("other"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"gone": func(w *flowtest.World) {
			if err := os.Remove(w.Book.All[0].Draft.Numbered); err != nil {
				t.Fatal(err)
			}
		},
		"killed": func(w *flowtest.World) { w.Book.All[0].Draft.Sum = [32]byte{} },
	} {
		t.Run(name, func(t *testing.T) {
			w, start, _, _ := twoTokens(t)
			f := start()
			f.ChooseIssue(w.Waiting())
			f.RunIssue(signer.PIN("1111"), false)
			spoil(w)
			f = start()
			f.ChooseIssue(w.Waiting())
			if i := f.Lists().Issue; i.Taken == nil || i.Sealing() {
				t.Fatalf("%+v", i.Taken)
			}
			f.RunIssue(signer.PIN("1111"), false)
			f.RunIssue(signer.PIN("2222"), false)
			if i := f.Lists().Issue; i.Done == nil || i.Done.Number != "01/STN-VP" || len(w.Book.All) != 1 {
				t.Errorf("%v %+v %+v", i.Problem, i.Done, w.Book.All)
			}
		})
	}
}

// Giving up takes the document with the number away, frees the number and says
// so; what cannot be mended at the token gives up by itself.
func TestIssueGiveUp(t *testing.T) {
	w, start, _, _ := twoTokens(t)
	f := start()
	f.ChooseIssue(w.Waiting())
	f.RunIssue(signer.PIN("1111"), false)
	f.GiveUpIssue()
	if i := f.Lists().Issue; i.Taken != nil || i.Sealing() || len(i.Held) != 0 || i.Next != 1 {
		t.Errorf("%+v", i)
	}
	if last := w.Log.All[len(w.Log.All)-1]; last.Action != submit.ActionDiscarded || last.File == [32]byte{} {
		t.Errorf("%+v", last)
	}
	f.RunIssue(signer.PIN("1111"), false)
	w.SignErr = errors.New("the place is taken")
	f.RunIssue(signer.PIN("2222"), false)
	i := f.Lists().Issue
	if i.Taken != nil || w.Book.All[0].State != submit.NumberReleased {
		t.Errorf("%+v %+v", i.Taken, w.Book.All)
	}
	if left, _ := filepath.Glob(filepath.Join(w.Home, "issuing", "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Who numbers and who seals can be chosen, and the seal may come later.
func TestIssueKeys(t *testing.T) {
	w, start, _, _ := twoTokens(t)
	f := start()
	f.ChooseIssue(w.Waiting())
	all := f.Lists().Issue.IssueChoices(f.Lists().Tokens)
	if len(all) != 2 {
		t.Fatalf("%d", len(all))
	}
	f.ChooseNumberKey(all[1])
	if i := f.Lists().Issue; !i.Together() || i.Number.Slot.Token.Serial != "B" {
		t.Errorf("%+v", i.Number)
	}
	f.ChooseSealKey(nil)
	f.ChooseNumberKey(all[0])
	if i := f.Lists().Issue; i.Seal != nil || i.Asks().Slot.Token.Serial != "A" {
		t.Errorf("%+v", i.Seal)
	}
}
