// Package cryptoki is the part of PKCS#11 v2.40 that signing needs, over a
// module that is loaded into this process: only the token helper does that.
//
// On Windows the module is called without cgo; elsewhere through
// miekg/pkcs11, except where a PIN passes (it must be wiped, and a PIN pad
// needs a null pointer) and where modules answer a length query with 0
// (buffers of a fixed size instead). Open returns ErrUnsupported where the
// program was built without cgo.
//
// A Module is used by one goroutine at a time.
package cryptoki

import (
	"errors"
	"fmt"
)

// ErrUnsupported says that this build cannot load modules.
var ErrUnsupported = errors.New("this build cannot load PKCS#11 modules (built without cgo)")

// Error is a return value (CK_RV) that is not CKR_OK.
type Error uint

// The return values that are acted upon.
const (
	ErrHostMemory           Error = 0x002
	ErrSlotIDInvalid        Error = 0x003
	ErrGeneral              Error = 0x005
	ErrFunctionFailed       Error = 0x006
	ErrCantLock             Error = 0x00A
	ErrAttributeSensitive   Error = 0x011
	ErrAttributeType        Error = 0x012
	ErrDeviceError          Error = 0x030
	ErrDeviceRemoved        Error = 0x032
	ErrFunctionCanceled     Error = 0x050
	ErrKeyHandleInvalid     Error = 0x060
	ErrMechanismInvalid     Error = 0x070
	ErrPINIncorrect         Error = 0x0A0
	ErrPINInvalid           Error = 0x0A1
	ErrPINLenRange          Error = 0x0A2
	ErrPINExpired           Error = 0x0A3
	ErrPINLocked            Error = 0x0A4
	ErrSessionClosed        Error = 0x0B0
	ErrSessionCount         Error = 0x0B1
	ErrSessionHandleInvalid Error = 0x0B3
	ErrTokenNotPresent      Error = 0x0E0
	ErrTokenNotRecognized   Error = 0x0E1
	ErrAlreadyLoggedIn      Error = 0x100
	ErrNotLoggedIn          Error = 0x101
	ErrPINNotInitialized    Error = 0x102
	ErrBufferTooSmall       Error = 0x150
	ErrAlreadyInitialized   Error = 0x191
)

var errorNames = map[Error]string{
	ErrHostMemory: "CKR_HOST_MEMORY", ErrSlotIDInvalid: "CKR_SLOT_ID_INVALID", ErrGeneral: "CKR_GENERAL_ERROR",
	ErrFunctionFailed: "CKR_FUNCTION_FAILED", ErrCantLock: "CKR_CANT_LOCK",
	ErrAttributeSensitive: "CKR_ATTRIBUTE_SENSITIVE", ErrAttributeType: "CKR_ATTRIBUTE_TYPE_INVALID",
	ErrDeviceError: "CKR_DEVICE_ERROR", ErrDeviceRemoved: "CKR_DEVICE_REMOVED",
	ErrFunctionCanceled: "CKR_FUNCTION_CANCELED", ErrKeyHandleInvalid: "CKR_KEY_HANDLE_INVALID",
	ErrMechanismInvalid: "CKR_MECHANISM_INVALID", ErrPINIncorrect: "CKR_PIN_INCORRECT",
	ErrPINInvalid: "CKR_PIN_INVALID", ErrPINLenRange: "CKR_PIN_LEN_RANGE", ErrPINExpired: "CKR_PIN_EXPIRED",
	ErrPINLocked: "CKR_PIN_LOCKED", ErrSessionClosed: "CKR_SESSION_CLOSED", ErrSessionCount: "CKR_SESSION_COUNT",
	ErrSessionHandleInvalid: "CKR_SESSION_HANDLE_INVALID", ErrTokenNotPresent: "CKR_TOKEN_NOT_PRESENT",
	ErrTokenNotRecognized: "CKR_TOKEN_NOT_RECOGNIZED", ErrAlreadyLoggedIn: "CKR_USER_ALREADY_LOGGED_IN",
	ErrNotLoggedIn: "CKR_USER_NOT_LOGGED_IN", ErrPINNotInitialized: "CKR_USER_PIN_NOT_INITIALIZED",
	ErrBufferTooSmall: "CKR_BUFFER_TOO_SMALL", ErrAlreadyInitialized: "CKR_CRYPTOKI_ALREADY_INITIALIZED",
}

