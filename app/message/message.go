// Package message is the one table that turns errors, findings and states into
// words: a title, a sentence, and what to do next, in Vietnamese and English.
// The words come from locale files that the caller hands over; the core's own
// errors stay lower-case English, for logs and for the fold under a message.
package message

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"trinhky/signer/verify"
	"trinhky/submit"
)

// Message is what a person reads. Cause is for the fold: English, technical.
type Message struct {
	Code  string // stable, e.g. "error.pin.final-try"
	Title string // a few words, no full stop
	Text  string // what happened and what it means
	Next  string // what to do now
	Cause string
}

// Silent says that there is nothing to show: no error, or the person's own cancel.
func (m Message) Silent() bool { return m.Code == "" }

// String is title, sentence and next step on one line, for terminals.
func (m Message) String() string {
	var parts []string
	for _, s := range []string{m.Title, m.Text, m.Next} {
		if s != "" {
			parts = append(parts, strings.TrimRight(s, ".")+".")
		}
	}
	return strings.Join(parts, " ")
}

// entry is a message of the locale file. {name} stands for an argument.
type entry struct {
	Title string `json:"title,omitempty"`
	Text  string `json:"text,omitempty"`
	Next  string `json:"next,omitempty"`
}

// Table holds the words of one language. It is never modified after Parse and
// safe for concurrent use.
type Table struct {
	entries map[string]entry
}

// Parse reads a locale file (message.vi.json).
func Parse(locale []byte) (*Table, error) {
	t := &Table{}
	if err := json.Unmarshal(locale, &t.entries); err != nil {
		return nil, fmt.Errorf("locale file: %w", err)
	}
	for _, code := range []string{unknownError, unknownFinding} {
		if _, ok := t.entries[code]; !ok {
			return nil, fmt.Errorf("locale file: %q is missing", code)
		}
	}
	return t, nil
}

// The entries that every locale file must have.
const (
	unknownError   = "error.unknown"
	unknownFinding = "finding.unknown"
)

// Of is the message for an error. A nil error and a cancel are silent; an
// error that the table does not know gets a general sentence with its cause.
func (t *Table) Of(err error) Message {
	code, args := errorCode(err)
	if code == "" {
		return Message{}
	}
	if field, ok := args["field"]; ok && t.Has("field."+field) {
		args["field"] = t.Word("field." + field)
	}
	m := t.fill(code, args)
	if m.Code == "" {
		m = t.fill(unknownError, args)
	}
	m.Cause = err.Error()
	return m
}

// Finding is the message for a finding; its title is empty where the sentence
// says everything.
func (t *Table) Finding(f verify.Finding) Message {
	m := t.fill("finding."+f.Code, f.Args)
	if m.Code == "" {
		m = t.fill(unknownFinding, map[string]string{"code": f.Code, "detail": f.Detail})
	}
	m.Cause = f.Detail
	return m
}

// Status is the word for where an envelope, or one receiver of it, has come to.
func (t *Table) Status(s submit.Status) string { return t.Word("status." + s.String()) }

// Verdict is the large word of a verification ("Hợp lệ").
func (t *Table) Verdict(v verify.Verdict) string { return t.Word("verdict." + v.String()) }

// Word is the title of any entry; the code itself where there is none.
func (t *Table) Word(code string) string {
	if e, ok := t.entries[code]; ok && e.Title != "" {
		return e.Title
	}
	return code
}

// Say is the text of any entry with its arguments filled in: name, value, name,
// value …
func (t *Table) Say(code string, args ...string) string {
	m := t.Message(code, args...)
	if m.Text == "" {
		return code
	}
	return m.Text
}

// Message is any entry with its arguments filled in, as Say takes them.
func (t *Table) Message(code string, args ...string) Message {
	named := map[string]string{}
	for i := 0; i+1 < len(args); i += 2 {
		named[args[i]] = args[i+1]
	}
	return t.fill(code, named)
}

// Has says whether the table has its own words for a code.
func (t *Table) Has(code string) bool {
	_, ok := t.entries[code]
	return ok
}

// Codes lists the codes of the table, for tests.
func (t *Table) Codes() []string {
	codes := make([]string, 0, len(t.entries))
	for c := range t.entries {
		codes = append(codes, c)
	}
	return codes
}

func (t *Table) fill(code string, args map[string]string) Message {
	e, ok := t.entries[code]
	if !ok {
		return Message{}
	}
	pairs := make([]string, 0, 2*len(args))
	for name, value := range args {
		pairs = append(pairs, "{"+name+"}", value)
	}
	r := strings.NewReplacer(pairs...)
	return Message{Code: code, Title: r.Replace(e.Title), Text: r.Replace(e.Text), Next: r.Replace(e.Next)}
}

// Time writes an instant as offices here do: Vietnam time (UTC+7, no daylight
// saving), day first.
func Time(at time.Time) string {
	return at.In(time.FixedZone("+07:00", 7*60*60)).Format("02/01/2006 15:04:05")
}
