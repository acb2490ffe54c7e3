package dialect_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	gateways "trinhky/cmd/sandbox/dialect"
	"trinhky/submit"
	"trinhky/submit/axis"
	"trinhky/submit/edxml"
	"trinhky/submit/submittest"
)

// A message with 48 MB of attachments that comes as a text in JSON is fetched
// and unpacked without ever standing in memory: everything that is allocated on
// the way, by the server of the test too, stays below 32 MB.
func TestFetchMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("48 MB take seconds")
	}
	answers := t.TempDir()
	path, sum := largeMessage(t, t.TempDir())
	for name, c := range map[string]struct {
		form, operation, before, after string
	}{
		"axis":         {"", "POST /getEdoc", `{"status":"OK","ErrorCode":"0","ErrorDesc":"Success","data":"`, `"}`},
		gateways.Token: {gateways.Token, "GET /v1/getEdoc", `{"errorCode":"0","errorDesc":"ok","docId":"x","edxml":"`, `"}`},
		gateways.WSO2:  {gateways.WSO2, "GET /truclienthong/v1.0.0/vanbans/x", `{"status":{"code":"0","message":"ok"},"data":"`, `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			answer := filepath.Join(answers, name)
			writeAnswer(t, path, answer, c.before, c.after)
			mux := http.NewServeMux()
			mux.HandleFunc(c.operation, func(w http.ResponseWriter, _ *http.Request) {
				f, err := os.Open(answer)
				if err != nil {
					t.Error(err)
					return
				}
				defer f.Close()
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.Copy(w, f)
			})
			r := receiver(t, mux, c.form)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			in, err := r.Fetch(t.Context(), "x", t.TempDir())
			runtime.ReadMemStats(&after)
			if err != nil || in.Problem != "" || len(in.Files) != 2 || in.Files[0].SHA256 != sum {
				t.Fatalf("%v %q, %d files", err, in.Problem, len(in.Files))
			}
			allocated := (after.TotalAlloc - before.TotalAlloc) >> 10
			t.Logf("%d KB allocated", allocated)
			if allocated > 32<<10 {
				t.Errorf("%d KB allocated", allocated)
			}
		})
	}
}

// receiver is the client of a form of gateway, or of the axis, whose calls mux
// answers; where it does not, the sandbox's gateway does.
func receiver(t *testing.T, mux *http.ServeMux, form string) submit.Receiver {
	t.Helper()
	if form != "" {
		mux.Handle("/", open(t, form).gateway)
	}
	h := httptest.NewServer(mux)
	t.Cleanup(h.Close)
	if form != "" {
		return client(t, profile(t, forms[form]), h.URL)
	}
	c, err := axis.New(axis.Config{
		Endpoint: h.URL, SystemID: systemID, Secret: secret, Dir: t.TempDir(), SendTimeout: time.Minute, ListTimeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// largeMessage is a message with two files that do not compress, and the hash of
// the first.
func largeMessage(t *testing.T, dir string) (path string, sum [32]byte) {
	t.Helper()
	e := submittest.Envelope(t, 1, submit.Party{Code: "H99.98", Name: "Sở Gửi"}, submit.Party{Code: "H99.97", Name: "Sở Nhận"})
	e.ID, e.DocumentID = uuid.NewString(), submit.ComposeDocumentID(e.From, e.Document)
	e.Files, e.Queued = nil, time.Now()
	for i, name := range []string{"van-ban.pdf", "phu-luc.docx"} {
		file := filepath.Join(dir, name)
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		_, err = io.CopyN(io.MultiWriter(f, h), rand.NewChaCha8([32]byte{byte(i)}), 24<<20)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		e.Files = append(e.Files, submit.File{Path: file, Name: name, Original: name, Size: 24 << 20, SHA256: [32]byte(h.Sum(nil))})
	}
	d, err := edxml.FromEnvelope(e)
	if err != nil {
		t.Fatal(err)
	}
	b, err := edxml.Build(d, dir)
	if err != nil {
		t.Fatal(err)
	}
	return b.Path, e.Files[0].SHA256
}

// writeAnswer writes an answer with the message in base64.
func writeAnswer(t *testing.T, message, answer, before, after string) {
	t.Helper()
	in, err := os.Open(message)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(answer)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(out, strings.NewReader(before))
	if err == nil {
		coded := base64.NewEncoder(base64.StdEncoding, out)
		_, err = io.Copy(coded, in)
		err = errors.Join(err, coded.Close())
	}
	if err == nil {
		_, err = io.WriteString(out, after)
	}
	if err := errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
}
