package message_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"trinhky/app/message"
	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/assets"
	"trinhky/pdfview"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
	"trinhky/submit"
)

func table(t *testing.T, language string) *message.Table {
	t.Helper()
	data, err := assets.Locale.ReadFile("locale/message." + language + ".json")
	if err != nil {
		t.Fatal(err)
	}
	words, err := message.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// typed lists every error that somebody acts on.
func typed() map[string]error {
	errs := map[string]error{
		"no token":       signer.ErrNoToken,
		"source changed": signer.ErrSourceChanged,
		"exists":         signer.ErrExists,
		"password":       signer.ErrPassword,
		"view password":  pdfview.ErrPassword,
		"level":          signer.ErrLevel,
		"level-lowered":  &signer.LoweredError{Err: signer.ErrLevel},
		"unsigned":       signer.ErrUnsigned,
		"picture":        signer.ErrPicture,
		"font":           &stamp.FontError{Runes: []rune("漢")},
		"signature PIN":  &signer.PINError{Signature: true},
		"module":         &signer.ModuleError{Path: "/usr/lib/x.so", Err: errors.New("x")},
		"unreadable":     &signer.UnreadableError{File: "/a/b.pdf", Err: errors.New("x")},
		"refused":        submit.Permanent("22", "sai mã"),
		"unknown":        submit.Unknown(errors.New("cut")),
		"field":          &submit.FieldError{Field: "number", Reason: "missing"},
		"secrecy":        &submit.FieldError{Field: "secrecy", Reason: "Mật"},
		"duplicate":      &submit.DuplicateError{ID: "x", DocumentID: "y"},
		"not found":      submit.ErrNotFound,
		"busy":           submit.ErrBusy,
		"too late":       submit.ErrTooLate,
		"no connector":   submit.ErrNoConnector,
		"not waiting":    submit.ErrNotWaiting,
		"no secret":      settings.ErrNoSecret,
		"space":          &review.SpaceError{Dir: "/a", Need: 5 << 20},
		"no file":        &fs.PathError{Op: "open", Path: "/a/b", Err: fs.ErrNotExist},
		"no permission":  &fs.PathError{Op: "open", Path: "/a/b", Err: fs.ErrPermission},
		"deadline":       context.DeadlineExceeded,
	}
	for s := signer.PINReady; s <= signer.PINUnset; s++ {
		errs["PIN "+s.String()] = &signer.PINError{State: s}
	}
	for f := signer.TokenFailed; f <= signer.TokenHung; f++ {
		errs["token "+f.String()] = &signer.TokenError{Fault: f, Err: errors.New("x")}
	}
	for f := signer.CertificateExpired; f.String() != "unknown"; f++ {
		errs["certificate "+f.String()] = &signer.CertificateError{Fault: f, Subject: "Nguyễn Văn Đạt"}
	}
	for p := signer.ForbiddenByDocMDP; p.String() != "unknown"; p++ {
		errs["forbidden "+p.String()] = &signer.ForbiddenError{File: "/a/b.pdf", Rule: p}
	}
	for _, r := range review.Rules() {
		errs["rule "+r.String()] = &review.RuleError{Rule: r, Args: map[string]string{
			"page": "2", "pages": "3", "path": "/a", "mark": "MẬT", "number": "1/A", "file": "a.pdf",
			"size": "25 × 30", "least": "36 × 36",
		}}
	}
	return errs
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

func TestEveryErrorHasItsSentence(t *testing.T) {
	for _, language := range []string{"vi", "en"} {
		words := table(t, language)
		for name, err := range typed() {
			// Errors arrive wrapped.
			m := words.Of(fmt.Errorf("sign x.pdf: %w", err))
			if m.Code == "error.unknown" || m.Title == "" || m.Text == "" || m.Next == "" {
				t.Errorf("%s: %s: %+v", language, name, m)
			}
			if !strings.Contains(m.Cause, err.Error()) {
				t.Errorf("%s: %s: the cause %q is lost", language, name, m.Cause)
			}
			if left := placeholder.FindString(m.String()); left != "" {
				t.Errorf("%s: %s: %s stands in %q", language, name, left, m.String())
			}
		}
	}
}

func TestUnknownErrorKeepsItsCause(t *testing.T) {
	m := table(t, "vi").Of(errors.New("something nobody thought of"))
	if m.Code != "error.unknown" || m.Cause != "something nobody thought of" || m.Next == "" {
		t.Errorf("%+v", m)
	}
	if strings.Contains(m.Text, "nobody") {
		t.Error("the technical cause stands in the sentence")
	}
}

func TestSilent(t *testing.T) {
	for _, err := range []error{nil, context.Canceled, fmt.Errorf("open: %w", context.Canceled)} {
		if m := table(t, "vi").Of(err); !m.Silent() || m.String() != "" {
			t.Errorf("%v: %+v", err, m)
		}
	}
}

func TestFindings(t *testing.T) {
	args := map[string]string{
		"text": "x", "dpi": "90", "least": "150", "page": "2", "size": "200 × 300", "date": "20/11/2026",
		"mark": "MẬT", "signer": "A", "n": "1", "want": "blue", "lost": "0",
		"what": "x", "count": "2", "hidden": "1", "mm": "30", "number": "1/A", "subject": "x", "pages": "3",
	}
	for _, language := range []string{"vi", "en"} {
		words := table(t, language)
		for _, code := range review.Codes() {
			m := words.Finding(verify.Finding{Code: code, Args: args})
			if m.Code != "finding."+code || m.Text == "" || placeholder.MatchString(m.String()) {
				t.Errorf("%s: %s: %+v", language, code, m)
			}
		}
		m := words.Finding(verify.Finding{Code: "never-heard-of", Detail: "object 5"})
		if !strings.Contains(m.Text, "never-heard-of") || !strings.Contains(m.Text, "object 5") {
			t.Errorf("%s: an unknown finding says nothing: %+v", language, m)
		}
	}
}

func TestEveryCodeOfVerification(t *testing.T) {
	for _, language := range []string{"vi", "en"} {
		words := table(t, language)
		for _, code := range verify.Codes() {
			if !words.Has("finding." + code) {
				t.Errorf("%s: %q has no sentence", language, code)
			}
		}
	}
}

func TestStates(t *testing.T) {
	for _, language := range []string{"vi", "en"} {
		words := table(t, language)
		for s := submit.Queued; s <= submit.Cancelled; s++ {
			if w := words.Status(s); w == "" || strings.HasPrefix(w, "status.") {
				t.Errorf("%s: status %s: %q", language, s, w)
			}
		}
		for v := verify.None; v <= verify.Invalid; v++ {
			if w := words.Verdict(v); w == "" || strings.HasPrefix(w, "verdict.") {
				t.Errorf("%s: verdict %s: %q", language, v, w)
			}
		}
		for s := signer.PINReady; s <= signer.PINUnset; s++ {
			if w := words.Word("pin." + s.String()); strings.HasPrefix(w, "pin.") {
				t.Errorf("%s: no word for PIN state %s", language, s)
			}
		}
	}
}

// Both languages say the same things with the same arguments.
func TestLanguagesAgree(t *testing.T) {
	vi, en := table(t, "vi"), table(t, "en")
	codes := vi.Codes()
	slices.Sort(codes)
	other := en.Codes()
	slices.Sort(other)
	if !slices.Equal(codes, other) {
		t.Errorf("codes differ:\nvi %v\nen %v", codes, other)
	}
	for _, c := range codes {
		a, b := vi.Message(c), en.Message(c)
		pa := placeholder.FindAllString(a.Title+a.Text+a.Next, -1)
		pb := placeholder.FindAllString(b.Title+b.Text+b.Next, -1)
		slices.Sort(pa)
		slices.Sort(pb)
		if !slices.Equal(slices.Compact(pa), slices.Compact(pb)) {
			t.Errorf("%s: arguments %v in Vietnamese, %v in English", c, pa, pb)
		}
		if (a.Next == "") != (b.Next == "") {
			t.Errorf("%s: only one language has a next step", c)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, locale := range map[string]string{
		"no JSON":          `{"error.unknown": `,
		"no general words": `{"status.queued": {"title": "Chờ gửi"}}`,
	} {
		if _, err := message.Parse([]byte(locale)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestTime(t *testing.T) {
	at := time.Date(2026, 11, 20, 18, 30, 0, 0, time.UTC)
	if got := message.Time(at); got != "21/11/2026 01:30:00" {
		t.Errorf("got %s", got)
	}
}
