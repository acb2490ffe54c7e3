package flow

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strings"

	"trinhky/app/review"
	"trinhky/submit"
)

// correcting is what the next composed message does with one that was sent.
type correcting struct {
	kind   submit.Kind // Update or Replace
	record submit.Record
	reason string
}

// into prefills a form. An update starts from what was sent; a replacement from
// the new document, for the receivers of the old one.
func (c *correcting) into(form *Form) {
	e := c.record.Envelope
	form.Kind, form.Original, form.Reason = c.kind, e, c.reason
	form.To, form.Connector = slices.Clone(e.To), e.Connector
	if c.kind != submit.Update {
		return
	}
	form.Document, form.Guessed = e.Document, nil
	if len(form.Attachments) > 0 {
		return
	}
	for _, f := range e.Files {
		if f.Role != submit.RoleMain {
			form.Attachments = append(form.Attachments, f.Path)
		}
	}
}

// mainOf is the document itself among the files of an envelope.
func mainOf(e submit.Envelope) submit.File {
	if len(e.Files) == 0 {
		return submit.File{}
	}
	return e.Files[0]
}

// file is one of the files that go with the document: one that went before
// keeps its name.
func (form Form) file(path string) submit.File {
	for _, f := range form.Original.Files {
		if f.Path == path {
			return f
		}
	}
	return submit.File{Path: path, Original: filepath.Base(path), Role: submit.RoleAttachment}
}

// FileName is the name that people know a file of the form by.
func (form Form) FileName(path string) string {
	f := form.file(path)
	return cmp.Or(f.Original, f.Name)
}

// Changed is one thing that a correction changes. Field is the name of the
// field in the JSON of submit.Metadata, or "to" and "files".
type Changed struct{ Field, Old, New string }

// UpdateSent opens the form of what was sent, to correct its data, its files or
// its receivers.
func (f *Flow) UpdateSent(r submit.Record) {
	if !f.CanCorrect(r) {
		return
	}
	f.asIs(r, func(r submit.Record) {
		f.correcting = &correcting{kind: submit.Update, record: r}
		f.ComposeFile(mainOf(r.Envelope).Path)
	})
}

// asIs goes on with the document of r as its receivers have it by now. Where that
// cannot be read it goes on with r: queueing the correction says why.
func (f *Flow) asIs(r submit.Record, then func(submit.Record)) {
	c, ok := f.c.Outbox.(Corrector)
	if !ok {
		return
	}
	aside(f, func(ctx context.Context) (submit.Envelope, error) { return c.Current(ctx, r.Envelope.ID) },
		func(e submit.Envelope, err error) {
			if err == nil {
				r.Envelope = e
			}
			then(r)
		})
}

// ReplaceSent opens the form for the signed document at path, to be sent in
// place of an earlier one.
func (f *Flow) ReplaceSent(r submit.Record, reason, path string, done func(error)) {
	if strings.TrimSpace(reason) == "" {
		done(&submit.FieldError{Field: "reason", Reason: "missing"})
		return
	}
	f.asIs(r, func(r submit.Record) {
		f.correcting = &correcting{kind: submit.Replace, record: r, reason: reason}
		f.ComposeFile(path)
	})
	done(nil)
}

// ChangeMain takes another file as the document of an update; the rest of the
// form stays as it is.
func (f *Flow) ChangeMain(form Form, path string) {
	if form.Kind != submit.Update {
		return
	}
	f.read(path, func(d *review.Document) {
		form.Path, form.SHA256, form.Missing = d.Path, d.SHA256, missing(d)
		if n := d.Metadata().Pages; n > 0 {
			form.Document.Pages = n
		}
		f.set(Composing{Doc: d, Problem: f.unfit(d, form), Form: form})
	})
}

// planned are the messages of a form and what they change.
func planned(form Form, e submit.Envelope) ([]submit.Envelope, []Changed, error) {
	switch form.Kind {
	case submit.Replace:
		r, err := submit.PlanReplace(e, form.Reason, form.Original)
		return []submit.Envelope{r}, nil, err
	case submit.Update:
		c, changes, err := change(form, e)
		if err != nil {
			return nil, nil, err
		}
		plan, err := submit.PlanUpdate(form.Original, c)
		return plan, changes, err
	case submit.New, submit.Recall:
	}
	return []submit.Envelope{e}, nil, nil
}

// queueCorrection queues what a form corrects; the record is the first message's.
func queueCorrection(ctx context.Context, c Corrector, form Form, e submit.Envelope) (submit.Record, error) {
	id := form.Original.ID
	if form.Kind == submit.Replace {
		return c.Replace(ctx, e, form.Reason, id)
	}
	by, _, err := change(form, e)
	if err != nil {
		return submit.Record{}, err
	}
	all, err := c.Update(ctx, id, by)
	if len(all) == 0 {
		return submit.Record{}, err
	}
	return all[0], err
}

// change is what a form changes of what was sent; nothing at all is refused, and
// so is a missing reason.
func change(form Form, e submit.Envelope) (submit.Change, []Changed, error) {
	old := form.Original
	c := submit.Change{Reason: strings.TrimSpace(form.Reason)}
	if c.Reason == "" {
		return c, nil, &submit.FieldError{Field: "reason", Reason: "missing"}
	}
	list := changedFields(old.Document, form.Document)
	if len(list) > 0 {
		d := form.Document
		c.Document = &d
	}
	if was, now := fileNames(old.Files), fileNames(e.Files); !slices.EqualFunc(old.Files, e.Files, sameFile) {
		c.Files = e.Files
		list = append(list, Changed{"files", was, now})
	}
	c.Removed, c.Added = less(old.To, form.To), less(form.To, old.To)
	if len(c.Removed)+len(c.Added) > 0 {
		list = append(list, Changed{"to", partyNames(old.To), partyNames(form.To)})
	}
	if len(list) == 0 {
		return c, nil, &submit.FieldError{Field: "change", Reason: "missing"}
	}
	return c, list, nil
}

func changedFields(was, now submit.Metadata) []Changed {
	var out []Changed
	for _, f := range []Changed{
		{"number", was.Number, now.Number},
		{"notation", was.Notation, now.Notation},
		{"date", string(was.Date), string(now.Date)},
		{"type", was.Type, now.Type},
		{"place", was.Place, now.Place},
		{"subject", was.Subject, now.Subject},
		{"authority", was.Authority, now.Authority},
		{"position", was.Position, now.Position},
		{"signer", was.Signer, now.Signer},
		{"due_date", string(was.DueDate), string(now.DueDate)},
		{"priority", priorityKey(was), priorityKey(now)},
	} {
		if f.Old != f.New {
			out = append(out, f)
		}
	}
	return out
}

// priorityKey is the key of the word for an urgency.
func priorityKey(m submit.Metadata) string { return "priority." + string(rune('0'+m.Priority)) }

func sameFile(a, b submit.File) bool { return a.Path == b.Path }

func fileNames(all []submit.File) string {
	var names []string
	for _, f := range all {
		names = append(names, cmp.Or(f.Original, f.Name))
	}
	return strings.Join(names, ", ")
}

func partyNames(all []submit.Party) string {
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

// less is all without some.
func less(all, some []submit.Party) []submit.Party {
	return slices.DeleteFunc(slices.Clone(all), func(p submit.Party) bool {
		return slices.ContainsFunc(some, func(q submit.Party) bool { return q.Is(p.Code) || q.Is(p.OldCode) })
	})
}
