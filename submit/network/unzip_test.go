package network_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"trinhky/submit/network"
)

// An answer that was packed without being asked is read as it was meant; one
// that is cut, or empty, is not taken for whole; a bomb is read only as far as
// the reader goes.
func TestUnzipped(t *testing.T) {
	var whole, bomb bytes.Buffer
	for b, text := range map[*bytes.Buffer]string{&whole: `{"status":"OK"}`, &bomb: strings.Repeat(" ", 64<<20)} {
		z := gzip.NewWriter(b)
		if _, err := io.WriteString(z, text); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		encoding string
		body     []byte
		want     string
		fails    bool
	}{
		"packed":     {"gzip", whole.Bytes(), `{"status":"OK"}`, false},
		"old name":   {" X-GZIP", whole.Bytes(), `{"status":"OK"}`, false},
		"plain":      {"", []byte("x"), "x", false},
		"empty":      {"gzip", nil, "", false},
		"cut":        {"gzip", whole.Bytes()[:whole.Len()-9], "", true},
		"not packed": {"gzip", []byte(`{"status":"OK"}`), "", true},
		"bomb":       {"gzip", bomb.Bytes(), strings.Repeat(" ", 1000), false},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if c.encoding != "" {
					w.Header().Set("Content-Encoding", c.encoding)
				}
				_, _ = w.Write(c.body)
			}))
			defer s.Close()
			transport, err := network.Config{Proxy: network.Proxy{Mode: network.ModeNone}}.Transport(false)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := (&http.Client{Transport: network.Unzipped(transport)}).Get(s.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			got, err := io.ReadAll(io.LimitReader(resp.Body, 1000))
			if (err != nil) != c.fails || !c.fails && string(got) != c.want {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}
