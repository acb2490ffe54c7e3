package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// encryption holds the entries of a standard encryption dictionary.
type encryption struct {
	revision     int
	length       int // of the file key, in bytes
	o, u, oe, ue string
	perms        uint32
	metadata     bool
	str, stm     method
	named        map[string]method
	id           string
}

func badEncryption(format string, args ...any) error {
	return &Error{FaultEncryption, -1, fmt.Sprintf(format, args...)}
}

// readEncryption reads the entries of the standard handler (ISO 32000-1,
// Tables 20 and 21).
func readEncryption(v Value) (*encryption, error) {
	get := func(key string, missing int64) int64 {
		if n, ok := v.Get(key).Int(); ok {
			return n
		}
		return missing
	}
	e := &encryption{revision: int(get("R", 0)), perms: uint32(get("P", 0)), metadata: true}
	if b, ok := v.Get("EncryptMetadata").Bool(); ok {
		e.metadata = b
	}
	if err := e.readKeys(v); err != nil {
		return nil, err
	}
	version := get("V", 0)
	switch {
	case version >= 1 && version <= 3 && e.revision <= 3:
		bits := get("Length", 40)
		if version == 1 {
			bits = 40
		}
		return e, e.useRC4(bits)
	case version == 4 && e.revision == 4:
		e.length = 16
		return e, e.readFilters(v)
	case version == 5 && e.revision >= 5:
		e.length = 32
		return e, e.readFilters(v)
	}
	return nil, badEncryption("version %d revision %d", version, e.revision)
}

func (e *encryption) useRC4(bits int64) error {
	if bits%8 != 0 || bits < 40 || bits > 128 {
		return badEncryption("a key of %d bits", bits)
	}
	e.length, e.str, e.stm = int(bits/8), methodRC4, methodRC4
	return nil
}

// readKeys reads /O, /U and, of version 5, /OE and /UE.
func (e *encryption) readKeys(v Value) error {
	if e.revision < 2 || e.revision > 6 {
		return badEncryption("revision %d", e.revision)
	}
	want := map[string]int{"O": 32, "U": 32}
	if e.revision >= 5 {
		want = map[string]int{"O": 48, "U": 48, "OE": 32, "UE": 32}
	}
	for key, n := range want {
		s, ok := v.Get(key).Str()
		if !ok || len(s) < n {
			return badEncryption("/%s of the encryption dictionary is missing or too short", key)
		}
	}
	e.o, _ = v.Get("O").Str()
	e.u, _ = v.Get("U").Str()
	e.oe, _ = v.Get("OE").Str()
	e.ue, _ = v.Get("UE").Str()
	return nil
}

// readFilters reads /CF, /StmF and /StrF of versions 4 and 5.
func (e *encryption) readFilters(v Value) error {
	e.named = map[string]method{"Identity": methodNone}
	cf := v.Get("CF")
	for i := range cf.Len() {
		if cf.Kind() != KindDict {
			break
		}
		name, f := cf.Key(i)
		switch m := f.Get("CFM").Name(); {
		case m == "None" || m == "" && f.IsDict():
			e.named[name] = methodNone
		case m == "V2":
			e.named[name] = methodRC4
		case m == "AESV2":
			e.named[name] = methodAES128
		case m == "AESV3":
			e.named[name] = methodAES256
		}
	}
	pick := func(key string) (method, error) {
		name := v.Get(key).Name()
		if name == "" {
			return methodNone, nil
		}
		m, ok := e.named[name]
		if !ok || (m == methodAES256) != (e.length == 32) && m != methodNone {
			return 0, badEncryption("crypt filter %q", name)
		}
		return m, nil
	}
	var err error
	if e.stm, err = pick("StmF"); err != nil {
		return err
	}
	e.str, err = pick("StrF")
	return err
}

var padding = []byte("\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08" +
	"\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A")

// fileKey returns the key if the password is the user's or the owner's.
func (e *encryption) fileKey(password []byte) (key []byte, owner bool) {
	if e.revision >= 5 {
		return e.fileKey5(password)
	}
	for _, pw := range spellings(password) {
		if key := e.userKey(pw); e.checkUser(key) {
			return key, false
		}
		if key := e.userKey(e.userFromOwner(pw)); e.checkUser(key) {
			return key, true
		}
	}
	return nil, false
}

// spellings are the ways in which a password may have been turned into bytes:
// as it came, and in Latin-1 where it fits, with marks and letters as one.
func spellings(password []byte) [][]byte {
	out := [][]byte{password}
	latin := make([]byte, 0, len(password))
	for _, r := range norm.NFC.String(string(password)) {
		if r > 0xff {
			return out
		}
		latin = append(latin, byte(r))
	}
	if !bytes.Equal(latin, password) {
		out = append(out, latin)
	}
	return out
}

func padded(password []byte) []byte {
	return append(append([]byte(nil), password[:min(len(password), 32)]...), padding...)[:32]
}

// userKey is Algorithm 2.
func (e *encryption) userKey(password []byte) []byte {
	h := md5.New()
	h.Write(padded(password))
	h.Write([]byte(e.o[:32]))
	h.Write(int32le(e.perms))
	h.Write([]byte(e.id))
	if e.revision >= 4 && !e.metadata {
		h.Write([]byte{0xff, 0xff, 0xff, 0xff})
	}
	key := h.Sum(nil)[:e.length]
	if e.revision >= 3 {
		for range 50 {
			s := md5.Sum(key)
			key = s[:e.length]
		}
	}
	return key
}

