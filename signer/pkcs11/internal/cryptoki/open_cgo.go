//go:build cgo && !windows

package cryptoki

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long ck_ulong;
typedef struct { ck_ulong type; void *value; ck_ulong len; } ck_attribute;
typedef struct { unsigned char version[2]; void *function[68]; } ck_list;

// Places in CK_FUNCTION_LIST (PKCS#11 v2.40 base, 3.5).
enum { at_login = 18, at_attribute = 24, at_sign = 43 };

// The layout of miekg/pkcs11's struct ctx.
struct tk_context { void *handle; ck_list *list; };

static ck_list *tk_list(void *context) { return ((struct tk_context *)context)->list; }

static const char *tk_try(const char *path) {
	void *h = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (h == NULL) return dlerror();
	if (dlsym(h, "C_GetFunctionList") == NULL) return "C_GetFunctionList is missing";
	return NULL;
}

static ck_ulong tk_login(ck_list *l, ck_ulong session, ck_ulong user, void *pin, ck_ulong len) {
	ck_ulong (*f)(ck_ulong, ck_ulong, void *, ck_ulong) = (ck_ulong (*)(ck_ulong, ck_ulong, void *, ck_ulong))l->function[at_login];
	return f(session, user, pin, len);
}

static ck_ulong tk_attribute_value(ck_list *l, ck_ulong session, ck_ulong object, ck_ulong type, void *buf, ck_ulong *len) {
	ck_ulong (*f)(ck_ulong, ck_ulong, ck_attribute *, ck_ulong) = (ck_ulong (*)(ck_ulong, ck_ulong, ck_attribute *, ck_ulong))l->function[at_attribute];
	ck_attribute a = { type, buf, *len };
	ck_ulong rv = f(session, object, &a, 1);
	*len = a.len;
	return rv;
}

static ck_ulong tk_sign(ck_list *l, ck_ulong session, void *data, ck_ulong n, void *sig, ck_ulong *len) {
	ck_ulong (*f)(ck_ulong, void *, ck_ulong, void *, ck_ulong *) = (ck_ulong (*)(ck_ulong, void *, ck_ulong, void *, ck_ulong *))l->function[at_sign];
	return f(session, data, n, sig, len);
}

static void tk_wipe(void *p, size_t n) {
	volatile unsigned char *v = p;
	while (n--) *v++ = 0;
}
*/
import "C"

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"

	"github.com/miekg/pkcs11"
)

type module struct {
	ctx  *pkcs11.Ctx
	list *C.ck_list
}

// Open loads a module and initialises it. It is never unloaded.
func Open(path string) (Module, error) {
	cpath := C.CString(path)
	defer C.free(unsafe.Pointer(cpath))
	if why := C.tk_try(cpath); why != nil { // for the words of the loader
		return nil, errors.New(C.GoString(why))
	}
	ctx := pkcs11.New(path)
	if ctx == nil {
		return nil, errors.New("the library was loaded once but not again")
	}
	// Some modules (p11-kit's proxy) hand out another list at every call of
	// C_GetFunctionList: what is called here has to be the list that miekg
	// initialises. It is the second word of its context; the version is pinned
	// and every test of this package that reads an attribute guards it.
	list := C.tk_list(*(*unsafe.Pointer)(unsafe.Pointer(ctx)))
	if list == nil {
		return nil, errors.New("C_GetFunctionList failed")
	}
	err := fault(ctx.Initialize())
	if errors.Is(err, ErrCantLock) { // one goroutine calls: locks are not needed
		err = fault(ctx.Initialize(pkcs11.InitializeWithFlags(0)))
	}
	if err != nil && !errors.Is(err, ErrAlreadyInitialized) {
		return nil, fmt.Errorf("C_Initialize: %w", err)
	}
	return &module{ctx: ctx, list: list}, nil
}

// fault turns the library's error into ours.
func fault(err error) error {
	var e pkcs11.Error
	if errors.As(err, &e) {
		return Error(e)
	}
	return err
}

func result(rv C.ck_ulong) error {
	if rv == 0 {
		return nil
	}
	return Error(rv)
}

func (m *module) Info() (Info, error) {
	i, err := m.ctx.GetInfo()
	version := func(v pkcs11.Version) string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }
	return Info{
		Manufacturer: text([]byte(i.ManufacturerID)), Description: text([]byte(i.LibraryDescription)),
		Version: version(i.LibraryVersion), Cryptoki: version(i.CryptokiVersion),
	}, fault(err)
}

func (m *module) Slots() ([]uint, error) {
	ids, err := m.ctx.GetSlotList(true)
	if len(ids) > maxSlots {
		ids = ids[:maxSlots]
	}
	return ids, fault(err)
}

