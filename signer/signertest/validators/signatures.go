package validators

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"strconv"
	"testing"
)

// signature is one CMS with the bytes it was made over, found by reading the
// raw file: independent of our own reader on purpose.
type signature struct {
	der, signed []byte
	timestamp   bool
}

// signatures finds every /ByteRange written in clear. Files whose signature
// dictionaries lie in object streams cannot be signed that way.
func signatures(t testing.TB, data []byte) []signature {
	t.Helper()
	var all []signature
	for _, m := range byteRange.FindAllSubmatch(data, -1) {
		var r [4]int
		for i := range r {
			n, err := strconv.Atoi(string(m[i+1]))
			if err != nil {
				t.Fatalf("byte range %s: %v", m[0], err)
			}
			r[i] = n
		}
		if r[0] != 0 || r[1] <= 0 || r[2] <= r[1] || r[2]+r[3] > len(data) {
			t.Errorf("byte range %s makes no sense in %d bytes", m[0], len(data))
			continue
		}
		hole := bytes.Trim(data[r[1]:r[2]], "<>")
		der, err := hex.DecodeString(string(hole))
		if err != nil {
			t.Errorf("the gap of %s is not a hex string: %v", m[0], err)
			continue
		}
		der = withoutPadding(der)
		all = append(all, signature{
			der:       der,
			signed:    append(bytes.Clone(data[:r[1]]), data[r[2]:r[2]+r[3]]...),
			timestamp: bytes.Contains(data[max(0, r[1]-4000):min(len(data), r[2]+4000)], []byte("/ETSI.RFC3161")) && isTimestamp(der),
		})
	}
	return all
}

// withoutPadding cuts the zeros behind the first ASN.1 value.
func withoutPadding(der []byte) []byte {
	var v asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &v); err == nil {
		return der[:len(der)-len(rest)]
	}
	return der // indefinite length: openssl reads to the end-of-contents octets
}

// isTimestamp looks for the content type id-ct-TSTInfo.
func isTimestamp(der []byte) bool {
	return bytes.Contains(der[:min(len(der), 200)], []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04})
}
