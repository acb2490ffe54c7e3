package dms

import (
	"errors"
	"fmt"
	"net/http"
)

// Why a share does not take something.
type davReason string

// The reasons.
const (
	davLocked davReason = "locked"       // 423: somebody else works on it
	davFull   davReason = "no room"      // 507
	davExists davReason = "exists"       // 412: nothing is ever overwritten
	davDenied davReason = "not allowed"  // 401, 403
	davGone   davReason = "not there"    // 404
	davParent davReason = "no parent"    // 409: the folder above is missing
	davMethod davReason = "no such verb" // 405, 501: no WebDAV there, or the share is read-only
	davLost   davReason = "lock lost"    // the lock ended while files were written
	davLies   davReason = "other bytes"  // it said "stored", and gives back something else
	davOther  davReason = "other answer" // no answer that WebDAV knows
)

// ShareError is what a share answered in place of doing what it was asked.
type ShareError struct {
	Method, Path string
	Status       int
	Reason       davReason
}

func (e *ShareError) Error() string {
	words := map[davReason]string{
		davLocked: "it is locked: somebody else works on it; tried again later", davFull: "there is no room left on the share (quota)",
		davExists: "there is something of that name already, and nothing is overwritten",
		davDenied: "the share does not allow it: check user, password and rights", davGone: "the folder is not there",
		davParent: "the folder above is not there", davMethod: "the share does not do that: it is read-only, or no WebDAV",
		davLost: "the lock ended before everything was written", davLies: "what came back is not what was sent",
		davOther: "the answer is none of a WebDAV share",
	}
	return fmt.Sprintf("webdav: %s %s: HTTP %d: %s", e.Method, e.Path, e.Status, words[e.Reason])
}

// ProblemCode names the words for the person.
func (e *ShareError) ProblemCode() string {
	switch e.Reason {
	case davLocked:
		return "share-locked"
	case davFull:
		return "share-full"
	case davExists:
		return "share-exists"
	case davDenied:
		return "share-denied"
	case davGone, davParent:
		return "share-gone"
	case davMethod:
		return "share-method"
	case davLost:
		return "share-lost"
	case davLies:
		return "share-lies"
	case davOther:
	}
	return "share-other"
}

func reasonOf(status int) davReason {
	switch status {
	case http.StatusLocked:
		return davLocked
	case http.StatusInsufficientStorage, http.StatusRequestEntityTooLarge:
		return davFull
	case http.StatusPreconditionFailed:
		return davExists
	case http.StatusUnauthorized, http.StatusForbidden:
		return davDenied
	case http.StatusNotFound, http.StatusGone:
		return davGone
	case http.StatusConflict:
		return davParent
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return davMethod
	}
	return davOther
}

// is says whether err is an answer for that reason.
func (r davReason) is(err error) bool {
	var e *ShareError
	return errors.As(err, &e) && e.Reason == r
}

// absent says whether err is that something, or what should hold it, is not there.
func absent(err error) bool { return davGone.is(err) || davParent.is(err) }
