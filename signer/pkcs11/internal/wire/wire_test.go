package wire

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"reflect"
	"strings"
	"testing"

	"trinhky/signer"
)

func TestFrames(t *testing.T) {
	for name, secret := range map[string][]byte{
		"none": nil, "pin": []byte("123456"), "long": bytes.Repeat([]byte("x"), 300<<10),
	} {
		var buf bytes.Buffer
		sent := Request{ID: 7, Op: OpUnlock, Label: "Lãnh đạo", Certificate: []byte{1, 2}, PINs: []int{6}}
		if err := WriteFrame(&buf, sent, secret); err != nil {
			t.Fatal(err)
		}
		if i := strings.Index(buf.String(), "}"); len(secret) > 0 && strings.Contains(buf.String()[:i], string(secret)) {
			t.Errorf("%s: the secret is in the header", name)
		}
		var got Request
		back, err := ReadFrame(&buf, &got)
		if err != nil || !reflect.DeepEqual(got, sent) || !bytes.Equal(back, secret) {
			t.Errorf("%s: %+v, %d bytes, %v", name, got, len(back), err)
		}
	}
}

func frame(size, head uint32, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, size)
	return append(binary.BigEndian.AppendUint32(b, head), body...)
}

func TestMalformedFrames(t *testing.T) {
	for name, data := range map[string][]byte{
		"empty": {}, "cut": {0, 0}, "tiny": frame(3, 0, ""), "huge": frame(MaxFrame+1, 2, "{}"),
		"header beyond": frame(6, 3, "{}"), "body missing": frame(4+1000, 2, "{}"), "no JSON": frame(6, 2, "{{"),
	} {
		var r Request
		if _, err := ReadFrame(bytes.NewReader(data), &r); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := WriteFrame(&bytes.Buffer{}, Request{}, make([]byte, MaxFrame)); err == nil {
		t.Error("a frame that is too large was sent")
	}
}

func TestFailures(t *testing.T) {
	for name, err := range map[string]error{
		"pin":       &signer.PINError{State: signer.PINFinalTry},
		"signature": &signer.PINError{State: signer.PINReady, Signature: true},
		"length":    &PINLengthError{Min: 4, Max: 8, State: signer.PINCountLow},
		"token":     &signer.TokenError{Fault: signer.TokenRemoved, Err: errors.New("CKR_DEVICE_REMOVED")},
		"module":    &signer.ModuleError{Path: "/x.so", Fault: signer.ModuleCrashed, Err: errors.New("missing")},
		"no key":    ErrKeyMissing,
		"canceled":  context.Canceled,
		"other":     errors.New("something"),
	} {
		if got := FailureOf(err).Err(); !reflect.DeepEqual(got, err) {
			t.Errorf("%s: %#v", name, got)
		}
	}
	if FailureOf(nil) != nil || (*Failure)(nil).Err() != nil {
		t.Error("no error became one")
	}
	if !errors.Is(FailureOf(signer.ErrNoToken).Err(), signer.ErrNoToken) {
		t.Error("ErrNoToken was lost")
	}
	var pin *signer.PINError
	if !errors.As(FailureOf(&PINLengthError{State: signer.PINCountLow}).Err(), &pin) || pin.State != signer.PINCountLow {
		t.Error("a PIN of the wrong length is no PINError")
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add(frame(6, 2, "{}"))
	f.Add(frame(12, 2, "{}123456"))
	f.Add(frame(MaxFrame, 2, "{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var r Request
		secret, err := ReadFrame(bytes.NewReader(data), &r)
		if err == nil && len(secret) > len(data) {
			t.Error("a secret that was not sent")
		}
	})
}
