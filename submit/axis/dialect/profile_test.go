package dialect_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gateways "trinhky/cmd/sandbox/dialect"
	"trinhky/submit"
	"trinhky/submit/axis/dialect"
	"trinhky/submit/submittest"
)

func source(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "assets", "dialect", name+".toml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A profile that makes no sense is refused with its file and its field.
func TestProfileErrors(t *testing.T) {
	good := source(t, "lgsp-token")
	for name, c := range map[string]struct{ from, to, field string }{
		"no name":                   {`name = "lgsp-token"`, ``, "name"},
		"field that does not exist": {`days = 30`, `dayss = 30`, "dayss"},
		"wrong type":                {`days = 30`, `days = "thirty"`, "days"},
		"no identifier":             {`id = "docId"`, ``, "send.id"},
		"no yes":                    {`ok = ["0"]`, ``, "answer.ok"},
		"method":                    {`method = "POST"` + "\n" + `path = "/v1/sendEdoc"`, `method = "SEND"` + "\n" + `path = "/v1/sendEdoc"`, "send.method"},
		"path":                      {`path = "/v1/getEdoc"`, `path = "v1/getEdoc"`, "get.path"},
		"no path":                   {`path = "/v1/updateStatus"`, ``, "acknowledge.path"},
		"body":                      {`body = "multipart"`, `body = "smoke"`, "send.body"},
		"no part":                   {`file = "edocFile"`, ``, "send.file"},
		"placeholder":               {`messageType = "{type}" }` + "\n" + `id`, `messageType = "{kind}" }` + "\n" + `id`, "send.fields.messageType"},
		"open placeholder":          {`docId = "{id}" }` + "\n" + `message`, `docId = "{id" }` + "\n" + `message`, "get.query.docId"},
		"token before the login":    {`password = "{secret}"`, `password = "{token}"`, "login.fields.password"},
		"lifetime":                  {`lifetime = "30m"`, `lifetime = "soon"`, "login.lifetime"},
		"token of the login":        {`token = "data.accessToken"`, ``, "login.token"},
		"encoding":                  {`encoding = "base64"`, `encoding = "rot13"`, "get.encoding"},
		"column":                    {`notation = "notation"`, `x = "y"`, "sent.columns.notation"},
		"no TOML":                   {`[send]`, `[send`, "line"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(good, c.from, c.to, 1)
			if text == good {
				t.Fatalf("%q is not in the profile", c.from)
			}
			_, err := dialect.Parse("tinh-x.toml", []byte(text))
			var wrong *dialect.ProfileError
			if !errors.As(err, &wrong) || wrong.File != "tinh-x.toml" || !strings.HasPrefix(wrong.Field, c.field) || wrong.Reason == "" {
				t.Errorf("%v, want the field %s", err, c.field)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range forms {
		f.Add([]byte(source(f, name)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := dialect.Parse("x.toml", data)
		var wrong *dialect.ProfileError
		if err != nil && (!errors.As(err, &wrong) || wrong.Field == "") {
			t.Errorf("%v", err)
		}
	})
}

// A token that was taken back costs a list nothing, and a send one more try.
func TestTokenTakenBack(t *testing.T) {
	d := open(t, gateways.Token)
	from, to, _, _ := d.Agencies()
	o := submittest.Outbox(t, d)
	if _, err := d.client.Waiting(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.gateway.Revoke()
	if _, err := d.client.Waiting(t.Context()); err != nil {
		t.Errorf("a list: %v", err)
	}
	d.gateway.Revoke()
	r, err := o.Add(t.Context(), submittest.Envelope(t, 1, from, to))
	if err != nil {
		t.Fatal(err)
	}
	if r, err = o.Deliver(t.Context(), r.Envelope.ID); err != nil || r.Status != submit.Delivered || len(d.Documents(t)) != 1 {
		t.Errorf("%v %v", r.Status, err)
	}
	if d.gateway.Logins != 3 {
		t.Errorf("%d logins", d.gateway.Logins)
	}
}

// Without a list of what was sent an unknown outcome stays unknown: nothing is
// sent twice, and the receiver's answer settles it.
func TestNoSentList(t *testing.T) {
	d := open(t, gateways.XRoad)
	p := profile(t, forms[gateways.XRoad])
	p.Sent = nil
	d.client = client(t, p, d.url)
	from, to, _, _ := d.Agencies()
	ctx, cancel := context.WithCancel(t.Context())
	d.lookedUp = func(n int) {
		if n == 3 {
			cancel()
		}
	}
	o := submittest.Outbox(t, counting{d})
	r, err := o.Add(t.Context(), submittest.Envelope(t, 1, from, to))
	if err != nil {
		t.Fatal(err)
	}
	d.Break(t, submittest.AtSend, submittest.FaultLost, 1)
	if _, err := d.client.Lookup(t.Context(), r.Envelope); !errors.Is(err, dialect.ErrNoSentList) {
		t.Errorf("look-up: %v", err)
	}
	r, err = o.Deliver(ctx, r.Envelope.ID)
	if !errors.Is(err, context.Canceled) || r.Status != submit.Unconfirmed || len(d.Documents(t)) != 1 {
		t.Errorf("%v %v, %d documents", r.Status, err, len(d.Documents(t)))
	}
	d.Advance(t)
	if _, err := o.Track(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err = o.Get(t.Context(), r.Envelope.ID)
	if err != nil || r.Status != submit.Delivered || r.Recipients[0].Status != submit.Completed || len(d.Documents(t)) != 1 {
		t.Errorf("%v %v %v", r.Status, r.Recipients, err)
	}
}

// The token form's get answers the message and its data without a code. A code
// that says no counts all the same, and without either it is no answer.
func TestGetWithoutCode(t *testing.T) {
	message, err := os.ReadFile("../../edxml/testdata/new.edxml")
	if err != nil {
		t.Fatal(err)
	}
	coded := base64.StdEncoding.EncodeToString(message)
	for answer, good := range map[string]bool{
		`{"docId":"1","from":"H99.97","edxml":"` + coded + `","attachments":[{"fileName":"a","fileContent":"AA=="}]}`: true,
		`{"errorCode":"0","edxml":"` + coded + `"}`:  true,
		`{"errorCode":"20","edxml":"` + coded + `"}`: false,
		`{"docId":"1","edxml":"` + coded + `"`:       false,
		`{"docId":"1","edxml":""}`:                   false,
		`{"docId":"1"}`:                              false,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := answer
			if r.Method == http.MethodPost {
				body = `{"errorCode":"0","data":{"accessToken":"x"}}`
			}
			_, _ = io.WriteString(w, body)
		}))
		c := client(t, profile(t, forms[gateways.Token]), server.URL)
		if in, err := c.Fetch(t.Context(), "1", t.TempDir()); (err == nil && in.Document.Number != "") != good {
			t.Errorf("%.60s: %v", answer, err)
		}
		server.Close()
	}
}

// A wrong secret is shown to a gateway's login once, however often it is needed.
func TestRefusedLogin(t *testing.T) {
	d := open(t, gateways.Token)
	logins := 0
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		logins++
		d.gateway.ServeHTTP(w, r)
	}))
	t.Cleanup(h.Close)
	c, err := dialect.New(profile(t, "lgsp-token"), dialect.Config{
		Endpoint: h.URL, SystemID: systemID, Secret: "sai", Dir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		var no *submit.AuthError
		if _, err := c.Waiting(t.Context()); !errors.As(err, &no) {
			t.Errorf("%v", err)
		}
	}
	if logins != 1 {
		t.Errorf("%d requests", logins)
	}
}

// A list of what was sent that a profile assumes, and the gateway does not have,
// is told apart from one that fails; a profile that knows it does not forgive.
func TestAssumedSentList(t *testing.T) {
	for form, name := range forms {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			d := open(t, form)
			p := profile(t, name)
			if !p.Sent.Assumed {
				t.Error("the list is not marked")
			}
			missing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, p.Sent.Path[strings.LastIndex(p.Sent.Path, "/"):]) {
					http.NotFound(w, r)
					return
				}
				d.gateway.ServeHTTP(w, r)
			}))
			t.Cleanup(missing.Close)
			from, to, _, _ := d.Agencies()
			e := submittest.Envelope(t, 1, from, to)
			_, err := client(t, p, missing.URL).Lookup(t.Context(), e)
			if !errors.Is(err, dialect.ErrNoSentList) || submit.ProblemCode(err) != "no-sent-list" {
				t.Errorf("%v", err)
			}
			p.Sent.Assumed = false
			if found, err := client(t, p, missing.URL).Lookup(t.Context(), e); err == nil || errors.Is(err, dialect.ErrNoSentList) {
				t.Errorf("%v, %v", found, err)
			}
		})
	}
}

// counting tells its destination how often it was asked whether a document is
// there.
type counting struct{ *destination }

func (c counting) Connector() submit.Connector { return &counter{Client: c.client, tell: c.lookedUp} }

type counter struct {
	*dialect.Client
	n    int
	tell func(int)
}

func (c *counter) Lookup(ctx context.Context, e submit.Envelope) ([]submit.Receipt, error) {
	c.n++
	c.tell(c.n)
	return c.Client.Lookup(ctx, e)
}
