package submit

import "errors"

// Permanent marks an error that no retry can cure: the destination refused the
// document. code and text are the destination's own.
func Permanent(code, text string) error { return &RefusedError{Code: code, Text: text} }

// RefusedError is a refusal for good (exit code 30).
type RefusedError struct{ Code, Text string }

func (e *RefusedError) Error() string { return "refused by the destination: " + e.Code + " " + e.Text }

// Unknown marks an error after which the document may or may not have arrived.
func Unknown(err error) error { return &UnknownError{err} }

// UnknownError says that the outcome of a send is not known.
type UnknownError struct{ Err error }

func (e *UnknownError) Error() string { return "the outcome is unknown: " + e.Err.Error() }
func (e *UnknownError) Unwrap() error { return e.Err }

// AuthError: the destination does not accept our system identifier or secret.
// Nothing was taken; it is tried again, but somebody has to mend the settings.
type AuthError struct{ Code, Text string }

func (e *AuthError) Error() string {
	return "the destination does not accept the credentials: " + e.Code + " " + e.Text
}

// ProblemCode names the words for the person.
func (e *AuthError) ProblemCode() string { return "credentials" }

// ProblemCode is the code of what keeps us from a destination and a person can
// mend, for its words; "" where err says nothing of that kind. Whoever knows
// such a problem gives its error a method ProblemCode.
func ProblemCode(err error) string {
	var known interface{ ProblemCode() string }
	if errors.As(err, &known) {
		return known.ProblemCode()
	}
	return ""
}

// FieldError refuses an envelope and names the field that is missing or wrong
// (exit code 1).
type FieldError struct {
	Field  string // the name in the JSON of Metadata, or "to", "from", "files" …
	Reason string
}

func (e *FieldError) Error() string { return "field " + e.Field + ": " + e.Reason }

// The errors somebody acts on.
var (
	// ErrNotFound: no such envelope.
	ErrNotFound = errors.New("no such envelope")
	// ErrBusy: another running program is sending this envelope just now.
	ErrBusy = errors.New("another program is sending this envelope")
	// ErrTooLate: it has left, or may have; only a recall takes it back.
	ErrTooLate = errors.New("the document may have left already")
	// ErrDoubtful: the destination lists a message like this one with a time
	// before it can have been sent. A receiver's answer, or a person, settles it.
	ErrDoubtful = errors.New("the destination lists a message like this one with an earlier time")
	// ErrNoConnector: no connector of that name is set up.
	ErrNoConnector = errors.New("no such connector")
	// ErrNotWaiting: the envelope is delivered or cancelled; there is nothing to retry.
	ErrNotWaiting = errors.New("the envelope does not wait to be sent")
)

// DuplicateError: another document with this number, notation and date is
// queued for, or was sent to, one of these receivers already (exit code 1).
type DuplicateError struct {
	ID         string // of the envelope in the journal
	DocumentID string
}

func (e *DuplicateError) Error() string {
	return "another document " + e.DocumentID + " is queued or sent already as " + e.ID
}
