package axis_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"trinhky/submit"
	"trinhky/submit/edxml"
)

func (c *client) incoming(t *testing.T, query, body string) (int, string) {
	t.Helper()
	resp, err := http.Post(c.url+"/_incoming"+query, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var a struct {
		DocID string `json:"doc_id"`
	}
	_ = json.Unmarshal(data, &a) // an error is plain text
	return resp.StatusCode, a.DocID
}

// TestIncoming: agencies send to the client; the program reads it; what the
// client answers arrives.
func TestIncoming(t *testing.T) {
	s, c := start(t, "")
	for body, kind := range map[string]submit.Kind{
		"": submit.New,
		`{"number":"311","subject":"V/v <khẩn> & gấp"}`:                                              submit.New,
		`{"kind":1,"about":"H99.98,2026/11/20,300/SNVB-VP","reason":"Nhầm phụ lục"}`:                 submit.Recall,
		`{"from":"G99","kind":2,"about":"G99,2026/11/20,3/X-VP","reason":"Đính chính","number":"3"}`: submit.Update,
	} {
		status, id := c.incoming(t, "", body)
		if status != http.StatusOK || id == "" {
			t.Fatalf("%s: %d", body, status)
		}
		rows := c.rows(t, "getReceivedEdocList", header{"servicetype", "eDoc"}, header{"messagetype", "edoc"})
		row := rows[len(rows)-1]
		m, err := edxml.Read(strings.NewReader(c.message(t, row["docId"])), edxml.Limits{Dir: t.TempDir()})
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if d := m.(*edxml.Document); d.Business.Kind != kind || (len(d.Attachments) == 0) != (kind == submit.Recall) {
			t.Errorf("%s came as %+v", body, d)
		}
	}
	if st := s.State(); len(st.Documents) != 0 || len(st.Waiting) != 4 {
		t.Errorf("%d documents from clients, %d waiting", len(st.Documents), len(st.Waiting))
	}
	for _, body := range []string{`{"from":"H99.97"}`, `{"to":"X"}`, `{"kind":1}`, `{"kind":9}`, `{"x":1}`, `x`} {
		if status, _ := c.incoming(t, "", body); status != http.StatusBadRequest {
			t.Errorf("%s: %d", body, status)
		}
	}
}

// TestIncomingRaw: bytes that no sender could send are passed on as they are.
func TestIncomingRaw(t *testing.T) {
	_, c := start(t, "")
	const bomb = `<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>`
	if status, _ := c.incoming(t, "?from=H99.98&to=H99.97&type=edoc", bomb); status != http.StatusOK {
		t.Fatal(status)
	}
	row := c.rows(t, "getReceivedEdocList", header{"servicetype", "eDoc"}, header{"messagetype", "edoc"})[0]
	if got := c.message(t, row["docId"]); got != bomb {
		t.Errorf("%q", got)
	}
	if status, _ := c.incoming(t, "?from=H99.98&to=nobody&type=edoc", bomb); status != http.StatusBadRequest {
		t.Errorf("to nobody: %d", status)
	}
}