func (e Error) Error() string {
	if name, ok := errorNames[e]; ok {
		return name
	}
	return fmt.Sprintf("CK_RV 0x%X", uint(e))
}

// Token flags (CK_TOKEN_INFO).
const (
	FlagPINInitialized    = 0x0008
	FlagProtectedPath     = 0x0100
	FlagTokenInitialized  = 0x0400
	FlagUserPINCountLow   = 0x00010000
	FlagUserPINFinalTry   = 0x00020000
	FlagUserPINLocked     = 0x00040000
	FlagUserPINMustChange = 0x00080000
)

// Users of C_Login.
const (
	User            = 1 // CKU_USER
	ContextSpecific = 2 // CKU_CONTEXT_SPECIFIC
)

// Object classes (CKA_CLASS).
const (
	ClassCertificate = 1
	ClassPublicKey   = 2
	ClassPrivateKey  = 3
)

// Attribute types.
const (
	AttributeClass      = 0x000
	AttributeLabel      = 0x003
	AttributeValue      = 0x011
	AttributeKeyType    = 0x100
	AttributeID         = 0x102
	AttributeModulus    = 0x120
	AttributeECPoint    = 0x181
	AttributeAlwaysAuth = 0x202
)

// Mechanism types and their parameters.
const (
	MechanismRSA    = 0x0001 // CKM_RSA_PKCS
	MechanismRSAPSS = 0x000D // CKM_RSA_PKCS_PSS
	MechanismECDSA  = 0x1041 // CKM_ECDSA

	MechanismSHA256 = 0x250
	MechanismSHA384 = 0x260
	MechanismSHA512 = 0x270
	MGF1SHA256      = 2
	MGF1SHA384      = 3
	MGF1SHA512      = 4
)

// Info describes a module.
type Info struct {
	Manufacturer, Description string
	Version                   string // of the library
	Cryptoki                  string
}

// TokenInfo describes the token in a slot.
type TokenInfo struct {
	Label, Manufacturer, Model, Serial string
	Flags                              uint
	MinPIN, MaxPIN                     uint
}

// Mechanism is a signature mechanism. PSS has parameters.
type Mechanism struct {
	Type uint
	PSS  *PSS
}

// PSS is CK_RSA_PKCS_PSS_PARAMS.
type PSS struct{ Hash, MGF, Salt uint }

// Session and Object are handles that the module gave out.
type (
	Session uint
	Object  uint
)

// Module is a loaded and initialised module.
type Module interface {
	Info() (Info, error)
	// Slots lists slots that hold a token.
	Slots() ([]uint, error)
	// Reader describes a slot.
	Reader(slot uint) (string, error)
	Token(slot uint) (TokenInfo, error)
	// OpenSession opens a read-only session.
	OpenSession(slot uint) (Session, error)
	CloseSession(s Session) error
	// Login presents pin once; nil leaves the asking to the token's PIN pad.
	Login(s Session, user uint, pin []byte) error
	Logout(s Session) error
	// Find lists the objects of a class.
	Find(s Session, class uint) ([]Object, error)
	// Attribute reads one attribute; one that the object lacks or hides is nil.
	Attribute(s Session, o Object, kind uint) ([]byte, error)
	SignInit(s Session, m Mechanism, key Object) error
	Sign(s Session, data []byte) ([]byte, error)
	// Finalize ends the use of the module, which stays loaded.
	Finalize() error
}
