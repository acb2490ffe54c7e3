package signer

import (
	"errors"
	"fmt"
)

// The errors that somebody acts on. Everything else is wrapped with %w.
var (
	// ErrNoToken: no token, module or key found (exit code 10).
	ErrNoToken = errors.New("no token, module or key found")
	// ErrSourceChanged: the file is not the one that was opened and looked at.
	ErrSourceChanged = errors.New("the document changed since it was opened")
	// ErrExists: the output is there already.
	ErrExists = errors.New("the output file exists")
	// ErrPassword: the document is encrypted and the password is missing or wrong.
	ErrPassword = errors.New("the document needs its password")
	// ErrLevel: a timestamp or evidence could not be had (exit code 20).
	ErrLevel = errors.New("the asked signature level could not be reached")
)

// LoweredError says why a signature that stands has a lower level than was asked
// for; in place of a signature there is ErrLevel.
type LoweredError struct{ Err error }

func (e *LoweredError) Error() string { return e.Err.Error() }
func (e *LoweredError) Unwrap() error { return e.Err }

// PINError says that the token refused the PIN. Nothing was tried twice.
type PINError struct {
	State PINState // what the token says about its PIN now
	// Signature is true when a second, separate signature PIN was refused or is
	// missing (CKA_ALWAYS_AUTHENTICATE).
	Signature bool
}

func (e *PINError) Error() string {
	if e.Signature {
		return "the token asks for a separate signature PIN"
	}
	return fmt.Sprintf("the token refused the PIN (state %s)", e.State)
}

// TokenFault says what is wrong with a token.
type TokenFault int

// The faults of a token (exit code 12).
const (
	TokenFailed TokenFault = iota
	TokenRemoved
	TokenLocked
	TokenBusy // no free session
	TokenHung // killed at the time limit
)

// String names the fault for logs.
func (f TokenFault) String() string {
	switch f {
	case TokenFailed:
		return "failed"
	case TokenRemoved:
		return "removed"
	case TokenLocked:
		return "locked"
	case TokenBusy:
		return "busy"
	case TokenHung:
		return "hung"
	}
	return "unknown"
}

// TokenError is a fault of the token or its module.
type TokenError struct {
	Fault TokenFault
	Err   error
}

func (e *TokenError) Error() string { return fmt.Sprintf("token %s: %v", e.Fault, e.Err) }
func (e *TokenError) Unwrap() error { return e.Err }

// ModuleFault says what is wrong with a PKCS#11 module.
type ModuleFault int

// The faults of a module; missing, architecture and no PKCS#11 are known before anything of it runs.
const (
	ModuleFailed         ModuleFault = iota // it was loaded and did not start
	ModuleMissing                           // there is no such file
	ModuleArchitecture                      // it is for another machine: 32 against 64 bit
	ModuleNotPKCS11                         // no library at all
	ModuleCrashed                           // it crashed or hung while it was loaded
	ModuleNoFunctionList                    // a library that does not export C_GetFunctionList
)

// String names the fault for logs.
func (f ModuleFault) String() string {
	switch f {
	case ModuleFailed:
		return "failed"
	case ModuleMissing:
		return "missing"
	case ModuleArchitecture:
		return "wrong architecture"
	case ModuleNotPKCS11:
		return "no library"
	case ModuleCrashed:
		return "crashed"
	case ModuleNoFunctionList:
		return "no PKCS#11 function list"
	}
	return "unknown"
}

// ModuleError says why a PKCS#11 module could not be loaded.
type ModuleError struct {
	Path  string
	Fault ModuleFault
	Err   error
}

func (e *ModuleError) Error() string {
	return fmt.Sprintf("module %s (%s): %v", e.Path, e.Fault, e.Err)
}
func (e *ModuleError) Unwrap() error { return e.Err }

// CertificateFault says why a certificate may not sign.
type CertificateFault int

// The reasons of exit code 13.
const (
	CertificateExpired CertificateFault = iota + 1
	CertificateNotYetValid
	CertificateRevoked
	CertificateKeyUsage // neither digitalSignature nor nonRepudiation
	// CertificateUnproven: no path to a known anchor, or no status, where the
	// policy of the settings asks for both.
	CertificateUnproven
)

// String names the fault for logs.
func (f CertificateFault) String() string {
	switch f {
	case CertificateExpired:
		return "expired"
	case CertificateNotYetValid:
		return "not yet valid"
	case CertificateRevoked:
		return "revoked"
	case CertificateKeyUsage:
		return "key usage does not allow signing"
	case CertificateUnproven:
		return "not proven good, and the policy asks for it"
	}
	return "unknown"
}

// CertificateError says that the certificate may not sign (exit code 13).
type CertificateError struct {
	Fault   CertificateFault
	Subject string
}

func (e *CertificateError) Error() string {
	return fmt.Sprintf("certificate of %s: %s", e.Subject, e.Fault)
}

// UnreadableError says that a file cannot be read as a PDF (exit code 4).
type UnreadableError struct {
	File string
	Err  error
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("%s is not a readable PDF: %v", e.File, e.Err)
}
func (e *UnreadableError) Unwrap() error { return e.Err }

// Prohibition says which rule of the document forbids signing it.
type Prohibition int

// The reasons why a readable document may not be signed (exit code 4).
const (
	ForbiddenByDocMDP      Prohibition = iota + 1 // certified with P=1
	ForbiddenByPermissions                        // encryption permissions
	ForbiddenByLock                               // the field is locked
	ForbiddenFieldTaken                           // the named field is signed already
	ForbiddenNoSuchField                          // the named field does not exist
	ForbiddenEncryption                           // an encryption this program does not know
	ForbiddenCertifyLate                          // a certification has to be the first signature
	ForbiddenBySeedValue                          // the field was prepared for another kind of signature
	ForbiddenByShape                              // the field, its widget or its page is no object of its own
	ForbiddenReadOnly                             // the field is read-only
)

// String names the rule for logs.
func (p Prohibition) String() string {
	switch p {
	case ForbiddenByDocMDP:
		return "a certification signature allows no changes (DocMDP P=1)"
	case ForbiddenByPermissions:
		return "the document's permissions forbid signing"
	case ForbiddenByLock:
		return "the signature field is locked"
	case ForbiddenFieldTaken:
		return "the signature field is signed already"
	case ForbiddenNoSuchField:
		return "there is no such signature field"
	case ForbiddenEncryption:
		return "the document's encryption is not supported"
	case ForbiddenCertifyLate:
		return "a certification has to be the first signature"
	case ForbiddenBySeedValue:
		return "the field's seed value asks for another kind of signature"
	case ForbiddenByShape:
		return "the signature field, its widget or its page is no indirect object"
	case ForbiddenReadOnly:
		return "the signature field is read-only"
	}
	return "unknown"
}

// ForbiddenError says that a readable document may not be signed (exit code 4).
type ForbiddenError struct {
	File string
	Rule Prohibition
}

func (e *ForbiddenError) Error() string { return fmt.Sprintf("%s: %s", e.File, e.Rule) }
