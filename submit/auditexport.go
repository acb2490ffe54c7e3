package submit

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// exported is an entry as MarshalJSON writes it. The hash of the one before it
// stands on the line before.
type exported struct {
	N           int64     `json:"n"`
	At          time.Time `json:"at"`
	Actor       string    `json:"actor"`
	Action      Action    `json:"action"`
	Document    string    `json:"document"`
	Envelope    string    `json:"envelope"`
	File        string    `json:"file_sha256"`
	Certificate string    `json:"certificate"`
	Level       string    `json:"level"`
	Destination string    `json:"destination"`
	Result      string    `json:"result"`
	Hash        string    `json:"hash"`
}

func (x exported) entry(previous [32]byte) (Entry, error) {
	e := Entry{
		N: x.N, At: x.At, Actor: x.Actor, Action: x.Action, Document: x.Document, Envelope: x.Envelope, Certificate: x.Certificate,
		Level: x.Level, Destination: x.Destination, Result: x.Result, Previous: previous,
	}
	for _, f := range []struct {
		to   *[32]byte
		from string
		may  bool // be empty
	}{{&e.File, x.File, true}, {&e.Hash, x.Hash, false}} {
		sum, err := hex.DecodeString(f.from)
		if err != nil || len(sum) != 32 && (!f.may || f.from != "") {
			return e, fmt.Errorf("entry %d: %q is no hash", x.N, f.from)
		}
		copy(f.to[:], sum)
	}
	return e, nil
}

// CompareAudit holds the log against the JSON lines that were exported from it
// earlier and kept elsewhere: every one of them must stand in the log as it was.
// That finds also what the log alone cannot tell of, one that was written anew
// from some entry on together with its head. n counts the entries compared. A
// *TamperedError is the log's fault, a *FieldError that of the export.
func CompareAudit(ctx context.Context, log AuditLog, export io.Reader) (n int64, err error) {
	lines := json.NewDecoder(export)
	var last Entry
	page := &auditPage{log: log}
	for {
		var x exported
		err := lines.Decode(&x)
		if errors.Is(err, io.EOF) {
			break
		}
		var e Entry
		if err == nil {
			e, err = x.entry(last.Hash)
		}
		switch {
		case err != nil:
			return n, &FieldError{"against", fmt.Sprintf("after %d entries: %v", n, err)}
		case n > 0 && e.N != last.N+1:
			return n, &FieldError{"against", fmt.Sprintf("entry %d follows entry %d", e.N, last.N)}
		case (n > 0 || e.N == 1) && e.Hash != e.Sum():
			return n, &FieldError{"against", fmt.Sprintf("entry %d was changed", e.N)}
		}
		has, ok, err := page.entry(ctx, e.N)
		switch {
		case err != nil:
			return n, err
		case !ok:
			return n, &TamperedError{e.N, fmt.Sprintf("entry %d was exported and is there no more", e.N)}
		case has.Hash != e.Hash:
			return n, &TamperedError{e.N, fmt.Sprintf("entry %d is another one than was exported", e.N)}
		}
		last = e
		n++
	}
	if n == 0 {
		return 0, &FieldError{"against", "holds no entry"}
	}
	return n, nil
}

// auditPage reads a log from front to back, a thousand entries at a time.
type auditPage struct {
	log AuditLog
	all []Entry
}

func (p *auditPage) entry(ctx context.Context, n int64) (Entry, bool, error) {
	if len(p.all) == 0 || n > p.all[len(p.all)-1].N {
		var err error
		if p.all, err = p.log.Entries(ctx, n, 1000); err != nil || len(p.all) == 0 {
			return Entry{}, false, err
		}
	}
	at := n - p.all[0].N
	if at < 0 || at >= int64(len(p.all)) || p.all[at].N != n { // one is missing: CheckAudit says which
		return Entry{}, false, nil
	}
	return p.all[at], true, nil
}
