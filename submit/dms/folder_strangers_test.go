package dms

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"trinhky/submit"
	"trinhky/submit/submittest"
)

// handover is the folder as a destination of the suite.
type handover struct{ *Folder }

func (s handover) Connector() submit.Connector                   { return s.Folder }
func (handover) Break(testing.TB, string, submittest.Fault, int) {}
func (handover) Documents(testing.TB) []string                   { return nil }
func (handover) Advance(testing.TB)                              {}
func (handover) Agencies() (from, answers, refuses, silent submit.Party) {
	return submit.Party{Code: "H99.97", OldCode: "000.00.97.H99", Name: "Sở Gửi"},
		submit.Party{Code: "H99.98", OldCode: "000.00.98.H99", Name: "Sở Nhận"},
		submit.Party{Code: "H99.96", OldCode: "000.00.96.H99", Name: "Sở Khác"},
		submit.Party{Code: "G99", OldCode: "000.00.00.G99", Name: "Cơ quan im lặng"}
}

// A receipt that the agency's connector puts there counts only where a receiver
// gave it. The folder does not tell who sent one.
func TestFolderStrangers(t *testing.T) {
	f := folder(t)
	n := 0
	submittest.Strangers(t, handover{f}, false, func(t testing.TB, _ submit.Party, message []byte) {
		t.Helper()
		n++
		if err := os.WriteFile(filepath.Join(f.dir, "receipts", strconv.Itoa(n)+".edxml"), message, 0o600); err != nil {
			t.Fatal(err)
		}
	})
}
