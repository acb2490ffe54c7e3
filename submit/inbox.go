package submit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"
)

// Incoming is a message of another agency: a document, or the recall, update or
// replacement of one.
type Incoming struct {
	ID         string // ours
	Connector  string
	DocID      string // the destination's
	DocumentID string // as the sender wrote it
	From       Party
	To         []Party
	Document   Metadata
	Business   Business
	Files      []File // names are the sender's; the bytes are kept as they were in the message
	Message    File   // the message itself, as it came
	Received   time.Time
	// Status is how far we have come with it, by the statuses that we sent.
	Status  Status
	Answers []Answer
	// Problem says why the message cannot be read; then only Message is there.
	Problem string
	// Carried is the agency that the destination says it came from; empty where
	// it says nothing.
	Carried string `json:",omitempty"`
	// Stranger says why the message is not taken at its word: another agency sent
	// it than it names, or it is about a document of somebody else.
	Stranger Stranger `json:",omitempty"`
}

// Addressed tells whether the message names self, or a unit below it, as a
// receiver. One that was brought here all the same is kept and shown.
func (in Incoming) Addressed(self Party) bool {
	if self.OrganID() == "" || len(in.To) == 0 {
		return true // nothing says that it is not
	}
	return slices.ContainsFunc(in.To, func(p Party) bool {
		return same(p, self) || self.Code != "" && strings.HasPrefix(p.Code, self.Code+".")
	})
}

// Answer is a business status that we send about an incoming message.
type Answer struct {
	Code    string
	Note    string // the reason, required for 02 and 16
	Staff   Staff
	At      time.Time
	Sent    time.Time // zero until the destination has it
	Problem string
}

// Receiver is the optional power of a connector to receive documents.
type Receiver interface {
	// Waiting lists the documents that wait for us. A list that cannot be read is
	// an error, never empty.
	Waiting(ctx context.Context) ([]Arrival, error)
	// Fetch gets one, its files into dir. A message that came whole and cannot
	// be read is an Incoming with a Problem, not an error.
	Fetch(ctx context.Context, docID, dir string) (Incoming, error)
	// Confirm tells the destination that we have it; it is listed until then.
	Confirm(ctx context.Context, docID string) error
	// Answer sends a business status about in. Sent twice it says the same.
	Answer(ctx context.Context, in Incoming, from Party, a Answer) error
}

// Arrival is a message that waits for us.
type Arrival struct {
	DocID string
	From  string // who sent it, as the destination says; "" where it does not
}

// InboxJournal keeps what was received (submit/store is the real one).
type InboxJournal interface {
	// Has tells whether the message of that identifier is kept.
	Has(ctx context.Context, connector, docID string) (bool, error)
	// AddIncoming keeps in with copies of its files; fresh is false where the
	// same message is kept already, also under another identifier.
	AddIncoming(ctx context.Context, in Incoming) (kept Incoming, fresh bool, err error)
	GetIncoming(ctx context.Context, id string) (Incoming, error)
	// ListIncoming lists the newest first.
	ListIncoming(ctx context.Context, f Filter) ([]Incoming, error)
	UpdateIncoming(ctx context.Context, id string, change func(*Incoming) error) (Incoming, error)
	// Originals are the messages that came under this identifier, which their
	// sender gave them, newest first.
	Originals(ctx context.Context, connector, documentID string) ([]Incoming, error)
	// Letters and Agency are those of Journal.
	Letters(ctx context.Context, connector, documentID string) (ids []string, err error)
	Agency(ctx context.Context, connector, code string) (Party, bool, error)
	// Unanswered are the messages with answers that are not sent yet.
	Unanswered(ctx context.Context) ([]Incoming, error)
}

// InboxConfig makes an Inbox. Journal and Self are required.
type InboxConfig struct {
	Journal    InboxJournal
	Connectors map[string]Connector
	Self       Party
	Dir        string // for temporary files; "" is the system's place
	Log        *slog.Logger
}

