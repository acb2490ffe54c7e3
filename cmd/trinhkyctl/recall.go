package main

import (
	"context"
	"slices"
	"time"

	"trinhky/submit"
)

// correction is what recall, update and replace share. Each is a message of its
// own: it is journaled, sent and followed like a document.
type correction struct {
	Reason string        `required:"" placeholder:"TEXT" help:"${reason_sent}"`
	Wait   time.Duration `default:"30s" placeholder:"DURATION" help:"${wait}"`
}

func (c correction) check() error {
	if c.Wait < 0 {
		return usage("wait")
	}
	return nil
}

// end delivers what was queued for at most --wait and prints it; the exit code
// is that of the record that is farthest behind.
func (c correction) end(ctx context.Context, s *session, box *submit.Outbox, all []submit.Record) error {
	code := exitDone
	limited, stop := context.WithTimeout(ctx, c.Wait)
	defer stop()
	for i, r := range all {
		if c.Wait > 0 {
			delivered, err := box.Deliver(limited, r.Envelope.ID)
			if err != nil && limited.Err() == nil {
				s.Log.Warn("deliver", "error", err) // it stays queued; outbox run goes on
			}
			if delivered.Envelope.ID != "" {
				all[i] = delivered
			}
		}
		code = max(code, statusExit(all[i].Status))
	}
	if len(all) == 1 {
		s.answer(s.shown(all[0]))
	} else {
		s.answer(s.shownAll(all))
	}
	for _, r := range all {
		s.row(r)
	}
	return end(code)
}

type recallCommand struct {
	correction
	To []string `placeholder:"CODE" help:"${recall_to}"`
	ID string   `arg:"" name:"id" help:"${id}"`
}

// Run asks the receivers to give a document back.
func (c *recallCommand) Run(ctx context.Context, s *session) error {
	if err := c.check(); err != nil {
		return err
	}
	box, err := s.Outbox(ctx)
	if err != nil {
		return err
	}
	to, err := partiesOf(ctx, box, c.ID, c.To)
	if err != nil {
		return err
	}
	r, err := box.Recall(ctx, c.ID, c.Reason, to...)
	if err != nil {
		return err
	}
	return c.end(ctx, s, box, []submit.Record{r})
}

// partiesOf are those receivers of a document that the codes name: those who have
// it by now, and those who had it first.
func partiesOf(ctx context.Context, box *submit.Outbox, id string, codes []string) ([]submit.Party, error) {
	e, err := box.Current(ctx, id)
	if err != nil {
		return nil, err
	}
	r, err := box.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	all := append(slices.Clone(e.To), r.Envelope.To...)
	var out []submit.Party
	for _, code := range codes {
		i := slices.IndexFunc(all, func(p submit.Party) bool { return p.Is(code) })
		if i < 0 {
			return nil, &submit.FieldError{Field: "to", Reason: code + " is no receiver of " + e.DocumentID}
		}
		out = append(out, all[i])
	}
	return out, nil
}

type updateCommand struct {
	correction
	Meta   string   `placeholder:"FILE.json" help:"${update_meta}"`
	Add    []string `placeholder:"CODE" help:"${update_add}"`
	Remove []string `placeholder:"CODE" help:"${update_remove}"`
	ID     string   `arg:"" name:"id" help:"${id}"`
	Files  []string `arg:"" optional:"" name:"file" help:"${update_files}"`
}

// Run corrects a document that was sent: data, files, receivers. Who is removed
// gets a recall.
func (c *updateCommand) Run(ctx context.Context, s *session) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.Meta == "" && len(c.Add)+len(c.Remove)+len(c.Files) == 0 {
		return usage("nothing-changed")
	}
	box, err := s.Outbox(ctx)
	if err != nil {
		return err
	}
	change, err := c.change(ctx, s, box)
	if err != nil {
		return err
	}
	all, err := box.Update(ctx, c.ID, change)
	if err != nil {
		return err
	}
	return c.end(ctx, s, box, all)
}

func (c *updateCommand) change(ctx context.Context, s *session, box *submit.Outbox) (submit.Change, error) {
	out := submit.Change{Reason: c.Reason}
	now, err := box.Current(ctx, c.ID)
	if err != nil {
		return out, err
	}
	if c.Meta != "" {
		m, err := readMeta(c.Meta, now.Document)
		if err != nil {
			return out, err
		}
		out.Document = &m
	}
	if out.Files, err = filesOf(c.Files); err != nil {
		return out, err
	}
	if len(c.Files) > 0 {
		mark, err := (&sendCommand{Main: c.Files[0]}).secrecy(ctx, s)
		if err == nil && mark != "" {
			err = &submit.FieldError{Field: "secrecy", Reason: "the document is marked " + mark}
		}
		if err != nil {
			return out, err
		}
	}
	if out.Removed, err = partiesOf(ctx, box, c.ID, c.Remove); err != nil {
		return out, err
	}
	out.Added, err = receivers(ctx, s, box, now.Connector, c.Add)
	return out, err
}

// filesOf are files of an envelope: the first is the document itself.
func filesOf(paths []string) ([]submit.File, error) {
	if err := notExist(paths...); err != nil {
		return nil, err
	}
	var out []submit.File
	for i, path := range paths {
		f := submit.File{Path: path, Role: submit.RoleMain}
		if i > 0 {
			f.Role = submit.RoleAttachment
		}
		if err := hashed(&f); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

type replaceCommand struct {
	correction
	passwordFlags
	To          []string `placeholder:"CODE" help:"${replace_to}"`
	Also        []string `placeholder:"ID" help:"${replace_also}"`
	Meta        string   `placeholder:"FILE.json" help:"${meta}"`
	ID          string   `arg:"" name:"id" help:"${id}"`
	Main        string   `arg:"" name:"main.pdf" help:"${main}"`
	Attachments []string `arg:"" optional:"" name:"attachment" help:"${attachment}"`
}

// Run sends a new document in place of older ones.
func (c *replaceCommand) Run(ctx context.Context, s *session) error {
	if err := c.check(); err != nil {
		return err
	}
	if err := notExist(append([]string{c.Main}, c.Attachments...)...); err != nil {
		return err
	}
	box, err := s.Outbox(ctx)
	if err != nil {
		return err
	}
	old, err := box.Current(ctx, c.ID)
	if err != nil {
		return err
	}
	new := sendCommand{passwordFlags: c.passwordFlags, Meta: c.Meta, Main: c.Main, Attachments: c.Attachments}
	e, err := new.envelope(ctx, s)
	if err != nil {
		return err
	}
	e.Connector, e.To = old.Connector, old.To
	if len(c.To) > 0 {
		if e.To, err = receivers(ctx, s, box, e.Connector, c.To); err != nil {
			return err
		}
	}
	r, err := box.Replace(ctx, e, c.Reason, append([]string{c.ID}, c.Also...)...)
	if err != nil {
		return err
	}
	return c.end(ctx, s, box, []submit.Record{r})
}
