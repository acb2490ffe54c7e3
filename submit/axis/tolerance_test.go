package axis_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	sandbox "trinhky/cmd/sandbox/axis"
	"trinhky/submit"
	"trinhky/submit/axis"
)

// answering is a client of a server that gives each operation one answer.
func answering(t *testing.T, answers map[string]string) *axis.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := answers[r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(s.Close)
	c, err := axis.New(axis.Config{Endpoint: s.URL, SystemID: systemID, Secret: secret, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What servers of other makers answer, and mean the same: another order and
// spelling of names, numbers, further fields, a mark of byte order, both
// spellings of one field.
func TestAnswersOfOthers(t *testing.T) {
	const row = `{"from":%s,"status":%s,"docId":%s,"messageType":%s,"to":["H99.97"],"x":{"y":[null]}}`
	for name, c := range map[string]struct{ answer, id string }{
		"numbers":         {`{"ErrorCode":0,"DocId":9007199254740993,"status":"OK"}`, "9007199254740993"},
		"lower case":      {`{"docid":"a","errordesc":"Thành công","errorcode":"0","status":"ok"}`, "a"},
		"upper case":      {`{"STATUS":"OK","ERRORCODE":"0","DOCID":"a"}`, "a"},
		"both spellings":  {`{"status":"OK","ErrorCode":"0","DocId":"a","docId":"a"}`, "a"},
		"one is null":     {`{"status":"OK","ErrorCode":"0","docId":null,"DocId":"a"}`, "a"},
		"byte order mark": {"\xEF\xBB\xBF" + `{"status":"OK","ErrorCode":"0","DocId":"a"}` + "\r\n", "a"},
		"empty data":      {`{"status":"OK","ErrorCode":"0","data":[],"DocId":"a"}`, "a"},
		"object as data":  {`{"data":{"x":1},"status":"OK","ErrorCode":"0","DocId":"a"}`, "a"},
		"success":         {`{"status":"Success","ErrorCode":"00","DocId":"a"}`, "a"},
		"truth value":     {`{"status":true,"ErrorCode":0,"DocId":"a"}`, "a"},
		"code alone":      {`{"ErrorCode":"0","ErrorDesc":"Success","DocId":"a"}`, "a"},
		// What contradicts itself, or says nothing, is neither yes nor no.
		"two identifiers": {`{"status":"OK","ErrorCode":"0","DocId":"a","docId":"b"}`, ""},
		"the same twice":  {`{"status":"OK","ErrorCode":"0","DocId":"a","DocId":"a"}`, ""},
		"unknown word":    {`{"status":"MAYBE","ErrorCode":"0","ErrorDesc":""}`, ""},
		"no identifier":   {`{"status":"OK","ErrorCode":0,"DocId":""}`, ""},
		"an object":       {`{"status":"OK","ErrorCode":0,"DocId":{"a":1}}`, ""},
		"a page":          {`<html>OK</html>`, ""},
		"a list":          {`[{"status":"OK","ErrorCode":0,"DocId":"a"}]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := openWith(t, sandbox.Config{})
			r, err := answering(t, map[string]string{"sendEdoc": c.answer}).Submit(t.Context(), letter(t, d, 1))
			if c.id != "" && (err != nil || r.DocID != c.id) || c.id == "" && !errors.As(err, new(*submit.UnknownError)) {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	for name, c := range map[string]struct {
		row  string
		want string
	}{
		"numbers":        {fmt.Sprintf(row, `"H99.98"`, "0", "9007199254740993", `"edoc"`), "[{9007199254740993 H99.98}]"},
		"nulls":          {fmt.Sprintf(row, "null", "null", `"a"`, "null"), "[{a }]"},
		"a list of one":  {fmt.Sprintf(row, `["H99.98"]`, `"initial"`, `"a"`, `"eDoc"`), "[{a H99.98}]"},
		"an object":      {fmt.Sprintf(row, `{"code":"H99.98"}`, `"initial"`, `"a"`, `"EDOC"`), "[{a }]"},
		"another kind":   {fmt.Sprintf(row, `"H99.98"`, `"initial"`, `"a"`, `"vanban"`), "[{a H99.98}]"},
		"a status":       {fmt.Sprintf(row, `"H99.98"`, `"initial"`, `"a"`, `"Status"`), "[]"},
		"done":           {fmt.Sprintf(row, `"H99.98"`, `"DONE"`, `"a"`, `"edoc"`), "[]"},
		"no identifier":  {fmt.Sprintf(row, `"H99.98"`, `"initial"`, `null`, `"edoc"`), ""},
		"identifier {}":  {fmt.Sprintf(row, `"H99.98"`, `"initial"`, `{}`, `"edoc"`), ""},
		"a text, no row": {`"a"`, ""},
	} {
		t.Run("row/"+name, func(t *testing.T) {
			list := `{"total":1,"data":[` + c.row + `],"ErrorDesc":null,"ErrorCode":0,"status":"OK"}`
			all, err := answering(t, map[string]string{"getReceivedEdocList": list}).Waiting(t.Context())
			if got := fmt.Sprint(all); c.want != "" && (err != nil || got != c.want) || c.want == "" && err == nil {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}

// Times of lists that are legal forms of other makers' servers; a row whose time
// cannot be read may be ours: the list proves no absence.
func TestTimesOfOthers(t *testing.T) {
	d := openWith(t, sandbox.Config{})
	e := letter(t, d, 1)
	at := e.Queued.Add(3 * time.Second).In(submit.WireZone())
	for form, good := range map[string]bool{
		`"02/01/2006 15:04:05"`: true, `"2/1/2006 15:04:05"`: true, `"02/01/2006 15:04:05.000"`: true, `"2006/01/02 15:04:05"`: true,
		`"2006-01-02 15:04:05.0"`: true, `"2006-01-02T15:04:05"`: true, `"2006-01-02T15:04:05.000+0700"`: true,
		`"2006-01-02T15:04:05+07:00"`: true, `"02-01-2006 15:04:05"`: true, `"20060102150405"`: true, `"02/01/2006 03:04:05 PM"`: true,
		`"Jan 2, 2006 3:04:05 PM"`: true, `"02/01/2006 15:04"`: true, "epoch": true, "seconds": true,
		`"15:04:05"`: false, `null`: false, `""`: false, `{}`: false, `"hôm qua"`: false, `99`: false,
	} {
		text := at.Format(form)
		switch form {
		case "epoch":
			text = fmt.Sprint(at.UnixMilli())
		case "seconds":
			text = fmt.Sprint(at.Unix())
		case `99`:
			text = form
		}
		list := fmt.Sprintf(`{"status":"OK","ErrorCode":"0","data":[{"sentTime":%s,"senderDocId":77,"fromCode":%q,"toCode":[%q],"title":%q,"notation":%q}]}`,
			text, e.From.OrganID(), e.To[0].OrganID(), e.Document.Subject, e.Document.Code())
		found, err := answering(t, map[string]string{"getSentEdocList": list}).Lookup(t.Context(), e)
		if good && (err != nil || len(found) != 1 || found[0].DocID != "77" || found[0].Early) || !good && err == nil {
			t.Errorf("%s: %+v, %v", text, found, err)
		}
	}
}

// Directory answers that would fill the memory, or that are cut, are errors; what
// is read of them is bounded.
func TestHostileLists(t *testing.T) {
	const start = `{"status":"OK","ErrorCode":"0","data":[`
	large := strings.Repeat("x", 8<<20)
	for name, text := range map[string]string{
		"a row of 8 MB":       start + `{"code":"H1","name":"` + large + `"}]}`,
		"a field of 8 MB":     `{"status":"OK","trace":"` + large + `","ErrorCode":"0","data":[]}`,
		"a name of 8 MB":      `{"status":"OK","` + large + `":1,"ErrorCode":"0","data":[]}`,
		"8 MB of digits":      `{"status":"OK","ErrorCode":` + strings.Repeat("9", 8<<20) + `,"data":[]}`,
		"nested 100,000 deep": start + strings.Repeat("[", 100_000),
		"objects, as deep":    start + strings.Repeat(`{"a":`, 100_000),
		"cut in a row":        start + `{"code":"H1","na`,
		"cut behind a row":    start + `{"code":"H1","name":"x"}`,
		"cut before the end":  start + `{"code":"H1","name":"x"}]`,
		"two answers":         start + `]}` + start + `]}`,
		"two lists":           start + `],"Data":[]}`,
		"comma at the end":    start + `{"code":"H1"},]}`,
		"rows of texts":       start + `"H1","H2"]}`,
		"rows of nulls":       start + `null,null]}`,
		"an object as list":   `{"status":"OK","ErrorCode":"0","data":{"a":[]}}`,
		"a text as list":      `{"status":"OK","ErrorCode":"0","data":""}`,
		"null as list":        `{"status":"OK","ErrorCode":"0","data":null}`,
		"no list":             `{"status":"OK","ErrorCode":"0"}`,
		"single quotes":       `{'status':'OK','ErrorCode':'0','data':[]}`,
		"no number":           `{"status":"OK","ErrorCode":NaN,"data":[]}`,
		"UTF-16":              "\xFF\xFE{\x00",
		"half a surrogate":    start + `{"code":"\ud800","name":"\ud800"},{}]}`,
		"an older format":     `<string xmlns="http://tempuri.org/">{"status":"OK"}</string>`,
		"a callback":          `callback({"status":"OK","ErrorCode":"0","data":[]})`,
	} {
		t.Run(name, func(t *testing.T) {
			c := answering(t, map[string]string{"getAgenciesList": text})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			all, err := c.Agencies(t.Context())
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Errorf("%d agencies", len(all))
			}
			if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 48 { // the server's part is in it
				t.Errorf("%d MB allocated", mb)
			}
		})
	}
}
