package axis_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"trinhky/cmd/sandbox/axis"
)

// TestFaults: what the client sees of each fault of sendEdoc, and whether the
// document is on the axis nevertheless.
func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		fault    string
		status   int // 0: no answer
		complete bool
		accepted int
	}{
		{`{"fault":"down"}`, 0, false, 0},
		{`{"fault":"cut"}`, 0, false, 0},
		{`{"fault":"cut-answer"}`, 200, false, 1},
		{`{"fault":"lost-answer"}`, 0, false, 1},
		{`{"fault":"slow","delay":"1ms"}`, 200, true, 1},
		{`{"fault":"html"}`, 500, false, 0},
		{`{"fault":"portal"}`, 200, false, 0},
		{`{"fault":"empty"}`, 200, false, 0},
		{`{"fault":"nulls"}`, 200, false, 0},
		{`{"fault":"login"}`, 401, false, 0},
		{`{"fault":"garbage"}`, 200, false, 1},
		{`{"fault":"wrong-time","delay":"-3h"}`, 200, true, 1},
	} {
		t.Run(tc.fault, func(t *testing.T) {
			s, c := start(t, "")
			if status := c.fault(t, tc.fault); status != http.StatusOK {
				t.Fatal(status)
			}
			file := letter([]string{"H99.98"})
			status, data, err := c.trySend("edoc", "H99.97", hashHex(file), file)
			var a answer
			complete := err == nil && json.Unmarshal(data, &a) == nil && a.DocID != ""
			if complete != tc.complete || status != tc.status {
				t.Errorf("status %d, %q, %v", status, data, err)
			}
			st := s.State()
			if len(st.Documents) != tc.accepted {
				t.Errorf("%d documents, want %d", len(st.Documents), tc.accepted)
			}
			if status := c.fault(t, `{"fault":"none"}`); status != http.StatusOK {
				t.Fatal(status)
			}
			if a := c.send(t, "edoc", file); a.Status != "OK" {
				t.Errorf("after the fault: %+v", a)
			}
		})
	}
}

func TestWrongTime(t *testing.T) {
	s, c := start(t, "")
	c.fault(t, `{"fault":"wrong-time","delay":"-48h","count":1}`)
	file := letter([]string{"H99.98"})
	for range 2 {
		c.send(t, "edoc", file)
	}
	st := s.State()
	if a, b := st.Documents[0].SentAt, st.Documents[1].SentAt; a != "19/11/2026 09:15:00" || b != "21/11/2026 09:15:00" {
		t.Errorf("sent at %s and %s", a, b)
	}
}

func TestNumericCode(t *testing.T) {
	_, c := start(t, "")
	c.fault(t, `{"fault":"numeric"}`)
	file := letter([]string{"H99.98"})
	if _, data, err := c.trySend("edoc", "H99.97", hashHex(file), file); err != nil || !bytes.Contains(data, []byte(`"ErrorCode":0,`)) {
		t.Errorf("%s %v", data, err)
	}
}

// TestFaultCounts: operation, count, skip and every.
func TestFaultCounts(t *testing.T) {
	for _, tc := range []struct {
		fault axis.Fault
		want  string // of nine calls: x is the fault
	}{
		{axis.Fault{Fault: axis.FaultDown, Count: 2}, "xx......."},
		{axis.Fault{Fault: axis.FaultDown, Skip: 3, Count: 1}, "...x....."},
		{axis.Fault{Fault: axis.FaultDown, Every: 3}, "..x..x..x"},
		{axis.Fault{Fault: axis.FaultDown, Every: 3, Count: 2}, "..x..x..."},
		{axis.Fault{Fault: axis.FaultDown, Skip: 1, Every: 2, Count: 1}, "..x......"},
		{axis.Fault{Fault: axis.FaultDown, Operation: "sendEdoc"}, "........."},
		{axis.Fault{Fault: axis.FaultDown, Operation: "getAgenciesList", Count: 1}, "x........"},
	} {
		s, c := start(t, "")
		if err := s.SetFault(tc.fault); err != nil {
			t.Fatal(err)
		}
		got := ""
		for range 9 {
			if _, _, err := c.do(http.MethodPost, "getAgenciesList", sign(secret, c.headers("application/json")), nil); err != nil {
				got += "x"
			} else {
				got += "."
			}
		}
		if got != tc.want {
			t.Errorf("%+v: %s, want %s", tc.fault, got, tc.want)
		}
	}
}

func TestFaultRefused(t *testing.T) {
	_, c := start(t, "")
	for _, body := range []string{
		`{"fault":"nonsense"}`, `{"fault":"down","count":-1}`, `{"fault":"down","delay":"soon"}`, `{"fault":"down","x":1}`, `x`,
	} {
		if status := c.fault(t, body); status != http.StatusBadRequest {
			t.Errorf("%s: %d", body, status)
		}
	}
	if _, err := json.Marshal(axis.Duration(time.Second)); err != nil {
		t.Error(err)
	}
}
