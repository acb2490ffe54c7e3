package network

import (
	"bufio"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
)

// Unzipped reads answers that a server, or a proxy, packed without being asked.
// They are unpacked as they are read: whoever bounds what it reads bounds what
// comes out of a bomb.
func Unzipped(next http.RoundTripper) http.RoundTripper { return unzipped{next} }

type unzipped struct{ http.RoundTripper }

func (u unzipped) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := u.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))) {
	case "gzip", "x-gzip":
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		resp.ContentLength, resp.Uncompressed = -1, true
		resp.Body = &packed{body: resp.Body}
	}
	return resp, nil
}

// CloseIdleConnections is what http.Client asks a transport for.
func (u unzipped) CloseIdleConnections() {
	if c, ok := u.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// packed is a body that is unpacked as it is read.
type packed struct {
	body  io.ReadCloser
	plain *gzip.Reader
	err   error
}

func (p *packed) Read(to []byte) (int, error) {
	if p.plain == nil && p.err == nil {
		from := bufio.NewReader(p.body)
		if _, err := from.Peek(1); err != nil {
			p.err = err // an empty body stays one
		} else {
			p.plain, p.err = gzip.NewReader(from)
		}
	}
	if p.err != nil {
		return 0, p.err
	}
	return p.plain.Read(to)
}

func (p *packed) Close() error { return p.body.Close() }
