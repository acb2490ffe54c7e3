package axis_test

import (
	"testing"

	sandbox "trinhky/cmd/sandbox/axis"
	"trinhky/submit"
	"trinhky/submit/submittest"
)

// A status counts only where the agency that it names sent it and is a receiver.
func TestStrangers(t *testing.T) {
	d := openWith(t, sandbox.Config{})
	submittest.Strangers(t, d, true, func(t testing.TB, by submit.Party, message []byte) {
		t.Helper()
		if _, err := d.server.SendRaw(by.OrganID(), "H99.97", "status", message); err != nil {
			t.Fatal(err)
		}
	})
}
