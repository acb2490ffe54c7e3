package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"trinhky/app/message"
	"trinhky/cmd/internal/wire"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// failure is what --json prints for a failed command.
type failure struct {
	Error *problem `json:"error"`
}

type problem struct {
	Code  int    `json:"code"`
	Text  string `json:"text"`
	Field string `json:"field,omitempty"` // of a message or of its data: what is missing or wrong
}

// fail says what went wrong, if anything did, and returns the exit code.
func (s *session) fail(err error) int {
	if err == nil {
		return exitDone
	}
	var o outcome
	if errors.As(err, &o) {
		return int(o)
	}
	code := exitCode(err)
	p := s.problem(err)
	if s.JSON {
		s.print(failure{p})
	}
	s.say("%s", p.Text)
	if s.Verbose || code == exitFault || code == exitLevel { // which server did what is not in the sentence
		s.say("  (%v)", err)
	}
	return code
}

// problem puts an error into code and words.
func (s *session) problem(err error) *problem {
	p := &problem{Code: exitCode(err), Text: s.explain(err)}
	var field *submit.FieldError
	if errors.As(err, &field) {
		p.Field = field.Field
	}
	return p
}

// explain is the sentence for an error.
func (s *session) explain(err error) string {
	words := s.words()
	if words == nil {
		return err.Error()
	}
	var wrong *usageError
	if errors.As(err, &wrong) {
		return words.Word("error.usage") + ": " + words.Say("usage."+wrong.code, wrong.args...)
	}
	var many *wire.AmbiguousError
	if errors.As(err, &many) {
		return words.Say("error.key-ambiguous", "list", strings.Join(many.Candidates, "; "))
	}
	if errors.Is(err, errNoPIN) {
		return words.Message("error.no-pin").String()
	}
	if errors.Is(err, context.Canceled) {
		return words.Say("cli.cancelled")
	}
	if text := words.Of(err).String(); text != "" {
		return text
	}
	return err.Error()
}

// words are those of the graph, or of the language where there is none yet.
func (s *session) words() *message.Table {
	if s.Graph != nil {
		return s.Words
	}
	return s.early
}

// finding is the sentence for a finding.
func (s *session) finding(f verify.Finding) string {
	m := s.Words.Finding(f)
	return m.String()
}

// print writes one JSON value on one line of standard output.
func (s *session) print(v any) {
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		fmt.Fprintln(s.stdio.err, err)
	}
}

// answer is print where JSON was asked for.
func (s *session) answer(v any) {
	if s.JSON {
		s.print(v)
	}
}

// say writes a line for people.
func (s *session) say(format string, args ...any) {
	fmt.Fprintf(s.stdio.err, format+"\n", args...)
}

// tell writes a sentence of the locale file for people.
func (s *session) tell(code string, args ...string) { s.say("%s", s.Words.Say(code, args...)) }

// notExist makes a missing input a plain error before anything else looks at it.
func notExist(paths ...string) error {
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return err
		}
		if info.IsDir() {
			return usage("directory", "path", p)
		}
	}
	return nil
}
