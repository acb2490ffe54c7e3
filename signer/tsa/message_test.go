package tsa

import (
	"bytes"
	"testing"
)

func FuzzParseAnswer(f *testing.F) {
	f.Add([]byte{0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02})
	f.Add([]byte{0x30, 0x07, 0x30, 0x03, 0x02, 0x01, 0x00, 0x30, 0x00})
	f.Add([]byte("<html>"))
	f.Fuzz(func(t *testing.T, der []byte) {
		token, _, err := parseAnswer(der)
		if err == nil && !bytes.Contains(der, token) {
			t.Error("a token that is not in the answer")
		}
	})
}
