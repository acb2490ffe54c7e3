package submit

import (
	"context"
	"strings"
	"time"
)

// asked is the request of a status 13: its sender wants a document back. It is
// answered as a recall is. originals are what we received under that identifier;
// ours says that we sent such a document ourselves.
func (r Report) asked(connector string, originals []Incoming, ours bool) Incoming {
	number, notation, _ := strings.Cut(r.DocumentCode, "/")
	in := Incoming{
		Connector: connector, DocID: r.ID, DocumentID: r.DocumentID, From: r.From, Received: time.Now(), Status: Arrived,
		Carried:  r.Carried,
		Document: Metadata{Number: number, Notation: notation, Date: r.DocumentDate},
		Business: Business{Kind: Recall, Reason: r.Note, About: r.DocumentID, Staff: r.Staff},
		Stranger: r.Stranger,
	}
	others := ours
	for _, o := range originals {
		if o.Problem != "" || o.Business.Kind == Recall || o.Stranger != "" {
			continue
		}
		if same(o.From, r.From) {
			in.Document, in.To, in.From = o.Document, o.To, o.From
			return in
		}
		others = true
	}
	if others && in.Stranger == "" {
		in.Stranger = NotSender
	}
	return in
}

// Usurped tells of a message that would undo or change a document, and is not its
// sender's to send: it is shown, never agreed to.
func (in Incoming) Usurped() bool {
	k := in.Business.Kind
	return in.Stranger != "" && (k == Recall || k == Update)
}

// directory finds agencies by a code of either system (Journal, InboxJournal).
type directory interface {
	Agency(ctx context.Context, connector, code string) (Party, bool, error)
}

// other tells whether carried, the agency that the destination says a message
// came from, is another one than the message names. The two code systems may
// differ between them.
func other(ctx context.Context, d directory, connector, carried string, named Party) (bool, error) {
	if carried == "" || named.Is(carried) {
		return false, nil
	}
	by, ok, err := d.Agency(ctx, connector, carried)
	if err != nil || ok && same(by, named) {
		return false, err
	}
	return true, nil
}

// stranger tells of a report that names another agency than the one which sent it.
func (o *Outbox) stranger(ctx context.Context, connector string, p Report) (Stranger, error) {
	if p.Problem != "" {
		return "", nil
	}
	is, err := other(ctx, o.journal, connector, p.Carried, p.From)
	if err != nil || !is {
		return "", err
	}
	return OtherSender, nil
}

// stranger tells of a message that names another agency than the one which sent
// it, and of the recall, update or replacement of a document that is not its
// sender's. Of documents that never came here nothing can be told.
func (b *Inbox) stranger(ctx context.Context, in Incoming) (Stranger, error) {
	is, err := other(ctx, b.journal, in.Connector, in.Carried, in.From)
	if err != nil {
		return "", err
	}
	if is {
		return OtherSender, nil
	}
	about := []string{in.Business.About}
	for _, r := range in.Business.Replaces {
		about = append(about, r.DocumentID)
	}
	for _, id := range about {
		foreign, err := b.foreign(ctx, in, id)
		if err != nil {
			return "", err
		}
		if foreign {
			return NotSender, nil
		}
	}
	return "", nil
}

// judged is stranger where the directory may have the sender's code by now. What
// came as a status has no letter of its own to judge by.
func (b *Inbox) judged(ctx context.Context, in Incoming) (Stranger, error) {
	if !in.Judgeable() {
		return in.Stranger, nil
	}
	return b.stranger(ctx, in)
}

// Judgeable tells of a letter whose sender may be known better by now.
func (in Incoming) Judgeable() bool { return in.Stranger == OtherSender && in.Message.Path != "" }

// Judge looks again whether a letter is its sender's. One that is gets the
// receipt (01) that it was not given when it came.
func (b *Inbox) Judge(ctx context.Context, id string) (Incoming, error) {
	in, err := b.journal.GetIncoming(ctx, id)
	if err != nil {
		return in, err
	}
	stranger, err := b.judged(ctx, in)
	if err != nil || stranger == in.Stranger {
		return in, err
	}
	in, err = b.journal.UpdateIncoming(ctx, id, func(in *Incoming) error {
		in.Stranger = stranger
		if in.Addressed(b.self) && !in.Usurped() && len(in.Answers) == 0 {
			in.Answers = []Answer{{Code: "01", At: time.Now()}}
		}
		return nil
	})
	if err != nil {
		return in, err
	}
	return b.sendAnswers(ctx, in)
}

// foreign tells whether the document of that identifier came from others alone,
// or is our own.
func (b *Inbox) foreign(ctx context.Context, in Incoming, id string) (bool, error) {
	if id == "" || in.Business.Kind == New {
		return false, nil
	}
	ours, err := b.journal.Letters(ctx, in.Connector, id)
	if err != nil {
		return false, err
	}
	originals, err := b.journal.Originals(ctx, in.Connector, id)
	if err != nil {
		return false, err
	}
	others := len(ours) > 0
	for _, o := range originals {
		if k := o.Business.Kind; o.Problem != "" || k == Recall || k == Update {
			continue // what says that it is about the document is not the document
		}
		by, err := b.sameSender(ctx, o, in)
		if err != nil || by {
			return false, err
		}
		others = true
	}
	return others, nil
}

// sameSender tells whether two messages name the same sender, each by a code of
// its own system.
func (b *Inbox) sameSender(ctx context.Context, o, in Incoming) (bool, error) {
	if same(o.From, in.From) {
		return true, nil
	}
	is, err := other(ctx, b.journal, in.Connector, o.From.OrganID(), in.From)
	return !is, err
}
