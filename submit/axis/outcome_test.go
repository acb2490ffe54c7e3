package axis

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"trinhky/submit"
)

// What ends how. A send that may have arrived is never anything but unknown.
func TestSendOutcomes(t *testing.T) {
	const (
		accepted = "accepted"
		refused  = "refused"
		unknown  = "unknown"
		auth     = "auth"
	)
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"accepted":                {200, `{"status":"OK","ErrorCode":"0","ErrorDesc":"Success","DocId":"d1"}`, accepted},
		"numeric code":            {200, `{"status":"OK","ErrorCode":0,"ErrorDesc":"Success","DocId":"d1"}`, accepted},
		"other order, more":       {200, `{"x":{"y":[1]},"DocId":"d1","ErrorDesc":null,"ErrorCode":"0","status":"ok"}`, accepted},
		"no identifier":           {200, `{"status":"OK","ErrorCode":"0","ErrorDesc":"Success"}`, unknown},
		"empty identifier":        {200, `{"status":"OK","ErrorCode":"0","ErrorDesc":"Success","DocId":""}`, unknown},
		"nulls":                   {200, `{"status":null,"ErrorCode":null,"ErrorDesc":null,"DocId":null}`, unknown},
		"empty":                   {200, ``, unknown},
		"empty object":            {200, `{}`, unknown},
		"HTML":                    {200, `<html>Bảo trì</html>`, unknown},
		"list":                    {200, `[]`, unknown},
		"cut":                     {200, `{"status":"OK","ErrorCode":"0","DocId":"d`, unknown},
		"two answers":             {200, `{"status":"OK","ErrorCode":"0","DocId":"d1"}{}`, unknown},
		"two identifiers":         {200, `{"status":"OK","ErrorCode":"0","DocId":"d1","DocId":"d2"}`, unknown},
		"identifier is an object": {200, `{"status":"OK","ErrorCode":"0","DocId":{}}`, unknown},
		"refused":                 {200, `{"status":"FAIL","ErrorCode":"18","ErrorDesc":"Don vi nhan khong ton tai"}`, refused},
		"refused by status":       {200, `{"status":"FAIL","ErrorCode":"","ErrorDesc":"Don vi gui khong dung"}`, refused},
		"refused by code":         {200, `{"status":"OK","ErrorCode":"22","ErrorDesc":"x"}`, refused},
		"refused with identifier": {200, `{"status":"FAIL","ErrorCode":"1","ErrorDesc":"x","DocId":"d1"}`, unknown},
		"fault of its own":        {200, `{"status":"FAIL","ErrorCode":"20","ErrorDesc":"Loi he thong"}`, unknown},
		"credentials":             {200, `{"status":"FAIL","ErrorCode":"15","ErrorDesc":"x"}`, auth},
		"401":                     {401, `{"error":"x"}`, auth},
		"403":                     {403, `x`, auth},
		"404":                     {404, `x`, unknown},
		"413":                     {413, `x`, refused},
		"500 and yes":             {500, `{"status":"OK","ErrorCode":"0","DocId":"d1"}`, unknown},
		"500 and HTML":            {500, `<html>`, unknown},
		"503":                     {503, ``, unknown},
		"302":                     {302, ``, unknown},
		"endless":                 {200, `{"status":"` + strings.Repeat("a", maxAnswer), unknown},
	} {
		t.Run(name, func(t *testing.T) {
			rec := record(t, text(c.status, c.body))
			r, err := client(t, rec.URL).Submit(t.Context(), envelope(t))
			got := accepted
			var u *submit.UnknownError
			var no *submit.RefusedError
			var a *submit.AuthError
			switch {
			case errors.As(err, &u):
				got = unknown
			case errors.As(err, &no):
				got = refused
			case errors.As(err, &a):
				got = auth
			case err != nil:
				got = err.Error()
			case r.DocID != "d1":
				got = "accepted as " + r.DocID
			}
			if got != c.want {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
			if n := len(rec.requests()); n != 1 {
				t.Errorf("sent %d times", n)
			}
		})
	}
}

// Without a connection nothing arrived; once there was one, nobody knows.
func TestSendConnection(t *testing.T) {
	var u *submit.UnknownError
	gone := httptest.NewServer(nil)
	gone.Close()
	if _, err := client(t, gone.URL).Submit(t.Context(), envelope(t)); err == nil || errors.As(err, &u) {
		t.Errorf("nobody listens: %v", err)
	}
	if _, err := client(t, "http://127.0.0.1:1/x").Submit(t.Context(), envelope(t)); err == nil || errors.As(err, &u) {
		t.Errorf("a closed port: %v", err)
	}
	plain := httptest.NewServer(nil)
	defer plain.Close()
	if _, err := client(t, strings.Replace(plain.URL, "http:", "https:", 1)).Submit(t.Context(), envelope(t)); err == nil || errors.As(err, &u) {
		t.Errorf("no TLS there: %v", err)
	}
	cut := record(t, func(http.ResponseWriter, seen) { panic(http.ErrAbortHandler) })
	if _, err := client(t, cut.URL).Submit(t.Context(), envelope(t)); !errors.As(err, &u) {
		t.Errorf("cut before the answer: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	hanging := record(t, func(_ http.ResponseWriter, _ seen) {
		cancel()
		<-ctx.Done()
	})
	if _, err := client(t, hanging.URL).Submit(ctx, envelope(t)); !errors.As(err, &u) {
		t.Errorf("given up while waiting: %v", err)
	}
}

// An envelope that cannot be made into a message never reaches the network.
func TestSendInvalid(t *testing.T) {
	rec := record(t, text(200, `{}`))
	var field *submit.FieldError
	e := envelope(t)
	e.Document.Type = "Thông tư liên tịch"
	if _, err := client(t, rec.URL).Submit(t.Context(), e); !errors.As(err, &field) || field.Field != "type" {
		t.Errorf("a type without a number: %v", err)
	}
	e = envelope(t)
	e.Files[0].SHA256[0]++
	if _, err := client(t, rec.URL).Submit(t.Context(), e); !errors.As(err, &field) || field.Field != "files" {
		t.Errorf("changed bytes: %v", err)
	}
	if n := len(rec.requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}
