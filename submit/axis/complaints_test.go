package axis_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	sandbox "trinhky/cmd/sandbox/axis"
	"trinhky/submit"
	"trinhky/submit/axis"
	"trinhky/submit/edxml"
	"trinhky/submit/submittest"
)

// The known complaints about senders of others, each as a row. Of those about
// administration (21) a row says what a program can do. What the receiving side
// does about duplicates and acknowledgements (2, 3) is proved by the tests of the
// inbox as well.
func TestKnownComplaints(t *testing.T) {
	for name, row := range map[string]func(*testing.T, *destination){
		"01 nothing arrives and nobody knows":     errorPageIsNoEmptyList,
		"02 duplicates at the receiver":           lostAnswerIsNoDuplicate,
		"03 the same message at each poll":        acknowledgedOnce,
		"04 recalls and updates are ignored":      everyKindIsShown,
		"05 status stuck, identifier of one part": opaqueIdentifier,
		"06 07 unsent and nobody told":            waitingIsTold,
		"08 wrong code":                           wrongCode,
		"09 from of another system":               foreignSender,
		"10 sent and invisible":                   fullBusinessBlock,
		"11 broken files":                         bytesSurvive,
		"12 refused outside of the province":      literalPrefix,
		"13 wrong credentials":                    wrongSecret,
		"14 own receiver cannot read others":      readsOtherWriters,
		"15 over 50 MB skipped":                   tooLargeIsSaid,
		"16 missing fields are made up":           missingIsRefused,
		"17 number changed after sending":         numberStays,
		"18 reason of a recall lost":              recallReason,
		"19 signed with the headers before":       headersAreFresh,
		"20 wrong dates and priorities":           strictValues,
		"21 paper as well, uneven upgrades":       noPaperAndWhoIsSilent,
	} {
		t.Run(name, func(t *testing.T) { row(t, openWith(t, sandbox.Config{})) })
	}
}

func errorPageIsNoEmptyList(t *testing.T, d *destination) {
	o := submittest.Outbox(t, d)
	r := submitted(t, d, o, 1)
	d.Advance(t)
	fault(t, d, sandbox.Fault{Fault: sandbox.FaultHTML, Operation: "getReceivedEdocList", Count: 1})
	if n, err := o.Track(t.Context()); n != 0 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := o.Track(t.Context()); n == 0 || err != nil {
		t.Errorf("%s: afterwards %d, %v", r.Envelope.ID, n, err)
	}
}

func submitted(t *testing.T, d *destination, o *submit.Outbox, number int) submit.Record {
	t.Helper()
	from, to, _, _ := d.Agencies()
	r, err := o.Add(t.Context(), submittest.Envelope(t, number, from, to))
	if err == nil {
		r, err = o.Deliver(t.Context(), r.Envelope.ID)
	}
	if err != nil || r.Status != submit.Delivered {
		t.Fatalf("%v %v", r.Status, err)
	}
	return r
}

func lostAnswerIsNoDuplicate(t *testing.T, d *destination) {
	fault(t, d, sandbox.Fault{Fault: sandbox.FaultLostAnswer, Operation: "sendEdoc", Count: 1})
	r := submitted(t, d, submittest.Outbox(t, d), 1)
	if !r.Receipt.FoundByLookup || len(d.Documents(t)) != 1 {
		t.Errorf("%+v, %d documents", r.Receipt, len(d.Documents(t)))
	}
}

