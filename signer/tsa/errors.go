package tsa

import "fmt"

// Fault says what was wrong with a server or its answer.
type Fault int

// The faults.
const (
	Down         Fault = iota // no connection, or it broke
	Slow                      // no answer within the time limit
	HTTPStatus                // an answer other than 200; see Error.Status
	Quota                     // 429: too many requests
	Rejected                  // the server answered "no" (PKIStatus)
	Garbage                   // the answer is no timestamp response
	WrongNonce                // an answer to another question
	WrongImprint              // another digest was stamped
	WrongPolicy               // not the policy that was asked for
	WrongTime                 // far from our clock
	BadSignature              // the token's own signature or certificate
	Untrusted                 // its chain does not lead to a trusted root
)

// String names the fault for logs.
func (f Fault) String() string {
	names := [...]string{
		"unreachable", "slow", "HTTP error", "quota used up", "rejected", "garbage", "wrong nonce",
		"wrong imprint", "wrong policy", "wrong time", "bad signature", "untrusted",
	}
	if f < 0 || int(f) >= len(names) {
		return "unknown"
	}
	return names[f]
}

// Error is a failure of one server.
type Error struct {
	URL    string
	Fault  Fault
	Status int // of HTTPStatus and Quota
	Err    error
}

func (e *Error) Error() string {
	return fmt.Sprintf("time-stamping server %s: %s: %v", e.URL, e.Fault, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
