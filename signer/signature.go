package signer

import (
	"context"
	"crypto"
	"crypto/x509"
	"sync/atomic"
	"time"

	"trinhky/pdfview/geom"
	"trinhky/signer/internal/cms"
)

// Level is a PAdES baseline level (EN 319 142-1, clause 6).
type Level int

// The levels in their order.
const (
	LevelB Level = iota
	LevelT
	LevelLT
	LevelLTA
)

// String is the word of the command line's JSON: "B-B", "B-T" …
func (l Level) String() string {
	switch l {
	case LevelB:
		return "B-B"
	case LevelT:
		return "B-T"
	case LevelLT:
		return "B-LT"
	case LevelLTA:
		return "B-LTA"
	}
	return "unknown"
}

// Certification is what a certification signature still allows (/DocMDP /P,
// ISO 32000-1, 12.8.2.2).
type Certification int

// NoCertification makes an ordinary (approval) signature. P=1 is not offered:
// it forbids the evidence that B-LT adds later.
const (
	NoCertification    Certification = iota
	CertifyForms                     // P=2
	CertifyAnnotations               // P=3
)

// SignatureField is where a signature goes.
//
// With a Name the field of that name is used where it exists (its own place
// wins over Page and Rect), else it is made. With no Name a new field is made.
// An empty Rect makes an invisible field.
type SignatureField struct {
	Name    string
	Page    int       // 0-based
	Rect    geom.Rect // points, default user space of the page
	Tooltip string    // /TU of a new field; empty: the signer's name
}

// ByteRange is the /ByteRange array: {0, a, b, c} covers [0,a) and [b,b+c).
type ByteRange [4]int64

// Covered is the number of bytes that are signed.
func (b ByteRange) Covered() int64 { return b[1] + b[3] }

// Request is everything that one signature needs. It is checked once by
// Prepare and never modified.
type Request struct {
	Input, Output string
	Overwrite     bool // allow an existing Output; never the Input
	Password      PIN  // opens an encrypted document; owned by the caller
	// Source, when set, is the SHA-256 of the Input as it was shown to the
	// person; a different file is refused with ErrSourceChanged.
	Source *[32]byte
	// Read, when set, is told the SHA-256 of the Input before the key is used;
	// its error ends the signature.
	Read func(source [32]byte) error

	Field      SignatureField
	Appearance *Appearance // nil: nothing to see

	Certificate *x509.Certificate
	Chain       []*x509.Certificate // embedded beside it, leaf excluded, any order

	Level            Level
	DowngradeAllowed bool        // a failing TSA lowers the level instead of failing
	Digest           crypto.Hash // 0: SHA-256
	PSS              bool        // RSASSA-PSS instead of PKCS#1 v1.5

	Certify                         Certification
	Name, Reason, Location, Contact string
}

// Signed says what came out. Level may be lower than asked; Downgrade says why.
type Signed struct {
	Path      string
	SHA256    [32]byte
	Level     Level
	Downgrade error // a *LoweredError
	Field     string
	Page      int       // 0-based
	Rect      geom.Rect // of the widget, user space
	ByteRange ByteRange
	// ChainGap says why the embedded chain does not reach a self-signed
	// certificate although somebody was asked; empty: it does, or nobody was.
	ChainGap string
	Took     Durations
}

// Durations tells where the time went.
type Durations struct{ Prepare, Token, Finish time.Duration }

// Stage is a step of the pipeline, for progress lines.
type Stage int

// The stages in their order.
const (
	StagePrepare Stage = iota
	StageToken
	StageTimestamp
	StageEvidence
	StageWrite
)

// TimestampAuthority makes RFC 3161 timestamps. Ordered fail-over between
// several servers lives inside the adapter.
type TimestampAuthority interface {
	// Timestamp returns the DER TimeStampToken (a CMS ContentInfo) over digest,
	// which was made with hash. The answer has been checked: status, imprint,
	// nonce, its own signature.
	Timestamp(ctx context.Context, hash crypto.Hash, digest []byte) ([]byte, error)
	// TokenSize is an upper bound, in bytes, of a token: the hole in the
	// document is sized with it before the person's key is used.
	TokenSize() int
}

// Evidence is validation material for the DSS (ISO 32000-2, 12.8.4.3).
type Evidence struct {
	Certificates []*x509.Certificate
	OCSPs, CRLs  [][]byte // DER
}

// EvidenceSource collects what proves that the certificates were good.
type EvidenceSource interface {
	Collect(ctx context.Context, chains [][]*x509.Certificate) (Evidence, error)
}

// IssuerSource finds the issuers of a certificate.
type IssuerSource interface {
	// Complete lengthens path by issuers out of beside, and by those that are
	// known or can be fetched, up to a self-signed certificate. It returns as far
	// as it came, with the reason why it stopped early.
	Complete(ctx context.Context, path []*x509.Certificate, beside ...*x509.Certificate) ([]*x509.Certificate, error)
}

// Pipeline signs documents. The zero value makes B-B signatures.
type Pipeline struct {
	TSA      TimestampAuthority
	Evidence EvidenceSource
	Issuers  IssuerSource     // nil: the chain is what the Request holds
	Now      func() time.Time // nil: time.Now

	last atomic.Pointer[cms.Spec] // of the document before, see ready
}
