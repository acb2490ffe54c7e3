package submittest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"trinhky/submit"
	"trinhky/submit/edxml"
	"trinhky/submit/store"
)

// Plant puts a status message into what waits at a destination; by is the
// agency that the transport says sent it.
type Plant func(t testing.TB, by submit.Party, message []byte)

// Strangers sends every status in the name of somebody who has no say: nothing
// about the document changes, each is kept and named, in the audit log too.
// carries says that the destination tells who sent a message.
func Strangers(t *testing.T, d Destination, carries bool, plant Plant) {
	j, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	o := OutboxOver(t, j, d)
	from, other, _, to := d.Agencies()
	r, err := o.Add(t.Context(), Envelope(t, 1, from, to))
	if err == nil {
		err = o.RunUntilIdle(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	id := r.Envelope.ID
	r = get(t, o, id)
	codes := []string{"01", "02", "03", "04", "05", "06", "13", "15", "16"}
	forms := []pretence{{other, other, submit.NotReceiver}, {other, to, submit.OtherSender}}
	if !carries {
		forms = forms[:1]
	}
	want := 0
	for _, f := range forms {
		for _, code := range codes {
			plant(t, f.by, statusOf(t, r.Envelope, f.named, code))
			want++
		}
	}
	if n, err := o.Track(t.Context()); n != want || err != nil {
		t.Fatalf("%d of %d reports, %v", n, want, err)
	}
	got := get(t, o, id)
	if got.Status != r.Status || fmt.Sprint(got.Recipients) != fmt.Sprint(r.Recipients) {
		t.Errorf("strangers moved it from %v %+v to %v %+v", r.Status, r.Recipients, got.Status, got.Recipients)
	}
	keptAndLogged(t, j, got, forms, codes)
	// The true receiver still has its say, under its other code too.
	to.Code, to.OldCode = to.OldCode, ""
	plant(t, to, statusOf(t, r.Envelope, to, "03"))
	if n, err := o.Track(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d reports, %v", n, err)
	}
	if got := get(t, o, id).Recipients[0].Status; got != submit.Received {
		t.Errorf("the receiver's own word: %v", got)
	}
}

// pretence is who sends a status and in whose name, and why neither has a say.
type pretence struct {
	by, named submit.Party
	why       submit.Stranger
}

// keptAndLogged checks that each status of a stranger stands once beside the
// document and once in the audit log.
func keptAndLogged(t *testing.T, j *store.Store, got submit.Record, forms []pretence, codes []string) {
	t.Helper()
	kept := map[string]int{}
	for _, p := range got.Reports {
		kept[string(p.Stranger)+" "+p.Code]++
	}
	entries, err := j.Entries(t.Context(), 1, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range forms {
		for _, code := range codes {
			if kept[string(f.why)+" "+code] != 1 {
				t.Errorf("%s %s kept %d times", f.why, code, kept[string(f.why)+" "+code])
			}
			logged := 0
			for _, e := range entries {
				if e.Action == submit.ActionReported && strings.Contains(e.Result, string(f.why)) && strings.Contains(e.Result, ": "+code+" ") {
					logged++
				}
			}
			if logged != 1 {
				t.Errorf("%s %s: %d entries of the audit log", f.why, code, logged)
			}
		}
	}
}

func get(t *testing.T, o *submit.Outbox, id string) submit.Record {
	t.Helper()
	r, err := o.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func statusOf(t *testing.T, e submit.Envelope, from submit.Party, code string) []byte {
	t.Helper()
	var b bytes.Buffer
	err := edxml.Write(&b, &edxml.Status{
		From: edxml.Organ{ID: from.OrganID(), Name: from.Name}, Code: code, Description: "lý do", At: time.Now(),
		ResponseFor: edxml.ResponseFor{OrganID: e.From.OrganID(), Code: e.Document.Code(), DocumentID: e.DocumentID, Date: e.Document.Date},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
