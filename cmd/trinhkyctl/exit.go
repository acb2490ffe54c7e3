package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"trinhky/app/message"
	"trinhky/app/review"
	"trinhky/cmd/internal/wire"
	"trinhky/pdfview"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/submit"
)

// The exit codes of the contract.
const (
	exitDone          = 0
	exitUsage         = 1
	exitInvalid       = 2
	exitIndeterminate = 3
	exitUnreadable    = 4
	exitUnsigned      = 5
	exitNoToken       = 10
	exitPIN           = 11
	exitToken         = 12
	exitCertificate   = 13
	exitNoPlace       = 14
	exitLevel         = 20
	exitRefused       = 30
	exitWaiting       = 31
	exitSomeFailed    = 40
	exitFault         = 70
)

// outcome ends a command whose answer is printed already.
type outcome int

func (o outcome) Error() string { return fmt.Sprintf("exit %d", int(o)) }

// end is outcome, with nil for 0.
func end(code int) error {
	if code == exitDone {
		return nil
	}
	return outcome(code)
}

// panicError is a fault of ours.
type panicError struct{ value any }

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// exitCode says which code an error ends with.
func exitCode(err error) int {
	var o outcome
	if errors.As(err, &o) {
		return int(o)
	}
	for _, of := range []func(error) int{codedExit, tokenExit, documentExit, sendingExit} {
		if code := of(err); code != exitFault {
			return code
		}
	}
	return requestExit(err)
}

// codedExit is for what only the adapters know.
func codedExit(err error) int {
	var coded *message.Coded
	if !errors.As(err, &coded) {
		return exitFault
	}
	switch coded.Code {
	case "error.key-uri", "error.settings", "error.message", "error.message-field", "error.dialect":
		return exitUsage
	case "error.key-file", "error.key-unsupported":
		return exitNoToken
	case "error.own-dialog":
		return exitToken
	case "error.not-repaired", "error.damaged-signed":
		return exitUnreadable
	case "error.unusable.authority", "error.unusable.no-key", "error.unusable.key-kind":
		return exitCertificate
	}
	return exitFault
}

func tokenExit(err error) int {
	var pin *signer.PINError
	var token *signer.TokenError
	var module *signer.ModuleError
	var certificate *signer.CertificateError
	switch {
	case errors.As(err, &pin):
		return exitPIN
	case errors.As(err, &certificate):
		return exitCertificate
	case errors.As(err, &token):
		return exitToken
	case errors.As(err, &module), errors.Is(err, signer.ErrNoToken):
		return exitNoToken
	}
	return exitFault
}

func documentExit(err error) int {
	var unreadable *signer.UnreadableError
	var forbidden *signer.ForbiddenError
	var rule *review.RuleError
	switch {
	case review.StorageFaultOf(err) != review.StorageFine:
		return exitUsage // whatever was being made when the disk gave up
	case errors.As(err, &unreadable), errors.As(err, &forbidden),
		errors.Is(err, signer.ErrPassword), errors.Is(err, pdfview.ErrPassword):
		return exitUnreadable
	case errors.Is(err, signer.ErrUnsigned):
		return exitUnsigned
	case errors.Is(err, signer.ErrLevel):
		return exitLevel
	case errors.As(err, &rule):
		return ruleExit(rule.Rule)
	}
	return exitFault
}

func ruleExit(r review.Rule) int {
	switch r {
	case review.RuleNoPlace, review.RuleUnsure:
		return exitNoPlace
	case review.RuleSecret, review.RuleNoLeader, review.RuleUnsealed:
		return exitUnreadable
	case review.RuleNoPage, review.RuleOutside, review.RuleSealRoom, review.RuleOutput, review.RuleNoFolder, review.RuleNumbered:
		return exitUsage
	}
	return exitFault
}

func sendingExit(err error) int {
	var refused *submit.RefusedError
	var unknown *submit.UnknownError
	var field *submit.FieldError
	var duplicate *submit.DuplicateError
	switch {
	case errors.As(err, &refused):
		return exitRefused
	case errors.As(err, &unknown):
		return exitWaiting
	case errors.As(err, &field), errors.As(err, &duplicate),
		errors.Is(err, submit.ErrNotFound), errors.Is(err, submit.ErrNoConnector),
		errors.Is(err, submit.ErrNotWaiting), errors.Is(err, submit.ErrTooLate), errors.Is(err, submit.ErrBusy),
		errors.Is(err, submit.ErrNotDelivered), errors.Is(err, submit.ErrNumberTaken):
		return exitUsage
	}
	return exitFault
}

// requestExit is for everything that the asking side can put right.
func requestExit(err error) int {
	var wrong *usageError
	var many *wire.AmbiguousError
	var space *review.SpaceError
	var path *fs.PathError
	var font *stamp.FontError
	switch {
	case errors.As(err, &wrong), errors.As(err, &font), errors.As(err, &many), errors.As(err, &space), errors.Is(err, errNoPIN),
		errors.Is(err, signer.ErrExists), errors.Is(err, signer.ErrSourceChanged), errors.Is(err, signer.ErrPicture),
		errors.As(err, &path), errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission),
		errors.Is(err, context.Canceled):
		return exitUsage
	}
	return exitFault
}
