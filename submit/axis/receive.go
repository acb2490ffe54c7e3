package axis

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"trinhky/submit"
	"trinhky/submit/axis/lift"
	"trinhky/submit/edxml"
)

var _ submit.Receiver = (*Client)(nil)

// limits are those of a message that is received into dir.
func (c *Client) limits(dir string) edxml.Limits { return edxml.LimitsFor(c.config.Limits, dir) }

// Waiting implements submit.Receiver.
func (c *Client) Waiting(ctx context.Context) ([]submit.Arrival, error) {
	rows, err := c.received(ctx, typeDocument)
	if err != nil {
		return nil, err
	}
	all := make([]submit.Arrival, len(rows))
	for i, r := range rows {
		all[i] = submit.Arrival{DocID: string(r.DocID), From: string(r.From)}
	}
	return all, nil
}

// Fetch implements submit.Receiver. The message is streamed to the disk; an axis
// without downloadEdoc is asked for it in JSON.
func (c *Client) Fetch(ctx context.Context, docID, dir string) (submit.Incoming, error) {
	path := filepath.Join(dir, "message.edxml")
	err := c.download(ctx, docID, path)
	if errors.Is(err, errNoDownload) {
		err = c.downloadJSON(ctx, docID, path)
	}
	if err != nil {
		return submit.Incoming{}, err
	}
	message := submit.File{Path: path, Name: "message.edxml", Original: docID + ".edxml"}
	return ReadIncoming(message, c.limits(dir))
}

// ReadIncoming reads a message that came whole, its files into the folder of the
// limits. One that cannot be read is an Incoming with a Problem; an error is a
// fault of this machine.
func ReadIncoming(message submit.File, limits edxml.Limits) (submit.Incoming, error) {
	in, err := readIncoming(message.Path, limits)
	var here *fs.PathError
	if errors.As(err, &here) {
		return submit.Incoming{}, err
	}
	if err != nil {
		return submit.Incoming{Message: message, Problem: err.Error()}, nil
	}
	in.Message = message
	return in, nil
}

// errNoDownload: this axis has no downloadEdoc.
var errNoDownload = errors.New("downloadEdoc is not there")

func (c *Client) download(ctx context.Context, docID, path string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.SendTimeout)
	defer cancel()
	h, err := c.headers(jsonType, []param{{"docId", docID}, {"filePath", docID + ".edxml"}})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/downloadEdoc", nil)
	if err != nil {
		return err
	}
	r.Header = h
	resp, err := c.lists.Do(r)
	if err != nil {
		return fmt.Errorf("downloadEdoc: %w", err)
	}
	defer drain(resp.Body)
	if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusMethodNotAllowed {
		return errNoDownload
	}
	if err := checkHTTP(resp); err != nil {
		return fmt.Errorf("downloadEdoc: %w", err)
	}
	body := bufio.NewReader(resp.Body)
	if err := checkMessage(body); err != nil {
		return fmt.Errorf("downloadEdoc: %w", err)
	}
	return SaveMessage(path, body, c.limits("").MessageBytes())
}

// checkMessage turns away what is an answer, or a page of a proxy, and no
// message: it is not the sender's fault.
func checkMessage(body *bufio.Reader) error {
	head, err := body.Peek(512)
	if len(head) == 0 {
		return errors.Join(fmt.Errorf("%w: it is empty", errMalformed), ignoreEOF(err))
	}
	start := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n"))
	switch {
	case bytes.HasPrefix(start, []byte("{")):
		a, err := readAnswer(body, maxAnswer, nil)
		if err == nil {
			err = a.err()
		}
		if err == nil {
			err = fmt.Errorf("%w: JSON where a message belongs", errMalformed)
		}
		return err
	case bytes.HasPrefix(start, []byte("<!doctype html")), bytes.HasPrefix(start, []byte("<html")):
		return fmt.Errorf("%w: a page of HTML", errMalformed)
	case !bytes.HasPrefix(start, []byte("<")):
		return fmt.Errorf("%w: no XML", errMalformed)
	}
	return nil
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// SaveMessage writes a message of at most so many bytes to a new file; it came
// whole where there is no error.
func SaveMessage(path string, body io.Reader, most int64) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	n, err := io.Copy(f, io.LimitReader(body, most+1))
	if err != nil {
		return fmt.Errorf("the message did not come whole: %w", err)
	}
	if n > most {
		return fmt.Errorf("%w: a message of more than %d MB", errMalformed, most>>20)
	}
	return nil
}

// downloadJSON gets a message as text in JSON.
func (c *Client) downloadJSON(ctx context.Context, docID, path string) error {
	most := c.limits("").MessageBytes()
	err := lift.Through(func(from io.Reader) error {
		return SaveMessage(path, base64.NewDecoder(base64.StdEncoding, from), most)
	}, func(to io.Writer) error {
		_, _, err := c.post(ctx, call{
			name: "getEdoc", params: []param{{"docId", docID}, {"filePath", docID + ".edxml"}}, body: "{}",
			limit: most / 3 * 4, timeout: c.config.SendTimeout, message: to,
		}, nil)
		return err
	})
	if errors.Is(err, lift.ErrEmpty) {
		return fmt.Errorf("getEdoc: %w: %w", errMalformed, err)
	}
	return err
}

func readIncoming(path string, limits edxml.Limits) (submit.Incoming, error) {
	f, err := os.Open(path)
	if err != nil {
		return submit.Incoming{}, err
	}
	defer f.Close()
	m, err := edxml.Read(f, limits)
	if err != nil {
		return submit.Incoming{}, err
	}
	d, ok := m.(*edxml.Document)
	if !ok {
		return submit.Incoming{}, errors.New("a status where a document belongs")
	}
	return d.Incoming(), nil
}

// Confirm implements submit.Receiver.
func (c *Client) Confirm(ctx context.Context, docID string) error {
	return c.acknowledge(ctx, docID, "done")
}

// Answer implements submit.Receiver.
func (c *Client) Answer(ctx context.Context, in submit.Incoming, from submit.Party, a submit.Answer) error {
	_, err := c.SendStatus(ctx, edxml.Answer(in, from, a))
	return err
}
