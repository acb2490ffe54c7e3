package dialect

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"trinhky/submit"
)

// values fill the placeholders of one request.
type values map[string]string

func (v values) fill(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string { return v[strings.Trim(found, "{}")] })
}

func (v values) all(texts map[string]string) map[string]string {
	out := map[string]string{}
	for k, text := range texts {
		out[k] = v.fill(text)
	}
	return out
}

// values are those of every request, with more.
func (c *Client) values(ctx context.Context, more values) (values, error) {
	v := values{"system": c.config.SystemID, "secret": c.config.Secret, "organ": c.config.Organ}
	for k, s := range more {
		v[k] = s
	}
	now := c.now().In(submit.WireZone())
	v["since"] = now.AddDate(0, 0, -c.profile.Days).Format(c.profile.DateForm)
	v["until"] = now.AddDate(0, 0, 1).Format(c.profile.DateForm)
	if c.profile.Login == nil {
		return v, nil
	}
	var err error
	v["token"], err = c.token(ctx)
	return v, err
}

// message is the file of a request, of known size.
type message struct {
	io.Reader
	size int64
}

// request makes the request of a call. It has its Content-Length in every case:
// gateways break on chunks.
func (c *Client) request(ctx context.Context, op *Call, v values, file *message) (*http.Request, error) {
	// A value stands in a path as one segment: an identifier is the server's text.
	escaped := values{}
	for k, s := range v {
		escaped[k] = url.PathEscape(s)
	}
	target := c.base + escaped.fill(op.Path)
	if len(op.Query) > 0 {
		q := url.Values{}
		for k, s := range v.all(op.Query) {
			q.Set(k, s)
		}
		target += "?" + q.Encode()
	}
	body, size, kind, err := op.body(v, file)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, op.Method, target, body)
	if err != nil {
		return nil, err
	}
	r.ContentLength = size
	if size == 0 {
		r.Body = http.NoBody
	}
	r.Header.Set("Accept", "*/*")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for _, headers := range []map[string]string{c.profile.Headers, op.Headers} {
		for k, s := range v.all(headers) {
			if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
				return nil, fmt.Errorf("the header %s would not be ASCII", k)
			}
			r.Header.Set(k, s)
		}
	}
	return r, nil
}

func (op *Call) body(v values, file *message) (io.Reader, int64, string, error) {
	fields := v.all(op.Fields)
	switch op.Body {
	case "form":
		q := url.Values{}
		for k, s := range fields {
			q.Set(k, s)
		}
		text := q.Encode()
		return strings.NewReader(text), int64(len(text)), "application/x-www-form-urlencoded", nil
	case "json":
		return op.json(fields, file)
	case "multipart":
		return op.multipart(fields, file)
	case "raw":
		kind := op.Type
		if kind == "" {
			kind = "application/octet-stream"
		}
		return file, file.size, kind, nil
	}
	return nil, 0, "", nil
}

// json puts the message into its field in base64, in a stream.
func (op *Call) json(fields map[string]string, file *message) (io.Reader, int64, string, error) {
	if file != nil {
		fields[op.File] = rand.Text() // no other field has it
	}
	data, err := json.Marshal(fields)
	if err != nil || file == nil {
		return bytes.NewReader(data), int64(len(data)), "application/json", err
	}
	before, after, ok := strings.Cut(string(data), fields[op.File])
	if !ok || strings.Contains(after, fields[op.File]) {
		return nil, 0, "", errors.New("the message has no place of its own in the JSON")
	}
	size := int64(len(before)+len(after)) + int64(base64.StdEncoding.EncodedLen(int(file.size)))
	return io.MultiReader(strings.NewReader(before), inBase64(file), strings.NewReader(after)), size, "application/json", nil
}

// inBase64 encodes as it is read.
func inBase64(from io.Reader) io.Reader { return &encoder{from: from} }

type encoder struct {
	from io.Reader
	out  []byte
	err  error
}

