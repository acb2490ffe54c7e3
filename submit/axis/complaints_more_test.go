package axis_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	sandbox "trinhky/cmd/sandbox/axis"
	"trinhky/submit"
	"trinhky/submit/axis"
	"trinhky/submit/submittest"
)

// everyKindIsShown: no kind of message is dropped as «not new», and what asks for
// something can be answered.
func everyKindIsShown(t *testing.T, _ *destination) {
	o := newOffice(t)
	o.send(t, sandbox.Incoming{Number: "400"})
	letter := o.fetch(t, 1)[0]
	for n, kind := range []submit.Kind{submit.Recall, submit.Update} {
		o.send(t, sandbox.Incoming{Number: "400", Kind: int(kind), About: letter.DocumentID, Reason: "nhầm phụ lục"})
		in := o.fetch(t, 1)[0]
		if in.Business.Kind != kind || in.Business.About != letter.DocumentID || in.Business.Reason != "nhầm phụ lục" || in.Problem != "" {
			t.Errorf("%d: %+v", kind, in)
		}
		if _, err := o.Answer(t.Context(), in.ID, submit.Answer{Code: "16", Note: "đã chuyển xử lý"}); err != nil {
			t.Errorf("%d cannot be answered: %v", kind, err)
		}
		if said := o.said(); len(said) != 2*n+3 || said[len(said)-1] != "16" {
			t.Errorf("said %v", said)
		}
	}
}

// readsOtherWriters: messages of the shapes that others send, not those of our
// own writer and our own sandbox, come in whole; so does a message that others
// shaped differently, with other prefixes.
func readsOtherWriters(t *testing.T, _ *destination) {
	o := newOffice(t)
	count := 0
	for _, name := range []string{"new", "recall", "update", "replace"} {
		raw, err := os.ReadFile(filepath.Join("..", "edxml", "testdata", name+".edxml"))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer("H99.97", "H99.98", "H99.98", "H99.97").Replace(string(raw)) // they are to us
		for _, change := range []*strings.Replacer{
			strings.NewReplacer(),
			strings.NewReplacer("<edXML:", "<q:", "</edXML:", "</q:", "xmlns:edXML=", "xmlns:q="),
		} {
			if _, err := o.server.SendRaw("H99.98", "H99.97", "edoc", []byte(change.Replace(text))); err != nil {
				t.Fatal(err)
			}
		}
		count++ // the second one says the same: it is stored once and confirmed
	}
	for _, in := range o.fetch(t, count) {
		if in.Problem != "" || in.Document.Subject == "" || in.Document.Signer == "" || in.DocumentID == "" {
			t.Errorf("%+v", in)
		}
	}
}

// watched notes what each call says of itself on its way to the axis.
type watched struct {
	mu  sync.Mutex
	all []http.Header
}

func (w *watched) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h := r.Header.Clone()
		h.Set("Operation", r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
		w.mu.Lock()
		w.all = append(w.all, h)
		w.mu.Unlock()
		next.ServeHTTP(rw, r)
	})
}

// headersAreFresh: calls of all kinds by one client, one after the other; none
// carries or signs a header of an earlier one, and the strict axis takes all.
func headersAreFresh(t *testing.T, d *destination) {
	w := &watched{}
	front := httptest.NewServer(w.before(d.server))
	t.Cleanup(front.Close)
	c, err := axis.New(axis.Config{Endpoint: front.URL, SystemID: systemID, Secret: secret, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.server.Send(sandbox.Incoming{}); err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		_, sendErr := c.Submit(t.Context(), letter(t, d, n+1))
		ids, listErr := c.Waiting(t.Context())
		var fetchErr error
		if len(ids) == 1 {
			_, fetchErr = c.Fetch(t.Context(), ids[0].DocID, t.TempDir())
		}
		_, trackErr := c.Track(t.Context())
		if err := errors.Join(sendErr, listErr, fetchErr, trackErr); err != nil {
			t.Fatal(err)
		}
	}
	signed := map[string]bool{}
	for _, h := range w.all {
		operation := h.Get("Operation")
		for _, of := range []struct {
			header string
			only   []string
		}{
			{"XroadVnpt-hash-file", []string{"sendEdoc"}},
			{"XroadVnpt-from", []string{"sendEdoc"}},
			{"XroadVnpt-docId", []string{"getEdoc", "downloadEdoc", "updateStatus"}},
		} {
			has, may := h.Get(of.header) != "", strings.Contains(strings.Join(of.only, " "), operation)
			if has != may {
				t.Errorf("%s: %s is %q", operation, of.header, h.Get(of.header))
			}
		}
		if sum := h.Get("XroadVnpt-hash-header"); sum == "" || signed[sum+operation+h.Get("XroadVnpt-timestamp")] {
			t.Errorf("%s: signed as an earlier call: %q", operation, sum)
		} else {
			signed[sum+operation+h.Get("XroadVnpt-timestamp")] = true
		}
	}
	if len(w.all) < 8 {
		t.Errorf("%d calls", len(w.all))
	}
}

// noPaperAndWhoIsSilent: what a program can do about habits. The message never
// announces a paper copy, and a body that has not upgraded, and never answers,
// is named among those that do.
func noPaperAndWhoIsSilent(t *testing.T, d *destination) {
	o := submittest.Outbox(t, d)
	from, answers, _, silent := d.Agencies()
	r, err := o.Add(t.Context(), submittest.Envelope(t, 1, from, answers, silent))
	if err == nil {
		r, err = o.Deliver(t.Context(), r.Envelope.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	if text := wireText(t, r.Envelope); strings.Count(text, "<edXML:Paper>0</edXML:Paper>") != 1 {
		t.Error("a paper copy is announced")
	}
	d.Advance(t)
	if _, err := o.Track(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, err = o.Get(t.Context(), r.Envelope.ID); err != nil {
		t.Fatal(err)
	}
	all := (submit.Calendar{}).Warnings(r, r.Receipt.At.AddDate(0, 0, 4))
	if len(all) != 1 || all[0].Kind != submit.WarningSilent || !all[0].Party.Is(silent.Code) {
		t.Errorf("%+v", all)
	}
}

// A refusal in Vietnamese is kept as it was written; where a server mangles it,
// the code alone decides and the text is still one that can be shown.
func TestVietnameseErrorDesc(t *testing.T) {
	for name, c := range map[string]struct{ sent, shown string }{
		"in UTF-8":                       {"Mã định danh không đúng", "Mã định danh không đúng"},
		"as escapes":                     {`M\u00e3 \u0111\u1ecbnh danh`, "Mã định danh"},
		"read as US-ASCII by the server": {"M?? ?????nh danh", "M?? ?????nh danh"},
		"in bytes that are no UTF-8":     {"M\xe3 \xf0\xeanh danh", "M\uFFFD \uFFFD\uFFFDnh danh"},
	} {
		t.Run(name, func(t *testing.T) {
			h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", "application/json;charset=UTF-8")
				_, _ = io.WriteString(w, `{"status":"FAIL","ErrorCode":"7","ErrorDesc":"`+c.sent+`"}`)
			}))
			t.Cleanup(h.Close)
			client, err := axis.New(axis.Config{Endpoint: h.URL, SystemID: systemID, Secret: secret, Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Submit(t.Context(), letter(t, openWith(t, sandbox.Config{}), 1))
			var refused *submit.RefusedError
			if !errors.As(err, &refused) || refused.Code != "7" || refused.Text != c.shown {
				t.Errorf("%v", err)
			}
		})
	}
}
