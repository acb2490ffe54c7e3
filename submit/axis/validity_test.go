package axis

import (
	"fmt"
	"testing"

	"trinhky/submit"
)

func TestValidity(t *testing.T) {
	party := func(code, old string, until submit.Date) submit.Party {
		return submit.Party{Code: code, OldCode: old, ValidUntil: until}
	}
	gone := func(code, old string, until submit.Date) Unit {
		return Unit{Party: party(code, old, until), Deleted: true}
	}
	for name, c := range map[string]struct {
		all   []submit.Party
		units []Unit
		want  string
	}{
		"no units":               {[]submit.Party{party("H1", "", "")}, nil, "[H1]"},
		"in both":                {[]submit.Party{party("H1", "", "")}, []Unit{{Party: party("H1", "", "")}}, "[H1]"},
		"listed and taken out":   {[]submit.Party{party("H1", "", ""), party("H2", "", "")}, []Unit{gone("H2", "", "2026-07-01")}, "[H1 H2<2026-07-01]"},
		"no longer listed":       {[]submit.Party{party("H1", "", "")}, []Unit{gone("H2", "", "2026-07-01")}, "[H1 H2<2026-07-01]"},
		"taken out, day unknown": {[]submit.Party{party("H1", "", ""), party("H2", "", "")}, []Unit{gone("H2", "", "")}, "[H1]"},
		"taken out and back":     {[]submit.Party{party("H1", "", "")}, []Unit{gone("H1", "", "2026-07-01"), {Party: party("H1", "", "")}}, "[H1]"},
		"only an old code":       {[]submit.Party{party("", "000.00.98.H99", "")}, []Unit{gone("", "000.00.98.H99", "2026-07-01")}, "[000.00.98.H99<2026-07-01]"},
		"old code in use by a new one": {
			[]submit.Party{party("H3", "000.00.98.H99", "")},
			[]Unit{gone("", "000.00.98.H99", "2026-07-01"), {Party: party("H3", "000.00.98.H99", "")}},
			"[H3]",
		},
	} {
		got := []string{}
		for _, p := range valid(c.all, c.units) {
			s := p.OrganID()
			if p.ValidUntil != "" {
				s += "<" + string(p.ValidUntil)
			}
			got = append(got, s)
		}
		if s := fmt.Sprint(got); s != c.want {
			t.Errorf("%s: %s, want %s", name, s, c.want)
		}
	}
}
