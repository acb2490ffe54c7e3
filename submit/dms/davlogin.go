package dms

import (
	"crypto/md5" //nolint:gosec // RFC 7616 names it; servers still ask for it
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// login answers what a share asks for: Basic (over TLS or on this computer
// only) or Digest (RFC 7616). It is safe for concurrent use.
type login struct {
	user, password string

	mu     sync.Mutex
	basic  bool
	digest map[string]string // the challenge
	count  int
}

// challenge takes the share's question; true: try again with the answer.
func (l *login) challenge(resp *http.Response, base *url.URL) bool {
	if l.user == "" {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range resp.Header.Values("WWW-Authenticate") {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(h), " ")
		switch strings.ToLower(scheme) {
		case "digest":
			c := parameters(rest)
			if a := strings.ToUpper(c["algorithm"]); a != "" && a != "MD5" && a != "SHA-256" {
				continue
			}
			again := l.digest == nil || strings.EqualFold(c["stale"], "true") || l.digest["nonce"] != c["nonce"]
			l.digest, l.count, l.basic = c, 0, false
			return again
		case "basic":
			if l.digest == nil && !l.basic && (base.Scheme == "https" || loopback(base)) {
				l.basic = true
				return true
			}
		}
	}
	return false
}

// parameters reads name=value and name="value" pairs.
func parameters(s string) map[string]string {
	out := map[string]string{}
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimLeft(s, ", \t") {
		name, rest, ok := strings.Cut(s, "=")
		if !ok {
			break
		}
		var value string
		if strings.HasPrefix(rest, `"`) {
			value, s = quoted(rest[1:])
		} else {
			value, s, _ = strings.Cut(rest, ",")
		}
		out[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(value)
	}
	return out
}

// quoted reads up to the closing quote.
func quoted(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		case '"':
			return b.String(), s[i+1:]
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}

// sign puts the answer into a request, when the question is known.
func (l *login) sign(r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.basic:
		r.SetBasicAuth(l.user, l.password)
	case l.digest != nil:
		l.count++
		r.Header.Set("Authorization", l.answer(r.Method, r.URL.RequestURI()))
	}
}

// answer is the Authorization header of RFC 7616, 3.4.
func (l *login) answer(method, uri string) string {
	c := l.digest
	h := func(s string) string {
		var f hash.Hash = md5.New() //nolint:gosec // see above
		if strings.EqualFold(c["algorithm"], "SHA-256") {
			f = sha256.New()
		}
		f.Write([]byte(s))
		return hex.EncodeToString(f.Sum(nil))
	}
	random := make([]byte, 8)
	_, _ = rand.Read(random) // never fails
	cnonce, nc := hex.EncodeToString(random), fmt.Sprintf("%08x", l.count)
	one := h(l.user + ":" + c["realm"] + ":" + l.password)
	two := h(method + ":" + uri)
	out := fmt.Sprintf(`Digest username=%q, realm=%q, nonce=%q, uri="%s"`, l.user, c["realm"], c["nonce"], uri)
	response := h(one + ":" + c["nonce"] + ":" + two)
	if strings.Contains(c["qop"], "auth") {
		response = h(strings.Join([]string{one, c["nonce"], nc, cnonce, "auth", two}, ":"))
		out += `, qop=auth, nc=` + nc + `, cnonce="` + cnonce + `"`
	}
	if c["algorithm"] != "" {
		out += ", algorithm=" + c["algorithm"]
	}
	if c["opaque"] != "" {
		out += fmt.Sprintf(", opaque=%q", c["opaque"])
	}
	return out + `, response="` + response + `"`
}
