package submit

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"
)

// What keeps a document from its destination is told to a person in words, by a
// code. Destinations have codes of their own (ProblemCode); these are the ones
// that any of them can run into.
const (
	waySlow     = "slow"         // no answer in time
	wayNoName   = "no-name"      // the name of the server is not known
	wayDown     = "down"         // nobody listens there
	wayOffline  = "offline"      // no way to the network
	wayCut      = "cut"          // the connection broke off
	wayFull     = "disk-full"    // of this computer, or of a mounted share
	wayDenied   = "denied"       // a file or a folder may not be read or written
	wayGone     = "gone"         // a file or a folder is not there
	wayAnswer   = "answer"       // what came is no answer of that destination
	wayEnded    = "interrupted"  // the program ended while it was sending
	wayDoubtful = "doubtful"     // listed there with an earlier time
	wayNobody   = "no-connector" // the connector is not set up any more
	wayField    = "field"        // the message cannot be made
	wayOther    = "other"        // none of the above
)

// WayCodes lists the codes of WayCode that are not a destination's own.
func WayCodes() []string {
	return []string{
		waySlow, wayNoName, wayDown, wayOffline, wayCut, wayFull, wayDenied, wayGone, wayAnswer, wayEnded, wayDoubtful,
		wayNobody, wayField, wayOther,
	}
}

// AnswerError: what came is no answer of the destination. What it would have
// said is unknown.
type AnswerError string

func (e AnswerError) Error() string { return string(e) }

// ProblemCode names the words for the person.
func (AnswerError) ProblemCode() string { return wayAnswer }

// diskFull is ERROR_DISK_FULL of Windows.
const diskFull = syscall.Errno(112)

// WayCode is the code of err for its words: every error has one.
func WayCode(err error) string {
	if code := ProblemCode(err); code != "" {
		return code
	}
	var field *FieldError
	var name *net.DNSError
	var call *net.OpError
	var wait net.Error
	switch {
	case errors.Is(err, ErrDoubtful):
		return wayDoubtful
	case errors.Is(err, ErrNoConnector):
		return wayNobody
	case errors.As(err, &field):
		return wayField
	case errors.As(err, &name) && !name.IsTimeout:
		return wayNoName
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &wait) && wait.Timeout():
		return waySlow
	case errors.Is(err, syscall.ECONNREFUSED):
		return wayDown
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.EPIPE):
		return wayCut
	case errors.As(err, &call):
		return wayOffline
	case errors.Is(err, syscall.ENOSPC), isDiskFull(err):
		return wayFull
	case errors.Is(err, fs.ErrPermission):
		return wayDenied
	case errors.Is(err, fs.ErrNotExist):
		return wayGone
	}
	return wayOther
}

// isDiskFull knows the number that Windows has for a full disk; elsewhere it
// means something else.
func isDiskFull(err error) bool {
	return os.PathSeparator == '\\' && errors.Is(err, diskFull)
}
