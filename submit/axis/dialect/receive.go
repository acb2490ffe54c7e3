package dialect

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"

	"trinhky/submit"
	"trinhky/submit/axis"
	"trinhky/submit/axis/lift"
	"trinhky/submit/edxml"
)

// maxReports is how many reports one call of Track fetches. The others wait.
const maxReports = 200

// Track implements submit.Connector: the status messages that wait.
func (c *Client) Track(ctx context.Context) ([]submit.Report, error) {
	rows, err := c.waiting(ctx, typeStatus)
	if err != nil {
		return nil, err
	}
	var all []submit.Report
	var faults []error
	for _, row := range rows[:min(len(rows), maxReports)] {
		var raw bytes.Buffer
		err := c.fetch(ctx, row.id, func(r io.Reader) error {
			_, err := io.Copy(&raw, io.LimitReader(r, maxAnswer))
			return err
		})
		var no *failure
		switch {
		case errors.As(err, &no): // this one cannot be had; the others can
			faults = append(faults, err)
			continue
		case err != nil:
			return all, errors.Join(append(faults, err)...)
		}
		r, err := axis.ReadReport(c.config.Dir, row.id, raw.Bytes(), c.now())
		if err != nil {
			return all, errors.Join(append(faults, err)...)
		}
		r.Carried = row.from
		all = append(all, r)
	}
	return all, errors.Join(faults...)
}

// Acknowledge implements submit.Connector: the transport acknowledgement.
func (c *Client) Acknowledge(ctx context.Context, r submit.Report) error {
	state := "done"
	if r.Problem != "" {
		state = "fail"
	}
	return c.acknowledge(ctx, r.ID, state)
}

func (c *Client) acknowledge(ctx context.Context, id, state string) error {
	_, err := c.call(ctx, &c.profile.Acknowledge, values{"id": id, "state": word(c.profile.States, state)}, &reading{}, maxAnswer)
	return err
}

// Agencies implements submit.Directory.
func (c *Client) Agencies(ctx context.Context) ([]submit.Party, error) {
	if c.profile.Directory == nil {
		return nil, errors.New("this gateway has no directory")
	}
	var all []axis.Agency
	_, err := c.rows(ctx, c.profile.Directory, nil, func(r map[string]string) error {
		if r["code"] == "" && r["old_code"] == "" {
			return errors.New("an agency without a code")
		}
		all = append(all, axis.Agency{ID: r["id"], Parent: r["parent"], Code: r["code"], OldCode: r["old_code"], Name: r["name"], Mail: r["mail"]})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return axis.Pair(all), nil
}

// Waiting implements submit.Receiver.
func (c *Client) Waiting(ctx context.Context) ([]submit.Arrival, error) {
	rows, err := c.waiting(ctx, typeDocument)
	if err != nil {
		return nil, err
	}
	all := make([]submit.Arrival, len(rows))
	for i, r := range rows {
		all[i] = submit.Arrival{DocID: r.id, From: r.from}
	}
	return all, nil
}

// Fetch implements submit.Receiver.
func (c *Client) Fetch(ctx context.Context, docID, dir string) (submit.Incoming, error) {
	path, limits := filepath.Join(dir, "message.edxml"), edxml.LimitsFor(c.config.Limits, dir)
	if err := c.fetch(ctx, docID, func(r io.Reader) error { return axis.SaveMessage(path, r, limits.MessageBytes()) }); err != nil {
		return submit.Incoming{}, err
	}
	return axis.ReadIncoming(submit.File{Path: path, Name: "message.edxml", Original: docID + ".edxml"}, limits)
}

// Confirm implements submit.Receiver.
func (c *Client) Confirm(ctx context.Context, docID string) error {
	return c.acknowledge(ctx, docID, "done")
}

// Answer implements submit.Receiver.
func (c *Client) Answer(ctx context.Context, in submit.Incoming, from submit.Party, a submit.Answer) error {
	s := edxml.Answer(in, from, a)
	_, err := c.send(ctx, s, typeStatus, s.From.ID, []string{in.From.OrganID()})
	return err
}

// maxText is the most that an answer with a message in it may take.
const maxText = 192 << 20

// fetch gets one message and hands its bytes to take.
func (c *Client) fetch(ctx context.Context, id string, take func(io.Reader) error) error {
	op := &c.profile.Get
	if op.Message == "" {
		return c.fetchRaw(ctx, op, id, take)
	}
	err := lift.Through(func(from io.Reader) error {
		if op.Encoding != "text" {
			from = base64.NewDecoder(base64.StdEncoding, from)
		}
		return take(from)
	}, func(to io.Writer) error {
		_, err := c.call(ctx, op, values{"id": id}, &reading{message: op.Message, to: to}, maxText)
		return err
	})
	if errors.Is(err, lift.ErrEmpty) {
		return fmt.Errorf("%s: %w: %w", op.Path, errMalformed, err)
	}
	return err
}

// fetchRaw streams a message that is the body of the answer.
func (c *Client) fetchRaw(ctx context.Context, op *Call, id string, take func(io.Reader) error) error {
	v, err := c.values(ctx, values{"id": id})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.config.SendTimeout)
	defer cancel()
	r, err := c.request(ctx, op, v, nil)
	if err != nil {
		return err
	}
	resp, err := c.lists.Do(r)
	if err != nil {
		return fmt.Errorf("%s: %w", op.Path, err)
	}
	defer drain(resp.Body)
	if err := checkHTTP(resp); err != nil {
		c.forget() // a token that was taken back is fetched anew by the next try
		return fmt.Errorf("%s: %w", op.Path, err)
	}
	body := bufio.NewReader(resp.Body)
	if err := c.checkMessage(resp, body); err != nil {
		return fmt.Errorf("%s: %w", op.Path, err)
	}
	if op.Encoding == "base64" {
		return take(base64.NewDecoder(base64.StdEncoding, body))
	}
	return take(body)
}

// checkMessage turns away what is an answer, or a page of a proxy, and no
// message: it is not the sender's fault.
func (c *Client) checkMessage(resp *http.Response, body *bufio.Reader) error {
	head, _ := body.Peek(512)
	start := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n"))
	p := &c.profile
	switch {
	case bytes.HasPrefix(start, []byte("{")):
		a := reading{want: map[string]bool{p.Answer.Code: true, p.Answer.Text: true}}
		if err := a.read(body, maxAnswer); err != nil {
			return err
		}
		return errors.Join(p.verdict(a.found), fmt.Errorf("%w: JSON where a message belongs", errMalformed))
	case len(start) == 0, bytes.HasPrefix(start, []byte("<!doctype html")), bytes.HasPrefix(start, []byte("<html")), !good(resp):
		return fmt.Errorf("%w: no message", errMalformed)
	}
	return nil
}
