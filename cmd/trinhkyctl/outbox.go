package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"trinhky/submit"
)

type outboxCommands struct {
	List   outboxListCommand   `cmd:"" help:"${outbox_list}"`
	Show   outboxShowCommand   `cmd:"" help:"${outbox_show}"`
	Run    outboxRunCommand    `cmd:"" help:"${outbox_run}"`
	Retry  outboxRetryCommand  `cmd:"" help:"${outbox_retry}"`
	Cancel outboxCancelCommand `cmd:"" help:"${outbox_cancel}"`
}

type outboxListCommand struct {
	Limit int `default:"200" help:"${limit}"`
}

// Run lists the envelopes, newest first.
func (c *outboxListCommand) Run(ctx context.Context, s *session) error {
	box, err := s.Outbox(ctx)
	if err != nil {
		return err
	}
	list, err := box.List(ctx, submit.Filter{Limit: c.Limit})
	if err != nil {
		return err
	}
	s.answer(s.shownAll(list))
	for _, r := range list {
		s.row(r)
	}
	return nil
}

// row is one envelope for people.
func (s *session) row(r submit.Record) {
	s.tell("cli.envelope", "id", r.Envelope.ID, "document", r.Envelope.DocumentID,
		"status", s.Words.Status(r.Status), "subject", r.Envelope.Document.Subject)
	for _, p := range r.Recipients {
		s.tell("cli.recipient", "name", p.Party.Name, "code", p.Party.OrganID(), "status", s.Words.Status(p.Status))
		if p.Note != "" {
			s.say("      «%s»", p.Note)
		}
	}
	if r.Problem != "" && r.Status != submit.Delivered {
		s.say("    (%s)", r.Problem)
	}
	s.warn(s.Calendar().Warnings(r, time.Now()))
}

type outboxShowCommand struct {
	ID string `arg:"" name:"id" help:"${id}"`
}

// Run shows one envelope.
func (c *outboxShowCommand) Run(ctx context.Context, s *session) error {
	box, err := s.Outbox(ctx)
	if err != nil {
		return err
	}
	r, err := box.Get(ctx, c.ID)
	if err != nil {
		return err
	}
	s.answer(s.shown(r))
	s.row(r)
	return nil
}

type outboxRunCommand struct {
	For time.Duration `name:"for" placeholder:"DURATION" help:"${for}"`
}

// Run delivers and follows until idle or for the time given: 0, 31 or 30.
func (c *outboxRunCommand) Run(ctx context.Context, s *session) error {
	box, err := s.Outbox(ctx)
	if err != nil {
		return err
	}
	limited := ctx
	if c.For > 0 {
		var stop context.CancelFunc
		limited, stop = context.WithTimeout(ctx, c.For)
		defer stop()
	}
	before, err := refusals(ctx, box)
	if err != nil {
		return err
	}
	err = box.RunUntilIdle(limited)
	if err != nil && limited.Err() == nil {
		s.Log.Warn("outbox", "error", err) // reports could not be fetched; what is sent is sent
	}
	// An interrupted run still tells how far it came.
	list, err := box.List(context.WithoutCancel(ctx), submit.Filter{Limit: mostEnvelopes})
	if err != nil {
		return err
	}
	s.answer(s.shownAll(list))
	code := exitDone
	for _, r := range list {
		s.row(r)
		switch {
		case r.Status.Waiting():
			code = exitWaiting // before 30: it can still be done
		case code == exitDone && refused(r) && !before[r.Envelope.ID]:
			code = exitRefused
		}
	}
	return end(code)
}

// refusals are the envelopes that were refused before: a run tells only its own.
func refusals(ctx context.Context, box *submit.Outbox) (map[string]bool, error) {
	list, err := box.List(ctx, submit.Filter{Limit: mostEnvelopes})
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, r := range list {
		out[r.Envelope.ID] = refused(r)
	}
	return out, nil
}

// refused says whether the destination, or one of the receivers, refused.
func refused(r submit.Record) bool {
	return statusExit(r.Status) == exitRefused || slices.ContainsFunc(r.Recipients, func(p submit.Recipient) bool {
		return p.Status == submit.Refused
	})
}

// mostEnvelopes is how far back `outbox run` looks.
const mostEnvelopes = 1000

// statusExit is the exit code for where an envelope has come to.
func statusExit(st submit.Status) int {
	switch {
	case st.Waiting():
		return exitWaiting
	case st == submit.Refused || st == submit.Failed:
		return exitRefused
	}
	return exitDone
}

type outboxRetryCommand struct {
	ID string `arg:"" name:"id" help:"${id}"`
}

// Run lets a waiting, refused or failed envelope be tried at once.
func (c *outboxRetryCommand) Run(ctx context.Context, s *session) error {
	box, err := s.Outbox(ctx)
	if err != nil {
		return err
	}
	if err := box.Retry(ctx, c.ID); err != nil {
		return err
	}
	r, err := box.Deliver(ctx, c.ID)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	s.answer(s.shown(r))
	s.row(r)
	return end(statusExit(r.Status))
}

type outboxCancelCommand struct {
	ID string `arg:"" name:"id" help:"${id}"`
}

// Run takes back an envelope of which nothing has left.
func (c *outboxCancelCommand) Run(ctx context.Context, s *session) error {
	box, err := s.Outbox(ctx)
	if err != nil {
		return err
	}
	if err := box.Cancel(ctx, c.ID); err != nil {
		return err
	}
	r, err := box.Get(ctx, c.ID)
	if err != nil {
		return err
	}
	s.answer(s.shown(r))
	s.row(r)
	return nil
}
