package axis

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"trinhky/submit"
)

const (
	prefix      = "XroadVnpt-"
	version     = "3.0.201608"
	agent       = "JAVASDKAgent/1.0.0 XRoad/VPCP"
	jsonType    = "application/json"
	octetStream = "application/octet-stream"
)

// param is one parameter of an operation; it travels as a header.
type param struct{ name, value string }

// headers are those of one call. They are made anew for each: the axis' own
// client signs the headers of its first call again and again.
func (c *Client) headers(contentType string, params []param) (http.Header, error) {
	all := append([]param{{"systemid", c.config.SystemID}}, params...)
	all = append(all, param{"timestamp", timestamp(c.now())}, param{"Content-Type", contentType})
	names := make([]string, len(all))
	h := http.Header{
		"Content-Type": {contentType}, "User-Agent": {agent}, "Accept": {"*/*"}, prefix + "version": {version},
	}
	for i, p := range all {
		if !plain(p.value) {
			return nil, fmt.Errorf("axis: the header %s would not be ASCII: %q", p.name, p.value)
		}
		names[i] = p.name
		h[prefix+p.name] = []string{p.value} // in the spelling of the axis, not Go's
	}
	signed := signHeader(all)
	h[prefix+"sign-header-key"] = []string{strings.Join(names, ";")}
	h[prefix+"sign-header"] = []string{signed}
	h[prefix+"hash-header"] = []string{sign(c.config.Secret, signed)}
	return h, nil
}

// signHeader is compact JSON of the parameters in their order.
func signHeader(all []param) string {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quote(prefix+p.name) + ":" + quote(p.value))
	}
	b.WriteByte('}')
	return b.String()
}

func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}

func sign(secret, text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// timestamp has the form ddMMyyyy'T'HHmmss+SSSS. What looks like a zone is the
// milliseconds.
func timestamp(t time.Time) string {
	t = t.In(submit.WireZone())
	return fmt.Sprintf("%s+%04d", t.Format("02012006T150405"), t.Nanosecond()/int(time.Millisecond))
}

// Spell writes a digest as hash-file wants it.
func (s HashSpelling) Spell(sum [32]byte) string { return s.spell(sum) }

// spell writes a digest for hash-file.
func (s HashSpelling) spell(sum [32]byte) string {
	if s == HashPadded {
		return hex.EncodeToString(sum[:])
	}
	var b strings.Builder
	for _, v := range sum {
		fmt.Fprintf(&b, "%x", v)
	}
	return b.String()
}
