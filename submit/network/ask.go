package network

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// asker asks a proxy on one connection, and on a new one where the proxy ends
// it after its first answer.
type asker struct {
	question
	dial func() (net.Conn, error)

	mu          sync.Mutex // conn and interrupted
	conn        net.Conn
	interrupted bool
	read        *bufio.Reader
	ended       bool // the proxy said that the connection ends
}

// maxPage is how much of a proxy's page is read to get past it, maxRounds how
// many answers a login may take.
const (
	maxPage   = 1 << 20
	maxRounds = 4
)

// interrupt makes what waits for the proxy return.
func (a *asker) interrupt() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.interrupted = true
	if a.conn != nil {
		_ = a.conn.SetDeadline(time.Unix(1, 0))
	}
}

// end closes the connection.
func (a *asker) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.conn != nil {
		_ = a.conn.Close()
		a.conn = nil
	}
}

// open connects where there is no connection.
func (a *asker) open() error {
	if a.conn != nil && !a.ended {
		return nil
	}
	a.end()
	conn, err := a.dial()
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.conn, a.read, a.ended = conn, bufio.NewReader(conn), false
	if a.interrupted {
		return errors.New("given up")
	}
	return conn.SetDeadline(time.Now().Add(3 * connectTime))
}

// ask puts the question, with an authorization where there is one.
func (a *asker) ask(authorization string) (*http.Response, error) {
	if err := a.open(); err != nil {
		return nil, err
	}
	head := a.method + " " + a.target + " HTTP/1.1\r\nHost: " + a.host + "\r\nProxy-Connection: Keep-Alive\r\n"
	if authorization != "" {
		head += "Proxy-Authorization: " + authorization + "\r\n"
	}
	if _, err := io.WriteString(a.conn, head+"\r\n"); err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(a.read, &http.Request{Method: a.method})
	if err != nil {
		return nil, err
	}
	if a.method == http.MethodConnect && resp.StatusCode == http.StatusOK {
		return resp, nil // what follows is the destination's
	}
	a.ended = resp.Close || strings.EqualFold(resp.Header.Get("Proxy-Connection"), "close")
	n, err := io.Copy(io.Discard, io.LimitReader(resp.Body, maxPage))
	if err == nil && n == maxPage {
		err = errors.New("its page is too long")
	}
	return resp, errors.Join(err, resp.Body.Close())
}

// converse logs in: each challenge has its answer, until the proxy lets us
// through or has nothing more to ask, which is its refusal.
func (a *asker) converse(s *scheme) error {
	t, err := s.begin(a.proxy.Hostname())
	if err != nil {
		return ticketError(a.proxy, err)
	}
	defer t.close()
	var challenge []byte
	for range maxRounds {
		token, err := t.next(challenge)
		if err != nil {
			return ticketError(a.proxy, err)
		}
		resp, err := a.ask(s.word + " " + base64.StdEncoding.EncodeToString(token))
		if err != nil {
			return fmt.Errorf("proxy: %w", err)
		}
		if resp.StatusCode != http.StatusProxyAuthRequired {
			return a.usable(resp)
		}
		text := offers(resp)[strings.ToLower(s.word)]
		challenge, err = base64.StdEncoding.DecodeString(text)
		if err != nil || len(challenge) == 0 || s.word == "Basic" {
			return &LoginError{Proxy: a.proxy.Host, Status: resp.Status, refused: true}
		}
		if a.ended {
			return &LoginError{Proxy: a.proxy.Host, Status: resp.Status + ", and ends the connection in its login"}
		}
	}
	return &LoginError{Proxy: a.proxy.Host, Status: "with one challenge after the other"}
}

// usable tells whether the connection may be used.
func (a *asker) usable(resp *http.Response) error {
	connect := a.method == http.MethodConnect
	switch {
	case connect && resp.StatusCode != http.StatusOK:
		return &LoginError{Proxy: a.proxy.Host, Status: resp.Status}
	case !connect && a.ended && !a.brief:
		return &LoginError{Proxy: a.proxy.Host, Status: resp.Status + ", and ends the connection"}
	case a.read.Buffered() > 0:
		return &LoginError{Proxy: a.proxy.Host, Status: "more than was asked"}
	}
	return nil
}
