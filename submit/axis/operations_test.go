package axis_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	sandbox "trinhky/cmd/sandbox/axis"
	"trinhky/submit"
	"trinhky/submit/axis"
	"trinhky/submit/submittest"
)

// The operations around the directory and the counts, against the strict axis.
func TestOperations(t *testing.T) {
	d := openWith(t, sandbox.Config{})
	c, ctx := d.client, t.Context()
	for _, kind := range []string{"edoc", "status"} {
		if n, err := c.Count(ctx, kind); n != 0 || err != nil {
			t.Errorf("%s: %d, %v", kind, n, err)
		}
	}
	in := axis.Registration{ID: "x1", Parent: "H99", Code: "H99.97.01", Name: "Phòng Đăng ký thử", Mail: "dk@mau.example"}
	if err := c.Register(ctx, in); err != nil {
		t.Fatal(err)
	}
	var field *submit.FieldError
	if err := c.Register(ctx, axis.Registration{Code: "H99.97.02"}); !errors.As(err, &field) {
		t.Errorf("without a name: %v", err)
	}
	if err := c.Register(ctx, axis.Registration{Code: "H99.98", Name: "Của người khác"}); err == nil {
		t.Error("the agency of another system was registered")
	}
	has := func() (found submit.Party) {
		t.Helper()
		all, err := c.Agencies(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			if p.Code == in.Code {
				found = p
			}
		}
		return found
	}
	if p := has(); p.Name != in.Name {
		t.Errorf("registered: %+v", p)
	}
	units, err := c.Units(ctx)
	if err != nil || len(units) != 6 || units[0].Deleted || units[0].Modified.IsZero() || units[0].Version != "1" {
		t.Errorf("%d units, %v", len(units), err)
	}
	if err := c.Unregister(ctx, in.Code); err != nil {
		t.Fatal(err)
	}
	if p := has(); !p.Left(time.Now()) {
		t.Errorf("still a receiver: %+v", p)
	}
	o := submittest.Outbox(t, d)
	if _, err := o.SyncDirectory(ctx, submittest.Name); err != nil {
		t.Fatal(err)
	}
	from, _, _, _ := d.Agencies()
	_, err = o.Add(ctx, submittest.Envelope(t, 1, from, submit.Party{Code: in.Code, Name: in.Name}))
	if !errors.As(err, &field) || field.Field != "to" || !strings.Contains(field.Reason, "left the directory") {
		t.Errorf("sent to who left: %v", err)
	}
	if found, err := o.FindAgencies(ctx, submittest.Name, in.Code, 5); err != nil || len(found) != 0 {
		t.Errorf("offered: %v, %v", found, err)
	}
	if err := c.Unregister(ctx, "H99.98"); err == nil {
		t.Error("the agency of another system was taken out")
	}
}

// An axis without getSynchronizeUnit is told from one with an empty list.
func TestUnitsMalformed(t *testing.T) {
	for _, f := range []sandbox.Kind{sandbox.FaultHTML, sandbox.FaultPortal, sandbox.FaultEmpty, sandbox.FaultNulls, sandbox.FaultGarbage, sandbox.FaultCutAnswer} {
		d := openWith(t, sandbox.Config{})
		if err := d.server.SetFault(sandbox.Fault{Fault: f, Operation: "getSynchronizeUnit", Count: 1}); err != nil {
			t.Fatal(err)
		}
		if all, err := d.client.Units(t.Context()); err == nil {
			t.Errorf("%s: %d units", f, len(all))
		}
	}
}
