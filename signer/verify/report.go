// Package verify says what a signed file is worth: structure, integrity,
// coverage, what later revisions changed, chain, time and level. It knows no
// renderer and no network of its own.
//
// The words are those of the command line's contract.
package verify

import (
	"crypto/x509"
	"time"

	"trinhky/pdfview/geom"
	"trinhky/signer"
)

// Verdict is the answer about a file or a signature.
type Verdict int

// The verdicts, from harmless to worst for a file that has signatures.
const (
	None Verdict = iota // no signature
	Valid
	Indeterminate
	Invalid
)

// String is the word of the command line's JSON.
func (v Verdict) String() string {
	return [...]string{"none", "valid", "indeterminate", "invalid"}[v]
}

// Kind is what a signature is for.
type Kind int

// The kinds.
const (
	Approval Kind = iota
	CertificationSignature
	DocumentTimestamp
)

// String is the word of the command line's JSON.
func (k Kind) String() string { return [...]string{"approval", "certification", "timestamp"}[k] }

// Coverage says how much of the file a byte range covers.
type Coverage int

// The coverages.
const (
	CoverageBroken   Coverage = iota // not one gap, exactly the signature
	CoveragePartial                  // neither the file nor a whole revision
	CoverageRevision                 // a whole earlier revision
	CoverageFile                     // the whole file
)

// String is the word of the command line's JSON.
func (c Coverage) String() string { return [...]string{"broken", "partial", "revision", "file"}[c] }

// Changes grades what later revisions did.
type Changes int

// The grades.
const (
	ChangesNone       Changes = iota
	ChangesAllowed            // signatures, DSS, timestamps, form filling as permitted
	ChangesSuspicious         // anything else
)

// String is the word of the command line's JSON.
func (c Changes) String() string { return [...]string{"none", "allowed", "suspicious"}[c] }

// ChainState is how the certificate chain stands at the time that counts.
type ChainState int

// The states of a chain.
const (
	ChainUntrusted ChainState = iota
	ChainIncomplete
	ChainExpired
	ChainNotYetValid
	ChainTrusted
)

// String is the word of the command line's JSON.
func (c ChainState) String() string {
	return [...]string{"untrusted", "incomplete", "expired", "not-yet-valid", "trusted"}[c]
}

// Revocation is what is known of the certificate's status.
type Revocation int

// The states of revocation.
const (
	RevocationUnchecked Revocation = iota
	RevocationUnknown
	RevocationRevoked
	RevocationGood
)

// String is the word of the command line's JSON.
func (r Revocation) String() string {
	return [...]string{"unchecked", "unknown", "revoked", "good"}[r]
}

// Severity grades a finding.
type Severity int

// The severities.
const (
	Info Severity = iota
	Warning
	Error
)

// String is the word of the command line's JSON.
func (s Severity) String() string { return [...]string{"info", "warning", "error"}[s] }

// Finding is one thing to know about a file or a signature. Code is a stable
// word such as "content-changed-after-signing"; the sentence for people is
// made by app/message from Code and Args; Detail is English, for logs.
type Finding struct {
	Code     string
	Severity Severity
	Page     int // from 1; 0: none
	Args     map[string]string
	Detail   string
}

// Timestamp is an RFC 3161 time over a signature or a document.
type Timestamp struct {
	Time      time.Time
	Authority string
	Valid     bool
}

// Signature is everything that is known of one signature.
type Signature struct {
	N           int // from 1, in the order of the end of the byte ranges
	Field       string
	Kind        Kind
	SubFilter   string
	Certificate *x509.Certificate // nil where none could be read
	Verdict     Verdict
	Intact      bool
	Coverage    Coverage
	Changes     Changes
	Level       signer.Level
	Legacy      bool // adbe.* subfilters: level "legacy"
	Claimed     time.Time
	Timestamp   *Timestamp
	Chain       ChainState
	Revocation  Revocation
	Digest      string // "SHA-256"
	Algorithm   string // "RSA-2048"
	Reason      string
	Location    string
	ByteRange   signer.ByteRange
	Revision    int // from 1: the revision that made it
	Page        int // from 1; 0 where it has no page
	Rect        geom.Rect
	Findings    []Finding
	// Path is the certification path as far as it is known, the signer first.
	Path []*x509.Certificate
}

// Report is what verification says of one file.
type Report struct {
	File       string
	SHA256     [32]byte
	Pages      int
	Revisions  []int64 // the end of each revision, in bytes
	Verdict    Verdict // the worst of the signatures' and of the findings'
	Signatures []Signature
	Findings   []Finding
	// OCSPs and CRLs are the answers and lists that the file holds (DER).
	OCSPs, CRLs [][]byte
}
