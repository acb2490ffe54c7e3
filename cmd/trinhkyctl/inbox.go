package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"trinhky/signer"
	"trinhky/submit"
)

type inboxCommands struct {
	List inboxListCommand `cmd:"" help:"${inbox_list}"`
	Get  inboxGetCommand  `cmd:"" help:"${inbox_get}"`
	Ack  inboxAckCommand  `cmd:"" help:"${inbox_ack}"`
}

// incomingInfo is a received message as JSON prints it.
type incomingInfo struct {
	ID         string           `json:"id"`
	Connector  string           `json:"connector"`
	DocID      string           `json:"doc_id"`
	DocumentID string           `json:"document_id"`
	Kind       string           `json:"kind"`
	From       organInfo        `json:"from"`
	To         []organInfo      `json:"to"`
	Document   *submit.Metadata `json:"document,omitempty"`
	Reason     string           `json:"reason,omitempty"`
	About      string           `json:"about,omitempty"`
	Received   time.Time        `json:"received"`
	Status     string           `json:"status"`
	Answers    []answerInfo     `json:"answers"`
	Files      []keptInfo       `json:"files"`
	Problem    string           `json:"problem,omitempty"`
	// Elsewhere: the message names other receivers; nothing was answered.
	Elsewhere bool `json:"elsewhere,omitempty"`
	// Stranger says why the message is not taken at its word, Carried who sent it.
	Stranger submit.Stranger `json:"stranger,omitempty"`
	Carried  string          `json:"carried,omitempty"`
}

type answerInfo struct {
	Code    string    `json:"code"`
	Note    string    `json:"note,omitempty"`
	At      time.Time `json:"at"`
	Sent    time.Time `json:"sent,omitzero"`
	Problem string    `json:"problem,omitempty"`
}

type keptInfo struct {
	fileInfo
	Path string `json:"path"`
}

func (s *session) incoming(in submit.Incoming) incomingInfo {
	out := incomingInfo{
		ID: in.ID, Connector: in.Connector, DocID: in.DocID, DocumentID: in.DocumentID, Kind: kindWord(in.Business.Kind),
		From: organInfo{in.From.OrganID(), in.From.Name}, Reason: in.Business.Reason, About: in.Business.About,
		Received: in.Received, Status: in.Status.String(), Problem: in.Problem,
		Elsewhere: !in.Addressed(s.Sender()), Stranger: in.Stranger, Carried: in.Carried,
		To: []organInfo{}, Answers: []answerInfo{}, Files: []keptInfo{},
	}
	if in.Problem == "" {
		out.Document = &in.Document
	}
	for _, p := range in.To {
		out.To = append(out.To, organInfo{p.OrganID(), p.Name})
	}
	for _, a := range in.Answers {
		out.Answers = append(out.Answers, answerInfo{a.Code, a.Note, a.At, a.Sent, a.Problem})
	}
	for _, f := range in.Files {
		out.Files = append(out.Files, keptInfo{fileInfo{f.Original, hex.EncodeToString(f.SHA256[:]), f.Size}, f.Path})
	}
	return out
}

// incomingRow is a received message for people.
func (s *session) incomingRow(in submit.Incoming) {
	s.tell("cli.incoming", "id", in.ID, "from", in.From.Name, "code", in.Document.Code(),
		"subject", in.Document.Subject, "status", s.Words.Status(in.Status))
	if in.Problem != "" {
		s.say("    (%s)", in.Problem)
	}
	if !in.Addressed(s.Sender()) {
		s.tell("cli.elsewhere")
	}
	switch in.Stranger {
	case submit.OtherSender:
		s.tell("cli.stranger.other-sender", "name", cmp.Or(in.From.Name, in.From.OrganID()), "by", in.Carried)
	case submit.NotSender, submit.NotReceiver:
		s.tell("cli.stranger.not-sender", "name", cmp.Or(in.From.Name, in.From.OrganID()))
	}
}

