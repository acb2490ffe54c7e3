// Package bridge is the local signing service that web pages of agency document
// systems call: a secure WebSocket on the loopback address, one text in, one
// text out. It answers the calls as those pages expect and is stricter than
// what it stands in for:
//
//   - only sites that the person (or a policy) allowed, by exact origin; a call
//     without an origin is refused at the handshake, and so is a wrong Host
//     header (DNS rebinding);
//   - documents are fetched from and stored to hosts of that site only, or
//     hosts that the person tied to it; names are resolved once, the address is
//     checked and that address is dialled; no redirect leads elsewhere;
//   - a path of this computer is never opened because a page names it;
//   - nothing is signed that the person was not shown: Person does that, and
//     the bytes that were fetched are those that are signed;
//   - size, number, time and frequency are bounded; one call at a time;
//   - success is only said where the site said that it stored the file;
//   - every call and every refusal is one Record.
//
// The package knows neither window nor PDF nor settings: they come in through
// Config. Texts of pages and servers are untrusted and are cleaned before they
// are shown.
package bridge

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Port is the one that the pages' script has built in.
const Port = 8987

// Site is what may be asked for by one origin.
type Site struct {
	Origin string   // "https://dms.example.gov.vn", lower case, no path
	Hosts  []string // other hosts ("host" or "host:port") of its files
	// Private: its servers have addresses of a private network.
	Private bool
	// Insecure: pages over plain http may call (a policy, never a consent).
	Insecure bool
	// Cookie is the name under which SessionId travels; "" = DefaultCookie.
	Cookie string
}

// DefaultCookie carries SessionId where the site names no other.
const DefaultCookie = "ASP.NET_SessionId"

// Config is everything a Server stands on.
type Config struct {
	Certificate func() (*tls.Certificate, error) // for 127.0.0.1 and localhost
	Sites       func() []Site                    // allowed at this moment
	Remember    func(Site) error                 // keeps what the person allowed
	Person      Person
	Audit       func(context.Context, Record)
	// Say puts an error into words of the person's language.
	Say func(error) string
	// Done are the words of a call that went well.
	Done    func(n int, failed []string) string
	Dir     string // for fetched documents; only the owner reads there
	Version string
	Log     *slog.Logger

	Limits   Limits      // the zero value takes DefaultLimits
	Resolver Resolver    // nil: the system's
	TLS      *tls.Config // towards the sites; nil: the system's roots
	Now      func() time.Time
}

// Resolver finds the addresses of a name; *net.Resolver satisfies it.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Limits bound what a page can ask for.
type Limits struct {
	Message   int64 // bytes of a call
	PDF       int64 // bytes of a document
	Answer    int64 // bytes of an upload's answer
	Files     int
	Idle      time.Duration // of a download or upload that does not move
	Transfer  time.Duration // of a download or upload in all
	Person    time.Duration // for the person, and for a socket without a message
	Header    time.Duration // for the handshake
	Push      time.Duration // GetVersion speaks by itself after it
	Sockets   int           // open at a time
	PerMinute int           // handshakes of one origin
}

// DefaultLimits are those of the product.
func DefaultLimits() Limits {
	return Limits{
		Message: 256 << 10, PDF: 100 << 20, Answer: 64 << 10, Files: 50, Idle: time.Minute, Transfer: 5 * time.Minute,
		Person: 30 * time.Minute, Header: 5 * time.Second, Push: 300 * time.Millisecond, Sockets: 32, PerMinute: 10,
	}
}

