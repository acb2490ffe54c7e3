package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// uploadPart is the name of the part with the file; all handlers read it.
const uploadPart = "uploadfile"

// stored is what an upload handler answered.
type stored struct {
	FileName       string
	FileServer     json.RawMessage // as it came: a text, a JSON text, an object
	DocumentNumber string
	DocumentDate   string
	Message        string
}

// credentials go with uploads only.
type credentials struct {
	fields []pair // in front of the file
	bearer string
	cookie string // value of SessionId
	named  string // name of the cookie
}

// parcel is a signed file on its way to the site, under the name that its
// document had there: on this computer it may carry another, as nothing that
// was signed before is overwritten, but sites know documents by their names.
type parcel struct {
	path, name string
	credentials
}

// upload posts a signed file and reads whether it was stored. It follows no
// redirect. code is that of HTTP, 0 where none came.
func (s *Server) upload(ctx context.Context, g guard, u *url.URL, c parcel) (out stored, code int, err error) {
	ctx, alive, stop := s.transfer(ctx)
	defer stop()
	file, err := os.Open(c.path)
	if err != nil {
		return stored{}, 0, err
	}
	defer func() { _ = file.Close() }() // only read
	body, kind, size, err := form(file, c.name, c.fields)
	if err != nil {
		return stored{}, 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.Scheme+"://"+u.Host, io.NopCloser(moving{body, alive}))
	if err != nil {
		return stored{}, 0, failed(ReasonURL, u.Host, err)
	}
	req.URL, req.ContentLength = u, size
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", s.agent())
	if end, ok := endOf(u); ok && end.secure() {
		if c.bearer != "" {
			req.Header.Set("Authorization", "Bearer "+c.bearer)
		}
		if c.cookie != "" {
			req.AddCookie(&http.Cookie{Name: c.named, Value: c.cookie})
		}
	}
	client := http.Client{Transport: s.transport(g), CheckRedirect: asIs}
	resp, err := client.Do(req)
	if err != nil {
		return stored{}, 0, cause(ctx, err, ReasonStore, u.Host)
	}
	defer func() { _ = resp.Body.Close() }() // read as far as it was wanted
	answer, err := io.ReadAll(io.LimitReader(moving{resp.Body, alive}, s.lim.Answer+1))
	switch {
	case err != nil:
		return stored{}, resp.StatusCode, cause(ctx, err, ReasonStore, u.Host)
	case resp.StatusCode/100 == 3:
		return stored{}, resp.StatusCode, refuse(ReasonRedirect, u.Host)
	case resp.StatusCode/100 != 2:
		return stored{}, resp.StatusCode, refuse(ReasonStore, u.Host+": HTTP "+strconv.Itoa(resp.StatusCode))
	case int64(len(answer)) > s.lim.Answer:
		return stored{}, resp.StatusCode, refuse(ReasonHandler, u.Host)
	}
	out, err = readStored(answer, u.Host)
	return out, resp.StatusCode, err
}

// form is the multipart body: the fields, then the file, without holding the
// file in memory.
func form(file *os.File, name string, fields []pair) (body io.Reader, kind string, size int64, err error) {
	info, err := file.Stat()
	if err != nil {
		return nil, "", 0, err
	}
	var head bytes.Buffer
	w := multipart.NewWriter(&head)
	for _, f := range fields {
		if err := w.WriteField(string(f.Key), string(f.Value)); err != nil {
			return nil, "", 0, err
		}
	}
	_, err = w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="%s"; filename="%s"`, uploadPart, name)},
		"Content-Type":        {"application/pdf"},
	})
	if err != nil {
		return nil, "", 0, err
	}
	tail := "\r\n--" + w.Boundary() + "--\r\n"
	size = int64(head.Len()) + info.Size() + int64(len(tail))
	return io.MultiReader(&head, io.LimitReader(file, info.Size()), strings.NewReader(tail)), w.FormDataContentType(), size, nil
}

// readStored believes only an answer that says that the file was stored and
// where: some handlers say "true" whatever happened.
func readStored(answer []byte, host string) (stored, error) {
	answer = bytes.TrimSpace(bytes.TrimPrefix(answer, []byte("\xef\xbb\xbf")))
	var all map[string]json.RawMessage // by exact name: some answers hold Status and status
	if err := json.Unmarshal(answer, &all); err != nil || all == nil {
		return stored{}, failed(ReasonHandler, host, err)
	}
	word := func(key string) string {
		var t text
		if json.Unmarshal(all[key], &t) != nil {
			return ""
		}
		return string(t)
	}
	out := stored{
		FileName: word("FileName"), FileServer: all["FileServer"], Message: clean(word("Message"), 500),
		DocumentNumber: word("DocumentNumber"), DocumentDate: word("DocumentDate"),
	}
	var good bool
	if json.Unmarshal(all["Status"], &good) != nil || !good {
		detail := out.Message
		if detail == "" {
			detail = host
		}
		return stored{}, refuse(ReasonHandler, detail)
	}
	if s := strings.TrimSpace(string(out.FileServer)); s == "" || s == "null" || s == `""` {
		out.FileServer = nil
		if out.FileName == "" {
			return stored{}, refuse(ReasonHandler, host)
		}
	}
	return out, nil
}
