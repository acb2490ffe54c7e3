package cms

import (
	"bytes"
	"encoding/asn1"
	"math/big"
	"slices"
	"time"
)

// Limits of what is read. A CMS with embedded revocation lists may be large; a
// deep one is an attack.
const (
	maxSize  = 64 << 20
	maxDepth = 48
)

// Identifier octets that occur in CMS.
const (
	tagBoolean     = 0x01
	tagInteger     = 0x02
	tagOctets      = 0x04
	tagOID         = 0x06
	tagUTCTime     = 0x17
	tagGeneralTime = 0x18
	tagSequence    = 0x30
	tagSet         = 0x31
	tagEOC         = 0x00
	constructed    = 0x20
)

// context is the identifier octet of a constructed [n].
func context(n byte) byte { return 0xa0 | n }

// element is one BER value. raw is everything, body the content octets without
// the end-of-contents mark. High tag numbers have tag&0x1f == 0x1f.
type element struct {
	tag        byte
	raw, body  []byte
	indefinite bool
}

// readElement reads the first value of in.
func readElement(in []byte, depth int) (element, []byte, error) {
	if depth > maxDepth {
		return element{}, nil, malformed("nested too deeply")
	}
	head, tag, length, err := readHeader(in)
	if err != nil {
		return element{}, nil, err
	}
	rest := in[head:]
	if length >= 0 {
		if length > len(rest) {
			return element{}, nil, malformed("value longer than its container")
		}
		return element{tag: tag, raw: in[:head+length], body: rest[:length]}, rest[length:], nil
	}
	if tag&constructed == 0 {
		return element{}, nil, malformed("indefinite length of a primitive value")
	}
	for {
		if len(rest) >= 2 && rest[0] == 0 && rest[1] == 0 {
			end := len(in) - len(rest)
			return element{tag: tag, raw: in[:end+2], body: in[head:end], indefinite: true}, rest[2:], nil
		}
		if _, rest, err = readElement(rest, depth+1); err != nil {
			return element{}, nil, err
		}
	}
}

// readHeader reads identifier and length octets; length is -1 when indefinite.
func readHeader(in []byte) (head int, tag byte, length int, err error) {
	if len(in) < 2 {
		return 0, 0, 0, malformed("cut short")
	}
	tag, head = in[0], 1
	if tag == tagEOC {
		return 0, 0, 0, malformed("stray end of contents")
	}
	if tag&0x1f == 0x1f {
		for n := 0; ; n++ {
			if head >= len(in) || n == 4 {
				return 0, 0, 0, malformed("tag number")
			}
			head++
			if in[head-1]&0x80 == 0 {
				break
			}
		}
		if head >= len(in) {
			return 0, 0, 0, malformed("cut short")
		}
	}
	first := in[head]
	head++
	switch {
	case first < 0x80:
		return head, tag, int(first), nil
	case first == 0x80:
		return head, tag, -1, nil
	}
	n := int(first & 0x7f)
	if n > 8 || head+n > len(in) {
		return 0, 0, 0, malformed("length octets")
	}
	var v uint64
	for _, b := range in[head : head+n] {
		v = v<<8 | uint64(b)
	}
	if v > maxSize {
		return 0, 0, 0, malformed("absurd length")
	}
	return head + n, tag, int(v), nil
}

// cursor walks over values that follow each other. The first error sticks.
type cursor struct {
	rest []byte
	err  error
}

func (e element) children() *cursor { return &cursor{rest: e.body} }

func (c *cursor) more() bool { return c.err == nil && len(c.rest) > 0 }

// next reads whatever follows.
func (c *cursor) next() element {
	if c.err != nil {
		return element{}
	}
	var e element
	e, c.rest, c.err = readElement(c.rest, 0)
	return e
}

// take reads a value that must have the given identifier octet.
func (c *cursor) take(tag byte) element {
	e := c.next()
	if c.err == nil && e.tag != tag {
		c.err = malformed("unexpected tag")
	}
	if c.err != nil {
		return element{}
	}
	return e
}

