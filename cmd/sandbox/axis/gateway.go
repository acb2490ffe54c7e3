package axis

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
)

// A gateway speaks another language before the axis. It authenticates its
// callers itself.

// Refusal is a no of the axis, with its code.
type Refusal struct{ Code, Text string }

func (e *Refusal) Error() string { return e.Code + " " + e.Text }

// Do carries out one operation of the protocol for a system. The answer has
// "DocId", "data" or "raw", as the operation does. A no is a *Refusal.
func (s *Server) Do(system, name string, params map[string]string, body []byte) (map[string]any, error) {
	h := http.Header{}
	for k, v := range params {
		h.Set(prefix+k, v)
	}
	if name == "sendEdoc" {
		sum := sha256.Sum256(bytes.TrimSuffix(body, []byte("\r\n")))
		h.Set(prefix+"hash-file", hex.EncodeToString(sum[:]))
		h.Set(prefix+"Content-Type", "application/octet-stream")
	}
	out, err := operations()[name].serve(s, call{system: system, header: h, body: body})
	var no *refusal
	if errors.As(err, &no) {
		return nil, &Refusal{no.code, ascii(err.Error())}
	}
	return out, err
}

// Secret is the secret of a system; "" for one that is not known.
func (s *Server) Secret(system string) string { return s.config.Systems[system] }

// Play answers a request of a gateway, with the fault of the operation where
// there is one.
func (s *Server) Play(w http.ResponseWriter, r *http.Request, operation string, carryOut func() (contentType string, body []byte)) {
	s.play(w, r, s.fault(operation), func() (answerBody, error) {
		kind, data := carryOut()
		return answerBody{kind, data}, nil
	})
}
