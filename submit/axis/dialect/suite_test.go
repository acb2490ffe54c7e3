package dialect_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	sandbox "trinhky/cmd/sandbox/axis"
	gateways "trinhky/cmd/sandbox/dialect"
	"trinhky/submit"
	"trinhky/submit/axis/dialect"
	"trinhky/submit/submittest"
)

const (
	systemID = "demo.sys.01"
	secret   = "demo-secret"
)

// forms are the profiles that the program brings, by the gateway that speaks
// them.
var forms = map[string]string{
	gateways.Token: "lgsp-token", gateways.WSO2: "lgsp-wso2", gateways.Octet: "edoc-octet", gateways.XRoad: "xroad-adapter",
}

func profile(t testing.TB, name string) dialect.Profile {
	t.Helper()
	file := name + ".toml"
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "assets", "dialect", file))
	if err != nil {
		t.Fatal(err)
	}
	p, err := dialect.Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != name || p.Title == "" {
		t.Errorf("%s calls itself %q, %q", file, p.Name, p.Title)
	}
	return p
}

// destination is the client against a gateway of the sandbox, which shares no
// code with it.
type destination struct {
	server  *sandbox.Server
	gateway *gateways.Gateway
	client  *dialect.Client
	url     string
	// lookedUp is told of every look-up, of those tests that count.
	lookedUp func(n int)
	// patience ends where the gateway keeps a caller waiting.
	patience *submittest.Patience
}

func open(t *testing.T, form string) *destination {
	t.Helper()
	patience := &submittest.Patience{}
	s, err := sandbox.New(sandbox.Config{
		SystemID: systemID, Systems: map[string]string{systemID: secret}, Slow: patience.Lose,
	})
	if err != nil {
		t.Fatal(err)
	}
	g, err := gateways.New(form, s, systemID)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(g)
	t.Cleanup(func() {
		h.CloseClientConnections()
		h.Close()
		_ = s.Close()
	})
	return &destination{server: s, gateway: g, client: client(t, profile(t, forms[form]), h.URL), url: h.URL, patience: patience}
}

func client(t testing.TB, p dialect.Profile, url string) *dialect.Client {
	t.Helper()
	c, err := dialect.New(p, dialect.Config{
		Endpoint: url, SystemID: systemID, Secret: secret, Organ: sandbox.CodeSender, Dir: t.TempDir(),
		SendTimeout: time.Minute, ListTimeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (d *destination) Connector() submit.Connector {
	return submittest.Impatient{Client: d.client, Patience: d.patience}
}

// Brief implements submittest.Brief: the four share one client.
func (d *destination) Brief() bool { return true }

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
	switch f {
	case submittest.FaultWrongTime: // the clock stays wrong
		fault.Delay, fault.Count, fault.Operation = sandbox.Duration(-72*time.Hour), 0, ""
	case submittest.FaultLogin: // a client with a login tries a list once more
		if fault.Operation != "sendEdoc" {
			fault.Count = 2 * n
		}
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

func TestSuite(t *testing.T) {
	for form := range forms {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			submittest.Suite(t, func(t *testing.T) submittest.Destination { return open(t, form) })
		})
	}
}
