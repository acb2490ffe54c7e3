package main

import (
	"encoding/json"
	"slices"
	"time"

	"trinhky/submit"
)

// shownRecord is a record as this program prints it: with what its document
// lacks, and with what a person should look at now.
type shownRecord struct {
	submit.Record
	Missing  []string
	Warnings []submit.Warning
	// NumberUsed are the identifiers of other documents with the same number.
	NumberUsed []string
}

// shown is r with its warnings by the calendar of the settings.
func (s *session) shown(r submit.Record) shownRecord {
	return shownRecord{Record: r, Warnings: s.Calendar().Warnings(r, time.Now())}
}

// shownAll is the answer for many records.
func (s *session) shownAll(all []submit.Record) map[string]any {
	out := make([]shownRecord, len(all))
	for i, r := range all {
		out[i] = s.shown(r)
	}
	return map[string]any{"envelopes": out}
}

// warningJSON is one warning; To and Name are empty where it is about the whole
// envelope.
type warningJSON struct {
	Kind  submit.WarningKind `json:"kind"`
	To    string             `json:"to,omitempty"`
	Name  string             `json:"name,omitempty"`
	Since time.Time          `json:"since"`
	Note  string             `json:"note,omitempty"`
}

// MarshalJSON is that of the record, with "warnings" and, where there are any,
// "missing".
func (r shownRecord) MarshalJSON() ([]byte, error) {
	data, err := r.Record.MarshalJSON()
	if err != nil {
		return nil, err
	}
	warnings := []warningJSON{}
	for _, w := range r.Warnings {
		warnings = append(warnings, warningJSON{w.Kind, w.Party.OrganID(), w.Party.Name, w.Since, w.Note})
	}
	more, err := json.Marshal(struct {
		Missing    []string      `json:"missing,omitempty"`
		NumberUsed []string      `json:"number_used,omitempty"`
		Warnings   []warningJSON `json:"warnings"`
	}{r.Missing, r.NumberUsed, warnings})
	if err != nil {
		return nil, err
	}
	return slices.Concat(data[:len(data)-1], []byte(","), more[1:]), nil
}

// warn tells people what the row of the record does not say already.
func (s *session) warn(all []submit.Warning) {
	for _, w := range all {
		since := w.Since.In(submit.WireZone()).Format("15:04 02/01/2006")
		switch w.Kind {
		case submit.WarningOverdue:
			s.tell("cli.warning.overdue", "time", since)
		case submit.WarningSilent:
			s.tell("cli.warning.silent", "name", w.Party.Name, "time", since)
		case submit.WarningUnconfirmed, submit.WarningRefused, submit.WarningFailed:
		}
	}
}
