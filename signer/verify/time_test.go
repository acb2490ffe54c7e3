package verify

import (
	"slices"
	"testing"
	"time"

	"trinhky/signer/internal/cms"
)

func codesOf(c *candidate) []string {
	var out []string
	for _, f := range c.out.Findings {
		out = append(out, f.Code)
	}
	return out
}

// TestClaimedTime: seven hours ahead are said and never corrected; a claim after
// the proof is said beyond what clocks may differ.
func TestClaimedTime(t *testing.T) {
	at := time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name            string
		claimed, signed time.Time // /M and signingTime
		proven          time.Time
		want            string
	}{
		{"the same", at, at, at, ""},
		{"a minute ahead", at.Add(time.Minute), time.Time{}, at, ""},
		{"an hour ahead", at.Add(time.Hour), time.Time{}, at, "claimed-time-after-timestamp"},
		{"seven hours ahead of the proof", time.Time{}, at.Add(7 * time.Hour), at, "signing-time-seven-hours"},
		{"seven hours ahead of /M", at, at.Add(7*time.Hour + 2*time.Second), time.Time{}, "signing-time-seven-hours"},
		{"eight hours ahead of /M", at, at.Add(8 * time.Hour), time.Time{}, ""},
		{"before the proof", at.Add(-24 * time.Hour), time.Time{}, at, ""},
	} {
		one := &candidate{checked: &cms.Verified{SigningTime: c.signed}}
		one.out.Claimed = c.claimed
		(&examination{}).checkClaimed(one, c.proven)
		got := codesOf(one)
		if c.want == "" && len(got) > 0 || c.want != "" && !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: %v, want %q", c.name, got, c.want)
		}
		if !c.claimed.IsZero() && !one.out.Claimed.Equal(c.claimed) {
			t.Errorf("%s: the claim was corrected to %v", c.name, one.out.Claimed)
		}
	}
}

// TestTimestampOrder: a document timestamp is not older than what it covers.
func TestTimestampOrder(t *testing.T) {
	at := time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	stamp := func(k Kind, d time.Duration) *candidate {
		c := &candidate{}
		c.out.Kind, c.out.Timestamp = k, &Timestamp{Time: at.Add(d), Valid: true}
		return c
	}
	found := []*candidate{stamp(Approval, 0), stamp(DocumentTimestamp, time.Minute), stamp(DocumentTimestamp, -time.Minute), stamp(DocumentTimestamp, -time.Hour)}
	checkOrder(found)
	for i, c := range found {
		if bad := len(codesOf(c)) > 0; bad != (i == 3) {
			t.Errorf("timestamp %d: %v", i, codesOf(c))
		}
	}
}