type inboxListCommand struct {
	Limit   int  `default:"200" help:"${limit}"`
	Offline bool `help:"${inbox_offline}"`
}

// Run fetches what waits and lists what was received, newest first. What cannot
// be fetched is told, and ends with 31: a list that may be behind is not whole.
func (c *inboxListCommand) Run(ctx context.Context, s *session) error {
	box, err := s.Inbox(ctx)
	if err != nil {
		return err
	}
	var fetchErr error
	fresh := 0
	if !c.Offline {
		fresh, fetchErr = box.Fetch(ctx)
	}
	list, err := box.List(ctx, submit.Filter{Limit: c.Limit})
	if err != nil {
		return err
	}
	out := []incomingInfo{}
	for _, in := range list {
		out = append(out, s.incoming(in))
	}
	answer := map[string]any{"messages": out, "fetched": fresh}
	if fetchErr != nil {
		answer["problem"] = fetchErr.Error()
		s.tell("cli.inbox-behind", "reason", s.explain(fetchErr))
	}
	s.answer(answer)
	for _, in := range list {
		s.incomingRow(in)
	}
	if fetchErr != nil {
		return end(exitWaiting)
	}
	return nil
}

type inboxGetCommand struct {
	Out string `short:"o" placeholder:"DIR" help:"${inbox_out}"`
	ID  string `arg:"" name:"id" help:"${id}"`
}

// Run shows one message, and with -o writes its files into a folder.
func (c *inboxGetCommand) Run(ctx context.Context, s *session) error {
	box, err := s.Inbox(ctx)
	if err != nil {
		return err
	}
	in, err := box.Get(ctx, c.ID)
	if err != nil {
		return err
	}
	info := s.incoming(in)
	if c.Out != "" {
		if err := os.MkdirAll(c.Out, 0o755); err != nil {
			return err
		}
		for i, f := range in.Files {
			// The sender chose the name: nothing but a plain name reaches the disk.
			path := filepath.Join(c.Out, fmt.Sprintf("%02d-%s", i+1, submit.AcceptableName(f.Original)))
			if err := copyNew(f.Path, path); err != nil {
				return err
			}
			info.Files[i].Path = path
		}
	}
	s.answer(info)
	s.incomingRow(in)
	for _, f := range info.Files {
		s.say("    %s", f.Path)
	}
	return nil
}

// copyNew copies a file; one that is there already is never overwritten.
func copyNew(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %w", signer.ErrExists, err)
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, os.Remove(to))
	}
	return nil
}

type inboxAckCommand struct {
	Status string `required:"" enum:"01,02,03,04,05,06,15,16" placeholder:"01…06|15|16" help:"${inbox_status}"`
	Reason string `placeholder:"TEXT" help:"${inbox_reason}"`
	Staff  string `placeholder:"NAME" help:"${inbox_staff}"`
	ID     string `arg:"" name:"id" help:"${id}"`
}

// Run answers one message: 0 the sender's side has the answer, 31 it is kept
// and will be sent, 30 it is refused there.
func (c *inboxAckCommand) Run(ctx context.Context, s *session) error {
	box, err := s.Inbox(ctx)
	if err != nil {
		return err
	}
	in, err := box.Answer(ctx, c.ID, submit.Answer{Code: c.Status, Note: c.Reason, Staff: submit.Staff{Name: c.Staff}})
	var field *submit.FieldError
	if errors.As(err, &field) || errors.Is(err, submit.ErrNotFound) {
		return err
	}
	if in.ID == "" {
		return err
	}
	s.answer(s.incoming(in))
	s.incomingRow(in)
	if err != nil {
		s.say("    (%s)", s.explain(err))
		return end(exitWaiting)
	}
	if n := len(in.Answers); n > 0 && in.Answers[n-1].Problem != "" {
		return end(exitRefused)
	}
	return nil
}