// Read implements io.Reader. Whole groups of three bytes are encoded at once.
func (e *encoder) Read(p []byte) (int, error) {
	if len(e.out) == 0 && e.err == nil {
		chunk := make([]byte, 3<<13)
		n, err := io.ReadFull(e.from, chunk)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
		e.out, e.err = []byte(base64.StdEncoding.EncodeToString(chunk[:n])), err
	}
	if len(e.out) == 0 {
		return 0, e.err
	}
	n := copy(p, e.out)
	e.out = e.out[n:]
	return n, nil
}

func (op *Call) multipart(fields map[string]string, file *message) (io.Reader, int64, string, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, s := range fields {
		if err := w.WriteField(k, s); err != nil {
			return nil, 0, "", err
		}
	}
	kind := op.Type
	if kind == "" {
		kind = "application/xml"
	}
	_, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename="message.edxml"`, op.File)}, "Content-Type": {kind},
	})
	if err != nil {
		return nil, 0, "", err
	}
	before := b.String()
	b.Reset()
	if err := w.Close(); err != nil {
		return nil, 0, "", err
	}
	after := b.String()
	return io.MultiReader(strings.NewReader(before), file, strings.NewReader(after)),
		int64(len(before)+len(after)) + file.size, w.FormDataContentType(), nil
}

// token logs in where the last token is too old. One login goes at a time:
// gateways throttle them.
func (c *Client) token(ctx context.Context) (string, error) {
	select {
	case c.loggingIn <- struct{}{}:
		defer func() { <-c.loggingIn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if c.kept != "" && c.now().Before(c.keptUntil) {
		return c.kept, nil
	}
	if c.refusal != nil && c.now().Before(c.refused.Add(loginPause)) {
		return "", c.refusal
	}
	token, err := c.logIn(ctx)
	var no *submit.AuthError
	if c.refusal = nil; errors.As(err, &no) {
		c.refusal, c.refused = err, c.now()
	}
	return token, err
}

// loginPause is how long a login that was refused is not tried again: gateways
// lock accounts. Other settings make another client.
const loginPause = 5 * time.Minute

// logIn fetches a token.
func (c *Client) logIn(ctx context.Context) (string, error) {
	l := c.profile.Login
	v := values{"system": c.config.SystemID, "secret": c.config.Secret, "organ": c.config.Organ}
	ctx, cancel := context.WithTimeout(ctx, c.config.ListTimeout)
	defer cancel()
	r, err := c.request(ctx, &l.Call, v, nil)
	if err != nil {
		return "", err
	}
	r.Close = true // what comes next goes over a connection of its own
	if l.Basic {
		r.SetBasicAuth(c.config.SystemID, c.config.Secret)
	}
	resp, err := c.lists.Do(r)
	if err != nil {
		return "", fmt.Errorf("login: %w", err)
	}
	defer drain(resp.Body)
	if err := checkHTTP(resp); err != nil {
		return "", fmt.Errorf("login: %w", err)
	}
	a := reading{want: map[string]bool{l.Token: true, c.profile.Answer.Code: true, c.profile.Answer.Text: true}, long: l.Token}
	if err := a.read(resp.Body, maxAnswer); err != nil {
		return "", fmt.Errorf("login: %w", err)
	}
	if a.found[l.Token] == "" || !good(resp) {
		return "", fmt.Errorf("login: %w", &submit.AuthError{Code: a.found[c.profile.Answer.Code], Text: a.found[c.profile.Answer.Text]})
	}
	// Used up to the last tenth of its life only: clocks differ.
	c.kept, c.keptUntil = a.found[l.Token], c.now().Add(l.lifetime*9/10)
	return c.kept, nil
}

// forget drops the token after a 401: it may have been taken back.
func (c *Client) forget() {
	c.loggingIn <- struct{}{}
	defer func() { <-c.loggingIn }()
	c.kept, c.keptUntil = "", time.Time{}
}

// drain lets the connection be used again where little is left.
func drain(b io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, b, 4<<10)
	_ = b.Close()
}
