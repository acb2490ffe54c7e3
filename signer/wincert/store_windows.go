package wincert

import (
	"bytes"
	"crypto"
	"fmt"
	"runtime"
	"syscall"
	"unicode/utf16"
	"unsafe"
)

type myStore struct{}

func system() store { return myStore{} }

// library holds the calls that package syscall lacks; they are looked up at
// their first use.
type library struct{ crypt32, ncrypt *syscall.LazyDLL }

func windows() library {
	return library{syscall.NewLazyDLL("crypt32.dll"), syscall.NewLazyDLL("ncrypt.dll")}
}

// call calls a function that returns a SECURITY_STATUS.
func call(p *syscall.LazyProc, args ...uintptr) error {
	if err := p.Find(); err != nil {
		return err
	}
	if rv, _, _ := p.Call(args...); uint32(rv) != 0 {
		return status(uint32(rv))
	}
	return nil
}

// each calls do for every certificate of the store until do says stop.
func each(do func(*syscall.CertContext) (stop bool)) error {
	const (
		systemStore = 10 // CERT_STORE_PROV_SYSTEM_W
		currentUser = 1 << 16
		readOnly    = 0x8000
	)
	name, err := syscall.UTF16PtrFromString("MY")
	if err != nil {
		return err
	}
	store, err := syscall.CertOpenStore(systemStore, 0, 0, currentUser|readOnly, uintptr(unsafe.Pointer(name)))
	runtime.KeepAlive(name)
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	defer func() { _ = syscall.CertCloseStore(store, 0) }()
	var c *syscall.CertContext
	for {
		// The context before is freed by the call.
		if c, err = syscall.CertEnumCertificatesInStore(store, c); c == nil {
			return nil //nolint:nilerr // the end of the list is told as an error
		}
		if do(c) {
			return syscall.CertFreeCertificateContext(c)
		}
	}
}

func encoded(c *syscall.CertContext) []byte {
	return bytes.Clone(unsafe.Slice(c.EncodedCert, c.Length))
}

func (myStore) entries() ([]entry, error) {
	var list []entry
	err := each(func(c *syscall.CertContext) bool {
		list = append(list, entry{der: encoded(c), provider: provider(c)})
		return false
	})
	return list, err
}

// provider reads CERT_KEY_PROV_INFO_PROP_ID of a certificate: a
// CRYPT_KEY_PROV_INFO, whose second pointer names the provider.
func provider(c *syscall.CertContext) string {
	const keyProvInfo = 2
	get := windows().crypt32.NewProc("CertGetCertificateContextProperty")
	var size uint32
	if ok, _, _ := get.Call(uintptr(unsafe.Pointer(c)), keyProvInfo, 0, uintptr(unsafe.Pointer(&size))); ok == 0 || size < 16 {
		return ""
	}
	words := make([]uintptr, size/4+2) // aligned for the pointers in it
	if ok, _, _ := get.Call(uintptr(unsafe.Pointer(c)), keyProvInfo, uintptr(unsafe.Pointer(&words[0])), uintptr(unsafe.Pointer(&size))); ok == 0 {
		return ""
	}
	text := *(**uint16)(unsafe.Pointer(&words[1])) // it points into words
	if text == nil {
		return ""
	}
	var name []uint16
	for p := unsafe.Pointer(text); *(*uint16)(p) != 0 && len(name) < 512; p = unsafe.Add(p, 2) {
		name = append(name, *(*uint16)(p))
	}
	runtime.KeepAlive(words)
	return string(utf16.Decode(name))
}

type ncryptKey struct {
	handle uintptr
	free   bool
}

func (myStore) acquire(der []byte, silent bool) (handle, error) {
	const acquireSilent, onlyCNG = 0x40, 0x40000
	flags := uintptr(onlyCNG)
	if silent {
		flags |= acquireSilent
	}
	var k *ncryptKey
	var failure error
	err := each(func(c *syscall.CertContext) bool {
		if !bytes.Equal(encoded(c), der) {
			return false
		}
		var h uintptr
		var spec, mustFree uint32
		acquire := windows().crypt32.NewProc("CryptAcquireCertificatePrivateKey")
		ok, _, errno := acquire.Call(uintptr(unsafe.Pointer(c)), flags, 0,
			uintptr(unsafe.Pointer(&h)), uintptr(unsafe.Pointer(&spec)), uintptr(unsafe.Pointer(&mustFree)))
		if ok == 0 {
			failure = code(errno)
			return true
		}
		k = &ncryptKey{handle: h, free: mustFree != 0}
		return true
	})
	switch {
	case err != nil:
		return nil, err
	case failure != nil:
		return nil, failure
	case k == nil:
		return nil, nteNoKey
	}
	return k, nil
}

