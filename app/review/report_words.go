package review

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"trinhky/signer/verify"
)

// Reason says in one sentence why a file has its verdict; finding makes the
// sentence of a finding.
func Reason(r *verify.Report, words Words, finding Say) string {
	switch r.Verdict {
	case verify.None:
		return words("reason.none")
	case verify.Valid:
		return validReason(r, words)
	case verify.Invalid:
		for _, f := range r.Findings {
			if f.Severity == verify.Error {
				return finding(f)
			}
		}
	case verify.Indeterminate:
	}
	for i := range r.Signatures {
		if s := &r.Signatures[i]; s.Verdict == r.Verdict {
			return words("reason.signature", "n", strconv.Itoa(s.N), "signer", signerName(s), "why", SignatureReason(s, words, finding))
		}
	}
	return ""
}

func validReason(r *verify.Report, words Words) string {
	n, unchecked, changed := 0, false, false
	for _, s := range r.Signatures {
		if s.Kind != verify.DocumentTimestamp {
			n++
		}
		unchecked = unchecked || s.Revocation == verify.RevocationUnchecked
		changed = changed || s.Changes == verify.ChangesAllowed
	}
	text := words("reason.valid", "n", strconv.Itoa(n))
	if n == 0 {
		text = words("reason.valid.timestamps")
	}
	if changed {
		text += " " + words("reason.valid.changed")
	}
	if unchecked {
		text += " " + words("reason.valid.unchecked")
	}
	return text
}

// SignatureReason says in one sentence why a signature has its verdict.
func SignatureReason(s *verify.Signature, words Words, finding Say) string {
	if s.Verdict == verify.Valid {
		return words("reason.signature.valid")
	}
	worst := verify.Warning
	if s.Verdict == verify.Invalid {
		worst = verify.Error
	}
	if s.Verdict == verify.Invalid || !s.Intact {
		for _, f := range s.Findings {
			if f.Severity == worst {
				return finding(f)
			}
		}
	}
	switch {
	case s.Chain != verify.ChainTrusted:
		return words("reason.chain." + s.Chain.String())
	case s.Revocation == verify.RevocationRevoked, s.Revocation == verify.RevocationUnknown:
		return words("reason.revocation." + s.Revocation.String())
	case s.Kind == verify.DocumentTimestamp:
		return words("reason.timestamp")
	}
	return words("reason.weak")
}

func signerName(s *verify.Signature) string {
	if s.Certificate == nil {
		return "?"
	}
	return s.Certificate.Subject.CommonName
}

// Event is one step in the life of a file: a revision, or a time that is proven
// in it.
type Event struct {
	Revision  int       // from 1
	End       int64     // bytes of the file up to here
	Signature int       // its number; 0: the revision carries none
	Time      time.Time // zero where none is known
	Proven    bool      // the time is that of a trusted timestamp
	Text      string
}

// Timeline tells what happened to a file, the oldest first.
func Timeline(r *verify.Report, words Words) []Event {
	var out []Event
	for i, end := range r.Revisions {
		before := len(out)
		for k := range r.Signatures {
			if s := &r.Signatures[k]; s.Revision == i+1 {
				out = append(out, signedEvent(s, i+1, end, words))
			}
		}
		if len(out) > before {
			continue
		}
		key := "timeline.changed"
		if i == 0 {
			key = "timeline.made"
		} else if !slices.ContainsFunc(r.Signatures, func(s verify.Signature) bool { return s.Revision > 0 && s.Revision <= i }) {
			key = "timeline.edited"
		}
		out = append(out, Event{Revision: i + 1, End: end, Text: words(key)})
	}
	slices.SortStableFunc(out, func(a, b Event) int { return cmp.Compare(a.Revision, b.Revision) })
	return out
}

func signedEvent(s *verify.Signature, revision int, end int64, words Words) Event {
	e := Event{Revision: revision, End: end, Signature: s.N, Time: s.Claimed}
	if s.Timestamp != nil && s.Timestamp.Valid {
		e.Time, e.Proven = s.Timestamp.Time, true
	}
	e.Text = words("timeline."+s.Kind.String(), "n", strconv.Itoa(s.N), "signer", signerName(s))
	return e
}

// Fact is one line about a signature, as TT 15/2025/TT-BKHCN, art. 6(4), asks
// for them.
type Fact struct{ Label, Value string }

// Facts are the lines about a signature: issuer, signer, the unit that manages
// the certificate, time, integrity, validity at that time, period of validity.
func Facts(s *verify.Signature, words Words) []Fact {
	var out []Fact
	add := func(key, value string) {
		if value != "" {
			out = append(out, Fact{words("fact." + key), value})
		}
	}
	if c := s.Certificate; c != nil {
		add("signer", c.Subject.CommonName)
		add("unit", first(append(slices.Clone(c.Subject.Organization), c.Subject.OrganizationalUnit...)))
		add("issuer", joined(c.Issuer.CommonName, first(c.Issuer.Organization)))
		add("family", words("family."+FamilyOf(s).String()))
		add("serial", c.SerialNumber.Text(16))
		add("period", words("fact.from-to", "from", moment(c.NotBefore), "to", moment(c.NotAfter)))
	}
	add("time", timeFact(s, words))
	add("integrity", words("integrity."+integrity(s)))
	add("standing", words("chain."+s.Chain.String())+"; "+words("revocation."+s.Revocation.String()))
	level := s.Level.String()
	if s.Legacy {
		level = words("fact.legacy")
	}
	add("level", level)
	add("algorithms", joined(s.Algorithm, s.Digest))
	add("field", s.Field)
	add("reason", s.Reason)
	add("location", s.Location)
	return out
}

func integrity(s *verify.Signature) string {
	switch {
	case !s.Intact && s.Verdict == verify.Indeterminate:
		return "unknown"
	case !s.Intact:
		return "broken"
	}
	return s.Changes.String()
}

func timeFact(s *verify.Signature, words Words) string {
	if t := s.Timestamp; t != nil && t.Valid {
		return words("fact.proven", "time", moment(t.Time), "authority", t.Authority)
	}
	if s.Claimed.IsZero() {
		return words("fact.no-time")
	}
	return words("fact.claimed", "time", moment(s.Claimed))
}

func joined(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "" || a == b:
		return a
	}
	return a + ", " + b
}

// moment writes a time as offices here do.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return vietnam(t).Format("15:04:05 02/01/2006 -07:00")
}
