// Package dialect speaks the languages of the provinces' gateways in front of
// the national axis. They share five verbs (send, list what waits, get,
// acknowledge, directory) and differ in everything around them; a profile, a
// TOML file, says how one of them does it. A new province is a new file.
//
// The rules of trinhky/submit/axis hold here too: an answer counts only when it
// is complete, and a send whose answer was lost is unknown. A gateway without a
// list of what was sent can never prove that a document is absent: it is not
// sent again by itself.
package dialect

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// Profile is one dialect.
type Profile struct {
	Name  string `toml:"name"`
	Title string `toml:"title"`
	// Headers are sent with every request.
	Headers map[string]string `toml:"headers"`
	// Types and States are the gateway's words for kinds of messages ("edoc",
	// "status") and acknowledgements ("done", "fail"), where they differ.
	Types  map[string]string `toml:"types"`
	States map[string]string `toml:"states"`
	// DateForm is how {since} and {until} are written, in Go's reference time
	// ("2006/01/02"); Days is how far {since} goes back (30).
	DateForm string `toml:"date_form"`
	Days     int    `toml:"days"`
	// Padded spells {hash} as 64 digits; without it as the axis' own client does.
	Padded bool `toml:"padded"`

	Answer      Answer `toml:"answer"`
	Login       *Login `toml:"login"`
	Send        Call   `toml:"send"`
	Waiting     Call   `toml:"waiting"`
	Get         Call   `toml:"get"`
	Acknowledge Call   `toml:"acknowledge"`
	Directory   *Call  `toml:"directory"`
	Sent        *Call  `toml:"sent"`

	file string // for errors
}

// Answer says where an answer holds its code. Paths name members of JSON
// objects: "result.code".
type Answer struct {
	Code string   `toml:"code"` // "": HTTP 200 says yes
	Text string   `toml:"text"`
	OK   []string `toml:"ok"`
	// Credentials are the codes for a wrong system or secret, Fault those for the
	// gateway's own faults: the outcome of a send is unknown then.
	Credentials []string `toml:"credentials"`
	Fault       []string `toml:"fault"`
}

// Login fetches a token, which stands in requests as {token}.
type Login struct {
	Call
	// Basic sends system and secret as HTTP Basic.
	Basic    bool   `toml:"basic"`
	Token    string `toml:"token"`    // path of the token in the answer
	Lifetime string `toml:"lifetime"` // "30m"

	lifetime time.Duration
}

// Call is one request and where its answer holds what is wanted.
type Call struct {
	Method  string            `toml:"method"`
	Path    string            `toml:"path"`
	Query   map[string]string `toml:"query"`
	Headers map[string]string `toml:"headers"`
	Body    string            `toml:"body"` // "" (none), "json", "form", "multipart", "raw"
	Fields  map[string]string `toml:"fields"`
	// File is the part (multipart) or field (json, in base64) of the message;
	// Type its content type (multipart, raw).
	File string `toml:"file"`
	Type string `toml:"type"`

	// Assumed marks a call that nobody has seen at a real gateway: its path and
	// names are guesses from the other calls, to be mended in a copy of the file.
	// A gateway that answers 404 does not have it.
	Assumed bool `toml:"assumed"`

	ID       string            `toml:"id"`      // send: path of the message's identifier
	Message  string            `toml:"message"` // get: path of the message; "": the body itself
	Encoding string            `toml:"encoding"`
	Rows     string            `toml:"rows"` // lists: path of the list; "": the body itself
	Columns  map[string]string `toml:"columns"`
}

// ProfileError names the file and the field that make no dialect.
type ProfileError struct{ File, Field, Reason string }

func (e *ProfileError) Error() string {
	return "dialect " + e.File + ": " + e.Field + ": " + e.Reason
}

// Parse reads a profile; file is its name for errors. Every error is a
// *ProfileError.
func Parse(file string, data []byte) (Profile, error) {
	p := Profile{}
	d := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return p, decodeError(file, data, err)
	}
	p.file = file
	if p.DateForm == "" {
		p.DateForm = "2006/01/02"
	}
	if p.Days == 0 {
		p.Days = 30
	}
	return p, p.check()
}

func decodeError(file string, data []byte, err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		return &ProfileError{file, strings.Join(strict.Errors[0].Key(), "."), "no such field"}
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		line, column := wrong.Position()
		field := strings.Join(wrong.Key(), ".")
		if field == "" {
			field = fieldAt(data, line)
		}
		return &ProfileError{file, field, fmt.Sprintf("line %d, column %d: %s", line, column, wrong.Error())}
	}
	return &ProfileError{file, "file", err.Error()}
}

// fieldAt is the field that a line of a file sets, with its table; or the line.
func fieldAt(data []byte, line int) string {
	table, lines := "", strings.Split(string(data), "\n")
	for i, text := range lines[:min(line, len(lines))] {
		text = strings.TrimSpace(text)
		if name, ok := strings.CutPrefix(text, "["); ok && strings.HasSuffix(name, "]") {
			table = strings.Trim(name, "[]") + "."
		}
		if key, _, ok := strings.Cut(text, "="); ok && i+1 == line && strings.TrimSpace(key) != "" {
			return table + strings.TrimSpace(key)
		}
	}
	return fmt.Sprintf("line %d", line)
}