// Person is the human side: the window. Its methods wait for the person; ctx
// ends when the page is gone or the time is over, with the reason as its cause.
type Person interface {
	// Ask puts the question about a site; nothing was fetched before.
	Ask(ctx context.Context, q Question) (Consent, error)
	// Choose lets the person pick a document of the computer.
	Choose(ctx context.Context, q Question) (path string, err error)
	// Sign shows every document, signs those that the person agreed to, and
	// gives one result a document, in their order. ErrCancelled: none.
	Sign(ctx context.Context, j Job) ([]Signed, error)
	// PageGone asks whether signed documents go to the site although its page is
	// gone.
	PageGone(ctx context.Context, j Job) (upload bool, err error)
	// Stored tells how the call ended, after a Sign.
	Stored(j Job, err error)
	// Verify shows what a document is worth.
	Verify(ctx context.Context, j Job) error
	// Certificate gives the certificate that would sign, DER.
	Certificate(ctx context.Context) ([]byte, error)
	// Show brings the window up.
	Show()
}

// ErrCancelled: the person said no.
var ErrCancelled = errors.New("the person cancelled")

// Kind is what a Question is about.
type Kind int

// The questions.
const (
	AskSite        Kind = iota // the site calls for the first time
	AskHosts                   // a known site names other hosts
	AskPrivate                 // its servers lie in a private network
	AskCertificate             // it wants to read the certificate
)

// Question is what the person is asked about a site.
type Question struct {
	Kind     Kind
	Origin   string // exact, names in punycode
	Readable string // the same with the letters of the name; "" where it is equal
	Role     Role
	Path     string   // of the endpoint
	Download []string // hosts
	Upload   string   // host
	Foreign  []string // hosts that are not the site's own
	Insecure bool     // plain http
	Files    int
}

// Consent is the answer.
type Consent struct{ Allow, Remember bool }

// Role is what the endpoint of the page asks the person to do.
type Role int

// The roles.
const (
	Approve  Role = iota // the leader signs
	Issue                // the clerk issues: seal, number, date
	Income               // the clerk signs an incoming paper
	Copy                 // an electronic copy
	Appendix             // an attachment of an issued document
	Comment              // an opinion
)

// Job is what the person is shown and asked to sign.
type Job struct {
	Origin, Readable string
	Role             Role
	Path             string // of the endpoint
	Number           string // DocNumber, as the page gave it
	Date             string // IssuedDate in Vietnam, yyyy-mm-dd, or ""
	Upload           string // host
	Documents        []Document
}

// Document is one fetched document.
type Document struct {
	Title  string // what the page calls it, cleaned
	Path   string // our copy
	Host   string // where it came from; "" = of this computer
	SHA256 [32]byte
	Size   int64
}

// Signed is one result. A zero Path: this document was left out.
type Signed struct {
	Path        string
	SHA256      [32]byte
	Certificate string // serial and subject
	Level       string
	// Number and Date (yyyy-mm-dd) are what the person confirmed; "": nothing.
	Number, Date string
}

// Record is one call, or one refusal, for the audit log. It holds no token, no
// query, no content.
type Record struct {
	At            time.Time
	Origin, Path  string
	Fetched       string // URLs without their query
	Stored        string
	Name          string
	Before, After [32]byte
	Certificate   string
	Level         string
	HTTP          int // of the upload
	Took          time.Duration
	Result        string // "signed", "cancelled", "refused: …", "failed: …"
}

// Server serves the bridge. It is safe for concurrent use.
type Server struct {
	c    Config
	lim  Limits
	busy chan struct{} // holds one token: one call at a time
	gate *gate

	mu    sync.Mutex
	told  map[string]bool // origins that may read the certificate, this session
	hosts map[string]bool // Host headers that are ours
}

// New makes a server; Serve runs it.
func New(c Config) *Server {
	if c.Limits == (Limits{}) {
		c.Limits = DefaultLimits()
	}
	if c.Resolver == nil {
		c.Resolver = net.DefaultResolver
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Audit == nil {
		c.Audit = func(context.Context, Record) {}
	}
	return &Server{
		c: c, lim: c.Limits, busy: make(chan struct{}, 1), gate: newGate(c.Limits.PerMinute, c.Now),
		told: map[string]bool{}, hosts: map[string]bool{},
	}
}