// Inbox receives documents and answers them. It is safe for concurrent use.
type Inbox struct {
	journal    InboxJournal
	connectors *connectors
	self       Party
	dir        string
	log        *slog.Logger
}

// NewInbox returns an inbox over those connectors that can receive.
func NewInbox(c InboxConfig) *Inbox {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	b := &Inbox{journal: c.Journal, connectors: &connectors{}, self: c.Self, dir: c.Dir, log: c.Log}
	b.SetConnectors(c.Connectors)
	return b
}

// Fetch takes in what waits: each message is stored before it is confirmed, and
// one that is stored already is confirmed too. A new document is answered with
// 01 at once. n counts the new messages.
func (b *Inbox) Fetch(ctx context.Context) (n int, err error) {
	var faults []error
	for _, name := range b.connectors.names() {
		r, ok := b.connectors.receiver(name)
		if !ok {
			continue
		}
		waiting, err := r.Waiting(ctx)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		for _, a := range waiting {
			fresh, err := b.fetch(ctx, r, name, a)
			if fresh {
				n++
			}
			if err != nil {
				b.log.Warn("inbox", "connector", name, "document", a.DocID, "error", err)
				faults = append(faults, fmt.Errorf("%s: %w", a.DocID, err))
			}
			if ctx.Err() != nil {
				return n, errors.Join(append(faults, ctx.Err())...)
			}
		}
	}
	return n, errors.Join(append(faults, b.SendAnswers(ctx))...)
}

func (b *Inbox) fetch(ctx context.Context, r Receiver, name string, a Arrival) (fresh bool, err error) {
	has, err := b.journal.Has(ctx, name, a.DocID)
	if err != nil {
		return false, err
	}
	if !has {
		if fresh, err = b.store(ctx, r, name, a); err != nil {
			return fresh, err
		}
	}
	return fresh, r.Confirm(ctx, a.DocID)
}

// store fetches one message and keeps it.
func (b *Inbox) store(ctx context.Context, r Receiver, name string, a Arrival) (fresh bool, err error) {
	dir, err := os.MkdirTemp(b.dir, "trinhky-inbox-*")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the message is kept elsewhere by then
	in, err := r.Fetch(ctx, a.DocID, dir)
	if err != nil {
		return false, err
	}
	in.Connector, in.DocID, in.Carried, in.Received, in.Status = name, a.DocID, a.From, time.Now(), Delivered
	if in.Problem == "" {
		if in.Stranger, err = b.stranger(ctx, in); err != nil {
			return false, err
		}
		in.Status = Arrived
		if in.Addressed(b.self) && !in.Usurped() { // who is no receiver has nothing to report
			in.Answers = []Answer{{Code: "01", At: in.Received}}
		}
	}
	_, fresh, err = b.journal.AddIncoming(ctx, in)
	return fresh, err
}

// Answer records what a person decided about a message and sends it. It is kept
// also where it cannot be sent now; SendAnswers tries again.
func (b *Inbox) Answer(ctx context.Context, id string, a Answer) (Incoming, error) {
	a.At, a.Sent, a.Problem = time.Now(), time.Time{}, ""
	a.Note = oneLine(a.Note)
	in, err := b.journal.GetIncoming(ctx, id)
	if err != nil {
		return in, err
	}
	stranger, err := b.judged(ctx, in)
	if err != nil {
		return in, err
	}
	in, err = b.journal.UpdateIncoming(ctx, id, func(in *Incoming) error {
		in.Stranger = stranger
		status, err := in.mayAnswer(a)
		if err != nil {
			return err
		}
		in.Status = status
		in.Answers = append(in.Answers, a)
		return nil
	})
	if err != nil {
		return in, err
	}
	if in.Business.Kind == Recall && in.Status == Recalled {
		if err := b.withdraw(ctx, in); err != nil {
			return in, err
		}
	}
	return b.sendAnswers(ctx, in)
}

