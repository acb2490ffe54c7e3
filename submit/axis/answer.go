package axis

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"trinhky/submit"
	"trinhky/submit/axis/lift"
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
	yes := slices.Contains([]string{"ok", "success", "true", "200"}, strings.ToLower(a.status))
	switch fine := a.code != "" && strings.Trim(a.code, "0") == ""; {
	case yes && (fine || a.code == ""), a.status == "" && fine:
		return nil
	case a.status == "" && a.code == "":
		return fmt.Errorf("%w: it has no status", errMalformed)
	case fine && !slices.Contains([]string{"fail", "failed", "failure", "error", "false"}, strings.ToLower(a.status)):
		return fmt.Errorf("%w: the status %q with the code %s", errMalformed, a.status, a.code)
	case a.code == codeCredentials:
		return &submit.AuthError{Code: a.code, Text: a.text}
	default:
		return &failure{a.code, a.text}
	}
}

// checkHTTP turns away what no operation answers.
func checkHTTP(r *http.Response) error {
	switch r.StatusCode {
	case http.StatusOK, http.StatusCreated, http.StatusAccepted:
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
	a, err := decodeAnswer(lift.NewPieces(lift.Unmarked(bounded)), each)
	if bounded.N <= 0 {
		return answer{}, fmt.Errorf("%w: longer than %d MB", errMalformed, limit>>20)
	}
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", errMalformed, err)
	}
	return a, nil
}

func decodeAnswer(from *lift.Pieces, each func(json.RawMessage) error) (a answer, err error) {
	d := json.NewDecoder(from)
	if err := expect(d, json.Delim('{')); err != nil {
		return a, err
	}
	fields := map[string]*string{"status": &a.status, "errorcode": &a.code, "errordesc": &a.text, "docid": &a.docID}
	seen, lists := map[string]bool{}, 0
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return a, err
		}
		key, _ := tok.(string)
		if seen[key] {
			return a, fmt.Errorf("%q stands twice", key)
		}
		seen[key] = true
		from.Next()
		switch field, ok := fields[strings.ToLower(key)]; {
		case ok:
			err = theSame(d, key, field)
		case strings.EqualFold(key, "data"):
			if lists++; lists > 1 {
				return a, errors.New("data stands twice")
			}
			err = a.decodeData(d, func(row json.RawMessage) error {
				from.Next()
				return each(row)
			}, each != nil)
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

// theSame reads a field that a server may write in two spellings, DocId and
// docId: they must agree.
func theSame(d *json.Decoder, key string, field *string) error {
	s, err := looseText(d)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", key, err)
	case *field == "":
		*field = s
	case s != "" && s != *field:
		return fmt.Errorf("%q stands twice, as %q and as %q", key, *field, s)
	}
	return nil
}

// decodeData reads the list for each. Where no list is wanted, data is a text or a
// number; anything else is what a server writes into every answer, and is passed
// over.
func (a *answer) decodeData(d *json.Decoder, each func(json.RawMessage) error, wanted bool) error {
	if !wanted {
		var l loose
		err := d.Decode(&l)
		a.data = string(l)
		return err
	}
	tok, err := d.Token()
	if err != nil {
		return err
	}
	switch tok := tok.(type) {
	case nil: // null: no list
		return nil
	case json.Delim:
		if tok != '[' {
			break
		}
		a.rows = true
		for n := 0; d.More(); n++ {
			if n == lift.MaxRows {
				return fmt.Errorf("a list of more than %d rows", n)
			}
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
	case bool:
		return fmt.Sprint(v), nil
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
