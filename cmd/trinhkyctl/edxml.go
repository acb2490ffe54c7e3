package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"trinhky/app/message"
	"trinhky/submit"
	"trinhky/submit/edxml"
)

type edxmlCommands struct {
	Build edxmlBuildCommand `cmd:"" help:"${edxml_build}"`
	Check edxmlReadCommand  `cmd:"" help:"${edxml_check}"`
	Read  edxmlReadCommand  `cmd:"" help:"${edxml_read}"`
}

type edxmlReadCommand struct {
	File string `arg:"" name:"file.edxml" help:"${edxml_file}"`
}

// organInfo is an agency in a message.
type organInfo struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// messageInfo is what a message says; fields that its kind does not have stay out.
type messageInfo struct {
	File       string            `json:"file"`
	Kind       string            `json:"kind"` // new, recall, update, replace, status
	From       organInfo         `json:"from"`
	To         []organInfo       `json:"to,omitempty"`
	DocumentID string            `json:"document_id,omitempty"`
	Document   *submit.Metadata  `json:"document,omitempty"`
	Reason     string            `json:"reason,omitempty"`
	Files      []fileInfo        `json:"files,omitempty"`
	Status     *statusInfo       `json:"status,omitempty"`
	Answers    map[string]string `json:"answers,omitempty"` // the document that a status is about
}

type fileInfo struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

type statusInfo struct {
	Code string `json:"code"`
	At   string `json:"at"`
	Note string `json:"note"`
}

// Run reads a message as strictly as one that comes from the axis. What is
// missing, wrong or unsafe ends with 1 and its name.
func (c *edxmlReadCommand) Run(_ context.Context, s *session) error {
	if err := notExist(c.File); err != nil {
		return err
	}
	in, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	dir, err := os.MkdirTemp("", "trinhky-edxml-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	m, err := edxml.Read(bufio.NewReader(in), edxml.LimitsFor(s.Limits(), dir))
	if err != nil {
		return refusedMessage(c.File, err)
	}
	info := messageOf(c.File, m)
	s.answer(info)
	s.say("%s · %s · %s", info.Kind, info.From.Name, info.DocumentID)
	for _, f := range info.Files {
		s.say("    %s (%d)", f.Name, f.Size)
	}
	return nil
}

// refusedMessage says what is wrong with a message, with the field's name.
func refusedMessage(file string, err error) error {
	coded := &message.Coded{Code: "error.message", Args: map[string]string{"file": filepath.Base(file)}, Err: err}
	var field *submit.FieldError
	if errors.As(err, &field) {
		coded.Code, coded.Args["field"] = "error.message-field", field.Field
	}
	return coded
}

func messageOf(file string, m edxml.Message) messageInfo {
	switch m := m.(type) {
	case *edxml.Document:
		return documentOf(file, m)
	case *edxml.Status:
		return messageInfo{
			File: file, Kind: "status", From: organInfo{m.From.ID, m.From.Name},
			Status: &statusInfo{Code: m.Code, At: m.At.Format(time.RFC3339), Note: m.Description},
			Answers: map[string]string{
				"organ": m.ResponseFor.OrganID, "code": m.ResponseFor.Code,
				"document_id": m.ResponseFor.DocumentID, "date": string(m.ResponseFor.Date),
			},
		}
	}
	return messageInfo{File: file}
}

func documentOf(file string, d *edxml.Document) messageInfo {
	info := messageInfo{
		File: file, Kind: kindWord(d.Business.Kind), From: organInfo{d.From.ID, d.From.Name},
		DocumentID: d.DocumentID, Reason: d.Business.Reason,
		Document: &submit.Metadata{
			Number: d.Number, Notation: d.Notation, Place: d.Place, Date: d.Date, Type: d.Type.Name,
			TypeCode: d.Type.Code, Subject: d.Subject, Authority: d.Signer.Competence, Position: d.Signer.Position,
			Signer: d.Signer.FullName, Priority: d.Other.Priority, Pages: d.Other.PageCount, DueDate: d.DueDate,
		},
	}
	for _, o := range d.To {
		info.To = append(info.To, organInfo{o.ID, o.Name})
	}
	for _, a := range d.Attachments {
		info.Files = append(info.Files, fileInfo{a.Name, hex.EncodeToString(a.SHA256[:]), a.Size})
	}
	return info
}

func kindWord(k submit.Kind) string {
	switch k {
	case submit.New:
		return "new"
	case submit.Recall:
		return "recall"
	case submit.Update:
		return "update"
	case submit.Replace:
		return "replace"
	}
	return "unknown"
}

type edxmlBuildCommand struct {
	sendCommand
	Out       string `short:"o" required:"" placeholder:"OUT.edxml" help:"${output}"`
	Overwrite bool   `help:"${overwrite}"`
}

// Run writes the message that `send` would send, read back and compared.
func (c *edxmlBuildCommand) Run(ctx context.Context, s *session) error {
	if err := notExist(append([]string{c.Main}, c.Attachments...)...); err != nil {
		return err
	}
	if err := checkOutput(c.Main, c.Out, c.Overwrite); err != nil {
		return err
	}
	box, err := s.Outbox(ctx)
	if err != nil {
		return err
	}
	e, err := c.envelope(ctx, s)
	if err != nil {
		return err
	}
	if e.Connector, err = c.connector(box); err != nil {
		return err
	}
	if e.To, err = receivers(ctx, s, box, e.Connector, c.To); err != nil {
		return err
	}
	if e, err = box.Complete(ctx, e); err != nil {
		return err
	}
	d, err := edxml.FromEnvelope(e)
	if err != nil {
		return err
	}
	built, err := edxml.Build(d, filepath.Dir(c.Out))
	if err != nil {
		return err
	}
	if err := os.Rename(built.Path, c.Out); err != nil {
		_ = os.Remove(built.Path)
		return fmt.Errorf("write the message: %w", err)
	}
	s.answer(map[string]any{
		"output": c.Out, "size": built.Size, "sha256": hex.EncodeToString(built.SHA256[:]),
		"document_id": e.DocumentID,
	})
	s.say("%s", c.Out)
	return nil
}