// withdraw settles the documents whose recall was agreed to: nothing is decided
// about them any more. Only its sender can recall a document.
func (b *Inbox) withdraw(ctx context.Context, recall Incoming) error {
	all, err := b.journal.Originals(ctx, recall.Connector, recall.Business.About)
	if err != nil {
		return err
	}
	for _, in := range all {
		if in.Problem != "" || in.Business.Kind == Recall || in.Status == Recalled {
			continue
		}
		if by, err := b.sameSender(ctx, in, recall); err != nil {
			return err
		} else if !by {
			continue
		}
		_, err := b.journal.UpdateIncoming(ctx, in.ID, func(in *Incoming) error {
			in.Status = Recalled
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// mayAnswer is the status that a leads to, or why it cannot be given.
func (in *Incoming) mayAnswer(a Answer) (Status, error) {
	if in.Problem != "" {
		return in.Status, &FieldError{"status", "the message cannot be read: it cannot be answered"}
	}
	switch {
	case in.Usurped() && in.Stranger == OtherSender:
		return in.Status, &FieldError{"status", "the message was sent by another agency than it names: it cannot be answered"}
	case in.Usurped() && a.Code == "15":
		return in.Status, &FieldError{"status", "only the sender of a document can have it back"}
	}
	if err := text("reason", a.Note, 500, a.Code == "02" || a.Code == "16"); err != nil {
		return in.Status, err
	}
	to, err := in.Business.Kind.mayBeAnswered(a.Code)
	if err != nil {
		return in.Status, err
	}
	back := to.progress() > 0 && to.progress() <= in.Status.progress()
	if back || in.Status == Refused || in.Status == Recalled || in.Status == Completed {
		return in.Status, &FieldError{"status", "the message is " + in.Status.String() + " already"}
	}
	return to, nil
}

// mayBeAnswered is what a person's answer to a message of that kind means.
func (k Kind) mayBeAnswered(code string) (Status, error) {
	to, known := k.answerTo(code)
	if k == Recall || k == Update {
		if code != "15" && code != "16" {
			return to, &FieldError{"status", "a recall or an update is answered with 15 or 16"}
		}
		return to, nil
	}
	if !known || to == RecallAsked || to == Recalled {
		return to, &FieldError{"status", fmt.Sprintf("%q is none of 01 to 06", code)}
	}
	return to, nil
}

// SendAnswers sends what could not be sent before.
func (b *Inbox) SendAnswers(ctx context.Context) error {
	all, err := b.journal.Unanswered(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, in := range all {
		if _, err := b.sendAnswers(ctx, in); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// sendAnswers sends the open answers of one message in their order; where one
// cannot be sent the later ones wait.
func (b *Inbox) sendAnswers(ctx context.Context, in Incoming) (Incoming, error) {
	r, ok := b.connectors.receiver(in.Connector)
	if !ok {
		return in, fmt.Errorf("%w: %s", ErrNoConnector, in.Connector)
	}
	for i, a := range in.Answers {
		if !a.Sent.IsZero() {
			continue
		}
		sendErr := r.Answer(ctx, in, b.self, a)
		var refused *RefusedError
		final := errors.As(sendErr, &refused)
		now, err := b.journal.UpdateIncoming(context.WithoutCancel(ctx), in.ID, func(in *Incoming) error {
			if sendErr == nil || final {
				in.Answers[i].Sent = time.Now()
			}
			in.Answers[i].Problem = ""
			if sendErr != nil {
				in.Answers[i].Problem = sendErr.Error()
			}
			return nil
		})
		if err != nil {
			return in, err
		}
		in = now
		if sendErr != nil && !final {
			return in, sendErr
		}
	}
	return in, nil
}

// Get and List read what was received.
func (b *Inbox) Get(ctx context.Context, id string) (Incoming, error) {
	return b.journal.GetIncoming(ctx, id)
}

// List lists what was received, newest first.
func (b *Inbox) List(ctx context.Context, f Filter) ([]Incoming, error) {
	return b.journal.ListIncoming(ctx, f)
}
