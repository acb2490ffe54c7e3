package network

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
)

// TLSError: no protected connection comes about. Code names the words for the
// person.
type TLSError struct {
	Code string
	Err  error
	// NotTaken: the handshake did not end, so nothing can have been taken.
	NotTaken bool
}

// The codes of TLSError.
const (
	codeExpired   = "tls-expired"   // the server's certificate, by our clock
	codeName      = "tls-name"      // it belongs to another name
	codeUntrusted = "tls-untrusted" // of an authority that is not trusted here, or its own
	codeOld       = "tls-old"       // the server speaks nothing newer than TLS 1.1
	codePlain     = "tls-plain"     // the server does not speak TLS at that port
	codeWanted    = "tls-wanted"    // the server speaks nothing but TLS
	codeClient    = "tls-client"    // the server wants a certificate of ours, or another one
	codeFailed    = "tls-failed"
)

func (e *TLSError) Error() string { return e.Err.Error() }
func (e *TLSError) Unwrap() error { return e.Err }

// ProblemCode names the words for the person.
func (e *TLSError) ProblemCode() string { return e.Code }

// NotTaken tells whether err shows that the destination took nothing, though a
// connection was made: with TLS 1.3 a server refuses our certificate after we
// began to send.
func NotTaken(err error) bool {
	var t *TLSError
	return errors.As(err, &t) && t.NotTaken
}

// reasoned names what is wrong with TLS, where that is what is wrong.
func reasoned(err error) error {
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var header tls.RecordHeaderError
	var remote *net.OpError
	code := ""
	switch {
	case err == nil:
		return nil
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		code = codeExpired
	case errors.As(err, &name):
		code = codeName
	case errors.As(err, &authority), errors.As(err, &invalid):
		code = codeUntrusted
	case errors.As(err, &header), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		code = codePlain
	case errors.As(err, &remote) && remote.Op == "remote error":
		code = alertCode(remote.Err.Error())
	case strings.Contains(err.Error(), "tls: server selected unsupported protocol version"):
		code = codeOld
	case strings.Contains(err.Error(), "tls: failed to verify certificate"):
		code = codeUntrusted
	default:
		return err
	}
	return &TLSError{Code: code, Err: err, NotTaken: true}
}

// alertCode sorts the alerts (RFC 8446, 6.2) with which servers end a handshake.
// They come before the server has read anything of ours.
func alertCode(text string) string {
	switch strings.TrimPrefix(text, "tls: ") {
	case "protocol version not supported", "insufficient security level":
		return codeOld
	case "certificate required", "bad certificate", "unsupported certificate", "revoked certificate",
		"expired certificate", "unknown certificate", "unknown certificate authority", "access denied":
		return codeClient
	}
	return codeFailed
}

// wanted is err, where the server asked for a certificate and we had none: with
// TLS 1.2 it only says that the handshake failed.
func wanted(err error, asked bool) error {
	var t *TLSError
	if asked && errors.As(err, &t) && t.Code == codeFailed {
		return &TLSError{Code: codeClient, Err: t.Err, NotTaken: t.NotTaken}
	}
	return err
}

// MovedError: the server sends us elsewhere. Nothing goes there by itself: it is
// the address in the settings that says whom to trust.
type MovedError struct{ Status, To string }

func (e *MovedError) Error() string {
	return "the server answers " + e.Status + " and sends us to " + e.To
}

// ProblemCode names the words for the person.
func (e *MovedError) ProblemCode() string { return "moved" }

// wantsTLS tells whether an answer to a plain request says that the server
// speaks TLS at that port.
func wantsTLS(resp *http.Response) bool {
	if resp.StatusCode != http.StatusBadRequest {
		return false
	}
	body := bufio.NewReader(resp.Body)
	head, _ := body.Peek(512)
	resp.Body = struct {
		io.Reader
		io.Closer
	}{body, resp.Body}
	return bytes.Contains(head, []byte("HTTP request to an HTTPS server")) || // Go
		bytes.Contains(head, []byte("plain HTTP request was sent to HTTPS port")) || // nginx
		bytes.Contains(head, []byte("speaking plain HTTP to an SSL-enabled server")) // Apache
}

// judged turns answers that are none of the destination into errors.
func judged(r *http.Request, resp *http.Response) (*http.Response, error) {
	var err error
	switch {
	case resp.StatusCode/100 == 3 && resp.Header.Get("Location") != "":
		err = &MovedError{resp.Status, resp.Header.Get("Location")}
	case r.URL.Scheme == "http" && wantsTLS(resp):
		err = &TLSError{Code: codeWanted, Err: errors.New("the server speaks nothing but TLS at this address: it begins with https")}
	default:
		return resp, nil
	}
	_ = resp.Body.Close()
	return nil, err
}
