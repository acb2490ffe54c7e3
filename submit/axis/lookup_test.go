package axis

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"trinhky/submit"
	"trinhky/submit/edxml"
)

// Only a complete list is a list.
func TestListAnswers(t *testing.T) {
	row := `{"docId":"d1","messageType":"status","status":"initial"}`
	for name, c := range map[string]struct {
		status int
		body   string
		rows   int // -1: an error
	}{
		"one":            {200, `{"status":"OK","ErrorCode":"0","data":[` + row + `]}`, 1},
		"none":           {200, `{"status":"OK","ErrorCode":"0","data":[]}`, 0},
		"done":           {200, `{"status":"OK","ErrorCode":"0","data":[{"docId":"d1","messageType":"status","status":"done"}]}`, 0},
		"no list":        {200, `{"status":"OK","ErrorCode":"0"}`, -1},
		"null":           {200, `{"status":"OK","ErrorCode":"0","data":null}`, -1},
		"text":           {200, `{"status":"OK","ErrorCode":"0","data":"[]"}`, -1},
		"no status":      {200, `{"data":[` + row + `]}`, -1},
		"fail":           {200, `{"status":"FAIL","ErrorCode":"20","ErrorDesc":"x","data":[]}`, -1},
		"row without id": {200, `{"status":"OK","ErrorCode":"0","data":[{"messageType":"status"}]}`, -1},
		"row of text":    {200, `{"status":"OK","ErrorCode":"0","data":["x"]}`, -1},
		"cut":            {200, `{"status":"OK","ErrorCode":"0","data":[` + row, -1},
		"HTML":           {200, `<html></html>`, -1},
		"empty":          {200, ``, -1},
		"500":            {500, `{"status":"OK","ErrorCode":"0","data":[]}`, -1},
		"401":            {401, ``, -1},
	} {
		t.Run(name, func(t *testing.T) {
			rec := record(t, text(c.status, c.body))
			rows, err := client(t, rec.URL).received(t.Context(), typeStatus)
			if c.rows < 0 && err == nil || c.rows >= 0 && (err != nil || len(rows) != c.rows) {
				t.Errorf("%v, %v", rows, err)
			}
		})
	}
}

// Which rows of the sent list are the envelope.
func TestSentRows(t *testing.T) {
	e := envelope(t)
	e.Queued = time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC) // 09:00 in Vietnam
	good := map[string]string{
		"messageType": "edoc", "senderDocId": "d1", "fromCode": "H99.97", "toCode": "H99.98",
		"title": e.Document.Subject, "notation": "125/SG-VP", "sentTime": "20/11/2026 09:00:00",
	}
	for name, c := range map[string]struct {
		change map[string]string
		want   string // found, early, absent, error
	}{
		"the very row":           {nil, "found"},
		"old code of the sender": {map[string]string{"fromCode": "000.00.97.H99"}, "found"},
		"old code of a receiver": {map[string]string{"toCode": "000.00.98.H99"}, "found"},
		"the second receiver":    {map[string]string{"toCode": "G99"}, "found"},
		"a list of receivers":    {map[string]string{"toCode": `["H01","G99"]`}, "found"},
		"another form of time":   {map[string]string{"sentTime": "2026-11-20 09:00:05.123"}, "found"},
		"title cut":              {map[string]string{"title": "V/v thử nghiệm gửi văn bản qua trục liên thông văn bản..."}, "found"},
		"title without accents":  {map[string]string{"title": "V/v th? nghi?m g?i v?n b?n qua tr?c li?n th?ng v?n b?n qu?c gia"}, "found"},
		"title with more spaces": {map[string]string{"title": " " + strings.ReplaceAll(e.Document.Subject, " ", "  ")}, "found"},
		"number elsewhere":       {map[string]string{"notation": "SG-VP"}, "found"},
		"another sender":         {map[string]string{"fromCode": "H99.96"}, "absent"},
		"another receiver":       {map[string]string{"toCode": "H99.96"}, "absent"},
		"another number":         {map[string]string{"notation": "126/SG-VP"}, "absent"},
		"another title":          {map[string]string{"title": "V/v khác"}, "absent"},
		"too short a title":      {map[string]string{"title": "V/v thử"}, "absent"},
		"a status":               {map[string]string{"messageType": "status"}, "absent"},
		"sent before":            {map[string]string{"sentTime": "20/11/2026 08:59:50"}, "early"},
		"sent the day before":    {map[string]string{"sentTime": "19/11/2026 10:00:00"}, "early"},
		"sent a fortnight ago":   {map[string]string{"sentTime": "06/11/2026 10:00:00"}, "absent"},
		"no time":                {map[string]string{"sentTime": ""}, "error"},
		"no number":              {map[string]string{"notation": ""}, "error"},
		"no identifier":          {map[string]string{"senderDocId": ""}, "error"},
	} {
		t.Run(name, func(t *testing.T) {
			row := map[string]string{}
			for k, v := range good {
				row[k] = v
			}
			for k, v := range c.change {
				row[k] = v
			}
			data, err := json.Marshal(map[string]any{"status": "OK", "ErrorCode": "0", "data": []any{row}})
			if err != nil {
				t.Fatal(err)
			}
			rec := record(t, func(w http.ResponseWriter, s seen) {
				w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
				text(200, string(data))(w, s)
			})
			found, err := client(t, rec.URL).Lookup(t.Context(), e)
			got := "absent"
			switch {
			case err != nil:
				got = "error"
			case len(found) == 1 && found[0].DocID == "d1" && found[0].Early:
				got = "early"
			case len(found) == 1 && found[0].DocID == "d1":
				got = "found"
			case len(found) > 0:
				got = fmt.Sprint(found)
			}
			if got != c.want {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
		})
	}
}

