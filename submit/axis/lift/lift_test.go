package lift_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"trinhky/submit/axis/lift"
)

func at(want string) func(string) bool { return func(path string) bool { return path == want } }

// The text at a path is taken out, whatever it is written like; the rest is
// handed on as it stood.
func TestLift(t *testing.T) {
	long := strings.Repeat("QUJD", 50_000)
	for name, c := range map[string]struct{ in, path, out, text string }{
		"top":       {`{"data":"abc","n":1}`, "data", `{"data":"","n":1}`, "abc"},
		"inside":    {`{"a":{"b":"x","c":"y"},"c":"z"}`, "a.c", `{"a":{"b":"x","c":""},"c":"z"}`, "y"},
		"array":     {`{"a":["x",{"b":"y"}]}`, "a.[].b", `{"a":["x",{"b":""}]}`, "y"},
		"first":     {`{"a":[{"b":"x"},{"b":"y"}]}`, "a.[].b", `{"a":[{"b":""},{"b":"y"}]}`, "x"},
		"long":      {`{"a":"q","data":"` + long + `"}`, "data", `{"a":"q","data":""}`, long},
		"escapes":   {`{"data":"a\"\\\/\b\f\n\r\tă\ud83d\ude00\ud83dz"}`, "data", `{"data":""}`, "a\"\\/\b\f\n\r\tă😀\uFFFDz"},
		"key":       {`{"d\u0061ta":"x"}`, "data", `{"d\u0061ta":""}`, "x"},
		"not there": {`{"b":"data"}`, "data", `{"b":"data"}`, ""},
		"no text":   {`{"data":{"x":"y"}}`, "data", `{"data":{"x":"y"}}`, ""},
		"spaces":    {" { \"data\" : \"x\" , \"b\" : [ ] }\n", "data", " { \"data\" : \"\" , \"b\" : [ ] }\n", "x"},
	} {
		var text bytes.Buffer
		r := lift.New(iotest.HalfReader(strings.NewReader(c.in)), at(c.path), &text)
		out, err := io.ReadAll(r)
		if err != nil || string(out) != c.out || text.String() != c.text || r.Found != strings.Contains(c.out, `""`) {
			t.Errorf("%s: %.80q %.80q, %v, %v", name, out, text.String(), r.Found, err)
		}
	}
	r := lift.New(strings.NewReader(`{"files":["`+strings.Repeat(`a\u0061`, 200_000)+`"],"data":"x","n":1}`), at("data"), io.Discard)
	var beside struct {
		Files []string
		N     int
	}
	if err := json.NewDecoder(r).Decode(&beside); err != nil || len(beside.Files[0]) > 100_000 || beside.N != 1 || !r.Found {
		t.Errorf("a long text beside it: %v, %d bytes", err, len(beside.Files[0]))
	}
	for name, in := range map[string]string{
		"cut":          `{"data":"abc`,
		"cut in a key": `{"da`,
		"cut escape":   `{"data":"a\`,
		"cut number":   `{"data":"a\u00`,
		"no number":    `{"data":"\uzzzz"}`,
		"no escape":    `{"data":"\x"}`,
		"control":      "{\"data\":\"a\nb\"}",
		"deep":         strings.Repeat("[", 100),
		"long key":     `{"` + strings.Repeat("a", 10_000) + `":1}`,
	} {
		if out, err := io.ReadAll(lift.New(strings.NewReader(in), at("data"), io.Discard)); err == nil {
			t.Errorf("%s: %.80q", name, out)
		}
	}
}

// Who takes and who writes end together, with the error of whoever failed first.
func TestThrough(t *testing.T) {
	bad := errors.New("bad")
	write := func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Repeat("x", 1<<20))
		return err
	}
	for name, c := range map[string]struct {
		take func(io.Reader) error
		run  func(io.Writer) error
		want error
	}{
		"good":        {func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err }, write, nil},
		"takes less":  {func(io.Reader) error { return nil }, write, nil},
		"take fails":  {func(io.Reader) error { return bad }, write, bad},
		"nothing":     {func(io.Reader) error { return bad }, func(io.Writer) error { return nil }, lift.ErrEmpty},
		"write fails": {func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err }, func(io.Writer) error { return bad }, bad},
	} {
		if err := lift.Through(c.take, c.run); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is JSON stays JSON, and means the same but for the text.
func FuzzLift(f *testing.F) {
	for _, seed := range []string{`{"data":"a\u00e9","b":[1,{"data":"x"}]}`, `{"a":"\\","data":""}`, `[]`, `"data"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var text bytes.Buffer
		r := lift.New(strings.NewReader(in), at("data"), &text)
		out, err := io.ReadAll(r)
		var was, is map[string]any
		if json.Unmarshal([]byte(in), &was) != nil {
			return
		}
		if err != nil {
			return // nested deeply, or with long names
		}
		if err := json.Unmarshal(out, &is); err != nil {
			t.Fatalf("%q became %q: %v", in, out, err)
		}
		if s, ok := was["data"].(string); ok && r.Found && strings.Count(in, "data") == 1 && s != strings.ToValidUTF8(text.String(), "\uFFFD") {
			t.Errorf("%q: %q, want %q", in, text.String(), s)
		}
	})
}
