package axis

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// prefix of every header of the protocol.
const prefix = "XroadVnpt-"

// unsigned are the headers of the protocol that the sign-header does not hold.
func unsigned() []string { return []string{"sign-header-key", "sign-header", "hash-header", "version"} }

func badLogin(text string) error { return &refusal{codeBadLogin, text} }

// timestamp is ddMMyyyy'T'HHmmss+SSSS: what looks like a zone is milliseconds.
var timestamp = regexp.MustCompile(`^\d{8}T\d{6}\+\d{4}$`)

// authenticate checks the HMAC and everything it stands for: the system id is
// known, the sign-header is the compact JSON of exactly the headers that came,
// in the order of sign-header-key, and no header of the protocol is left out.
func authenticate(h http.Header, secrets map[string]string) (system string, err error) {
	system = h.Get(prefix + "systemid")
	secret, ok := secrets[system]
	if !ok {
		return "", badLogin("SystemId khong ton tai")
	}
	signed := h.Get(prefix + "sign-header")
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	if got := h.Get(prefix + "hash-header"); !hmac.Equal([]byte(got), []byte(hex.EncodeToString(mac.Sum(nil)))) {
		return "", badLogin("hash-header khong dung")
	}
	keys := strings.Split(h.Get(prefix+"sign-header-key"), ";")
	if err := checkSigned(h, keys, signed); err != nil {
		return "", err
	}
	for _, k := range []string{"systemid", "timestamp", "Content-Type"} {
		if !slices.Contains(keys, k) {
			return "", badLogin("sign-header-key thieu " + k)
		}
	}
	if err := allSigned(h, keys); err != nil {
		return "", err
	}
	return system, checkTime(h)
}

// checkSigned holds the sign-header against the headers that came: one JSON
// object without blanks, its members in the order of the keys. How an encoder
// escapes is its own affair.
func checkSigned(h http.Header, keys []string, signed string) error {
	wrong := badLogin("sign-header khong khop voi cac header da gui")
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(signed)); err != nil || compact.String() != signed {
		return badLogin("sign-header phai la JSON khong co khoang trang")
	}
	d := json.NewDecoder(strings.NewReader(signed))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return wrong
	}
	for _, k := range keys {
		came := h.Values(prefix + k)
		if k == "" || len(came) != 1 {
			return badLogin("sign-header-key co khoa khong co trong header: " + ascii(k))
		}
		if strings.ContainsFunc(came[0], func(r rune) bool { return r < ' ' || r > '~' }) {
			return badLogin("header khong phai ASCII: " + ascii(k))
		}
		for _, want := range []string{prefix + k, came[0]} {
			if got, err := d.Token(); err != nil || got != want {
				return wrong
			}
		}
	}
	if end, err := d.Token(); err != nil || end != json.Delim('}') {
		return wrong
	}
	return nil
}

// allSigned refuses a header of the protocol that the HMAC does not cover.
func allSigned(h http.Header, keys []string) error {
	for name := range h {
		if len(name) < len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix) {
			continue
		}
		rest := name[len(prefix):]
		same := func(k string) bool { return strings.EqualFold(k, rest) }
		if !slices.ContainsFunc(keys, same) && !slices.ContainsFunc(unsigned(), same) {
			return badLogin("header khong duoc ky: " + ascii(rest))
		}
	}
	return nil
}

// checkTime checks the form alone: no replay window of the real axis is known.
func checkTime(h http.Header) error {
	v := h.Get(prefix + "timestamp")
	if !timestamp.MatchString(v) {
		return badLogin("timestamp khong dung dinh dang")
	}
	if _, err := time.Parse("02012006T150405", v[:15]); err != nil {
		return badLogin("timestamp khong dung dinh dang")
	}
	if came := h.Get("Content-Type"); came != "" && mediaType(came) != mediaType(h.Get(prefix+"Content-Type")) {
		return badLogin("Content-Type khong khop")
	}
	return nil
}

// mediaType is a Content-Type without its parameters.
func mediaType(v string) string {
	v, _, _ = strings.Cut(v, ";")
	return strings.ToLower(strings.TrimSpace(v))
}