func (m *module) Reader(slot uint) (string, error) {
	i, err := m.ctx.GetSlotInfo(slot)
	return text([]byte(i.SlotDescription)), fault(err)
}

func (m *module) Token(slot uint) (TokenInfo, error) {
	i, err := m.ctx.GetTokenInfo(slot)
	return TokenInfo{
		Label: text([]byte(i.Label)), Manufacturer: text([]byte(i.ManufacturerID)),
		Model: text([]byte(i.Model)), Serial: text([]byte(i.SerialNumber)),
		Flags: i.Flags, MinPIN: i.MinPinLen, MaxPIN: i.MaxPinLen,
	}, fault(err)
}

func (m *module) OpenSession(slot uint) (Session, error) {
	s, err := m.ctx.OpenSession(slot, sessionFlags)
	return Session(s), fault(err)
}

func (m *module) CloseSession(s Session) error {
	return fault(m.ctx.CloseSession(pkcs11.SessionHandle(s)))
}

func (m *module) Login(s Session, user uint, pin []byte) error {
	var p unsafe.Pointer
	if pin != nil {
		z := append(pin[:len(pin):len(pin)], 0) // some modules read a final zero
		p = C.CBytes(z)
		clear(z)
		defer C.free(p)
		defer C.tk_wipe(p, C.size_t(len(pin)))
	}
	return result(C.tk_login(m.list, C.ck_ulong(s), C.ck_ulong(user), p, C.ck_ulong(len(pin))))
}

func (m *module) Logout(s Session) error { return fault(m.ctx.Logout(pkcs11.SessionHandle(s))) }

func (m *module) Find(s Session, class uint) ([]Object, error) {
	h := pkcs11.SessionHandle(s)
	template := []*pkcs11.Attribute{pkcs11.NewAttribute(AttributeClass, class)}
	if err := m.ctx.FindObjectsInit(h, template); err != nil {
		return nil, fault(err)
	}
	var all []Object
	for len(all) < maxObjects {
		some, _, err := m.ctx.FindObjects(h, 32)
		if err != nil {
			_ = m.ctx.FindObjectsFinal(h)
			return nil, fault(err)
		}
		if len(some) == 0 {
			break
		}
		for _, o := range some {
			all = append(all, Object(o))
		}
	}
	return all, fault(m.ctx.FindObjectsFinal(h))
}

func (m *module) Attribute(s Session, o Object, kind uint) ([]byte, error) {
	return readAttribute(func(buf []byte) (int, bool, error) {
		n := C.ck_ulong(len(buf))
		var p unsafe.Pointer
		if len(buf) > 0 {
			p = C.malloc(n)
			defer C.free(p)
		}
		rv := C.tk_attribute_value(m.list, C.ck_ulong(s), C.ck_ulong(o), C.ck_ulong(kind), p, &n)
		if n == ^C.ck_ulong(0) { // CK_UNAVAILABLE_INFORMATION
			if rv == C.ck_ulong(ErrBufferTooSmall) {
				return 0, false, ErrBufferTooSmall
			}
			return 0, true, result(rv)
		}
		if rv == 0 && int(n) <= len(buf) {
			copy(buf, unsafe.Slice((*byte)(p), int(n)))
		}
		return int(n), false, result(rv)
	})
}

func (m *module) SignInit(s Session, mech Mechanism, key Object) error {
	var parameter any
	if p := mech.PSS; p != nil {
		parameter = pssParameters(p)
	}
	list := []*pkcs11.Mechanism{pkcs11.NewMechanism(mech.Type, parameter)}
	return fault(m.ctx.SignInit(pkcs11.SessionHandle(s), list, pkcs11.ObjectHandle(key)))
}

// pssParameters lays out three CK_ULONGs.
func pssParameters(p *PSS) []byte {
	var out []byte
	for _, v := range []uint{p.Hash, p.MGF, p.Salt} {
		if unsafe.Sizeof(C.ck_ulong(0)) == 4 {
			out = binary.NativeEndian.AppendUint32(out, uint32(v)) //nolint:gosec // small constants
		} else {
			out = binary.NativeEndian.AppendUint64(out, uint64(v))
		}
	}
	return out
}

func (m *module) Sign(s Session, data []byte) ([]byte, error) {
	in, out := C.CBytes(data), C.malloc(maxSignature)
	defer C.free(in)
	defer C.free(out)
	n := C.ck_ulong(maxSignature)
	if err := result(C.tk_sign(m.list, C.ck_ulong(s), in, C.ck_ulong(len(data)), out, &n)); err != nil {
		return nil, err
	}
	if n > maxSignature {
		return nil, fmt.Errorf("signature of %d bytes", uint64(n))
	}
	return C.GoBytes(out, C.int(n)), nil
}

func (m *module) Finalize() error { return fault(m.ctx.Finalize()) }
