package axis

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"trinhky/submit"
)

// The most that is read of answers.
const (
	maxAnswer    = 1 << 20
	maxList      = 128 << 20
	maxStatus    = 2 << 20 // a status message in its JSON
	maxErrorText = 500
)

// errMalformed: not an answer of the axis. What it would have said is unknown.
var errMalformed = submit.AnswerError("the answer is not one of the axis")

// failure is a complete answer that says no.
type failure struct{ code, text string }

func (f *failure) Error() string { return "the axis answers " + f.code + " " + f.text }

// The codes whose meaning is public, from a province's gateway in front of the
// axis. Every other code is a refusal of the document.
const (
	codeCredentials = "15" // wrong system identifier or secret
	codeOwnFault    = "20" // a fault of the gateway itself
)

// answer is what every operation answers beside its data.
type answer struct {
	status, code, text, docID string
	data                      string // where it is one text
	rows                      bool   // data was a list
}

// err is nil for an answer that says yes.
func (a answer) err() error {
	switch {
	case strings.EqualFold(a.status, "OK") && (a.code == "0" || a.code == ""):
		return nil
	case a.status == "" && a.code == "":
		return fmt.Errorf("%w: it has no status", errMalformed)
	case a.code == codeCredentials:
		return &submit.AuthError{Code: a.code, Text: a.text}
	default:
		return &failure{a.code, a.text}
	}
}

// checkHTTP turns away what no operation answers.
func checkHTTP(r *http.Response) error {
	switch r.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return &submit.AuthError{Code: fmt.Sprint(r.StatusCode), Text: http.StatusText(r.StatusCode)}
	default:
		return fmt.Errorf("%w: HTTP %d", errMalformed, r.StatusCode)
	}
}

// readAnswer reads one JSON object and nothing behind it. each gets the rows of
// "data" where it is a list, one after the other; rows are not kept.
func readAnswer(r io.Reader, limit int64, each func(json.RawMessage) error) (answer, error) {
	bounded := &io.LimitedReader{R: r, N: limit + 1}
	a, err := decodeAnswer(json.NewDecoder(bounded), each)
	if bounded.N <= 0 {
		return answer{}, fmt.Errorf("%w: longer than %d MB", errMalformed, limit>>20)
	}
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", errMalformed, err)
	}
	return a, nil
}

func decodeAnswer(d *json.Decoder, each func(json.RawMessage) error) (a answer, err error) {
	if err := expect(d, json.Delim('{')); err != nil {
		return a, err
	}
	fields := map[string]*string{"status": &a.status, "errorcode": &a.code, "errordesc": &a.text, "docid": &a.docID}
	seen := map[string]bool{}
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return a, err
		}
		key, _ := tok.(string)
		key = strings.ToLower(key)
		if seen[key] {
			return a, fmt.Errorf("%q stands twice", key)
		}
		seen[key] = true
		switch field, ok := fields[key]; {
		case ok:
			*field, err = looseText(d)
		case key == "data":
			err = a.decodeData(d, each)
		default:
			err = d.Decode(new(json.RawMessage))
		}
		if err != nil {
			return a, err
		}
	}
	if err := expect(d, json.Delim('}')); err != nil {
		return a, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return a, errors.New("something follows the answer")
	}
	return a, nil
}

func (a *answer) decodeData(d *json.Decoder, each func(json.RawMessage) error) error {
	tok, err := d.Token()
	if err != nil {
		return err
	}
	switch tok := tok.(type) {
	case string:
		a.data = tok
		return nil
	case nil: // null: no list
		return nil
	case json.Delim:
		if tok != '[' || each == nil {
			break
		}
		a.rows = true
		for d.More() {
			var row json.RawMessage
			if err := d.Decode(&row); err != nil {
				return err
			}
			if err := each(row); err != nil {
				return err
			}
		}
		return expect(d, json.Delim(']'))
	}
	return fmt.Errorf("data is %v", tok)
}

func expect(d *json.Decoder, want json.Delim) error {
	tok, err := d.Token()
	if err != nil {
		return err
	}
	if tok != want {
		return fmt.Errorf("%v where %v belongs", tok, want)
	}
	return nil
}

// looseText is a string, or a number as some servers write codes, or null.
func looseText(d *json.Decoder) (string, error) {
	var v any
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return "", err
	}
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		v = strings.ToValidUTF8(v, "\uFFFD")
		if r := []rune(v); len(r) > maxErrorText {
			v = string(r[:maxErrorText])
		}
		return strings.TrimSpace(v), nil
	case json.Number:
		return v.String(), nil
	default:
		return "", fmt.Errorf("%T where a text belongs", v)
	}
}

// skew is how far the clock of the server is ahead of ours, where it says its
// time.
func skew(r *http.Response, now time.Time) (time.Duration, bool) {
	t, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return 0, false
	}
	return t.Sub(now), true
}

// Ahead is how far the clock of the server is ahead of ours; nil where it does
// not say its time.
func Ahead(r *http.Response, now time.Time) *time.Duration {
	if d, ok := skew(r, now); ok {
		return &d
	}
	return nil
}
