package axis_test

import (
	"net/http/httptest"
	"testing"
	"time"

	sandbox "trinhky/cmd/sandbox/axis"
	"trinhky/submit"
	"trinhky/submit/axis"
	"trinhky/submit/submittest"
)

const (
	systemID = "demo.sys.01"
	secret   = "demo-secret"
)

// destination is the client against the strict axis of the sandbox, which
// shares no code with it.
type destination struct {
	server *sandbox.Server
	client *axis.Client
	url    string
	// patience ends where the axis keeps a caller waiting.
	patience *submittest.Patience
}

func open(t *testing.T) submittest.Destination { return openWith(t, sandbox.Config{}) }

// openWith is open with an axis of another configuration.
func openWith(t testing.TB, config sandbox.Config) *destination {
	t.Helper()
	config.SystemID, config.Systems = systemID, map[string]string{systemID: secret}
	patience := &submittest.Patience{}
	config.Slow = patience.Lose
	s, err := sandbox.New(config)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		h.CloseClientConnections()
		h.Close()
		_ = s.Close()
	})
	c, err := axis.New(axis.Config{
		Endpoint: h.URL + "/axis", SystemID: systemID, Secret: secret, Dir: t.TempDir(),
		SendTimeout: time.Minute, ListTimeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &destination{s, c, h.URL + "/axis", patience}
}

func (d *destination) Connector() submit.Connector {
	return submittest.Impatient{Client: d.client, Patience: d.patience}
}

func (d *destination) Break(t testing.TB, where string, f submittest.Fault, n int) {
	t.Helper()
	kind := map[submittest.Fault]sandbox.Kind{
		submittest.FaultDown: sandbox.FaultDown, submittest.FaultCut: sandbox.FaultCut, submittest.FaultLost: sandbox.FaultLostAnswer,
		submittest.FaultHalf: sandbox.FaultCutAnswer, submittest.FaultGarbage: sandbox.FaultGarbage,
		submittest.FaultPage: sandbox.FaultHTML, submittest.FaultPortal: sandbox.FaultPortal, submittest.FaultEmpty: sandbox.FaultEmpty,
		submittest.FaultNulls: sandbox.FaultNulls, submittest.FaultLogin: sandbox.FaultLogin, submittest.FaultSlow: sandbox.FaultSlow,
		submittest.FaultWrongTime: sandbox.FaultWrongTime,
	}[f]
	if kind == "" {
		return
	}
	fault := sandbox.Fault{
		Fault: kind, Count: n, Delay: sandbox.Duration(time.Hour),
		Operation: map[string]string{
			submittest.AtSend: "sendEdoc", submittest.AtLookup: "getSentEdocList", submittest.AtTrack: "getReceivedEdocList",
		}[where],
	}
	if f == submittest.FaultWrongTime { // the clock stays wrong
		fault.Delay, fault.Count, fault.Operation = sandbox.Duration(-72*time.Hour), 0, ""
	}
	if err := d.server.SetFault(fault); err != nil {
		t.Fatal(err)
	}
}

func (d *destination) Documents(testing.TB) (all []string) {
	for _, m := range d.server.State().Documents {
		all = append(all, m.DocumentID)
	}
	return all
}

func (d *destination) Advance(t testing.TB) {
	t.Helper()
	for moved := true; moved; {
		var err error
		if moved, err = d.server.Advance(); err != nil {
			t.Fatal(err)
		}
	}
}

func (d *destination) Agencies() (from, answers, refuses, silent submit.Party) {
	return submit.Party{Code: "H99.97", OldCode: "000.00.97.H99", Name: "Sở Thử nghiệm tỉnh Mẫu"},
		submit.Party{Code: "H99.98", OldCode: "000.00.98.H99", Name: "Sở Nhận văn bản tỉnh Mẫu"},
		submit.Party{Code: "H99.96", OldCode: "000.00.96.H99", Name: "Ủy ban nhân dân xã Bình Mẫu"},
		submit.Party{Code: "G99", OldCode: "000.00.00.G99", Name: "Cơ quan Mẫu trung ương"}
}

func TestSuite(t *testing.T) { submittest.Suite(t, open) }