// verb is one call of a profile and what it must say.
type verb struct {
	name string
	call *Call
	// rows and columns: a list, with these columns at least.
	rows    bool
	columns []string
	words   []string // placeholders beyond those of every request
	message bool     // it carries the message
}

func (p *Profile) verbs() []verb {
	all := []verb{
		{name: "send", call: &p.Send, message: true, words: []string{"type", "from", "to", "hash"}},
		{name: "waiting", call: &p.Waiting, rows: true, columns: []string{"id"}, words: []string{"type", "since", "until"}},
		{name: "get", call: &p.Get, words: []string{"id"}},
		{name: "acknowledge", call: &p.Acknowledge, words: []string{"id", "state"}},
	}
	if p.Directory != nil {
		all = append(all, verb{name: "directory", call: p.Directory, rows: true, columns: []string{"code", "name"}})
	}
	if p.Sent != nil {
		all = append(all, verb{
			name: "sent", call: p.Sent, rows: true, words: []string{"type", "since", "until"},
			columns: []string{"id", "from", "to", "title", "notation", "time"},
		})
	}
	if p.Login != nil {
		all = append(all, verb{name: "login", call: &p.Login.Call})
	}
	return all
}

func (p *Profile) check() error {
	wrong := func(field, format string, args ...any) error {
		return &ProfileError{p.file, field, fmt.Sprintf(format, args...)}
	}
	switch {
	case p.Name == "":
		return wrong("name", "missing")
	case p.Days < 0:
		return wrong("days", "negative")
	case p.Answer.Code != "" && len(p.Answer.OK) == 0:
		return wrong("answer.ok", "missing: which codes say yes")
	case p.Send.ID == "":
		return wrong("send.id", "missing: where the answer holds the message's identifier")
	case p.Send.Body == "":
		return wrong("send.body", "missing: how the message travels")
	}
	if err := p.checkLogin(wrong); err != nil {
		return err
	}
	if err := p.checkTexts(wrong, "headers", p.Headers, nil); err != nil {
		return err
	}
	for _, v := range p.verbs() {
		if err := p.checkVerb(wrong, v); err != nil {
			return err
		}
	}
	return nil
}

type complaint func(field, format string, args ...any) error

func (p *Profile) checkLogin(wrong complaint) error {
	if p.Login == nil {
		return nil
	}
	if p.Login.Token == "" {
		return wrong("login.token", "missing: where the answer holds the token")
	}
	var err error
	if p.Login.lifetime, err = time.ParseDuration(p.Login.Lifetime); err != nil || p.Login.lifetime <= 0 {
		return wrong("login.lifetime", "%q is no time, as 30m", p.Login.Lifetime)
	}
	return nil
}

func (p *Profile) checkVerb(wrong complaint, v verb) error {
	c := v.call
	switch {
	case !slices.Contains([]string{"GET", "POST", "PUT", "DELETE"}, c.Method):
		return wrong(v.name+".method", "%q is none of GET, POST, PUT, DELETE", c.Method)
	case !strings.HasPrefix(c.Path, "/"):
		return wrong(v.name+".path", "%q does not begin with /", c.Path)
	case !slices.Contains([]string{"", "json", "form", "multipart", "raw"}, c.Body):
		return wrong(v.name+".body", "%q is none of json, form, multipart, raw", c.Body)
	case v.message && (c.Body == "multipart" || c.Body == "json") && c.File == "":
		return wrong(v.name+".file", "missing: the part or field of the message")
	case v.message && c.Body == "form":
		return wrong(v.name+".body", "a form cannot carry the message")
	case !v.message && (c.Body == "raw" || c.Body == "multipart"):
		return wrong(v.name+".body", "%s is for the message alone", c.Body)
	case !slices.Contains([]string{"", "base64", "text"}, c.Encoding):
		return wrong(v.name+".encoding", "%q is neither base64 nor text", c.Encoding)
	}
	if v.rows {
		for _, name := range v.columns {
			if c.Columns[name] == "" {
				return wrong(v.name+".columns."+name, "missing")
			}
		}
	}
	return errors.Join(
		p.checkTexts(wrong, v.name+".path", map[string]string{"": c.Path}, v.words),
		p.checkTexts(wrong, v.name+".query", c.Query, v.words),
		p.checkTexts(wrong, v.name+".headers", c.Headers, v.words),
		p.checkTexts(wrong, v.name+".fields", c.Fields, v.words),
	)
}

var placeholder = regexp.MustCompile(`\{[^}]*\}?`)

// checkTexts refuses placeholders that nothing fills.
func (p *Profile) checkTexts(wrong complaint, field string, texts map[string]string, words []string) error {
	known := append([]string{"system", "secret", "organ"}, words...)
	if p.Login != nil && !strings.HasPrefix(field, "login.") {
		known = append(known, "token")
	}
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		for _, found := range placeholder.FindAllString(texts[key], -1) {
			if !slices.Contains(known, strings.Trim(found, "{}")) || !strings.HasSuffix(found, "}") {
				return wrong(strings.TrimSuffix(field+"."+key, "."), "%s is none of {%s}", found, strings.Join(known, "} {"))
			}
		}
	}
	return nil
}

// word is the gateway's own word for one of ours.
func word(words map[string]string, ours string) string {
	if w, ok := words[ours]; ok {
		return w
	}
	return ours
}
