package axis_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	sandbox "trinhky/cmd/sandbox/axis"
	"trinhky/submit"
	"trinhky/submit/axis"
	"trinhky/submit/store"
	"trinhky/submit/submittest"
)

// office is an inbox over the strict axis of the sandbox.
type office struct {
	*submit.Inbox
	*destination
	journal *store.Store
}

func newOffice(t *testing.T) *office {
	t.Helper()
	d, ok := open(t).(*destination)
	if !ok {
		t.Fatal("another destination")
	}
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	self, _, _, _ := d.Agencies()
	return &office{submit.NewInbox(submit.InboxConfig{
		Journal: s, Self: self, Dir: t.TempDir(), Connectors: map[string]submit.Connector{submittest.Name: d.client},
	}), d, s}
}

func (o *office) send(t *testing.T, in sandbox.Incoming) {
	t.Helper()
	if _, err := o.server.Send(in); err != nil {
		t.Fatal(err)
	}
}

// fetch wants so many new messages and returns all that there are.
func (o *office) fetch(t *testing.T, want int) []submit.Incoming {
	t.Helper()
	if n, err := o.Fetch(t.Context()); n != want || err != nil {
		t.Fatalf("%d new messages, %v; want %d", n, err, want)
	}
	all, err := o.List(t.Context(), submit.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if waiting := o.server.State().Waiting; len(waiting) != 0 {
		t.Errorf("%d messages are not confirmed", len(waiting))
	}
	return all
}

// said are the status codes that the axis has from us.
func (o *office) said() (codes []string) {
	for _, m := range o.server.State().Statuses {
		if m.From == "H99.97" {
			codes = append(codes, m.Code)
		}
	}
	return codes
}

func TestInbox(t *testing.T) {
	o := newOffice(t)
	pdf := []byte("%PDF-1.4\n% một công văn\n%%EOF\n")
	o.send(t, sandbox.Incoming{Number: "310", Subject: "V/v mời họp", PDF: pdf})
	in := o.fetch(t, 1)[0]
	if in.Document.Number != "310" || in.Document.Subject != "V/v mời họp" || in.From.Code != "H99.98" || in.Status != submit.Arrived {
		t.Errorf("%+v", in)
	}
	data, err := os.ReadFile(in.Files[0].Path)
	if err != nil || !bytes.Equal(data, pdf) {
		t.Errorf("%q, %v", data, err)
	}
	if got := fmt.Sprint(o.said()); got != "[01]" {
		t.Errorf("said %s", got)
	}
	o.fetch(t, 0)
	for _, c := range []struct {
		code, note string
		good       bool
	}{
		{"02", "", false},
		{"15", "", false},
		{"13", "", false},
		{"07", "", false},
		{"01", "", false},
		{"03", "Vào sổ đến số 5", true},
		{"03", "", false},
		{"05", "", true},
		{"06", "", true},
		{"05", "", false},
	} {
		_, err := o.Answer(t.Context(), in.ID, submit.Answer{Code: c.code, Note: c.note})
		var field *submit.FieldError
		if c.good && err != nil || !c.good && !errors.As(err, &field) {
			t.Errorf("%s: %v", c.code, err)
		}
	}
	if got := fmt.Sprint(o.said()); got != "[01 03 05 06]" {
		t.Errorf("said %s", got)
	}
	if found, err := o.List(t.Context(), submit.Filter{Text: "moi hop"}); err != nil || len(found) != 1 || found[0].Status != submit.Completed {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := o.journal.CheckAudit(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestInboxRefuses(t *testing.T) {
	o := newOffice(t)
	o.send(t, sandbox.Incoming{})
	in := o.fetch(t, 1)[0]
	if _, err := o.Answer(t.Context(), in.ID, submit.Answer{Code: "02", Note: "Không thuộc thẩm quyền"}); err != nil {
		t.Fatal(err)
	}
	var field *submit.FieldError
	if _, err := o.Answer(t.Context(), in.ID, submit.Answer{Code: "03"}); !errors.As(err, &field) {
		t.Errorf("taken in after it was refused: %v", err)
	}
	if got := fmt.Sprint(o.said()); got != "[01 02]" {
		t.Errorf("said %s", got)
	}
}

// The same document sent twice is one; a recall of it is another message and
// is answered with 15 or 16.
func TestInboxDuplicatesAndRecall(t *testing.T) {
	o := newOffice(t)
	letter := sandbox.Incoming{Number: "311", PDF: []byte("%PDF-1.4\n%%EOF\n")}
	o.send(t, letter)
	o.fetch(t, 1)
	o.send(t, letter)
	all := o.fetch(t, 0)
	if len(all) != 1 {
		t.Fatalf("%d messages", len(all))
	}
	o.send(t, sandbox.Incoming{Number: "311", Kind: 1, About: all[0].DocumentID, Reason: "nhầm phụ lục"})
	all = o.fetch(t, 1)
	recall := all[0]
	if recall.Business.Kind != submit.Recall || recall.Business.Reason != "nhầm phụ lục" || recall.Business.About != all[1].DocumentID {
		t.Fatalf("%+v", recall)
	}
	var field *submit.FieldError
	if _, err := o.Answer(t.Context(), recall.ID, submit.Answer{Code: "03"}); !errors.As(err, &field) {
		t.Errorf("a recall answered with 03: %v", err)
	}
	if in, err := o.Answer(t.Context(), recall.ID, submit.Answer{Code: "15"}); err != nil || in.Status != submit.Recalled {
		t.Errorf("%v, %v", in.Status, err)
	}
}

// What cannot be read is kept, said and confirmed, and keeps nothing else.
func TestInboxHostile(t *testing.T) {
	o := newOffice(t)
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	w, err := z.Create("x.pdf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, zeros{}, 80<<20); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	ns := "http://www.mic.gov.vn/TBT/QCVN_102_2016"
	for _, raw := range []string{
		`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>`,
		`<x/>`,
		`<edXML xmlns="` + ns + `"><edXMLEnvelope/></edXML>`,
		`<edXML xmlns="` + ns + `"><AttachmentEncoded><Attachment><ContentId>a</ContentId><AttachmentName>x.pdf</AttachmentName><ContentTransferEncoded>` +
			base64.StdEncoding.EncodeToString(bomb.Bytes()) + `</ContentTransferEncoded></Attachment></AttachmentEncoded></edXML>`,
		`<edXML xmlns="` + ns + `">` + strings.Repeat("<a>", 100_000),
	} {
		if _, err := o.server.SendRaw("H99.98", "H99.97", "edoc", []byte(raw)); err != nil {
			t.Fatal(err)
		}
	}
	o.send(t, sandbox.Incoming{})
	bad := 0
	for _, in := range o.fetch(t, 6) {
		if in.Problem == "" {
			continue
		}
		bad++
		if data, err := os.ReadFile(in.Message.Path); err != nil || len(data) == 0 {
			t.Errorf("the message is not kept: %v", err)
		}
		if _, err := o.Answer(t.Context(), in.ID, submit.Answer{Code: "03"}); err == nil {
			t.Error("what cannot be read was answered")
		}
	}
	if bad != 5 {
		t.Errorf("%d messages with a problem", bad)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// Whatever goes wrong between list and confirmation, each message is there
// once in the end.
func TestInboxFaults(t *testing.T) {
	for _, operation := range []string{"getReceivedEdocList", "downloadEdoc", "updateStatus", "sendEdoc"} {
		for _, f := range []sandbox.Kind{
			sandbox.FaultDown, sandbox.FaultCut, sandbox.FaultCutAnswer, sandbox.FaultLostAnswer, sandbox.FaultHTML, sandbox.FaultPortal,
			sandbox.FaultEmpty, sandbox.FaultNulls, sandbox.FaultLogin, sandbox.FaultGarbage,
		} {
			t.Run(operation+" "+string(f), func(t *testing.T) {
				t.Parallel()
				o := newOffice(t)
				o.send(t, sandbox.Incoming{})
				if err := o.server.SetFault(sandbox.Fault{Fault: f, Operation: operation, Count: 1}); err != nil {
					t.Fatal(err)
				}
				// A GET on a connection that ended is asked again by the transport.
				if _, err := o.Fetch(t.Context()); err == nil && operation != "downloadEdoc" {
					t.Error("the fault is not told")
				}
				if _, err := o.Fetch(t.Context()); err != nil {
					t.Error(err)
				}
				all := o.fetch(t, 0)
				if len(all) != 1 || all[0].Problem != "" || len(all[0].Files) != 1 {
					t.Errorf("%+v", all)
				}
				said := o.said()
				if len(said) == 0 || len(said) > 2 || said[0] != "01" {
					t.Errorf("said %v", said)
				}
			})
		}
	}
}

// An axis without downloadEdoc hands messages over in JSON.
func TestFetchWithoutDownload(t *testing.T) {
	d, ok := open(t).(*destination)
	if !ok {
		t.Fatal("another destination")
	}
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "downloadEdoc") {
			http.NotFound(w, r)
			return
		}
		d.server.ServeHTTP(w, r)
	}))
	defer old.Close()
	c, err := axis.New(axis.Config{Endpoint: old.URL, SystemID: systemID, Secret: secret, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.server.Send(sandbox.Incoming{Number: "312"}); err != nil {
		t.Fatal(err)
	}
	waiting, err := c.Waiting(t.Context())
	if err != nil || len(waiting) != 1 {
		t.Fatalf("%v, %v", waiting, err)
	}
	in, err := c.Fetch(t.Context(), waiting[0].DocID, t.TempDir())
	if err != nil || in.Document.Number != "312" || len(in.Files) != 1 {
		t.Errorf("%+v, %v", in, err)
	}
}
