package verify

import (
	"crypto"
	"crypto/x509"
	"time"

	"trinhky/signer"
	"trinhky/signer/internal/cms"
)

// checkTime settles when each signature was made, as far as it is proven, and
// with that its chain, its revocation and its level. found is ordered by the
// end of the byte ranges.
func (x *examination) checkTime(found []*candidate) {
	for _, c := range found {
		if c.checked != nil && c.out.Kind == DocumentTimestamp {
			x.checkDocumentTimestamp(c)
		}
	}
	for i, c := range found {
		if c.checked == nil || c.out.Kind == DocumentTimestamp {
			continue
		}
		x.checkSignatureTimestamp(c)
		var stamps []*candidate
		for _, d := range found[i+1:] {
			if d.out.Timestamp != nil && d.out.Kind == DocumentTimestamp && d.end > c.end && d.signed != nil {
				stamps = append(stamps, d)
			}
		}
		x.checkSigner(c, stamps)
	}
	checkOrder(found)
}

// checkOrder: what covers an earlier timestamp is not older than that (RFC 3161
// clocks may differ a little).
func checkOrder(found []*candidate) {
	var last time.Time
	for _, c := range found {
		t := c.out.Timestamp
		if t == nil || !t.Valid {
			continue
		}
		if c.out.Kind == DocumentTimestamp && !last.IsZero() && last.Sub(t.Time) > clockSkew {
			c.find("timestamp-order", Warning, "the timestamp of %s covers one of %s", t.Time.Format(time.RFC3339), last.Format(time.RFC3339))
		}
		if t.Time.After(last) {
			last = t.Time
		}
	}
}

// stamp checks the certificate of a timestamp at its own time.
func (x *examination) stamp(v *cms.Verified, at time.Time) (Timestamp, chained, standing) {
	k := x.chain(v.Certificate, at, x509.ExtKeyUsageTimeStamping)
	t := Timestamp{Time: at, Authority: v.Certificate.Subject.CommonName, Valid: k.state == ChainTrusted}
	s := standing{state: RevocationUnchecked}
	if t.Valid {
		s = x.pathStatus(k.path, at, x.options.Status)
		if s.state == RevocationRevoked && !at.Before(s.at) {
			t.Valid = false
		}
	}
	return t, k, s
}

func (x *examination) checkDocumentTimestamp(c *candidate) {
	t, k, s := x.stamp(c.checked, c.token.Info.Time)
	c.out.Timestamp, c.out.Chain, c.out.Revocation = &t, k.state, s.state
	c.out.Path = k.path
	if k.weak {
		c.find("weak-chain", Warning, "a certificate of the chain is signed with an algorithm that is too weak")
	}
	if s.state == RevocationRevoked && t.Valid {
		c.out.Revocation = RevocationGood
	}
}

// checkSignatureTimestamp checks the timestamps over the signature value and
// keeps the earliest good one, else the first bad one.
func (x *examination) checkSignatureTimestamp(c *candidate) {
	if c.parsed == nil || len(c.parsed.Signers) == 0 {
		return
	}
	info := &c.parsed.Signers[0]
	for i, token := range info.Timestamps() {
		if i >= 16 {
			break
		}
		ts, err := cms.ParseTimestamp(token)
		if err != nil {
			c.find("timestamp-malformed", Warning, "%v", err)
			continue
		}
		v, err := ts.Verify(cms.DigestOf(info.Value), x.known.certificates...)
		t := Timestamp{Time: ts.Info.Time}
		if err != nil {
			c.find("timestamp-invalid", Warning, "%v", err)
		} else {
			if t, _, _ = x.stamp(v, ts.Info.Time); !t.Valid {
				c.find("timestamp-untrusted", Warning, "the timestamp of %s is not trusted", t.Authority)
			}
			if c.stamped.IsZero() || t.Time.Before(c.stamped) {
				c.stamped = t.Time
			}
		}
		old := c.out.Timestamp
		if old == nil || t.Valid && (!old.Valid || t.Time.Before(old.Time)) {
			c.out.Timestamp = &t
		}
	}
}

