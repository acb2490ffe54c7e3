package wire

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"trinhky/submit"
)

// NumberTaken asks register and outbox to which other document of its year a
// number was given: its subject, "" for none. Where nothing was ever registered
// or sent, nothing is opened.
func (g *Graph) NumberTaken(ctx context.Context, m submit.Metadata) (string, error) {
	if _, err := os.Stat(g.dataDir()); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	s, err := g.store(ctx)
	if err != nil {
		return "", err
	}
	t, err := m.Date.Time()
	if err != nil {
		return "", nil // without a date there is no year to look in
	}
	lines, err := s.Lines(ctx, g.Sender().OrganID(), t.Year())
	if err != nil {
		return "", err
	}
	for _, l := range lines {
		if l.State == submit.NumberIssued && sameNumber(submit.FormatNumber(l.Number), l.Notation, m) && !sameSubject(l.Subject, m.Subject) {
			return l.Subject, nil
		}
	}
	return g.sentWith(ctx, m)
}

// sentWith looks for another document that was sent under the number.
func (g *Graph) sentWith(ctx context.Context, m submit.Metadata) (string, error) {
	out, err := g.Outbox(ctx)
	if err != nil {
		return "", err
	}
	used, err := out.NumberUsed(ctx, g.Sender(), m)
	for _, e := range used {
		if !sameSubject(e.Document.Subject, m.Subject) { // the day may be misread
			return e.Document.Subject, err
		}
	}
	return "", err
}

func sameNumber(number, notation string, m submit.Metadata) bool {
	bare := func(s string) string { return strings.TrimLeft(strings.TrimSpace(s), "0") }
	return bare(number) == bare(m.Number) && strings.EqualFold(strings.TrimSpace(notation), strings.TrimSpace(m.Notation))
}

// sameSubject says whether two subjects are of one document, however their
// lines were broken.
func sameSubject(a, b string) bool {
	bare := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
	return bare(a) == bare(b)
}