func acknowledgedOnce(t *testing.T, d *destination) {
	o := submittest.Outbox(t, d)
	submitted(t, d, o, 1)
	d.Advance(t)
	for range 2 {
		if _, err := o.Track(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := d.client.Track(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("%d are listed again, %v", len(left), err)
	}
}

func opaqueIdentifier(t *testing.T, d *destination) {
	o := submittest.Outbox(t, d)
	r := submitted(t, d, o, 1)
	p := submit.Report{
		ID: "x", DocumentID: "3b1f0c3e-0000-4000-8000-000000000001", Sender: "000.00.97.H99",
		DocumentCode: r.Envelope.Document.Code(), DocumentDate: r.Envelope.Document.Date,
		From: r.Envelope.To[0], Code: "03", Status: submit.Received, At: r.Receipt.At,
	}
	other := submittest.Outbox(t, reporting{d, []submit.Report{p}})
	again := submitted(t, d, other, 1)
	if n, err := other.Track(t.Context()); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if again, err := other.Get(t.Context(), again.Envelope.ID); err != nil || again.Recipients[0].Status != submit.Received {
		t.Errorf("%v, %v", again.Recipients, err)
	}
}

// reporting has reports of its own.
type reporting struct {
	*destination
	all []submit.Report
}

func (r reporting) Connector() submit.Connector { return reporter{r.client, r.all} }

type reporter struct {
	*axis.Client
	all []submit.Report
}

func (r reporter) Track(context.Context) ([]submit.Report, error)   { return r.all, nil }
func (r reporter) Acknowledge(context.Context, submit.Report) error { return nil }

func waitingIsTold(t *testing.T, d *destination) {
	o := submittest.Outbox(t, d)
	from, to, _, _ := d.Agencies()
	r, err := o.Add(t.Context(), submittest.Envelope(t, 1, from, to))
	if err != nil {
		t.Fatal(err)
	}
	late := submit.Calendar{}.Deadline(r.Envelope.Queued, 0).AddDate(0, 0, 1)
	if all := (submit.Calendar{}).Warnings(r, late); len(all) != 1 || all[0].Kind != submit.WarningOverdue {
		t.Errorf("queued: %+v", all)
	}
	r = submitted(t, d, o, 2)
	if all := (submit.Calendar{}).Warnings(r, r.Receipt.At.AddDate(0, 0, 4)); len(all) != 1 || all[0].Kind != submit.WarningSilent {
		t.Errorf("silent: %+v", all)
	}
}

func wrongCode(t *testing.T, d *destination) {
	o := submittest.Outbox(t, d)
	if _, err := o.SyncDirectory(t.Context(), submittest.Name); err != nil {
		t.Fatal(err)
	}
	from, _, _, _ := d.Agencies()
	_, err := o.Add(t.Context(), submittest.Envelope(t, 1, from, submit.Party{Code: "H01.99", Name: "Không có"}))
	var field *submit.FieldError
	if !errors.As(err, &field) || field.Field != "to" {
		t.Errorf("%v", err)
	}
	old := submit.Party{OldCode: "000.00.98.H99", Name: "Sở Nhận"} // known by its code of 2016
	if _, err := o.Add(t.Context(), submittest.Envelope(t, 2, from, old)); err != nil {
		t.Error(err)
	}
}

func foreignSender(t *testing.T, d *destination) {
	o := submittest.Outbox(t, d)
	_, to, other, _ := d.Agencies()
	r, err := o.Add(t.Context(), submittest.Envelope(t, 1, other, to))
	if err != nil {
		t.Fatal(err)
	}
	r, err = o.Deliver(t.Context(), r.Envelope.ID)
	if err != nil || r.Status != submit.Refused || !strings.Contains(r.Problem, "khong dung voi ma da dang ky") || r.Tries != 1 {
		t.Errorf("%v %q %d %v", r.Status, r.Problem, r.Tries, err)
	}
}

// wireText is the message of an envelope as it leaves.
func wireText(t *testing.T, e submit.Envelope) string {
	t.Helper()
	m, err := edxml.FromEnvelope(e)
	if err != nil {
		t.Fatal(err)
	}
	b, err := edxml.Build(m, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(b.Path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func fullBusinessBlock(t *testing.T, d *destination) {
	text := wireText(t, letter(t, d, 1))
	for _, want := range []string{"<edXML:TypeDetail>0<", "<edXML:Bussiness>", "<edXML:BussinessDocType>0<", "<edXML:Paper>0<", "<edXML:OrganId>H99.97<"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
}

func literalPrefix(t *testing.T, d *destination) {
	head, attachments, _ := strings.Cut(wireText(t, letter(t, d, 1)), "<AttachmentEncoded>")
	for _, element := range strings.Split(head, "<")[3:] {
		if name := strings.TrimPrefix(element, "/"); !strings.HasPrefix(name, "edXML:") {
			t.Errorf("<%s in the envelope has no prefix", element)
		}
	}
	if !strings.Contains(attachments, "<Attachment>") || !strings.Contains(attachments, "<edXML:ContentTransferEncoded xmlns:edXML=") {
		t.Error("the attachment part is not the vendor's")
	}
}

// bytesSurvive: what the axis repacks and relabels comes out as it went in, also
// several files at once.
func bytesSurvive(t *testing.T, d *destination) {
	o := newOffice(t)
	pdf := []byte("%PDF-1.7\n\xEF\xBF\xBE\x00\x80\xFF not UTF-8\n%%EOF")
	o.send(t, sandbox.Incoming{PDF: pdf})
	all := o.fetch(t, 1)
	if data, err := os.ReadFile(all[0].Files[0].Path); err != nil || !slices.Equal(data, pdf) {
		t.Errorf("%q, %v", data, err)
	}
	e := letter(t, d, 1)
	for _, name := range []string{"phụ lục.xlsx", "ảnh.jpg", "nén.zip"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte("\x89\x00"+name), 0o600); err != nil {
			t.Fatal(err)
		}
		e.Files = append(e.Files, submit.File{Path: path, Role: submit.RoleAttachment})
	}
	e.ID, e.DocumentID = "", ""
	e, err := submit.Complete(e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.client.Submit(t.Context(), submittest.Kept(t, e)); err != nil {
		t.Error(err) // Build has compared each inner file by then
	}
}

func wrongSecret(t *testing.T, d *destination) {
	c, err := axis.New(axis.Config{Endpoint: d.url, SystemID: systemID, Secret: "another", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	var auth *submit.AuthError
	if _, err := c.Submit(t.Context(), letter(t, d, 1)); !errors.As(err, &auth) {
		t.Errorf("send: %v", err)
	}
	if _, err := c.Waiting(t.Context()); !errors.As(err, &auth) {
		t.Errorf("list: %v", err)
	}
	if len(d.Documents(t)) != 0 {
		t.Error("it was taken")
	}
}

func tooLargeIsSaid(t *testing.T, d *destination) {
	o := submittest.Outbox(t, d)
	from, to, _, _ := d.Agencies()
	e := submittest.Envelope(t, 1, from, to)
	if err := os.Truncate(e.Files[0].Path, submit.MaxFileBytes+1); err != nil {
		t.Fatal(err)
	}
	var field *submit.FieldError
	if _, err := o.Add(t.Context(), e); !errors.As(err, &field) || field.Field != "files" {
		t.Errorf("%v", err)
	}
}

func missingIsRefused(t *testing.T, d *destination) {
	o := submittest.Outbox(t, d)
	from, to, _, _ := d.Agencies()
	for field, change := range map[string]func(*submit.Metadata){
		"number": func(m *submit.Metadata) { m.Number = "" }, "date": func(m *submit.Metadata) { m.Date = "" },
		"signer": func(m *submit.Metadata) { m.Signer = "" }, "subject": func(m *submit.Metadata) { m.Subject = "" },
		"secrecy": func(m *submit.Metadata) { m.Secrecy = "Mật" },
	} {
		e := submittest.Envelope(t, 1, from, to)
		change(&e.Document)
		var wrong *submit.FieldError
		if _, err := o.Add(t.Context(), e); !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func numberStays(t *testing.T, d *destination) {
	o := submittest.Outbox(t, d)
	r := submitted(t, d, o, 1)
	other := r.Envelope.Document
	other.Number = "2"
	var field *submit.FieldError
	if _, err := o.Update(t.Context(), r.Envelope.ID, submit.Change{Reason: "đổi số", Document: &other}); !errors.As(err, &field) || field.Field != "number" {
		t.Errorf("%v", err)
	}
}

func recallReason(t *testing.T, d *destination) {
	o := submittest.Outbox(t, d)
	r := submitted(t, d, o, 1)
	asked, err := o.Recall(t.Context(), r.Envelope.ID, "gửi nhầm nơi nhận", r.Envelope.To[0])
	if err == nil {
		asked, err = o.Deliver(t.Context(), asked.Envelope.ID)
	}
	if err != nil || asked.Envelope.Business.Reason != "gửi nhầm nơi nhận" {
		t.Fatalf("%+v, %v", asked.Envelope.Business, err)
	}
	if text := wireText(t, asked.Envelope); !strings.Contains(text, "<edXML:BussinessDocReason>gửi nhầm nơi nhận<") {
		t.Error("the message does not carry the reason")
	}
}

func strictValues(t *testing.T, d *destination) {
	good := wireText(t, letter(t, d, 1))
	for _, c := range [][2]string{
		{"<edXML:PromulgationDate>2026/11/20<", "<edXML:PromulgationDate>20/11/2026<"},
		{"<edXML:Priority>0<", "<edXML:Priority>Khẩn<"},
	} {
		text := strings.Replace(good, c[0], c[1], 1)
		if text == good {
			t.Fatalf("no %s in %s", c[0], good[:min(len(good), 3000)])
		}
		var field *submit.FieldError
		if m, err := edxml.Read(strings.NewReader(text), edxml.Limits{Dir: t.TempDir()}); !errors.As(err, &field) {
			t.Errorf("%s: %+v, %v", c[1], m, err)
		}
	}
}
