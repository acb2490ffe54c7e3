package flow

import (
	"trinhky/app/review"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// State is where the work on one document stands. The set is sealed; a page
// draws a state and keeps no truth of its own.
type State interface{ state() }

// Idle: no document is open.
type Idle struct{}

// Opening: a document is being read.
type Opening struct{ Path string }

// OpenFailed: it could not be read.
type OpenFailed struct {
	Path string
	Err  error
}

// Locked: the document needs its password. Wrong says that one was refused.
type Locked struct {
	Path  string
	Wrong bool
}

// Damaged: the document cannot be signed as it is, carries no signature, and
// can be repaired.
type Damaged struct {
	Path    string
	Lost    []Lost // what a repair would lose
	Working bool   // the copy is being written
	Problem error  // why it could not be written; nil: not tried
}

// Placing: the document is shown with its stamp, and can be signed.
type Placing struct {
	Desk
	// Problem is why the last try ended here; nil: there was none.
	Problem error
}

// Checking: what can fail without the token is being tried: output, disk,
// time-stamping server.
type Checking struct{ Desk }

// AskPIN: everything is known and tried; the PIN is missing.
type AskPIN struct {
	Desk
	PIN     signer.PINState // what the token said last
	Problem error           // why the last PIN did not do; nil: none was tried
	// Warnings are what should be known of the certificate.
	Warnings []verify.Finding
	// Signature: the token has a PIN of its own for signatures and asks for it.
	Signature bool
}

// Signing: the token works.
type Signing struct {
	Desk
	Stage signer.Stage
}

// Signed: the signed file is there and was read back.
type Signed struct {
	Doc    *review.Document // the signed file
	Result signer.Signed
	Next   int // documents that still wait
}

// Composing: the form of the message is being filled in.
type Composing struct {
	Form
	Doc     *review.Document
	Problem error // why it was not queued; nil: not tried
}

// Queued: the message is in the journal; the outbox does the rest.
type Queued struct{ Record submit.Record }

func (Idle) state()       {}
func (Opening) state()    {}
func (OpenFailed) state() {}
func (Locked) state()     {}
func (Damaged) state()    {}
func (Placing) state()    {}
func (Checking) state()   {}
func (AskPIN) state()     {}
func (Signing) state()    {}
func (Signed) state()     {}
func (Composing) state()  {}
func (Queued) state()     {}

// Desk is an open document with everything that was decided about it.
type Desk struct {
	Doc      *review.Document
	Role     stamp.Role
	Rules    stamp.RuleSet
	Place    review.Placement
	PlaceErr error            // why there is no place
	Proposed review.Placement // where the program put it
	Guide    *geom.Point      // the middle of the band, shown space of Proposed.Page
	Findings []verify.Finding
	Signer   *Choice // nil: no certificate to sign with
	Level    signer.Level
	Output   string
	// Held: it has only just come up for a web page and cannot be signed yet.
	Held bool
	hold hold
	// Form is what the person can change of a page's document, Numbering the
	// signature with number and date that goes before its seal; nil: none.
	Form      SiteForm
	Numbering *Numbering
	// Unnumbered: the seal of a page's document, which has no place for a number.
	Unnumbered bool
	// NumberTaken: the register of this home has that number and notation of
	// that year already. A page's own register decides; this is a warning.
	NumberTaken bool

	// stamp is what the stamp carries, and what is wrong with its picture: read
	// once, for as long as the stamp is only moved.
	stamp        stamp.Input
	pictureWrong []verify.Finding
	site         *SiteJob          // of a web page; nil: the person's own document
	before       []siteStep        // of the same page, agreed to before this one
	tokens       []TokenRow        // that were there when it was laid out; of a web page
	numberKey    *Choice           // the person's own choice for Numbering; nil: none
	numbered     numbered          // written already, while the PIN of the seal is asked
	rule         *review.Placement // where the rule put it, without what was remembered; nil: nowhere
}

// ForSite is the job of a web page that the document belongs to, nil for the
// person's own.
func (d Desk) ForSite() *SiteJob { return d.site }

// Blocked says whether a finding forbids signing.
func (d Desk) Blocked() bool {
	for _, f := range d.Findings {
		if f.Severity == verify.Error {
			return true
		}
	}
	return false
}

// Ready says whether nothing but the PIN is missing.
func (d Desk) Ready() bool {
	return !d.Held && !d.Lacks() && d.Signer != nil && d.Signer.Certificate.Unusable == nil && d.PlaceErr == nil && !d.Blocked()
}

// Choice is a certificate on a token.
type Choice struct {
	Slot        signer.Slot
	Certificate signer.Certificate
}

// Form is the message as the person edits it.
type Form struct {
	Document  submit.Metadata
	Guessed   []string // fields of Document that were guessed
	Connector string
	To        []submit.Party
	Path      string
	SHA256    [32]byte
	// Attachments go with the document.
	Attachments []string
	// Missing says what the document lacks: the leader's signature, the seal.
	Missing []Missing
	// Kind is what is done with Original, and Reason why: an update of it, or a
	// document in its place. New: there is no Original.
	Kind     submit.Kind
	Original submit.Envelope
	Reason   string
}

// TokenRow is one token and what is on it.
type TokenRow struct {
	Slot         signer.Slot
	Certificates []signer.Certificate
	Err          error
}

// File is a document on the disk.
type File struct {
	Path string
	Name string
	Size int64
	Time int64 // Unix seconds of its last change
	// Opened: it was opened from elsewhere, not found in the folder.
	Opened bool
}

// Lists is the background: what waits, what was signed, what is on its way,
// which tokens are there.
type Lists struct {
	Waiting  []File
	Signed   []File
	Records  []submit.Record // the newest ones
	Sent     Sent
	Tokens   []TokenRow
	TokenErr error
	// Looked: the tokens were listed at least once.
	Looked bool
	// Trouble is why the destination could not be reached, nil when it could.
	Trouble error
	Clock   Clock
	Issue   Issuing
	Prepare Preparing
	Inbox   Arriving
	// Detail is the message of which everything is shown; nil: of none.
	Detail *submit.Record
	About  []submit.Record // recalls, updates and replacements of it
	Audit  AuditView
	Verify Verifying
}
