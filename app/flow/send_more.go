package flow

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"trinhky/app/settings"
	"trinhky/submit"
	"trinhky/submit/edxml"
)

// Preview is a message as it would leave now.
type Preview struct {
	Envelope submit.Envelope // complete, with the names that receivers see
	XML      string          // the message itself; the bytes of files are left out
	// Changes is what a correction changes, and More the messages that leave
	// beside the first.
	Changes []Changed
	More    []submit.Envelope
}

// PreviewSend makes the message of a form without keeping or sending it; done
// gets the reason where it would be refused.
func (f *Flow) PreviewSend(form Form, done func(Preview, error)) {
	now, ok := f.state.(Composing)
	if !ok {
		return
	}
	form.Missing = missing(now.Doc)
	if err := f.unfit(now.Doc, form); err != nil {
		done(Preview{}, err)
		return
	}
	plan, changes, err := planned(form, f.envelope(form, now.Doc))
	if err != nil {
		done(Preview{}, err)
		return
	}
	aside(f, func(context.Context) (Preview, error) {
		p, err := preview(plan[0])
		p.Changes, p.More = changes, plan[1:]
		return p, err
	}, done)
}

func preview(e submit.Envelope) (p Preview, err error) {
	if p.Envelope, err = submit.Complete(e); err != nil {
		return p, err
	}
	for i := range p.Envelope.Files {
		file := &p.Envelope.Files[i]
		info, err := os.Stat(file.Path)
		if err != nil {
			return p, err
		}
		file.Size = info.Size()
	}
	m, err := edxml.FromEnvelope(p.Envelope)
	if err != nil {
		return p, err
	}
	var out elided
	err = edxml.Write(&out, m)
	p.XML = out.String()
	return p, err
}

// elided keeps a message as it is written, but for long runs of base64.
type elided struct {
	kept bytes.Buffer
	run  []byte // the beginning of the run of letters
	n    int64  // its length
}

// longest is how much of a run stays.
const longestRun = 120

var _ io.Writer = (*elided)(nil)

// Write never fails.
func (e *elided) Write(p []byte) (int, error) {
	for _, c := range p {
		if 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/' || c == '=' {
			if e.n++; len(e.run) < longestRun {
				e.run = append(e.run, c)
			}
			continue
		}
		e.flush()
		e.kept.WriteByte(c)
	}
	return len(p), nil
}

func (e *elided) flush() {
	e.kept.Write(e.run)
	if left := e.n - int64(len(e.run)); left > 0 {
		fmt.Fprintf(&e.kept, "… (+%d)", left)
	}
	e.run, e.n = e.run[:0], 0
}

func (e *elided) String() string {
	e.flush()
	return e.kept.String()
}

// ShowMessage reads everything about one message of the outbox: "" shows none.
func (f *Flow) ShowMessage(id string) {
	c, ok := f.c.Outbox.(Corrector)
	if id == "" || !ok {
		f.lists.Detail, f.lists.About = nil, nil
		f.tellLists()
		return
	}
	type told struct {
		r     submit.Record
		about []submit.Record
	}
	aside(f, func(ctx context.Context) (told, error) {
		r, err := c.Get(ctx, id)
		if err != nil {
			return told{}, err
		}
		about, err := f.about(ctx, r)
		return told{r, about}, err
	}, func(t told, err error) {
		if err != nil {
			f.lists.Trouble = err
		} else {
			f.lists.Detail, f.lists.About = &t.r, t.about
		}
		f.tellLists()
	})
}

// about are the recalls, updates and replacements of a document, the oldest
// first.
func (f *Flow) about(ctx context.Context, r submit.Record) ([]submit.Record, error) {
	const most = 100
	e := r.Envelope
	all, err := f.c.Outbox.List(ctx, submit.Filter{Connector: e.Connector, Text: e.Document.Code(), Limit: most})
	if err != nil {
		return nil, err
	}
	var out []submit.Record
	for _, a := range slices.Backward(all) {
		b := a.Envelope.Business
		replaces := slices.ContainsFunc(b.Replaces, func(o submit.Replacement) bool { return o.DocumentID == e.DocumentID })
		if a.Envelope.ID != e.ID && (b.About == e.DocumentID && e.DocumentID != "" || replaces) {
			out = append(out, a)
		}
	}
	return out, nil
}

// refreshDetail reads the message that is shown anew where it changed.
func (f *Flow) refreshDetail(rows []submit.Record) {
	d := f.lists.Detail
	if d == nil {
		return
	}
	for _, r := range rows {
		if r.Envelope.ID == d.Envelope.ID && !r.Updated.Equal(d.Updated) {
			f.ShowMessage(r.Envelope.ID)
		}
	}
}

// CanCorrect says whether a message can be recalled, updated or replaced.
func (f *Flow) CanCorrect(r submit.Record) bool {
	_, ok := f.c.Outbox.(Corrector)
	k := r.Envelope.Business.Kind
	return ok && r.Status == submit.Delivered && (k == submit.New || k == submit.Replace)
}

// RecallSent asks receivers to give a document back; done gets what it is
// refused for, such as a missing reason.
func (f *Flow) RecallSent(id, reason string, to []submit.Party, done func(error)) {
	f.correct(done, func(ctx context.Context, c Corrector) error {
		_, err := c.Recall(ctx, id, reason, to...)
		return err
	})
}

func (f *Flow) correct(done func(error), do func(context.Context, Corrector) error) {
	c, ok := f.c.Outbox.(Corrector)
	if !ok {
		return
	}
	aside(f, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, do(ctx, c)
	}, func(_ struct{}, err error) {
		f.ReadOutbox()
		done(err)
	})
}

// Groups are the saved groups of receivers.
func (f *Flow) Groups() []settings.Group { return f.c.Settings.Groups }

// SaveGroup keeps receivers under a name; none takes the group away.
func (f *Flow) SaveGroup(name string, to []submit.Party, done func(error)) {
	s := f.c.Settings
	s.Groups = slices.DeleteFunc(slices.Clone(s.Groups), func(g settings.Group) bool { return g.Name == name })
	if len(to) > 0 {
		g := settings.Group{Name: name}
		for _, p := range to {
			g.Receivers = append(g.Receivers, settings.Receiver{Code: p.Code, OldCode: p.OldCode, Name: p.Name})
		}
		s.Groups = append(s.Groups, g)
	}
	f.Change(s, done)
}

// Warnings are what a person should look at in a message.
func (f *Flow) Warnings(r submit.Record) []submit.Warning { return f.c.Calendar.Warnings(r, f.c.Now()) }
