package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"trinhky/app/review"
	"trinhky/submit"
)

type sendCommand struct {
	passwordFlags
	To          []string      `required:"" placeholder:"CODE" help:"${to}"`
	Connector   string        `placeholder:"NAME" help:"${connector}"`
	Meta        string        `placeholder:"FILE.json" help:"${meta}"`
	Wait        time.Duration `default:"30s" placeholder:"DURATION" help:"${wait}"`
	Main        string        `arg:"" name:"main.pdf" help:"${main}"`
	Attachments []string      `arg:"" optional:"" name:"attachment" help:"${attachment}"`
}

// Run journals the document, then delivers it for at most --wait.
func (c *sendCommand) Run(ctx context.Context, s *session) error {
	if err := notExist(append([]string{c.Main}, c.Attachments...)...); err != nil {
		return err
	}
	if c.Wait < 0 {
		return usage("wait")
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
	lacks, err := c.lacking(ctx, s)
	if err != nil {
		return err
	}
	used, err := c.numberUsed(ctx, s, box, e)
	if err != nil {
		return err
	}
	r, err := box.Add(ctx, e)
	if err != nil {
		return err
	}
	if c.Wait > 0 {
		limited, stop := context.WithTimeout(ctx, c.Wait)
		defer stop()
		delivered, err := box.Deliver(limited, r.Envelope.ID)
		if err != nil && limited.Err() == nil {
			s.Log.Warn("deliver", "error", err) // it stays queued; outbox run goes on
		}
		if delivered.Envelope.ID != "" {
			r = delivered
		}
	}
	out := s.shown(r)
	out.Missing, out.NumberUsed = lacks, used
	s.answer(out)
	s.row(r)
	return end(statusExit(r.Status))
}

// numberUsed are the other documents of this year that carry the number: a
// warning, as a mistake in either cannot be told from here.
func (c *sendCommand) numberUsed(ctx context.Context, s *session, box *submit.Outbox, e submit.Envelope) (ids []string, err error) {
	used, err := box.NumberUsed(ctx, e.From, e.Document)
	for _, other := range used {
		ids = append(ids, other.DocumentID)
		s.tell("cli.number-used", "number", e.Document.Code(), "id", other.DocumentID, "subject", other.Document.Subject)
	}
	return ids, err
}

// lacking is what keeps the document from standing for the original on paper:
// the leader's signature, the agency's seal (Decree 30/2020, Art. 5). It is a
// warning, and with the policy require_seal a refusal.
func (c *sendCommand) lacking(ctx context.Context, s *session) ([]string, error) {
	lacks := []string{"leader", "seal"}
	cause := c.read(ctx, s, func(d *review.Document) error {
		persons, agencies := d.SignedBy()
		lacks = nil
		if persons == 0 {
			lacks = append(lacks, "leader")
		}
		if agencies == 0 {
			lacks = append(lacks, "seal")
		}
		return nil
	})
	switch {
	case len(lacks) == 0:
	case s.Settings.Sending.RequireSeal:
		return lacks, &review.RuleError{Rule: review.RuleUnsealed, Err: cause}
	default:
		for _, what := range lacks {
			s.tell("cli.lacks." + what)
		}
	}
	return lacks, nil
}

// read looks at the document without its pages; what is no PDF is an error.
func (c *sendCommand) read(ctx context.Context, s *session, look func(*review.Document) error) error {
	reader, err := s.Reader()
	if err != nil {
		return err
	}
	password, err := c.password(s)
	if err != nil {
		return err
	}
	defer password.Wipe()
	d, err := reader.Examine(ctx, c.Main, password)
	if err != nil {
		return err
	}
	defer s.closing(d.Close)
	return look(d)
}

// envelope is the document with its message, receivers left out.
func (c *sendCommand) envelope(ctx context.Context, s *session) (submit.Envelope, error) {
	e := submit.Envelope{From: s.Sender()}
	var err error
	if e.Document, err = c.metadata(ctx, s); err != nil {
		return e, err
	}
	e.Files = append(e.Files, submit.File{Path: c.Main, Role: submit.RoleMain})
	for _, a := range c.Attachments {
		e.Files = append(e.Files, submit.File{Path: a, Role: submit.RoleAttachment})
	}
	for i := range e.Files {
		if err := hashed(&e.Files[i]); err != nil {
			return e, err
		}
	}
	return e, nil
}

// metadata reads --meta, or the document.
func (c *sendCommand) metadata(ctx context.Context, s *session) (submit.Metadata, error) {
	if c.Meta != "" {
		m, err := readMeta(c.Meta, submit.Metadata{})
		if err == nil && strings.TrimSpace(m.Secrecy) == "" {
			m.Secrecy, err = c.secrecy(ctx, s)
		}
		return m, err
	}
	d, err := s.open(ctx, c.Main, c.passwordFlags)
	if err != nil {
		return submit.Metadata{}, err
	}
	defer s.closing(d.Close)
	read := d.Metadata()
	if len(read.Guessed) > 0 {
		s.tell("cli.guessed", "fields", strings.Join(read.Guessed, ", "))
	}
	return read.Metadata, nil
}

// secrecy is the mark on the pages of the document, whatever --meta says: with
// one it must not be sent. Where the pages cannot be read, that is told.
func (c *sendCommand) secrecy(ctx context.Context, s *session) (string, error) {
	d, err := s.open(ctx, c.Main, c.passwordFlags)
	if err == nil {
		defer s.closing(d.Close)
		err = d.PartsErr
	}
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		s.Log.Warn("read the pages", "input", c.Main, "error", err)
		s.tell("cli.pages-unread")
		return "", nil
	}
	return d.Parts.Secrecy.Text, nil
}

