package pdf

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rand"
	"crypto/rc4"
	"encoding/binary"
	"fmt"
	"slices"
)

// method is how strings or streams are encrypted.
type method int

const (
	methodNone method = iota
	methodRC4
	methodAES128
	methodAES256
)

// crypt is the standard security handler with the file key (ISO 32000-1, 7.6;
// ISO 32000-2, 7.6 for V5).
type crypt struct {
	ref      Ref // of the encryption dictionary, zero when it is direct
	key      []byte
	str, stm method
	named    map[string]method
	metadata bool // /EncryptMetadata
	owner    bool // opened with the owner's password
	perms    uint32
	revision int
}

// openEncryption reads /Encrypt and finds the file key.
func (d *Document) openEncryption(password []byte) error {
	x := d.Trailer().Get("Encrypt")
	if x.IsNull() {
		return nil
	}
	ref, _ := x.Ref()
	v, err := d.Resolve(x)
	if err != nil {
		return err
	}
	if v.Kind() != KindDict {
		return &Error{FaultEncryption, -1, "the encryption dictionary is malformed"}
	}
	v, err = d.resolveFlat(v)
	if err != nil {
		return err
	}
	if f := v.Get("Filter").Name(); f != "Standard" {
		return &Error{FaultEncryption, -1, fmt.Sprintf("security handler %q", f)}
	}
	p, err := readEncryption(v)
	if err != nil {
		return err
	}
	if id, err := d.Resolve(d.Trailer().Get("ID")); err == nil {
		if first, err := d.Resolve(id.At(0)); err == nil {
			p.id, _ = first.Str()
		}
	}
	c := &crypt{ref: ref, metadata: p.metadata, perms: p.perms, revision: p.revision}
	c.str, c.stm, c.named = p.str, p.stm, p.named
	if c.key, c.owner = p.fileKey(password); c.key == nil {
		return &Error{FaultPassword, -1, "the password does not open the document"}
	}
	d.crypt = c
	clear(d.objects) // nothing read before may keep encrypted strings
	return nil
}

// resolveFlat resolves the direct entries of a dictionary.
func (d *Document) resolveFlat(v Value) (Value, error) {
	out := Value{kind: KindDict, keys: v.keys, items: make([]Value, len(v.items))}
	for i, x := range v.items {
		r, err := d.Resolve(x)
		if err != nil {
			return Value{}, err
		}
		out.items[i] = r
	}
	return out, nil
}

// Permissions is what the encryption allows a reader to do who has the user's
// password (ISO 32000-1, Table 22). Without encryption everything is allowed.
type Permissions struct {
	Print, Modify, Copy, Annotate, FillForms, Assemble bool
}

// Permissions returns the document's permissions; the owner's password gives all.
func (d *Document) Permissions() Permissions {
	if d.crypt == nil || d.crypt.owner {
		return Permissions{true, true, true, true, true, true}
	}
	bit := func(n int) bool { return d.crypt.perms>>(n-1)&1 == 1 }
	p := Permissions{Print: bit(3), Modify: bit(4), Copy: bit(5), Annotate: bit(6)}
	p.FillForms, p.Assemble = p.Annotate, p.Modify
	if d.crypt.revision >= 3 {
		p.FillForms = p.Annotate || bit(9)
		p.Assemble = p.Modify || bit(11)
	}
	return p
}

// objectKey is Algorithm 1: the key for one object.
func (c *crypt) objectKey(m method, r Ref) []byte {
	if m == methodAES256 {
		return c.key
	}
	h := md5.New()
	h.Write(c.key)
	h.Write([]byte{byte(r.Num), byte(r.Num >> 8), byte(r.Num >> 16), byte(r.Gen), byte(r.Gen >> 8)})
	if m == methodAES128 {
		h.Write([]byte("sAlT"))
	}
	return h.Sum(nil)[:min(len(c.key)+5, 16)]
}

func (c *crypt) decrypt(m method, r Ref, data []byte) ([]byte, error) {
	switch m {
	case methodNone:
		return data, nil
	case methodRC4:
		s, err := rc4.NewCipher(c.objectKey(m, r))
		if err != nil {
			return nil, err
		}
		out := make([]byte, len(data))
		s.XORKeyStream(out, data)
		return out, nil
	}
	if len(data) < aes.BlockSize {
		return nil, nil // an empty value, stored without its vector
	}
	b, err := aes.NewCipher(c.objectKey(m, r))
	if err != nil {
		return nil, err
	}
	body := data[aes.BlockSize:]
	body = slices.Clone(body[:len(body)/aes.BlockSize*aes.BlockSize])
	cipher.NewCBCDecrypter(b, data[:aes.BlockSize]).CryptBlocks(body, body)
	if n := len(body); n > 0 {
		if pad := int(body[n-1]); pad >= 1 && pad <= aes.BlockSize {
			body = body[:n-pad]
		}
	}
	return body, nil
}

func (c *crypt) encrypt(m method, r Ref, data []byte) ([]byte, error) {
	if m == methodNone || m == methodRC4 {
		return c.decrypt(m, r, data)
	}
	b, err := aes.NewCipher(c.objectKey(m, r))
	if err != nil {
		return nil, err
	}
	pad := aes.BlockSize - len(data)%aes.BlockSize
	out := make([]byte, aes.BlockSize+len(data)+pad)
	if _, err := rand.Read(out[:aes.BlockSize]); err != nil {
		return nil, err
	}
	n := copy(out[aes.BlockSize:], data)
	for i := aes.BlockSize + n; i < len(out); i++ {
		out[i] = byte(pad)
	}
	cipher.NewCBCEncrypter(b, out[:aes.BlockSize]).CryptBlocks(out[aes.BlockSize:], out[aes.BlockSize:])
	return out, nil
}

// decryptStrings decrypts every string of an object in place; v was just
// parsed and is not shared yet. /Contents of a signature stands unencrypted.
func (c *crypt) decryptStrings(v *Value, r Ref) {
	if v.kind == KindStream && v.Get("Type").IsName("XRef") {
		return
	}
	if v.kind == KindString && !v.plain {
		if b, err := c.decrypt(c.str, r, []byte(v.s)); err == nil {
			v.s = string(b)
		}
		return
	}
	signature := v.kind == KindDict && isSignature(*v)
	for i := range v.items {
		if signature && v.keys[i] == "Contents" {
			v.items[i].plain = true
			continue
		}
		c.decryptStrings(&v.items[i], r)
	}
}

// isSignature says whether a dictionary is a signature's: /Type says so, or it
// has what only signatures have.
func isSignature(v Value) bool {
	switch v.Get("Type").Name() {
	case "Sig", "DocTimeStamp":
		return true
	case "":
		return v.Has("ByteRange") && v.Has("Contents")
	}
	return false
}

// streamMethod says how the data of a stream are encrypted.
func (c *crypt) streamMethod(dict Value, filters []filter) method {
	switch {
	case dict.Get("Type").IsName("XRef"):
		return methodNone
	case dict.Get("Type").IsName("Metadata") && !c.metadata:
		return methodNone
	}
	if len(filters) > 0 && filters[0].name == "Crypt" {
		if m, ok := c.named[filters[0].parm.Get("Name").Name()]; ok {
			return m
		}
		return methodNone // Identity
	}
	return c.stm
}

func (c *crypt) decryptStream(v Value, raw []byte) ([]byte, error) {
	filters, err := streamFilters(v, func(x Value) (Value, error) { return x, nil })
	if err != nil {
		return nil, err
	}
	return c.decrypt(c.streamMethod(v, filters), v.st.ref, raw)
}

// int32le is used by the key algorithms.
func int32le(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }
