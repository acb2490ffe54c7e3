package cryptoki

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"unsafe"
)

// On Windows CK_ULONG has 32 bits and every structure is packed to 1 byte
// (PKCS#11 v2.40 base, 2.1): structures are laid out here by hand.

// Places in CK_FUNCTION_LIST (PKCS#11 v2.40 base, 3.5).
const (
	fnInitialize        = 0
	fnFinalize          = 1
	fnGetInfo           = 2
	fnGetSlotList       = 4
	fnGetSlotInfo       = 5
	fnGetTokenInfo      = 6
	fnOpenSession       = 12
	fnCloseSession      = 13
	fnLogin             = 18
	fnLogout            = 19
	fnGetAttributeValue = 24
	fnFindObjectsInit   = 26
	fnFindObjects       = 27
	fnFindObjectsFinal  = 28
	fnSignInit          = 42
	fnSign              = 43
	functions           = 68
)

const lockingOK = 0x2 // CKF_OS_LOCKING_OK

const pointer = unsafe.Sizeof(uintptr(0))

type module struct {
	dll *syscall.DLL // kept: a module that was loaded stays loaded
	fn  [functions]uintptr
}

// Open loads a module and initialises it. It is never unloaded.
func Open(path string) (Module, error) {
	dll, err := syscall.LoadDLL(path)
	if err != nil {
		return nil, err
	}
	get, err := dll.FindProc("C_GetFunctionList")
	if err != nil {
		return nil, err
	}
	var list unsafe.Pointer
	if rv, _, _ := get.Call(uintptr(unsafe.Pointer(&list))); uint32(rv) != 0 || list == nil {
		return nil, fmt.Errorf("C_GetFunctionList: %w", Error(uint32(rv)))
	}
	m := &module{dll: dll}
	// The pointers start right behind the two bytes of the version: unaligned.
	raw := unsafe.Slice((*byte)(list), 2+functions*pointer)[2:]
	for i := range m.fn {
		m.fn[i] = uintptr(readPointer(raw[uintptr(i)*pointer:]))
	}
	err = m.initialize(lockingOK)
	if errors.Is(err, ErrCantLock) { // one goroutine calls: locks are not needed
		err = m.initialize(0)
	}
	if err != nil && !errors.Is(err, ErrAlreadyInitialized) {
		return nil, fmt.Errorf("C_Initialize: %w", err)
	}
	return m, nil
}