// checkSigner settles chain, revocation and level of a signature.
func (x *examination) checkSigner(c *candidate, stamps []*candidate) {
	proven := time.Time{}
	if t := c.out.Timestamp; t != nil && t.Valid {
		proven = t.Time
	}
	for _, d := range stamps {
		if t := d.out.Timestamp.Time; d.out.Timestamp.Valid && (proven.IsZero() || t.Before(proven)) {
			proven = t
		}
	}
	at := proven
	if proven.IsZero() {
		at = x.options.At
	}
	cert := c.checked.Certificate
	k := x.chain(cert, at, x509.ExtKeyUsageAny)
	c.out.Chain, c.out.Path = k.state, k.path
	if k.weak {
		c.find("weak-chain", Warning, "a certificate of the chain is signed with an algorithm that is too weak")
	}
	if !proven.IsZero() && (proven.Before(cert.NotBefore) || proven.After(cert.NotAfter)) {
		c.find("certificate-outside-validity", Error, "signed at %s, the certificate is valid from %s to %s",
			proven.Format(time.RFC3339), cert.NotBefore.Format(time.RFC3339), cert.NotAfter.Format(time.RFC3339))
	}
	if x.options.At.Before(cert.NotBefore) {
		c.find("certificate-not-yet-valid", Error, "the certificate is valid from %s", cert.NotBefore.Format(time.RFC3339))
	}
	s := standing{state: RevocationUnchecked}
	if k.state == ChainTrusted || k.state == ChainExpired {
		s = x.pathStatus(k.path, at, x.options.Status)
	}
	x.settleRevocation(c, s, proven)
	x.checkClaimed(c, proven)
	x.settleLevel(c, k.path, stamps)
}

// settleRevocation weighs a revocation against the proven time.
func (x *examination) settleRevocation(c *candidate, s standing, proven time.Time) {
	c.out.Revocation = s.state
	switch {
	case s.state == RevocationUnchecked && c.out.Chain == ChainTrusted:
		c.find("revocation-unchecked", Warning, "nobody was asked whether the certificate is revoked")
	case s.state == RevocationUnknown:
		c.find("revocation-unknown", Warning, "the revocation status could not be had")
	case s.state == RevocationRevoked && !proven.IsZero() && proven.Before(s.at):
		c.out.Revocation = RevocationGood
		c.find("revoked-after-signing", Info, "revoked at %s, signed at %s",
			s.at.Format(time.RFC3339), proven.Format(time.RFC3339))
	case s.state == RevocationRevoked && !proven.IsZero():
		c.find("certificate-revoked", Error, "revoked at %s, signed at %s",
			s.at.Format(time.RFC3339), proven.Format(time.RFC3339))
	case s.state == RevocationRevoked:
		c.find("certificate-revoked", Warning, "revoked at %s; when the signature was made is not proven", s.at.Format(time.RFC3339))
	}
}

// checkClaimed compares the times that the signer claims with what is proven.
// Some Vietnamese tools write local time into signingTime and call it UTC: a
// difference of seven hours is said, never corrected.
func (x *examination) checkClaimed(c *candidate, proven time.Time) {
	st := c.checked.SigningTime
	other := proven
	if other.IsZero() {
		other = c.out.Claimed
	}
	if c.out.Claimed.IsZero() {
		c.out.Claimed = st
	}
	if !st.IsZero() && !other.IsZero() {
		if d := st.Sub(other) - 7*time.Hour; d.Abs() < 10*time.Minute {
			c.find("signing-time-seven-hours", Info, "signingTime is seven hours ahead: local time marked as UTC")
			return
		}
	}
	if !proven.IsZero() && c.out.Claimed.Sub(proven) > clockSkew {
		c.find("claimed-time-after-timestamp", Warning, "the claimed time %s is after the proven one", c.out.Claimed.Format(time.RFC3339))
	}
}

// settleLevel says which PAdES level is really there (EN 319 142-1, 6). It is
// about what the file holds: whom one trusts changes the verdict, not the level.
func (x *examination) settleLevel(c *candidate, path []*x509.Certificate, stamps []*candidate) {
	at := c.stamped
	for _, d := range stamps {
		if t := d.out.Timestamp.Time; at.IsZero() || t.Before(at) {
			at = t
		}
	}
	if at.IsZero() {
		return
	}
	c.out.Level = signer.LevelT
	s := x.pathStatus(path, at, nil)
	if !s.dss || s.state != RevocationGood && s.state != RevocationRevoked {
		return
	}
	c.out.Level = signer.LevelLT
	for _, d := range stamps {
		if cat, err := d.signed.Catalog(); err == nil && cat.Has("DSS") {
			c.out.Level = signer.LevelLTA
		}
	}
}

// settle gives the verdict by the rules of the command line's contract.
func (c *candidate) settle() {
	o := &c.out
	bad := !o.Intact && !c.undecided || o.Coverage <= CoveragePartial || o.Changes == ChangesSuspicious
	for _, f := range o.Findings {
		bad = bad || f.Severity == Error
	}
	switch {
	case bad:
		o.Verdict = Invalid
	case !o.Intact, o.Digest == crypto.MD5.String():
		o.Verdict = Indeterminate
	case o.Kind == DocumentTimestamp && (o.Timestamp == nil || !o.Timestamp.Valid),
		o.Chain != ChainTrusted, o.Revocation == RevocationUnknown, o.Revocation == RevocationRevoked:
		o.Verdict = Indeterminate
	default:
		o.Verdict = Valid
	}
}
