package axis_test

import (
	"errors"
	"testing"

	sandbox "trinhky/cmd/sandbox/axis"
	"trinhky/submit"
	"trinhky/submit/submittest"
)

// The fault matrix of the axis' own client (what it does with bad answers), row
// by row, with what ours does instead.
func TestFaultMatrix(t *testing.T) {
	bad := []sandbox.Kind{sandbox.FaultNulls, sandbox.FaultEmpty, sandbox.FaultPortal, sandbox.FaultHTML, sandbox.FaultLogin}
	for _, f := range bad {
		t.Run("sendEdoc/"+string(f)+" is no success and no refusal", func(t *testing.T) {
			d := openWith(t, sandbox.Config{})
			fault(t, d, sandbox.Fault{Fault: f, Operation: "sendEdoc", Count: 1})
			r, err := d.client.Submit(t.Context(), letter(t, d, 1))
			var refused *submit.RefusedError
			if err == nil || errors.As(err, &refused) {
				t.Errorf("%+v, %v", r, err)
			}
		})
		t.Run("getReceivedEdocList/"+string(f)+" is no empty list", func(t *testing.T) {
			d := openWith(t, sandbox.Config{})
			fault(t, d, sandbox.Fault{Fault: f, Operation: "getReceivedEdocList", Count: 2})
			if all, err := d.client.Waiting(t.Context()); err == nil {
				t.Errorf("documents: %v", all)
			}
			if all, err := d.client.Track(t.Context()); err == nil {
				t.Errorf("statuses: %v", all)
			}
		})
		t.Run("getEdoc and updateStatus/"+string(f)+" are errors", func(t *testing.T) {
			d := openWith(t, sandbox.Config{})
			if _, err := d.server.Send(sandbox.Incoming{}); err != nil {
				t.Fatal(err)
			}
			ids, err := d.client.Waiting(t.Context())
			if err != nil || len(ids) != 1 {
				t.Fatal(ids, err)
			}
			for _, operation := range []string{"downloadEdoc", "getEdoc", "updateStatus"} {
				fault(t, d, sandbox.Fault{Fault: f, Operation: operation, Count: 1})
			}
			if in, err := d.client.Fetch(t.Context(), ids[0].DocID, t.TempDir()); err == nil {
				t.Errorf("fetched %+v", in)
			}
			if err := d.client.Confirm(t.Context(), ids[0].DocID); err == nil {
				t.Error("confirmed")
			}
			if left, err := d.client.Waiting(t.Context()); err != nil || len(left) != 1 {
				t.Errorf("afterwards %v wait, %v", left, err)
			}
		})
	}
	t.Run("numeric ErrorCode works", func(t *testing.T) {
		d := openWith(t, sandbox.Config{})
		fault(t, d, sandbox.Fault{Fault: sandbox.FaultNumeric, Count: 1})
		if r, err := d.client.Submit(t.Context(), letter(t, d, 1)); err != nil || r.DocID == "" {
			t.Errorf("%+v, %v", r, err)
		}
	})
	t.Run("a second call has headers of its own", func(t *testing.T) {
		d := openWith(t, sandbox.Config{}) // it checks hash-file and HMAC of each
		for n := range 3 {
			if _, err := d.client.Submit(t.Context(), letter(t, d, n+1)); err != nil {
				t.Error(err)
			}
		}
	})
}

func fault(t *testing.T, d *destination, f sandbox.Fault) {
	t.Helper()
	if err := d.server.SetFault(f); err != nil {
		t.Fatal(err)
	}
}

func letter(t *testing.T, d *destination, number int) submit.Envelope {
	t.Helper()
	from, to, _, _ := d.Agencies()
	e, err := submit.Complete(submittest.Envelope(t, number, from, to))
	if err != nil {
		t.Fatal(err)
	}
	return submittest.Kept(t, e)
}
