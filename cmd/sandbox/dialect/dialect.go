// Package dialect is four gateways of provinces before the axis of the sandbox,
// written from the description of their wire formats and sharing no code with
// the client: a REST service with a token login, a WSO2 store, an octet-stream
// service and an X-Road adapter. They are strict, and fail by the faults of the
// axis behind them.
package dialect

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"trinhky/cmd/sandbox/axis"
)

// The forms.
const (
	Token = "token" // POST /v1/sendEdoc, bearer token of a login
	WSO2  = "wso2"  // /truclienthong/v1.0.0/vanbans
	Octet = "octet" // /EdocService, octet-stream
	XRoad = "xroad" // /r1/…/document/edocs, X-Road-Client
)

// Gateway is one gateway. It is safe for concurrent use.
type Gateway struct {
	axis   *axis.Server
	system string
	mux    *http.ServeMux

	mu     sync.Mutex
	tokens map[string]time.Time
	serial int
	// Logins counts the tokens that were given out.
	Logins int
}

// New makes a gateway of a form; every caller is the system.
func New(form string, s *axis.Server, system string) (*Gateway, error) {
	g := &Gateway{axis: s, system: system, mux: http.NewServeMux(), tokens: map[string]time.Time{}}
	routes, ok := map[string]func(*Gateway){
		Token: (*Gateway).token, WSO2: (*Gateway).wso2, Octet: (*Gateway).octet, XRoad: (*Gateway).xroad,
	}[form]
	if !ok {
		return nil, fmt.Errorf("dialect: no form %q", form)
	}
	routes(g)
	return g, nil
}

// ServeHTTP serves the gateway.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.mux.ServeHTTP(w, r) }

// Revoke makes every token void, as a restart of a gateway does.
func (g *Gateway) Revoke() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.tokens)
}

// give makes a token.
func (g *Gateway) give(life time.Duration) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.serial++
	g.Logins++
	t := fmt.Sprintf("token-%d", g.serial)
	g.tokens[t] = time.Now().Add(life)
	return t
}

// bearer tells whether the request has a token that holds.
func (g *Gateway) bearer(r *http.Request) bool {
	t, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	g.mu.Lock()
	defer g.mu.Unlock()
	return ok && time.Now().Before(g.tokens[t])
}

// maxBody bounds a request.
const maxBody = 256 << 20

// serve routes one operation: who may, what it asks of the axis, how it is
// answered. Faults come before the request is looked at.
func (g *Gateway) serve(pattern, operation string, may func(*http.Request) bool, answer func(*http.Request, []byte) any) {
	g.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		if !may(r) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":"invalid_token"}`)
			return
		}
		g.axis.Play(w, r, operation, func() (string, []byte) {
			out := answer(r, body)
			if raw, ok := out.([]byte); ok {
				return "application/octet-stream", raw
			}
			data, _ := json.Marshal(out) // maps of texts
			return "application/json", data
		})
	})
}

// do asks the axis.
func (g *Gateway) do(operation string, params map[string]string, body []byte) (map[string]any, string, string) {
	out, err := g.axis.Do(g.system, operation, params, body)
	var no *axis.Refusal
	switch {
	case errors.As(err, &no):
		return nil, no.Code, no.Text
	case err != nil:
		return nil, "20", err.Error()
	}
	return out, "0", "Success"
}

// jsonText reads the text fields of a JSON object.
func jsonText(body []byte) map[string]string {
	var m map[string]string
	if json.Unmarshal(body, &m) != nil {
		return map[string]string{}
	}
	return m
}

// part is the file of a multipart request, with the form's other fields.
func part(r *http.Request, name string) ([]byte, error) {
	if r.ContentLength < 0 {
		return nil, errors.New("Content-Length is needed")
	}
	f, _, err := r.FormFile(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(f)
}

func list(kind string) map[string]string {
	return map[string]string{"servicetype": "eDoc", "messagetype": strings.ToLower(kind)}
}

func sending(kind, from string) map[string]string {
	return map[string]string{"servicetype": "eDoc", "messagetype": strings.ToLower(kind), "from": from}
}

// sender is the only agency of the system.
func (g *Gateway) sender() string { return axis.CodeSender }

func encoded(out map[string]any) string {
	raw, _ := out["raw"].([]byte)
	return base64.StdEncoding.EncodeToString(raw)
}
