package axis

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"trinhky/submit"
	"trinhky/submit/edxml"
)

// maxReports is how many reports one call of Track fetches. The others wait.
const maxReports = 200

// receivedRow is a row of the received list.
type receivedRow struct {
	DocID       loose `json:"docId"`
	MessageType loose `json:"messageType"`
	From        loose `json:"from"`
	Status      loose `json:"status"`
}

// of tells whether the row, from the list of one kind, is of that kind. A document
// by another name must not stay unseen; what is no status by name is none.
func (r receivedRow) of(kind string) bool {
	status := strings.EqualFold(string(r.MessageType), typeStatus)
	if kind == typeStatus {
		return status || r.MessageType == ""
	}
	return !status
}

// received lists what waits for us.
func (c *Client) received(ctx context.Context, kind string) (rows []receivedRow, err error) {
	_, _, err = c.post(ctx, call{
		name: "getReceivedEdocList", params: []param{{"servicetype", "eDoc"}, {"messagetype", kind}},
		limit: maxList, timeout: c.config.ListTimeout,
	}, func(raw json.RawMessage) error {
		var row receivedRow
		if err := json.Unmarshal(raw, &row); err != nil {
			return err
		}
		if row.DocID == "" {
			return errors.New("a row of the received list lacks its docId")
		}
		if !strings.EqualFold(string(row.Status), "done") && row.of(kind) {
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}

// Track implements submit.Connector: the status messages that wait.
func (c *Client) Track(ctx context.Context) ([]submit.Report, error) {
	rows, err := c.received(ctx, typeStatus)
	if err != nil {
		return nil, err
	}
	var all []submit.Report
	var faults []error
	for _, row := range rows[:min(len(rows), maxReports)] {
		docID := string(row.DocID)
		raw, err := c.fetch(ctx, docID)
		var no *failure
		switch {
		case err == nil:
			r, err := c.report(docID, raw)
			if err != nil {
				return all, errors.Join(append(faults, err)...)
			}
			r.Carried = string(row.From)
			all = append(all, r)
		case errors.As(err, &no): // this one cannot be had; the others can
			faults = append(faults, err)
		default:
			return all, errors.Join(append(faults, err)...)
		}
	}
	return all, errors.Join(faults...)
}

// fetch gets one small message.
func (c *Client) fetch(ctx context.Context, docID string) ([]byte, error) {
	a, _, err := c.post(ctx, call{
		// filePath would tell where the file lies on this machine; a name will do.
		name: "getEdoc", params: []param{{"docId", docID}, {"filePath", docID + ".edxml"}}, body: "{}",
		limit: maxStatus, timeout: c.config.SendTimeout,
	}, nil)
	if err != nil {
		return nil, err
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.Join(strings.Fields(a.data), ""), "="))
	if err != nil || len(raw) == 0 {
		return nil, fmt.Errorf("getEdoc: %w: no base64 of a message", errMalformed)
	}
	return raw, nil
}

// report reads a status message.
func (c *Client) report(docID string, raw []byte) (submit.Report, error) {
	return ReadReport(c.config.Dir, docID, raw, c.now())
}

// ReadReport reads a status message; dir is for temporary files. One that cannot
// be read is a report too: it is kept for a person to see, and must not be
// fetched for ever. An error is a fault of this machine.
func ReadReport(dir, docID string, raw []byte, now time.Time) (submit.Report, error) {
	s, err := readStatus(dir, raw)
	var here *fs.PathError
	switch {
	case err == nil:
		return s.Report(docID), nil
	case errors.As(err, &here):
		return submit.Report{}, err
	}
	return submit.Report{ID: docID, At: now, Problem: err.Error(), Raw: raw}, nil
}

func readStatus(within string, raw []byte) (_ *edxml.Status, err error) {
	dir, err := os.MkdirTemp(within, temporary+"*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left there the next start clears
	m, err := edxml.Read(bytes.NewReader(raw), edxml.Limits{Dir: dir, Total: 1 << 20})
	if err != nil {
		return nil, err
	}
	s, ok := m.(*edxml.Status)
	if !ok {
		return nil, errors.New("a document where a status belongs")
	}
	return s, nil
}

// Acknowledge implements submit.Connector: the transport acknowledgement, which
// is not the business status. A message that is not acknowledged comes again.
func (c *Client) Acknowledge(ctx context.Context, r submit.Report) error {
	word := "done"
	if r.Problem != "" {
		word = "fail"
	}
	return c.acknowledge(ctx, r.ID, word)
}

func (c *Client) acknowledge(ctx context.Context, docID, word string) error {
	_, _, err := c.post(ctx, call{
		name: "updateStatus", params: []param{{"docId", docID}, {"status", word}}, body: "{}",
		limit: maxAnswer, timeout: c.config.ListTimeout,
	}, nil)
	return err
}
