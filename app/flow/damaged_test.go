package flow_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/app/review"
	"trinhky/signer"
	"trinhky/signer/verify"
)

// A damaged document without a signature is offered a repair that says what it
// loses; the copy lies beside it and is opened, and nothing is replaced.
func TestDamaged(t *testing.T) {
	unreadable := &signer.UnreadableError{File: "a", Err: errors.New("startxref")}
	signed := []verify.Signature{{N: 1, Verdict: verify.Valid}}
	for _, c := range []struct {
		name       string
		openErr    error
		repairable bool
		signatures []verify.Signature
		repairErr  error
		offered    bool
	}{
		{"readers forgive it", nil, true, nil, nil, true},
		{"cannot be read", unreadable, false, nil, nil, true},
		{"no repair for it", unreadable, false, nil, errors.New("hopeless"), false},
		{"signed", nil, true, signed, nil, false},
		{"sound", nil, false, nil, nil, false},
		{"another trouble", os.ErrPermission, false, nil, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := flowtest.New(t)
			w.OpenErr, w.RepairErr, w.Lost = c.openErr, c.repairErr, []flow.Lost{{Part: "pages", Lost: 1, Of: 3}}
			d := flowtest.Document(w.Waiting())
			d.Permissions.Repairable, d.Report.Signatures = c.repairable, c.signatures
			w.Documents[w.Waiting()] = d
			f := flow.New(w.Config(flowtest.At{}))
			defer f.Close()
			f.Open(w.Waiting())
			s, offered := f.State().(flow.Damaged)
			if offered != c.offered {
				t.Fatalf("the state is %#v", f.State())
			}
			beside, _ := filepath.Glob(filepath.Join(filepath.Dir(w.Waiting()), "*-da-sua*"))
			if len(beside) > 0 {
				t.Fatalf("a repair without consent: %v", beside)
			}
			if !offered {
				refused := (*review.RuleError)(nil)
				if p, ok := f.State().(flow.Placing); ok && c.repairable && (p.Ready() || !errors.As(p.PlaceErr, &refused) || refused.Rule != review.RuleDamaged) {
					t.Errorf("a damaged document could be signed: %v", p.PlaceErr)
				}
				return
			}
			if len(s.Lost) != 1 || s.Lost[0].Lost != 1 {
				t.Errorf("it says that %v is lost", s.Lost)
			}
			w.OpenErr = nil
			first := filepath.Join(filepath.Dir(w.Waiting()), "cong-van-125-da-sua.pdf")
			if err := os.WriteFile(first, []byte("older"), 0o600); err != nil {
				t.Fatal(err)
			}
			f.Repair()
			p, ok := f.State().(flow.Placing)
			if !ok || filepath.Base(p.Doc.Path) != "cong-van-125-da-sua-2.pdf" {
				t.Fatalf("after the repair: %#v", f.State())
			}
			if old, err := os.ReadFile(first); err != nil || string(old) != "older" {
				t.Errorf("the older copy is %q, %v", old, err)
			}
		})
	}
}

// A copy that cannot be written is told, and the offer stands.
func TestRepairFails(t *testing.T) {
	w := flowtest.New(t)
	d := flowtest.Document(w.Waiting())
	d.Permissions.Repairable = true
	w.Documents[w.Waiting()] = d
	f := flow.New(w.Config(flowtest.At{}))
	defer f.Close()
	f.Open(w.Waiting())
	w.RepairErr = os.ErrPermission
	f.Repair()
	if s, ok := f.State().(flow.Damaged); !ok || !errors.Is(s.Problem, os.ErrPermission) || s.Working {
		t.Fatalf("%#v", f.State())
	}
}
