package bridge

import "fmt"

// Reason says why a call was refused or failed; its word is stable and finds
// the sentence that the person and the page read.
type Reason string

// The reasons.
const (
	ReasonMessage   Reason = "message"    // the call cannot be read
	ReasonTooLong   Reason = "too-long"   // the message is larger than allowed
	ReasonSecond    Reason = "second"     // a second message on the socket
	ReasonEndpoint  Reason = "endpoint"   // not offered
	ReasonRawText   Reason = "raw-text"   // signing of text that nobody can read
	ReasonBusy      Reason = "busy"       // another call is under way
	ReasonSite      Reason = "site"       // the person did not allow the site
	ReasonURL       Reason = "url"        // no http or https address
	ReasonLocalPath Reason = "local-path" // names a file of this computer
	ReasonUserInfo  Reason = "user-info"  // name and password in the address
	ReasonPlain     Reason = "plain"      // http asked for by an https page
	ReasonHost      Reason = "host"       // neither the site's nor a tied host
	ReasonAddress   Reason = "address"    // a loopback, link-local or private address
	ReasonRedirect  Reason = "redirect"   // leads elsewhere
	ReasonTooLarge  Reason = "too-large"  // the document is larger than allowed
	ReasonTooMany   Reason = "too-many"   // files in one call
	ReasonNotPDF    Reason = "not-pdf"
	ReasonFetch     Reason = "fetch"   // the site did not give the document
	ReasonStore     Reason = "store"   // the site did not take the signed file
	ReasonHandler   Reason = "handler" // its answer does not say that it stored it
	ReasonGone      Reason = "gone"    // the page closed its connection
	ReasonTimeout   Reason = "timeout"
	ReasonChanged   Reason = "changed" // the signed file does not go on from what was fetched
	ReasonNone      Reason = "none"    // no file of several was stored
	ReasonToken     Reason = "token"   // no certificate that could sign
	ReasonQuit      Reason = "quit"    // the program ends
)

// Refusal is an error of a call. Detail is a host, an address, a number or what
// the site said, cleaned; it never holds a query, a token or content.
type Refusal struct {
	Reason Reason
	Detail string
	Err    error // for the log
}

func (e *Refusal) Error() string {
	s := "bridge: " + string(e.Reason)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += fmt.Sprintf(" (%v)", e.Err)
	}
	return s
}

func (e *Refusal) Unwrap() error { return e.Err }

func refuse(r Reason, detail string) error { return &Refusal{Reason: r, Detail: clean(detail, 200)} }

func failed(r Reason, detail string, err error) error {
	return &Refusal{Reason: r, Detail: clean(detail, 200), Err: err}
}
