package flow

import (
	"context"
	"path/filepath"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/submit"
)

// CanSend says whether there is a destination.
func (f *Flow) CanSend() bool { return f.c.Outbox != nil && len(f.c.Outbox.Connectors()) > 0 }

// Compose opens the form for the signed document that is shown.
func (f *Flow) Compose() {
	now, ok := f.state.(Signed)
	if !ok || !f.CanSend() {
		return
	}
	f.compose(now.Doc, nil)
}

// ComposeFile opens the form for a file that was signed before.
func (f *Flow) ComposeFile(path string) { f.composeFiles(path, nil) }

func (f *Flow) composeFiles(path string, attachments []string) {
	if !f.CanSend() {
		return
	}
	f.read(path, func(d *review.Document) { f.compose(d, attachments) })
}

// read opens the file at path and hands it on; a file that cannot be read
// ends in OpenFailed.
func (f *Flow) read(path string, then func(*review.Document)) {
	f.set(Opening{Path: path})
	run(f, func(ctx context.Context) (*review.Document, error) {
		return f.c.Reader.Open(ctx, path, nil)
	}, func(d *review.Document, err error) {
		if err != nil {
			f.set(OpenFailed{Path: path, Err: err})
			return
		}
		then(d)
	})
}

func (f *Flow) compose(d *review.Document, attachments []string) {
	m := d.Metadata()
	form := Form{
		Document: m.Metadata, Guessed: m.Guessed, Connector: f.c.Outbox.Connectors()[0],
		Path: d.Path, SHA256: d.SHA256, Attachments: attachments, Missing: missing(d),
	}
	if c := f.correcting; c != nil {
		c.into(&form)
	}
	f.set(Composing{Doc: d, Problem: f.unfit(d, form), Form: form})
}

// Missing is what makes a document more than a draft (Decree 30/2020, Art. 5).
type Missing int

// What may be missing.
const (
	MissingLeader Missing = iota // the competent person's signature
	MissingSeal                  // the agency's
)

// missing says what the document lacks; invalid signatures count as none.
func missing(d *review.Document) []Missing {
	persons, agencies := d.SignedBy()
	var out []Missing
	if persons == 0 {
		out = append(out, MissingLeader)
	}
	if agencies == 0 {
		out = append(out, MissingSeal)
	}
	return out
}

// unfit is why a document must not be sent at all: it is classified, or the
// agency's policy asks for signature and seal.
func (f *Flow) unfit(d *review.Document, form Form) error {
	if err := d.Secret(); err != nil {
		return err
	}
	if f.c.Settings.Sending.RequireSeal && len(form.Missing) > 0 {
		return &review.RuleError{Rule: review.RuleUnsealed}
	}
	return nil
}

// Send queues the message. It is in the journal when the state is Queued; the
// network is not touched here.
func (f *Flow) Send(form Form) {
	now, ok := f.state.(Composing)
	if !ok {
		return
	}
	form.Missing = missing(now.Doc)
	if err := f.unfit(now.Doc, form); err != nil {
		f.set(Composing{Form: form, Doc: now.Doc, Problem: err})
		return
	}
	e := f.envelope(form, now.Doc)
	run(f, func(ctx context.Context) (submit.Record, error) {
		if c, ok := f.c.Outbox.(Corrector); ok && form.Kind != submit.New {
			return queueCorrection(ctx, c, form, e)
		}
		return f.c.Outbox.Add(ctx, e)
	}, func(r submit.Record, err error) {
		if err != nil {
			f.set(Composing{Form: form, Doc: now.Doc, Problem: err})
			return
		}
		f.correcting = nil
		f.set(Queued{Record: r})
		f.LookAround()
	})
}

// envelope is what a form sends.
func (f *Flow) envelope(form Form, doc *review.Document) submit.Envelope {
	e := submit.Envelope{
		Connector: form.Connector, From: sender(f.c.Settings.Agency), To: form.To, Document: form.Document,
		Files: []submit.File{{
			Path: form.Path, Original: filepath.Base(form.Path), SHA256: form.SHA256,
			Size: doc.Size, Role: submit.RoleMain,
		}},
	}
	for _, path := range form.Attachments {
		e.Files = append(e.Files, form.file(path))
	}
	if form.Kind == submit.Update && form.Path == mainOf(form.Original).Path {
		e.Files[0] = form.Original.Files[0]
	}
	return e
}

func sender(a settings.Agency) submit.Party {
	return submit.Party{
		Code: a.Code, OldCode: a.OldCode, Name: a.Name, InCharge: a.InCharge,
		Address: a.Address, Email: a.Email, Telephone: a.Telephone,
	}
}

// FindAgencies looks for receivers by name without accents or by code; found is
// called on the thread of the user interface with the text it belongs to.
func (f *Flow) FindAgencies(connector, text string, found func(text string, list []submit.Party)) {
	if f.c.Outbox == nil {
		return
	}
	const most = 30
	aside(f, func(ctx context.Context) ([]submit.Party, error) {
		return f.c.Outbox.FindAgencies(ctx, connector, text, most)
	}, func(list []submit.Party, err error) {
		if err != nil {
			f.c.Log.Warn("find agencies", "err", err)
		}
		found(text, list)
	})
}

// Retry tries a waiting or refused message again now.
func (f *Flow) Retry(id string) { f.outboxDo(id, f.c.Outbox.Retry) }

// CancelSend takes back a message of which nothing has left.
func (f *Flow) CancelSend(id string) { f.outboxDo(id, f.c.Outbox.Cancel) }

func (f *Flow) outboxDo(id string, do func(context.Context, string) error) {
	aside(f, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, do(ctx, id)
	}, func(_ struct{}, err error) {
		if err != nil {
			f.lists.Trouble = err
			f.tellLists()
			return
		}
		f.ReadOutbox()
	})
}

// OutboxNews is told of every event of the outbox, by its one reader.
func (f *Flow) OutboxNews(e submit.Event) {
	switch e := e.(type) {
	case submit.Trouble:
		f.lists.Trouble = e.Err
		f.tellLists()
	case submit.Changed:
		f.lists.Trouble = nil
		if r, ok := f.state.(Queued); ok && r.Record.Envelope.ID == e.Record.Envelope.ID {
			f.state = Queued{Record: e.Record}
		}
		f.ReadOutbox()
	case submit.ReportStored, submit.Missed:
		f.ReadOutbox()
	}
}

// ReadOutbox reads the rows anew.
func (f *Flow) ReadOutbox() {
	if f.c.Outbox == nil {
		return
	}
	want := f.lists.Sent.want()
	aside(f, func(ctx context.Context) (sentRows, error) {
		return f.readSent(ctx, want)
	}, func(rows sentRows, err error) {
		if err != nil {
			f.lists.Trouble = err
			f.tellLists()
			return
		}
		f.lists.Records = rows.newest
		f.refreshDetail(rows.newest)
		if v := &f.lists.Sent; v.want() == want { // else something else is asked for by now
			v.Rows, v.More = rows.found, len(rows.found) == want.Limit
			f.refreshDetail(rows.found)
		}
		f.tellLists()
	})
}
