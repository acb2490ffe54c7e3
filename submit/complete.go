package submit

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"
)

// MaxFileBytes is the largest file that receivers take (50 MB, provincial
// rules); MaxMessageBytes that of all files together.
const (
	MaxFileBytes    = 50 << 20
	MaxMessageBytes = 50 << 20
)

// wire is the form of dates in messages and document identifiers.
const wire = "2006/01/02"

// The forms of codes and numbers. A code is decided by the directory; this only
// keeps out what can be none, and what would break a header or an identifier.
var (
	organCode = regexp.MustCompile(`^[0-9A-Za-z]+(\.[0-9A-Za-z]+)*$`)
	number    = regexp.MustCompile(`^[0-9][0-9A-Za-z]{0,10}$`)
	notation  = regexp.MustCompile(`^[\p{L}\p{N}]([\p{L}\p{N}./&-]{0,28}[\p{L}\p{N}])?$`)
)

// Time reads d; the error says what is wrong with it.
func (d Date) Time() (time.Time, error) { return time.Parse("2006-01-02", string(d)) }

// Wire is d as messages write it, "2026/11/20"; empty where d is.
func (d Date) Wire() string {
	t, err := d.Time()
	if err != nil {
		return ""
	}
	return t.Format(wire)
}

// ParseWire reads a date of a message, only in the form yyyy/MM/dd.
func ParseWire(s string) (Date, error) {
	t, err := time.Parse(wire, s)
	if err != nil {
		return "", fmt.Errorf("%q is no date of the form yyyy/MM/dd", s)
	}
	return Date(t.Format("2006-01-02")), nil
}

// Complete checks e and fills what is made once: ID, DocumentID, Queued, the
// names of the files. Texts are put into one line and NFC. The error is a
// *FieldError.
func Complete(e Envelope) (Envelope, error) { return complete(e, Limits{}.WithDefaults()) }

func complete(e Envelope, limits Limits) (Envelope, error) {
	e.To, e.Files = slices.Clone(e.To), slices.Clone(e.Files)
	e.Document = tidy(e.Document)
	e.Business.Reason = oneLine(e.Business.Reason)
	steps := []func(*Envelope) error{checkParties, checkMetadata, checkBusiness, limits.nameFiles}
	for _, step := range steps {
		if err := step(&e); err != nil {
			return e, err
		}
	}
	if e.ID == "" {
		e.ID = uuid.NewString()
	}
	switch {
	case e.DocumentID != "":
	case e.Business.Kind == Recall || e.Business.Kind == Update:
		e.DocumentID = e.Business.About // the message keeps the header of its document
	default:
		e.DocumentID = ComposeDocumentID(e.From, e.Document)
	}
	if e.Queued.IsZero() {
		e.Queued = time.Now()
	}
	// The journal keeps whole milliseconds, and the message carries this time.
	e.Queued = e.Queued.Truncate(time.Millisecond)
	return e, nil
}

// ComposeDocumentID is the convention of the axis:
// "<sender>,<yyyy/MM/dd>,<number>/<notation>".
func ComposeDocumentID(from Party, m Metadata) string {
	return from.OrganID() + "," + m.Date.Wire() + "," + m.Code()
}

func tidy(m Metadata) Metadata {
	for _, p := range []*string{
		&m.Number, &m.Notation, &m.Place, &m.Type, &m.Subject, &m.Authority, &m.Position, &m.Signer, &m.Secrecy,
	} {
		*p = oneLine(*p)
	}
	return m
}

func oneLine(s string) string { return strings.Join(strings.Fields(norm.NFC.String(s)), " ") }

func checkParties(e *Envelope) error {
	if err := checkParty("from", e.From); err != nil {
		return err
	}
	if len(e.To) == 0 {
		return &FieldError{"to", "no receiver"}
	}
	seen := map[string]bool{}
	for _, p := range e.To {
		if err := checkParty("to", p); err != nil {
			return err
		}
		for _, code := range []string{p.Code, p.OldCode} {
			if code != "" && seen[code] {
				return &FieldError{"to", "receiver " + code + " stands twice"}
			}
			seen[code] = true
		}
	}
	return nil
}

func checkParty(field string, p Party) error {
	id := p.OrganID()
	if id == "" {
		return &FieldError{field, "the organisation code is missing"}
	}
	for _, code := range []string{p.Code, p.OldCode} {
		if code != "" && (len(code) > 35 || !organCode.MatchString(code)) {
			return &FieldError{field, fmt.Sprintf("%q is no organisation code", code)}
		}
	}
	return firstError(
		text(field, p.Name, 200, true), text(field, p.InCharge, 500, false), text(field, p.Address, 500, false),
		text(field, p.Email, 100, false), text(field, p.Telephone, 20, false),
	)
}

