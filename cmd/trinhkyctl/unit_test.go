package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"trinhky/app/message"
	"trinhky/app/review"
	"trinhky/cmd/internal/wire"
	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// The table of the contract, error by error.
func TestExitCodes(t *testing.T) {
	for want, errs := range map[int][]error{
		exitDone: {outcome(0)},
		exitUsage: {
			usage("dpi"), &wire.AmbiguousError{}, signer.ErrExists, signer.ErrSourceChanged, fs.ErrNotExist, errNoPIN,
			&fs.PathError{Err: errors.New("x")}, &review.SpaceError{}, &submit.FieldError{}, &submit.DuplicateError{},
			submit.ErrNotFound, submit.ErrNoConnector, submit.ErrTooLate, submit.ErrBusy, submit.ErrNotWaiting,
			&review.RuleError{Rule: review.RuleNoPage}, &review.RuleError{Rule: review.RuleOutput}, context.Canceled,
			&message.Coded{Code: "error.key-uri", Err: errors.New("x")},
		},
		exitUnreadable: {
			&signer.UnreadableError{}, &signer.ForbiddenError{}, signer.ErrPassword, pdfview.ErrPassword,
			&review.RuleError{Rule: review.RuleNoLeader}, &review.RuleError{Rule: review.RuleSecret},
		},
		exitUnsigned: {signer.ErrUnsigned},
		exitNoToken: {
			signer.ErrNoToken, &signer.ModuleError{Err: errors.New("x")},
			&message.Coded{Code: "error.key-file", Err: errors.New("x")},
			&message.Coded{Code: "error.helper", Err: signer.ErrNoToken},
		},
		exitPIN: {&signer.PINError{}, &signer.PINError{State: signer.PINLocked}, &signer.PINError{Signature: true}},
		exitToken: {
			&signer.TokenError{Fault: signer.TokenRemoved}, &signer.TokenError{Fault: signer.TokenLocked},
		},
		exitCertificate: {
			&signer.CertificateError{}, &message.Coded{Code: "error.unusable.authority", Err: errors.New("x")},
		},
		exitNoPlace: {&review.RuleError{Rule: review.RuleNoPlace}, &review.RuleError{Rule: review.RuleUnsure}},
		exitLevel:   {signer.ErrLevel, fmt.Errorf("%w: %w", signer.ErrLevel, errors.New("TSA"))},
		exitRefused: {submit.Permanent("22", "x")},
		exitWaiting: {submit.Unknown(errors.New("cut"))},
		exitFault:   {errors.New("x"), &panicError{"x"}},
	} {
		for _, err := range errs {
			if got := exitCode(fmt.Errorf("doing: %w", err)); got != want {
				t.Errorf("%T %v: %d, want %d", err, err, got, want)
			}
		}
	}
}