func readPointer(b []byte) uint64 {
	if pointer == 4 {
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}

func (m *module) initialize(flags uint32) error {
	// CK_C_INITIALIZE_ARGS: four pointers, CK_FLAGS, a pointer.
	args := make([]byte, 5*pointer+4)
	binary.LittleEndian.PutUint32(args[4*pointer:], flags)
	return m.call(fnInitialize, uintptr(unsafe.Pointer(&args[0])))
}

// call calls a function of the table. Pointers among the arguments are kept
// alive by the callers, which use the memory afterwards or pin it.
func (m *module) call(fn int, args ...uintptr) error {
	if m.fn[fn] == 0 {
		return fmt.Errorf("function %d of the module is missing", fn)
	}
	rv, _, _ := syscall.SyscallN(m.fn[fn], args...)
	if code := uint32(rv); code != 0 {
		return Error(code)
	}
	return nil
}

// pinned returns the address of the first byte of b, which stays where it is
// until release; nil gives a null pointer.
func pinned(b []byte) (at uintptr, release func()) {
	if len(b) == 0 {
		return 0, func() {}
	}
	var p runtime.Pinner
	p.Pin(&b[0])
	return uintptr(unsafe.Pointer(&b[0])), p.Unpin
}

// fill calls a function whose arguments end with a structure to fill.
func (m *module) fill(fn, size int, args ...uintptr) ([]byte, error) {
	buf := make([]byte, size)
	at, release := pinned(buf)
	defer release()
	return buf, m.call(fn, append(args, at)...)
}

func ulong(b []byte) uint { return uint(binary.LittleEndian.Uint32(b)) }

func (m *module) Info() (Info, error) {
	b, err := m.fill(fnGetInfo, 72)
	if err != nil {
		return Info{}, err
	}
	return Info{
		Cryptoki: fmt.Sprintf("%d.%d", b[0], b[1]), Manufacturer: text(b[2:34]),
		Description: text(b[38:70]), Version: fmt.Sprintf("%d.%d", b[70], b[71]),
	}, nil
}

func (m *module) Slots() ([]uint, error) {
	ids, count := make([]byte, 4*maxSlots), make([]byte, 4)
	idsAt, release := pinned(ids)
	defer release()
	countAt, release := pinned(count)
	defer release()
	// The query with a null list is what makes modules look at their readers.
	if err := m.call(fnGetSlotList, 1, 0, countAt); err != nil {
		return nil, err
	}
	binary.LittleEndian.PutUint32(count, maxSlots)
	if err := m.call(fnGetSlotList, 1, idsAt, countAt); err != nil {
		return nil, err
	}
	n := min(ulong(count), maxSlots)
	out := make([]uint, n)
	for i := range out {
		out[i] = ulong(ids[4*i:])
	}
	return out, nil
}

func (m *module) Reader(slot uint) (string, error) {
	b, err := m.fill(fnGetSlotInfo, 104, uintptr(slot))
	if err != nil {
		return "", err
	}
	return text(b[:64]), nil
}

func (m *module) Token(slot uint) (TokenInfo, error) {
	b, err := m.fill(fnGetTokenInfo, 160, uintptr(slot))
	if err != nil {
		return TokenInfo{}, err
	}
	return TokenInfo{
		Label: text(b[:32]), Manufacturer: text(b[32:64]), Model: text(b[64:80]), Serial: text(b[80:96]),
		Flags: ulong(b[96:]), MaxPIN: ulong(b[116:]), MinPIN: ulong(b[120:]),
	}, nil
}

func (m *module) OpenSession(slot uint) (Session, error) {
	b, err := m.fill(fnOpenSession, 4, uintptr(slot), sessionFlags, 0, 0)
	return Session(ulong(b)), err
}

func (m *module) CloseSession(s Session) error { return m.call(fnCloseSession, uintptr(s)) }

func (m *module) Login(s Session, user uint, pin []byte) error {
	var at uintptr
	if pin != nil {
		z := append(pin[:len(pin):len(pin)], 0) // some modules read a final zero
		defer clear(z)
		var release func()
		at, release = pinned(z)
		defer release()
	}
	return m.call(fnLogin, uintptr(s), uintptr(user), at, uintptr(len(pin)))
}

func (m *module) Logout(s Session) error { return m.call(fnLogout, uintptr(s)) }

func (m *module) Find(s Session, class uint) ([]Object, error) {
	value := binary.LittleEndian.AppendUint32(nil, uint32(class))
	valueAt, release := pinned(value)
	defer release()
	template, release := pinned(attribute(AttributeClass, valueAt, len(value)))
	defer release()
	if err := m.call(fnFindObjectsInit, uintptr(s), template, 1); err != nil {
		return nil, err
	}
	var all []Object
	for len(all) < maxObjects {
		some, err := m.findSome(s)
		if err != nil {
			_ = m.call(fnFindObjectsFinal, uintptr(s))
			return nil, err
		}
		if len(some) == 0 {
			break
		}
		all = append(all, some...)
	}
	return all, m.call(fnFindObjectsFinal, uintptr(s))
}

func (m *module) findSome(s Session) ([]Object, error) {
	const most = 32
	handles, count := make([]byte, 4*most), make([]byte, 4)
	at, release := pinned(handles)
	defer release()
	countAt, release := pinned(count)
	defer release()
	if err := m.call(fnFindObjects, uintptr(s), at, most, countAt); err != nil {
		return nil, err
	}
	out := make([]Object, min(ulong(count), most))
	for i := range out {
		out[i] = Object(ulong(handles[4*i:]))
	}
	return out, nil
}

// attribute lays out a CK_ATTRIBUTE: type, pointer, length.
func attribute(kind uint, value uintptr, length int) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(kind))
	b = appendPointer(b, value)
	return binary.LittleEndian.AppendUint32(b, uint32(length))
}

func appendPointer(b []byte, p uintptr) []byte {
	if pointer == 4 {
		return binary.LittleEndian.AppendUint32(b, uint32(p))
	}
	return binary.LittleEndian.AppendUint64(b, uint64(p))
}

func (m *module) Attribute(s Session, o Object, kind uint) ([]byte, error) {
	return readAttribute(func(buf []byte) (int, bool, error) {
		at, release := pinned(buf)
		defer release()
		a := attribute(kind, at, len(buf))
		aAt, release := pinned(a)
		defer release()
		err := m.call(fnGetAttributeValue, uintptr(s), uintptr(o), aAt, 1)
		n := uint32(ulong(a[4+pointer:]))
		if n == ^uint32(0) { // CK_UNAVAILABLE_INFORMATION
			if errors.Is(err, ErrBufferTooSmall) {
				return 0, false, err
			}
			return 0, true, err
		}
		return int(n), false, err
	})
}

func (m *module) SignInit(s Session, mech Mechanism, key Object) error {
	var parameter []byte
	if p := mech.PSS; p != nil {
		for _, v := range []uint{p.Hash, p.MGF, p.Salt} {
			parameter = binary.LittleEndian.AppendUint32(parameter, uint32(v))
		}
	}
	at, release := pinned(parameter)
	defer release()
	// CK_MECHANISM has the layout of CK_ATTRIBUTE.
	mechAt, release := pinned(attribute(mech.Type, at, len(parameter)))
	defer release()
	return m.call(fnSignInit, uintptr(s), mechAt, uintptr(key))
}

func (m *module) Sign(s Session, data []byte) ([]byte, error) {
	sig, length := make([]byte, maxSignature), binary.LittleEndian.AppendUint32(nil, maxSignature)
	dataAt, release := pinned(data)
	defer release()
	sigAt, release := pinned(sig)
	defer release()
	lengthAt, release := pinned(length)
	defer release()
	if err := m.call(fnSign, uintptr(s), dataAt, uintptr(len(data)), sigAt, lengthAt); err != nil {
		return nil, err
	}
	n := ulong(length)
	if n > maxSignature {
		return nil, fmt.Errorf("signature of %d bytes", n)
	}
	return sig[:n:n], nil
}

func (m *module) Finalize() error { return m.call(fnFinalize, 0) }
