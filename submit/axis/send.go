package axis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"sync/atomic"

	"trinhky/submit"
	"trinhky/submit/edxml"
	"trinhky/submit/network"
)

// Message types of the header messagetype.
const (
	typeDocument = "edoc"
	typeStatus   = "status"
)

// Submit implements submit.Connector.
func (c *Client) Submit(ctx context.Context, e submit.Envelope) (submit.Receipt, error) {
	d, err := edxml.FromEnvelope(e)
	if err != nil {
		return submit.Receipt{}, err
	}
	return c.send(ctx, d, typeDocument, e.From.OrganID())
}

// SendStatus sends a status message of ours, e.g. that a document was taken in.
// Its ends are those of Submit.
func (c *Client) SendStatus(ctx context.Context, s *edxml.Status) (submit.Receipt, error) {
	return c.send(ctx, s, typeStatus, s.From.ID)
}

func (c *Client) send(ctx context.Context, m edxml.Message, kind, from string) (_ submit.Receipt, err error) {
	dir, err := os.MkdirTemp(c.config.Dir, temporary+"*")
	if err != nil {
		return submit.Receipt{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left there is the system's to clear
	built, err := edxml.Build(m, dir)
	if err != nil {
		return submit.Receipt{}, err
	}
	f, err := os.Open(built.Path)
	if err != nil {
		return submit.Receipt{}, err
	}
	defer f.Close()
	h, err := c.headers(octetStream, []param{
		{"servicetype", "eDoc"}, {"messagetype", kind}, {"hash-file", c.config.Hash.spell(built.SHA256)}, {"from", from},
	})
	if err != nil {
		return submit.Receipt{}, &submit.FieldError{Field: "from", Reason: err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, c.config.SendTimeout)
	defer cancel()
	// The CRLF is not part of the hash. There is no GetBody: the transport can
	// never send a second time by itself.
	body := io.MultiReader(f, strings.NewReader("\r\n"))
	return c.deliver(ctx, h, io.NopCloser(body), built.Size+2)
}

// deliver sends once and sorts how it ended.
func (c *Client) deliver(ctx context.Context, h http.Header, body io.ReadCloser, size int64) (submit.Receipt, error) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/sendEdoc", body)
	if err != nil {
		return submit.Receipt{}, err
	}
	r.Header, r.ContentLength = h, size
	resp, err := c.sending.Do(r)
	if err != nil {
		err = fmt.Errorf("sendEdoc: %w", err)
		if connected.Load() && !network.NotTaken(err) {
			return submit.Receipt{}, submit.Unknown(err)
		}
		return submit.Receipt{}, err // without a connection, or a handshake, nothing can have arrived
	}
	defer drain(resp.Body)
	return c.outcome(resp)
}

// outcome sorts the answer to a send.
func (c *Client) outcome(resp *http.Response) (submit.Receipt, error) {
	if resp.StatusCode == http.StatusRequestEntityTooLarge { // a proxy in front: it lets nothing through
		return submit.Receipt{}, submit.Permanent("413", "the message is too large for the destination")
	}
	if err := checkHTTP(resp); err != nil {
		var auth *submit.AuthError
		if errors.As(err, &auth) {
			return submit.Receipt{}, err
		}
		return submit.Receipt{}, submit.Unknown(err)
	}
	a, err := readAnswer(resp.Body, maxAnswer, nil)
	if err == nil {
		err = a.err()
	}
	var no *failure
	var auth *submit.AuthError
	switch {
	case errors.As(err, &auth):
		return submit.Receipt{}, err
	case errors.As(err, &no) && a.docID == "" && no.code != codeOwnFault:
		return submit.Receipt{}, submit.Permanent(no.code, no.text)
	case err != nil:
		return submit.Receipt{}, submit.Unknown(fmt.Errorf("sendEdoc: %w", err))
	case a.docID == "":
		return submit.Receipt{}, submit.Unknown(fmt.Errorf("sendEdoc: %w: it says yes without a DocId", errMalformed))
	}
	return submit.Receipt{DocID: a.docID, At: c.now()}, nil
}