// checkUser is Algorithms 4 to 6.
func (e *encryption) checkUser(key []byte) bool {
	if e.revision == 2 {
		return subtle.ConstantTimeCompare(rc4Once(key, padding), []byte(e.u[:32])) == 1
	}
	h := md5.New()
	h.Write(padding)
	h.Write([]byte(e.id))
	out := rc4Rounds(key, h.Sum(nil), false)
	return subtle.ConstantTimeCompare(out, []byte(e.u[:16])) == 1
}

// userFromOwner is Algorithm 7: the user's password from the owner's.
func (e *encryption) userFromOwner(password []byte) []byte {
	s := md5.Sum(padded(password))
	key := s[:]
	if e.revision >= 3 {
		for range 50 {
			s = md5.Sum(key)
			key = s[:]
		}
	}
	key = key[:e.length]
	if e.revision == 2 {
		return rc4Once(key, []byte(e.o[:32]))
	}
	return rc4Rounds(key, []byte(e.o[:32]), true)
}

func rc4Once(key, data []byte) []byte {
	out := make([]byte, len(data))
	if c, err := rc4.NewCipher(key); err == nil {
		c.XORKeyStream(out, data)
	}
	return out
}

// rc4Rounds runs 20 rounds with the key xored by the round's number.
func rc4Rounds(key, data []byte, down bool) []byte {
	for i := range 20 {
		n := byte(i)
		if down {
			n = byte(19 - i)
		}
		k := make([]byte, len(key))
		for j := range key {
			k[j] = key[j] ^ n
		}
		data = rc4Once(k, data)
	}
	return data
}

// fileKey5 is Algorithm 2.A (V5).
func (e *encryption) fileKey5(password []byte) (key []byte, owner bool) {
	o, u := []byte(e.o[:48]), []byte(e.u[:48])
	for _, pw := range preparations(password) {
		pw = pw[:min(len(pw), 127)]
		if bytes.Equal(e.hash5(pw, o[32:40], u), o[:32]) {
			return unwrap(e.hash5(pw, o[40:48], u), e.oe), true
		}
		if bytes.Equal(e.hash5(pw, u[32:40], nil), u[:32]) {
			return unwrap(e.hash5(pw, u[40:48], nil), e.ue), false
		}
	}
	return nil, false
}

// preparations are a password as it came, since many writers take it so, and as
// SASLprep makes it (ISO 32000-2, 7.6.4.3.3; RFC 4013, 2.1 and 2.2).
func preparations(password []byte) [][]byte {
	out := [][]byte{password}
	mapped := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(mappedToNothing, r):
			return -1
		case unicode.Is(unicode.Zs, r):
			return ' '
		}
		return r
	}, string(password))
	if pw := []byte(norm.NFKC.String(mapped)); utf8.Valid(password) && !bytes.Equal(pw, password) {
		out = append(out, pw)
	}
	return out
}

// mappedToNothing is table B.1 of RFC 3454.
var mappedToNothing = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x00ad, Hi: 0x00ad, Stride: 1},
	{Lo: 0x034f, Hi: 0x034f, Stride: 1},
	{Lo: 0x1806, Hi: 0x1806, Stride: 1},
	{Lo: 0x180b, Hi: 0x180d, Stride: 1},
	{Lo: 0x200b, Hi: 0x200d, Stride: 1},
	{Lo: 0x2060, Hi: 0x2060, Stride: 1},
	{Lo: 0xfe00, Hi: 0xfe0f, Stride: 1},
	{Lo: 0xfeff, Hi: 0xfeff, Stride: 1},
}}

// unwrap decrypts the file key with AES-256, no padding, a zero vector.
func unwrap(key []byte, wrapped string) []byte {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	out := []byte(wrapped[:32])
	cipher.NewCBCDecrypter(b, make([]byte, aes.BlockSize)).CryptBlocks(out, out)
	return out
}

// hash5 is Algorithm 2.B; revision 5 has only its first step.
func (e *encryption) hash5(password, salt, udata []byte) []byte {
	first := sha256.Sum256(bytes.Join([][]byte{password, salt, udata}, nil))
	k := first[:]
	if e.revision < 6 {
		return k
	}
	for i := 0; ; i++ {
		k1 := bytes.Repeat(bytes.Join([][]byte{password, k, udata}, nil), 64)
		b, err := aes.NewCipher(k[:16])
		if err != nil {
			return nil
		}
		cipher.NewCBCEncrypter(b, k[16:32]).CryptBlocks(k1, k1)
		sum := 0
		for _, c := range k1[:16] {
			sum += int(c)
		}
		switch sum % 3 {
		case 0:
			s := sha256.Sum256(k1)
			k = s[:]
		case 1:
			s := sha512.Sum384(k1)
			k = s[:]
		default:
			s := sha512.Sum512(k1)
			k = s[:]
		}
		if i >= 63 && int(k1[len(k1)-1]) <= i-31 {
			return k[:32]
		}
	}
}
