package network_test

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // NTLMv2 is made of it
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf16"

	//lint:ignore SA1019 NTLM is defined over MD4
	"golang.org/x/crypto/md4"

	"trinhky/submit/network"
)

// proxy is a small real proxy: CONNECT and absolute requests, behind a login
// that is checked by the rules of MS-NLMP (NTLMv2). A connection that is logged
// in stays so.
type proxy struct {
	*httptest.Server
	login    network.Login
	passed   atomic.Int32 // requests that were let through
	messages atomic.Int32 // of them with a body
	shown    atomic.Int32 // requests that said who we are
	ends     bool         // it ends the connection after it asked
}

const (
	proxyUser, proxyDomain, proxyPassword = "vanthu", "MAU", "mật khẩu"
)

func newProxy(t *testing.T, login network.Login) *proxy {
	t.Helper()
	p := &proxy{login: login}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p.Server = &httptest.Server{URL: "http://" + l.Addr().String()}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

// serve is one connection.
func (p *proxy) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReader(c)
	known := p.login == ""
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if r.Header.Get("Proxy-Authorization") != "" {
			p.shown.Add(1)
		}
		if !known {
			ok, challenge := p.check(r.Header.Get("Proxy-Authorization"))
			if !ok {
				_, _ = io.Copy(io.Discard, r.Body)
				page := "<html>407</html>"
				if r.Method == http.MethodHead {
					page = ""
				}
				end := p.ends && r.Header.Get("Proxy-Authorization") == ""
				if end {
					challenge += "\r\nConnection: close"
				}
				_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: "+challenge+
					"\r\nContent-Length: "+string(rune('0'+len(page)/10))+string(rune('0'+len(page)%10))+"\r\n\r\n"+page)
				if end {
					return
				}
				continue
			}
			known = p.login != network.LoginBasic
		}
		p.passed.Add(1)
		if r.Method == http.MethodConnect {
			p.tunnel(c, in, r.Host)
			return
		}
		if !p.forward(c, r) {
			return
		}
	}
}

func (p *proxy) tunnel(c net.Conn, in *bufio.Reader, host string) {
	to, err := net.Dial("tcp", host)
	if err != nil {
		return
	}
	defer func() { _ = to.Close() }()
	_, _ = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		_, _ = io.Copy(to, in)
		_ = to.Close()
	}()
	_, _ = io.Copy(c, to)
}

func (p *proxy) forward(c net.Conn, r *http.Request) bool {
	r.RequestURI = ""
	r.Header.Del("Proxy-Authorization")
	if r.ContentLength > 0 {
		p.messages.Add(1)
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	resp.Close = false
	resp.Header.Del("Connection")
	return resp.Write(c) == nil
}

// check looks at a login; challenge is what else to ask for.
func (p *proxy) check(header string) (ok bool, challenge string) {
	scheme := map[network.Login]string{
		network.LoginBasic: "Basic", network.LoginNTLM: "NTLM", network.LoginNegotiate: "Negotiate",
	}[p.login]
	word, token, _ := strings.Cut(header, " ")
	data, err := base64.StdEncoding.DecodeString(token)
	if word != scheme || err != nil {
		return false, scheme
	}
	if p.login == network.LoginBasic {
		return string(data) == proxyDomain+`\`+proxyUser+":"+proxyPassword, `Basic realm="mau"`
	}
	if len(data) < 12 || !bytes.HasPrefix(data, []byte("NTLMSSP\x00")) {
		return false, scheme
	}
	switch binary.LittleEndian.Uint32(data[8:]) {
	case 1:
		return false, scheme + " " + base64.StdEncoding.EncodeToString(challengeMessage())
	case 3:
		return authenticates(data), scheme
	}
	return false, scheme
}

const serverChallenge = "01234567"

func challengeMessage() []byte {
	name := inUTF16("MAU")
	info := append([]byte{2, 0, byte(len(name)), 0}, name...) // MsvAvNbDomainName
	info = append(info, 0, 0, 0, 0)
	m := append([]byte("NTLMSSP\x00"), 2, 0, 0, 0)
	m = field(m, len(name), 56)
	m = binary.LittleEndian.AppendUint32(m, 0xA2890201) // unicode, NTLM, target info, 128, 56
	m = append(m, serverChallenge...)
	m = append(m, make([]byte, 8)...)
	m = field(m, len(info), 56+len(name))
	m = append(m, make([]byte, 8)...) // version
	return append(append(m, name...), info...)
}

func field(m []byte, size, at int) []byte {
	m = binary.LittleEndian.AppendUint16(m, uint16(size))
	m = binary.LittleEndian.AppendUint16(m, uint16(size))
	return binary.LittleEndian.AppendUint32(m, uint32(at))
}

func part(m []byte, at int) []byte {
	if len(m) < at+8 {
		return nil
	}
	size, from := int(binary.LittleEndian.Uint16(m[at:])), int(binary.LittleEndian.Uint32(m[at+4:]))
	if from < 0 || from+size > len(m) {
		return nil
	}
	return m[from : from+size]
}

// authenticates checks an AUTHENTICATE_MESSAGE with an NTLMv2 response
// (MS-NLMP 3.3.2).
func authenticates(m []byte) bool {
	response, domain, user := part(m, 20), part(m, 28), part(m, 36)
	if len(response) < 24 || !bytes.Equal(user, inUTF16(proxyUser)) {
		return false
	}
	h := md4.New()
	h.Write(inUTF16(proxyPassword))
	key := mac(h.Sum(nil), append(inUTF16(strings.ToUpper(proxyUser)), domain...))
	return hmac.Equal(response[:16], mac(key, append([]byte(serverChallenge), response[16:]...)))
}

func mac(key, text []byte) []byte {
	h := hmac.New(md5.New, key)
	h.Write(text)
	return h.Sum(nil)
}

func inUTF16(s string) []byte {
	var b []byte
	for _, v := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}
