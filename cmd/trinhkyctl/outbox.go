package main

import (
	"context"
	"errors"
	"time"

	"trinhky/submit"
)

type outboxCommands struct {
	List   outboxListCommand   `cmd:"" help:"Liệt kê văn bản gửi đi."`
	Show   outboxShowCommand   `cmd:"" help:"Xem một văn bản gửi đi."`
	Run    outboxRunCommand    `cmd:"" help:"Gửi và theo dõi cho đến khi không còn gì để làm."`
	Retry  outboxRetryCommand  `cmd:"" help:"Gửi lại ngay."`
	Cancel outboxCancelCommand `cmd:"" help:"Hủy một văn bản chưa gửi."`
}

type outboxListCommand struct {
	Limit int `default:"200" help:"Nhiều nhất bao nhiêu dòng."`
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
	if list == nil {
		list = []submit.Record{}
	}
	s.answer(map[string]any{"envelopes": list})
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
}

type outboxShowCommand struct {
	ID string `arg:"" name:"id" help:"Mã trong danh sách."`
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
	s.answer(r)
	s.row(r)
	return nil
}

type outboxRunCommand struct {
	For time.Duration `name:"for" placeholder:"DURATION" help:"Nhiều nhất bao lâu."`
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
	err = box.RunUntilIdle(limited)
	if err != nil && limited.Err() == nil {
		s.Log.Warn("outbox", "error", err) // reports could not be fetched; what is sent is sent
	}
	// An interrupted run still tells how far it came.
	list, err := box.List(context.WithoutCancel(ctx), submit.Filter{Limit: mostEnvelopes})
	if err != nil {
		return err
	}
	if list == nil {
		list = []submit.Record{}
	}
	s.answer(map[string]any{"envelopes": list})
	code := exitDone
	for _, r := range list {
		s.row(r)
		code = max(code, statusExit(r.Status)) // 31 before 30: it can still be done
	}
	return end(code)
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
	ID string `arg:"" name:"id" help:"Mã trong danh sách."`
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
	s.answer(r)
	s.row(r)
	return end(statusExit(r.Status))
}

type outboxCancelCommand struct {
	ID string `arg:"" name:"id" help:"Mã trong danh sách."`
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
	s.answer(r)
	s.row(r)
	return nil
}