// code turns the last error of a call into ours.
func code(err error) error {
	if e, ok := err.(syscall.Errno); ok { //nolint:errorlint // the type of Call
		return status(uint32(e))
	}
	return err
}

func (k *ncryptKey) setPIN(pin []byte) error {
	name, err := syscall.UTF16PtrFromString("SmartCardPin") // NCRYPT_PIN_PROPERTY
	if err != nil {
		return err
	}
	wide := make([]uint16, 0, len(pin)+1) // one unit a byte at most: it never grows
	for _, r := range bytes.Runes(pin) {
		wide = utf16.AppendRune(wide, r)
	}
	wide = append(wide, 0)
	defer clear(wide)
	set := windows().ncrypt.NewProc("NCryptSetProperty")
	return call(set, k.handle, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&wide[0])), uintptr(2*len(wide)), 0)
}

// paddingInfo is BCRYPT_PKCS1_PADDING_INFO, or BCRYPT_PSS_PADDING_INFO, which
// begins with it.
type paddingInfo struct {
	algorithm *uint16
	salt      uint32
}

func (k *ncryptKey) sign(digest []byte, p padding, silent bool) ([]byte, error) {
	const flagSilent, padPKCS1, padPSS = 0x40, 0x2, 0x8
	var flags uintptr
	if silent {
		flags = flagSilent
	}
	var info *paddingInfo
	if p.rsa {
		name, err := syscall.UTF16PtrFromString(map[crypto.Hash]string{
			crypto.SHA256: "SHA256", crypto.SHA384: "SHA384", crypto.SHA512: "SHA512",
		}[p.hash])
		if err != nil {
			return nil, err
		}
		info = &paddingInfo{algorithm: name, salt: uint32(p.salt)}
		if flags |= padPKCS1; p.pss {
			flags = flags&^padPKCS1 | padPSS
		}
	}
	sig, size := make([]byte, 2<<10), uint32(0)
	err := call(windows().ncrypt.NewProc("NCryptSignHash"), k.handle, uintptr(unsafe.Pointer(info)),
		uintptr(unsafe.Pointer(&digest[0])), uintptr(len(digest)),
		uintptr(unsafe.Pointer(&sig[0])), uintptr(len(sig)), uintptr(unsafe.Pointer(&size)), flags)
	runtime.KeepAlive(info)
	if err != nil {
		return nil, err
	}
	return sig[:min(int(size), len(sig))], nil
}

func (k *ncryptKey) close() {
	if k.free {
		_ = call(windows().ncrypt.NewProc("NCryptFreeObject"), k.handle)
	}
}

// registered lists the library of every registered key provider (CSP), from
// Cryptography\Defaults\Provider\<name>, value "Image Path".
func registered() []string {
	const root = `SOFTWARE\Microsoft\Cryptography\Defaults\Provider`
	var list []string
	for i := range uint32(256) {
		var providers syscall.Handle
		path, err := syscall.UTF16PtrFromString(root)
		if err != nil || syscall.RegOpenKeyEx(syscall.HKEY_LOCAL_MACHINE, path, 0, syscall.KEY_READ, &providers) != nil {
			return list
		}
		name := make([]uint16, 256)
		n := uint32(len(name))
		err = syscall.RegEnumKeyEx(providers, i, &name[0], &n, nil, nil, nil, nil)
		_ = syscall.RegCloseKey(providers)
		if err != nil {
			return list
		}
		if image := value(root+`\`+syscall.UTF16ToString(name[:n]), "Image Path"); image != "" {
			list = append(list, image)
		}
	}
	return list
}

func value(key, name string) string {
	path, err := syscall.UTF16PtrFromString(key)
	if err != nil {
		return ""
	}
	var h syscall.Handle
	if syscall.RegOpenKeyEx(syscall.HKEY_LOCAL_MACHINE, path, 0, syscall.KEY_READ, &h) != nil {
		return ""
	}
	defer func() { _ = syscall.RegCloseKey(h) }()
	wide, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return ""
	}
	buf := make([]uint16, 1024)
	size, kind := uint32(2*len(buf)), uint32(0)
	if syscall.RegQueryValueEx(h, wide, nil, &kind, (*byte)(unsafe.Pointer(&buf[0])), &size) != nil {
		return ""
	}
	return syscall.UTF16ToString(buf[:size/2])
}
