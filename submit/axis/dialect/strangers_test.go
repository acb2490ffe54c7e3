package dialect_test

import (
	"testing"

	"trinhky/submit"
	"trinhky/submit/submittest"
)

// A status counts only where the agency that it names sent it and is a receiver.
func TestStrangers(t *testing.T) {
	for form := range forms {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			d := open(t, form)
			submittest.Strangers(t, d, true, func(t testing.TB, by submit.Party, message []byte) {
				t.Helper()
				if _, err := d.server.SendRaw(by.OrganID(), "H99.97", "status", message); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}