// longestMeta bounds a --meta file.
const longestMeta = 1 << 20

// readMeta reads what `metadata` prints; what it does not name stays as in base.
// A name that is not one of its fields
// is a mistake of the writer, not something to pass over.
func readMeta(path string, base submit.Metadata) (submit.Metadata, error) {
	f, err := os.Open(path)
	if err != nil {
		return submit.Metadata{}, err
	}
	defer func() { _ = f.Close() }()
	m := review.Metadata{Metadata: base}
	dec := json.NewDecoder(io.LimitReader(f, longestMeta))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return submit.Metadata{}, usage("meta", "path", path, "reason", err.Error())
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return submit.Metadata{}, usage("meta", "path", path, "reason", "more than one JSON value")
	}
	return m.Metadata, nil
}

// connector is the one named, or the only one.
func (c *sendCommand) connector(box *submit.Outbox) (string, error) {
	names := box.Connectors()
	switch {
	case c.Connector != "":
		return c.Connector, nil // the outbox refuses a name that it does not know
	case len(names) == 1:
		return names[0], nil
	case len(names) == 0:
		return "", submit.ErrNoConnector
	}
	return "", usage("connectors", "list", strings.Join(names, ", "))
}

// directoryTime is how long the directory may take before a send goes on
// without it.
const directoryTime = 10 * time.Second

// receivers finds the agencies of the codes in the local copy of the directory,
// which is fetched where a code is not in it.
func receivers(ctx context.Context, s *session, box *submit.Outbox, connector string, codes []string) ([]submit.Party, error) {
	codes, err := members(ctx, s, connector, codes)
	if err != nil {
		return nil, err
	}
	synced := false
	var out []submit.Party
	for _, code := range codes {
		p, ok, err := box.Agency(ctx, connector, code)
		if err == nil && !ok && !synced {
			synced = true
			limited, stop := context.WithTimeout(ctx, directoryTime)
			if _, err := box.SyncDirectory(limited, connector); err != nil {
				s.Log.Warn("directory", "error", err)
			}
			stop()
			p, ok, err = box.Agency(ctx, connector, code)
		}
		if err != nil {
			return nil, err
		}
		if !ok {
			// Without a directory the destination decides by the code alone; with
			// one the outbox refuses a code that is not in it.
			p = submit.Party{Code: code, Name: code}
		}
		out = append(out, p)
	}
	return out, nil
}

// hashed fills size and SHA-256 of a file as it is now: the outbox refuses
// bytes that changed while they were queued.
func hashed(f *submit.File) error {
	in, err := os.Open(f.Path)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	h := sha256.New()
	if f.Size, err = io.Copy(h, in); err != nil {
		return fmt.Errorf("read %s: %w", f.Path, err)
	}
	h.Sum(f.SHA256[:0])
	return nil
}