func TestWorse(t *testing.T) {
	for _, c := range []struct{ a, b, want int }{
		{0, 0, 0},
		{0, exitUnsigned, exitUnsigned},
		{exitUnsigned, exitUnreadable, exitUnreadable},
		{exitUnreadable, exitIndeterminate, exitIndeterminate},
		{exitInvalid, exitIndeterminate, exitInvalid},
		{exitSomeFailed, exitInvalid, exitSomeFailed},
	} {
		if got := worse(c.a, c.b); got != c.want {
			t.Errorf("worse(%d, %d) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := worse(c.b, c.a); got != c.want {
			t.Errorf("worse(%d, %d) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
	for v, want := range map[verify.Verdict]int{
		verify.Valid: 0, verify.Invalid: 2, verify.Indeterminate: 3, verify.None: 5,
	} {
		if got := verdictExit(v); got != want {
			t.Errorf("%s: %d, want %d", v, got, want)
		}
	}
}

func TestSecretOfFile(t *testing.T) {
	for content, want := range map[string]string{
		"123456": "123456", "123456\n": "123456", "123456\r\n": "123456", "123456\n\n": "123456\n",
		" 12 34 ": " 12 34 ", "": "", "mật khẩu\n": "mật khẩu",
	} {
		path := filepath.Join(t.TempDir(), "pin")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := secretFlags{PINFile: path}.pin(nil, "")
		if err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", content, string(got), err)
		}
	}
	if _, err := secretOf(strings.NewReader(strings.Repeat("x", longestSecret+1))); err == nil {
		t.Error("an endless PIN was taken")
	}
	if _, err := (secretFlags{PINFile: "x", PINStdin: true}).pin(nil, ""); exitCode(err) != exitUsage {
		t.Errorf("two ways at once: %v", err)
	}
}

// Without a terminal nobody is asked, and nothing hangs.
func TestNoTerminal(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = r.Close(), w.Close() }()
	var out bytes.Buffer
	s := &session{stdio: stdio{in: r, out: &out, err: &out}}
	if _, err := (secretFlags{}).pin(s, "PIN"); !errors.Is(err, errNoPIN) {
		t.Errorf("got %v", err)
	}
	t.Setenv("TRINHKY_PIN", "1234")
	if pin, err := (secretFlags{}).pin(s, "PIN"); err != nil || string(pin) != "1234" {
		t.Errorf("%q, %v", string(pin), err)
	}
}

// What follows the line belongs to somebody else.
func TestReadLine(t *testing.T) {
	r := strings.NewReader("123456\r\nrest")
	pin, err := readLine(r)
	if err != nil || string(pin) != "123456" || r.Len() != len("rest") {
		t.Errorf("%q, %v, %d left", string(pin), err, r.Len())
	}
}

func TestReadMeta(t *testing.T) {
	for name, c := range map[string]struct {
		json string
		ok   bool
	}{
		"what metadata prints": {`{"number":"1","notation":"A","pages":2,"guessed":["type"]}`, true},
		"unknown field":        {`{"nummer":"1"}`, false},
		"wrong type":           {`{"pages":"zwei"}`, false},
		"two values":           {`{} {}`, false},
		"no JSON":              {`number: 1`, false},
		"empty":                {``, false},
	} {
		path := filepath.Join(t.TempDir(), "meta.json")
		if err := os.WriteFile(path, []byte(c.json), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := readMeta(path, submit.Metadata{})
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if !c.ok && exitCode(err) != exitUsage {
			t.Errorf("%s ends with %d", name, exitCode(err))
		}
		if c.ok && (m.Number != "1" || m.Pages != 2) {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

func TestLines(t *testing.T) {
	page := geom.Page{MediaBox: geom.Rect{X1: geom.A4.W, Y1: geom.A4.H}}
	char := func(r rune, x, y float64) pdfview.Char {
		return pdfview.Char{Rune: r, Size: 13, Box: geom.Rect{X0: x, Y0: y, X1: x + 7, Y1: y + 13}}
	}
	got := lines(page, []pdfview.Char{
		char('S', 100, 700), char('o', 107, 700), char('\u0302', 114, 700), char('\u0301', 114, 700), // ố, decomposed
		char(' ', 121, 700), char('1', 128, 700),
		char('n', 100, 660), char('\n', 0, 0), char(' ', 107, 640), char('m', 114, 640),
	})
	var texts []string
	for _, l := range got {
		texts = append(texts, l.Text)
	}
	if strings.Join(texts, "|") != "Số 1|n|m" {
		t.Errorf("%q", texts)
	}
	if got[0].RectMM[0] < 35 || got[0].RectMM[2] < 12 || got[0].Size != 13 {
		t.Errorf("%+v", got[0])
	}
}

// A request that makes no sense still answers in JSON, in the language asked for.
func TestFailuresInJSON(t *testing.T) {
	for _, args := range [][]string{
		{"--json", "nonsense"},
		{"--json", "sign"},
		{"sign", "x.pdf", "-o", "y.pdf", "--level", "X", "--json"},
		{"--json", "--home", t.TempDir(), "verify", "no-such.pdf"},
	} {
		var out, human bytes.Buffer
		code := run(t.Context(), args, stdio{os.Stdin, &out, &human})
		var answer failure
		if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
			t.Errorf("%v: %q: %v", args, out.String(), err)
			continue
		}
		if code != exitUsage || answer.Error == nil || answer.Error.Code != code || answer.Error.Text == "" || human.Len() == 0 {
			t.Errorf("%v: code %d, %+v, %q", args, code, answer.Error, human.String())
		}
	}
}

// Every sentence of a request that makes no sense is there, in both languages.
func TestUsageWords(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`usage\("([a-z-]+)"|\bSay\("([a-z.-]+)"|\btell\("([a-z.-]+)"|help:"\$\{([a-z_]+)\}|\), "([a-z-]+)"\},`)
	prefix := []string{"usage.", "", "", "help.", "usage."}
	n := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil || strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range call.FindAllStringSubmatch(string(source), -1) {
			for i, p := range prefix {
				if m[i+1] == "" || p == "" && strings.HasSuffix(m[i+1], ".") {
					continue
				}
				n++
				for _, language := range []string{"vi", "en"} {
					words, err := wire.Words(language)
					if err != nil {
						t.Fatal(err)
					}
					if code := p + m[i+1]; words.Message(code).Text == "" {
						t.Errorf("%s: %s: no words for %q", language, file, code)
					}
				}
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d codes were found: the search is broken", n)
	}
}

func TestComplaints(t *testing.T) {
	for arguments, want := range map[string]string{
		"sign --nonsense":                       "không có tùy chọn --nonsense",
		"bogus":                                 "thừa «bogus»",
		"sign":                                  "thiếu --out=OUT.pdf",
		"sign x.pdf -o y.pdf --level X":         "--level: giá trị không hợp lệ",
		"render x.pdf -o y.png --dpi many":      "giá trị không hợp lệ: --dpi",
		"--lang en sign x.pdf -o y --role king": "--role: only",
		"--lang xx token list":                  "--lang",
		"render x.pdf -o y.png --page --dpi 10": "--page",
	} {
		var out, human bytes.Buffer
		code := run(t.Context(), strings.Fields(arguments), stdio{os.Stdin, &out, &human})
		if code != exitUsage || !strings.Contains(human.String(), want) {
			t.Errorf("%s: %d, %q, want %q", arguments, code, human.String(), want)
		}
	}
}