// The clock of the axis may be wrong: what counts is that a row is younger than
// the journal by that clock.
func TestLookupBySkewedClock(t *testing.T) {
	e := envelope(t)
	for _, off := range []time.Duration{-72 * time.Hour, 72 * time.Hour} {
		for name, c := range map[string]struct {
			sent  time.Time
			found bool
		}{
			"after the journal":  {e.Queued.Add(off).Add(5 * time.Second), true},
			"before the journal": {e.Queued.Add(off).Add(-time.Minute), false},
		} {
			rec := record(t, func(w http.ResponseWriter, s seen) {
				w.Header().Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
				text(200, fmt.Sprintf(`{"status":"OK","ErrorCode":"0","data":[{"senderDocId":"d1","fromCode":"H99.97","toCode":"G99","title":%q,"notation":"125/SG-VP","sentTime":%q}]}`,
					e.Document.Subject, c.sent.In(submit.WireZone()).Format("02/01/2006 15:04:05")))(w, s)
			})
			found, err := client(t, rec.URL).Lookup(t.Context(), e)
			if err != nil || len(found) != 1 || found[0].Early == c.found {
				t.Errorf("%v off, %s: %v, %v", off, name, found, err)
			}
		}
	}
}

// A status message that cannot be read is kept and said, and does not keep the
// others.
func TestTrackBadMessages(t *testing.T) {
	good := &edxml.Status{
		From: edxml.Organ{ID: "H99.98", Name: "Sở Nhận"}, Code: "03", At: time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC),
		ResponseFor: edxml.ResponseFor{OrganID: "H99.97", Code: "125/SG-VP", DocumentID: "H99.97,2026/11/20,125/SG-VP", Date: "2026-11-20"},
	}
	var message bytes.Buffer
	if err := edxml.Write(&message, good); err != nil {
		t.Fatal(err)
	}
	rec := record(t, func(w http.ResponseWriter, s seen) {
		answer := map[string]any{"status": "OK", "ErrorCode": "0", "ErrorDesc": "Success"}
		switch id := s.header.Get(prefix + "docId"); {
		case strings.HasSuffix(s.path, "getReceivedEdocList"):
			answer["data"] = []map[string]string{{"docId": "bad"}, {"docId": "gone"}, {"docId": "good"}}
		case strings.HasSuffix(s.path, "getEdoc") && id == "good":
			answer["data"] = message.Bytes() // base64
		case strings.HasSuffix(s.path, "getEdoc") && id == "bad":
			answer["data"] = []byte("<!DOCTYPE x><x/>")
		case strings.HasSuffix(s.path, "getEdoc"):
			answer["status"], answer["ErrorCode"] = "FAIL", "404"
		}
		_ = json.NewEncoder(w).Encode(answer)
	})
	c := client(t, rec.URL)
	reports, err := c.Track(t.Context())
	if err == nil || len(reports) != 2 || reports[0].Problem == "" || string(reports[0].Raw) != "<!DOCTYPE x><x/>" {
		t.Fatalf("%+v, %v", reports, err)
	}
	if r := reports[1]; r.ID != "good" || r.Code != "03" || r.Status != submit.Received || r.From.Code != "H99.98" || !r.At.Equal(good.At) {
		t.Errorf("%+v", r)
	}
	for _, r := range reports {
		if err := c.Acknowledge(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	all := rec.requests()
	for i, want := range []string{"fail", "done"} {
		if got := all[len(all)-2+i].header.Get(prefix + "status"); got != want {
			t.Errorf("acknowledged with %q, want %q", got, want)
		}
	}
	for _, s := range all {
		if strings.Contains(s.header.Get(prefix+"filePath"), "/") {
			t.Errorf("tells the axis where files lie here: %s", s.header.Get(prefix+"filePath"))
		}
	}
}