// optional reads a value only if it has the given identifier octet.
func (c *cursor) optional(tag byte) (element, bool) {
	if c.err != nil || len(c.rest) == 0 || c.rest[0] != tag {
		return element{}, false
	}
	e := c.next()
	return e, c.err == nil
}

func (c *cursor) oid() asn1.ObjectIdentifier {
	e := c.take(tagOID)
	var oid asn1.ObjectIdentifier
	if c.err == nil {
		if rest, err := asn1.Unmarshal(e.raw, &oid); err != nil || len(rest) > 0 {
			c.err = malformed("object identifier")
		}
	}
	return oid
}

func (c *cursor) integer() *big.Int {
	e := c.take(tagInteger)
	n := new(big.Int)
	if c.err != nil {
		return n
	}
	if len(e.body) == 0 || len(e.body) > 4096 {
		c.err = malformed("integer")
		return n
	}
	n.SetBytes(e.body)
	if e.body[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(e.body))*8))
	}
	return n
}

// octets reads an OCTET STRING, put together where it came in pieces.
func (c *cursor) octets() []byte {
	if c.err == nil && len(c.rest) > 0 && c.rest[0] != tagOctets && c.rest[0] != tagOctets|constructed {
		c.err = malformed("expected an octet string")
	}
	e := c.next()
	if c.err != nil {
		return nil
	}
	var out []byte
	out, c.err = e.octets(0)
	return out
}

func (e element) octets(depth int) ([]byte, error) {
	if e.tag&constructed == 0 {
		return e.body, nil
	}
	if depth > maxDepth {
		return nil, malformed("nested too deeply")
	}
	out := []byte{}
	for c := e.children(); c.more(); {
		part := c.next()
		if c.err != nil {
			return nil, c.err
		}
		if part.tag&^constructed != tagOctets {
			return nil, malformed("octet string in pieces of another type")
		}
		piece, err := part.octets(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, piece...)
	}
	return out, nil
}

// time reads a UTCTime or GeneralizedTime.
func (c *cursor) time() time.Time {
	e := c.next()
	if c.err != nil {
		return time.Time{}
	}
	var t time.Time
	var err error
	switch e.tag {
	case tagUTCTime:
		_, err = asn1.Unmarshal(e.raw, &t)
	case tagGeneralTime:
		t, err = time.Parse("20060102150405Z", string(e.body))
		if err != nil { // RFC 3161 allows fractions of a second
			t, err = time.Parse("20060102150405.999999999Z", string(e.body))
		}
	default:
		err = malformed("not a time")
	}
	if err != nil {
		c.err = malformed("time")
	}
	return t
}

// der encodes e with definite, shortest lengths, strings in one piece and sets
// in the order of DER (X.690, 10 and 11.6).
func (e element) der(depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, malformed("nested too deeply")
	}
	if e.tag&constructed == 0 || e.tag&0x1f == 0x1f {
		return encode(e.tag, e.body), nil
	}
	if e.tag == tagOctets|constructed {
		body, err := e.octets(depth)
		return encode(tagOctets, body), err
	}
	var parts [][]byte
	c := e.children()
	for c.more() {
		part, err := c.next().der(depth + 1)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	if c.err != nil {
		return nil, c.err
	}
	if e.tag == tagSet {
		slices.SortFunc(parts, bytes.Compare)
	}
	return encode(e.tag, bytes.Join(parts, nil)), nil
}

// encode puts identifier and shortest length octets before body.
func encode(tag byte, body []byte) []byte {
	return append(appendHeader(make([]byte, 0, len(body)+6), tag, len(body)), body...)
}

// appendHeader appends the identifier and the shortest length octets for n bytes.
func appendHeader(b []byte, tag byte, n int) []byte {
	b = append(b, tag)
	if n < 0x80 {
		return append(b, byte(n))
	}
	octets := 1
	for v := n >> 8; v > 0; v >>= 8 {
		octets++
	}
	b = append(b, 0x80|byte(octets))
	for i := octets - 1; i >= 0; i-- {
		b = append(b, byte(n>>(8*i)))
	}
	return b
}
