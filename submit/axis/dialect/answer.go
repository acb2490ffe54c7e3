package dialect

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"trinhky/submit"
	"trinhky/submit/axis/lift"
)

// errMalformed: not an answer of the gateway. What it would have said is unknown.
var errMalformed = submit.AnswerError("the answer is not one of the gateway")

// failure is a complete answer that says no.
type failure struct{ code, text string }

func (f *failure) Error() string { return "the gateway answers " + f.code + " " + f.text }

// The most that is read of answers, in bytes.
const (
	maxAnswer    = 1 << 20
	maxList      = 128 << 20
	maxErrorText = 500
	maxDepth     = 8
)

// reading is what is wanted of one answer, and what was found.
type reading struct {
	want map[string]bool // paths of texts
	long string          // the one of want that may be long
	// message is the path of a message, which goes to the writer "to" as it
	// comes, and stands nowhere in memory.
	message string
	to      io.Writer
	lifted  bool   // the message was there: some gateways put no code beside it
	rows    string // path of the list, with each
	each    func(json.RawMessage) error
	found   map[string]string
	list    bool // the list was there
	from    *lift.Pieces
}

// read reads one JSON value and nothing behind it. Rows are not kept.
func (r *reading) read(body io.Reader, limit int64) error {
	r.found = map[string]string{}
	bounded := &io.LimitedReader{R: body, N: limit + 1}
	lifted := lift.New(bounded, func(path string) bool { return r.to != nil && path == r.message }, r.to)
	r.from = lift.NewPieces(lift.Unmarked(lifted))
	d := json.NewDecoder(r.from)
	d.UseNumber()
	err := r.value(d, "", 0)
	r.lifted = lifted.Found
	if err == nil {
		if _, end := d.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("something follows the answer")
		}
	}
	switch {
	case bounded.N <= 0:
		return fmt.Errorf("%w: longer than %d MB", errMalformed, limit>>20)
	case err != nil:
		return fmt.Errorf("%w: %w", errMalformed, err)
	case r.each != nil && !r.list:
		return fmt.Errorf("%w: it has no list %q", errMalformed, r.rows)
	}
	return nil
}

func (r *reading) value(d *json.Decoder, path string, depth int) error {
	if depth > maxDepth {
		return errors.New("nested too deeply")
	}
	r.from.Next()
	tok, err := d.Token()
	if err != nil {
		return err
	}
	switch tok := tok.(type) {
	case json.Delim:
		if tok == '{' {
			return r.object(d, path, depth)
		}
		return r.array(d, path, depth)
	case string:
		r.keep(path, tok)
	case json.Number:
		r.keep(path, tok.String())
	case bool:
		r.keep(path, fmt.Sprint(tok))
	}
	return nil
}

func (r *reading) keep(path, text string) {
	if !r.want[path] {
		return
	}
	if path != r.long {
		text = strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD"))
		if runes := []rune(text); len(runes) > maxErrorText {
			text = string(runes[:maxErrorText])
		}
	}
	r.found[path] = text
}

func (r *reading) object(d *json.Decoder, path string, depth int) error {
	seen := map[string]bool{}
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return err
		}
		key, _ := tok.(string)
		if seen[key] {
			return fmt.Errorf("%q stands twice", key)
		}
		seen[key] = true
		if path != "" {
			key = path + "." + key
		}
		if err := r.value(d, key, depth+1); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func (r *reading) array(d *json.Decoder, path string, depth int) error {
	ours := r.each != nil && path == r.rows && !r.list
	r.list = r.list || ours
	for n := 0; d.More(); n++ {
		if ours {
			if n == lift.MaxRows {
				return fmt.Errorf("a list of more than %d rows", n)
			}
			r.from.Next()
			var row json.RawMessage
			if err := d.Decode(&row); err != nil {
				return err
			}
			if err := r.each(row); err != nil {
				return err
			}
			continue
		}
		if err := r.value(d, path+".[]", depth+1); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// row reads the columns of a row. A column that the row does not have is "".
func row(raw json.RawMessage, columns map[string]string) (map[string]string, error) {
	r := reading{want: map[string]bool{}}
	for _, path := range columns {
		r.want[path] = true
	}
	if err := r.read(strings.NewReader(string(raw)), int64(len(raw))); err != nil {
		return nil, err
	}
	out := map[string]string{}
	for name, path := range columns {
		out[name] = r.found[path]
	}
	return out, nil
}

// verdict is nil for an answer that says yes.
func (p *Profile) verdict(found map[string]string) error {
	a := p.Answer
	if a.Code == "" {
		return nil
	}
	code, ok := found[a.Code]
	switch {
	case !ok || code == "":
		return fmt.Errorf("%w: it has no %q", errMalformed, a.Code)
	case slices.Contains(a.OK, code):
		return nil
	case slices.Contains(a.Credentials, code):
		return &submit.AuthError{Code: code, Text: found[a.Text]}
	}
	return &failure{code, found[a.Text]}
}

// checkHTTP turns away what no operation answers. Gateways write refusals with
// the statuses 400, 404, 409 and 422 too; then the JSON decides.
func checkHTTP(r *http.Response) error {
	switch r.StatusCode {
	case http.StatusOK, http.StatusCreated, http.StatusAccepted,
		http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity:
		return nil
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return &submit.AuthError{Code: fmt.Sprint(r.StatusCode), Text: http.StatusText(r.StatusCode)}
	}
	return fmt.Errorf("%w: HTTP %d", errMalformed, r.StatusCode)
}

// good tells whether the status itself says yes.
func good(r *http.Response) bool { return r.StatusCode/100 == 2 }
