package axis

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"trinhky/submit/axis/lift"
)

// post calls an operation and reads its answer. each is nil for operations
// without a list; for those with one, data must be a list.
func (c *Client) post(ctx context.Context, op call, each func(json.RawMessage) error) (answer, *http.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, op.timeout)
	defer cancel()
	h, err := c.headers(jsonType, op.params)
	if err != nil {
		return answer{}, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/"+op.name, strings.NewReader(op.body))
	if err != nil {
		return answer{}, nil, err
	}
	r.Header = h
	resp, err := c.lists.Do(r)
	if err != nil {
		return answer{}, nil, fmt.Errorf("%s: %w", op.name, err)
	}
	defer drain(resp.Body)
	if err := checkHTTP(resp); err != nil {
		return answer{}, resp, fmt.Errorf("%s: %w", op.name, err)
	}
	a, err := readAnswer(op.lifted(resp.Body), op.limit, each)
	if err == nil {
		err = a.err()
	}
	if err == nil && each != nil && !a.rows {
		err = fmt.Errorf("%w: it has no list", errMalformed)
	}
	if err != nil {
		return a, resp, fmt.Errorf("%s: %w", op.name, err)
	}
	return a, resp, nil
}

// call is one operation: its parameters travel as headers.
type call struct {
	name    string
	params  []param
	body    string
	limit   int64
	timeout time.Duration
	message io.Writer // where the text "data" goes as it comes; nil: it is kept
}

// lifted is the answer without the message in it.
func (op call) lifted(body io.Reader) io.Reader {
	if op.message == nil {
		return body
	}
	return lift.New(body, func(path string) bool { return strings.EqualFold(path, "data") }, op.message)
}

// drain lets the connection be used again where little is left.
func drain(b io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, b, 4<<10)
	_ = b.Close()
}
