package flow_test

import (
	"testing"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/submit"
)

// Agreeing to a recall settles the recalled letter in the list, and no letter of
// another agency or with another identifier; refusing it settles nothing.
func TestWithdrawn(t *testing.T) {
	for code, want := range map[string]submit.Status{"15": submit.Recalled, "16": submit.Arrived} {
		t.Run(code, func(t *testing.T) {
			w := flowtest.New(t)
			letter, recall := flowtest.Incoming(t, "301", submit.New), flowtest.Incoming(t, "302", submit.Recall)
			recall.Business.About = letter.DocumentID
			foreign := flowtest.Incoming(t, "303", submit.New)
			foreign.DocumentID, foreign.From = letter.DocumentID, flowtest.Agencies[1]
			other := flowtest.Incoming(t, "304", submit.New)
			w.In.Rows = []submit.Incoming{letter, recall, foreign, other}
			f := flow.New(w.Config(flowtest.At{}))
			defer f.Close()
			f.Start()
			f.Look("302")
			f.Answer(submit.Answer{Code: code, Note: "Đã xem"})
			for _, in := range f.Lists().Inbox.Rows {
				switch {
				case in.ID == "301" && in.Status != want:
					t.Errorf("the recalled letter is %v, want %v", in.Status, want)
				case in.ID == "301" && flow.Waits(in) != (code == "16"):
					t.Error("the recalled letter still waits, or a kept one does not")
				case (in.ID == "303" || in.ID == "304") && in.Status != submit.Arrived:
					t.Errorf("%s is %v", in.ID, in.Status)
				}
			}
			if w.In.Rows[0].Status != submit.Arrived {
				t.Error("what is kept was changed")
			}
		})
	}
}