func checkMetadata(e *Envelope) error {
	m := e.Document
	if m.Secrecy != "" {
		return &FieldError{"secrecy", "a classified document (" + m.Secrecy + ") must not be sent this way"}
	}
	switch {
	case m.Number == "":
		return &FieldError{"number", "missing"}
	case !number.MatchString(m.Number):
		return &FieldError{"number", fmt.Sprintf("%q is no document number", m.Number)}
	case m.Notation == "":
		return &FieldError{"notation", "missing"}
	case !notation.MatchString(m.Notation):
		return &FieldError{"notation", fmt.Sprintf("%q is no notation", m.Notation)}
	case m.Priority < 0 || m.Priority > 4:
		return &FieldError{"priority", "must be 0 to 4"}
	case m.Pages < 0 || m.Pages > 9999:
		return &FieldError{"pages", "must be 0 to 9999"}
	case m.TypeCode < 0 || m.TypeCode > 999:
		return &FieldError{"type_code", "must be 0 to 999"}
	}
	if _, known := TypeCode(m.Type); m.Type != "" && m.TypeCode == 0 && !known {
		return &FieldError{"type", fmt.Sprintf("%q is not in the standard's list, and no number is given", m.Type)}
	}
	return firstError(
		checkDates(m),
		text("place", m.Place, 150, true), text("type", m.Type, 100, true), text("subject", m.Subject, 500, true),
		text("signer", m.Signer, 50, true), text("authority", m.Authority, 100, false), text("position", m.Position, 100, false),
	)
}

func checkDates(m Metadata) error {
	if m.Date == "" {
		return &FieldError{"date", "missing"}
	}
	date, err := m.Date.Time()
	if err != nil {
		return &FieldError{"date", fmt.Sprintf("%q is no date of the form yyyy-mm-dd", m.Date)}
	}
	if y := date.Year(); y < 1945 || y > 2999 {
		return &FieldError{"date", fmt.Sprintf("the year %d cannot be meant", y)}
	}
	if m.DueDate == "" {
		return nil
	}
	due, err := m.DueDate.Time()
	if err != nil {
		return &FieldError{"due_date", fmt.Sprintf("%q is no date of the form yyyy-mm-dd", m.DueDate)}
	}
	if due.Before(date) {
		return &FieldError{"due_date", "before the date of the document"}
	}
	return nil
}

func checkBusiness(e *Envelope) error {
	b := e.Business
	if b.Kind < New || b.Kind > Replace {
		return &FieldError{"kind", fmt.Sprintf("%d is none of 0 to 3", b.Kind)}
	}
	if err := text("reason", b.Reason, 500, b.Kind != New); err != nil {
		return err
	}
	switch b.Kind {
	case Recall, Update:
		if b.About == "" {
			return &FieldError{"about", "missing: which document is meant"}
		}
	case Replace:
		if len(b.Replaces) == 0 {
			return &FieldError{"replaces", "missing: which documents are replaced"}
		}
	case New:
	}
	for _, p := range slices.Concat(b.Removed, b.Added) {
		if err := checkParty("receivers", p); err != nil {
			return err
		}
	}
	return nil
}

// nameFiles settles what receivers see as names of the files.
func (l Limits) nameFiles(e *Envelope) error {
	if len(e.Files) == 0 && e.Business.Kind != Recall && e.Business.Kind != Update {
		return &FieldError{"files", "no file"}
	}
	originals, names := map[string]bool{}, map[string]bool{}
	for i := range e.Files {
		f := &e.Files[i]
		if f.Original == "" {
			f.Original = filepath.Base(f.Path)
		}
		f.Original = norm.NFC.String(f.Original)
		if err := text("files", f.Original, 255, true); err != nil {
			return err
		}
		if originals[strings.ToLower(f.Original)] {
			return &FieldError{"files", "two files have the name " + f.Original}
		}
		originals[strings.ToLower(f.Original)] = true
		if f.Name == "" {
			f.Name = l.uniqueName(l.AcceptableName(f.Original), names)
		}
		if f.Name != l.AcceptableName(f.Name) {
			return &FieldError{"files", fmt.Sprintf("%q is no name that receivers take", f.Name)}
		}
		if names[strings.ToLower(f.Name)] {
			return &FieldError{"files", "two files have the name " + f.Name}
		}
		names[strings.ToLower(f.Name)] = true
	}
	return nil
}

// text checks one line of text: characters that XML cannot carry, and length.
func text(field, s string, limit int, required bool) error {
	switch {
	case s == "" && required:
		return &FieldError{field, "missing"}
	case !utf8.ValidString(s):
		return &FieldError{field, "not UTF-8"}
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError }):
		return &FieldError{field, "holds control or damaged characters"}
	case utf8.RuneCountInString(s) > limit:
		return &FieldError{field, fmt.Sprintf("longer than %d characters", limit)}
	}
	return nil
}

func firstError(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}
