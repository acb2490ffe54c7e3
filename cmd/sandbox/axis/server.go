package axis

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"text/template"
	"time"
)

// maxMessage bounds the body of a request, bytes.
const maxMessage = 256 << 20

// Config says what New makes.
type Config struct {
	// Dir keeps the state; empty: memory only.
	Dir string
	// Systems are the secrets by system id. The first agency (H99.97) belongs
	// to SystemID.
	SystemID string
	Systems  map[string]string
	// Agencies are added to the built-in ones.
	Agencies []Agency
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Letter makes the PDF of a document that an agency behind the axis sends
	// (POST _incoming); nil: a file of a few bytes.
	Letter func(Incoming) ([]byte, error)
	// Slow is told when the answer of FaultSlow begins to be waited for; nil:
	// nobody asks.
	Slow func()
}

// Server is the axis. It is safe for concurrent use. Close it.
type Server struct {
	config     Config
	statusForm *template.Template

	mu     sync.Mutex
	state  *state
	faults []*Fault
	skew   time.Duration // of the clock, while FaultWrongTime lasts
}

// New opens the axis with what Config.Dir remembers.
func New(c Config) (*Server, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	form, err := parseStatusForm()
	if err != nil {
		return nil, err
	}
	st, err := openState(c.Dir, append(builtIn(c.SystemID), c.Agencies...))
	if err != nil {
		return nil, fmt.Errorf("open the state of the axis: %w", err)
	}
	return &Server{config: c, statusForm: form, state: st}, nil
}

// Close closes the journal.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.journal.close()
}

// Run lets the agencies act, one step each interval, until ctx ends.
func (s *Server) Run(ctx context.Context, interval time.Duration) error {
	t := time.NewTicker(interval)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			if _, err := s.Advance(); err != nil {
				return err
			}
		}
	}
}

// now is the clock of the axis; the caller holds the lock.
func (s *Server) now() time.Time { return s.config.Now().Add(s.skew) }

// call is one authenticated request.
type call struct {
	system string
	header http.Header
	body   []byte
}

func (c call) param(name string) string { return c.header.Get(prefix + name) }

// operation is one row of the protocol.
type operation struct {
	method string
	serve  func(*Server, call) (fields, error)
}

// fields are what an answer has beside status, ErrorCode and ErrorDesc. "raw"
// is never written: it is the body of downloadEdoc.
type fields map[string]any

func operations() map[string]operation {
	return map[string]operation{
		"sendEdoc":            {http.MethodPost, (*Server).sendEdoc},
		"getReceivedEdocList": {http.MethodPost, locked((*Server).receivedList)},
		"getEdoc":             {http.MethodPost, (*Server).getEdoc},
		"downloadEdoc":        {http.MethodGet, (*Server).getEdoc},
		"updateStatus":        {http.MethodPost, locked((*Server).updateStatus)},
		"getSentEdocList":     {http.MethodPost, locked((*Server).sentList)},
		"getAgenciesList":     {http.MethodPost, locked((*Server).agencies)},
		"getAgenciesListQD20": {http.MethodPost, locked((*Server).agenciesQD20)},
		"getSynchronizeUnit":  {http.MethodPost, locked((*Server).units)},
		"registerAgency":      {http.MethodPost, locked((*Server).registerAgency)},
		"deleteAgency":        {http.MethodPost, locked((*Server).deleteAgency)},
		"countReceiveEdoc":    {http.MethodPost, locked((*Server).countDocuments)},
		"countReceiveStatus":  {http.MethodPost, locked((*Server).countStatuses)},
	}
}

// locked runs an operation under the lock. Those that read or write whole
// messages take it themselves, for as long as they need the state.
func locked(f func(*Server, call) (fields, error)) func(*Server, call) (fields, error) {
	return func(s *Server, c call) (fields, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return f(s, c)
	}
}

// ServeHTTP serves the operations, GET _state, POST _fault, POST _advance and
// POST _incoming below whatever path the caller mounts it at.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	switch {
	case name == "_state" && r.Method == http.MethodGet:
		s.serveState(w)
		return
	case name == "_fault" && r.Method == http.MethodPost:
		s.serveFault(w, r)
		return
	case name == "_incoming" && r.Method == http.MethodPost:
		s.serveIncoming(w, r)
		return
	case name == "_advance" && r.Method == http.MethodPost:
		moved, err := s.Advance()
		writeControl(w, map[string]bool{"moved": moved}, err)
		return
	}
	op, ok := operations()[name]
	if !ok || r.Method != op.method {
		http.NotFound(w, r)
		return
	}
	s.play(w, r, s.fault(name), func() (answerBody, error) { return s.carryOut(name, op, r) })
}

// carryOut reads and authenticates a request and runs its operation.
func (s *Server) carryOut(name string, op operation, r *http.Request) (answerBody, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxMessage+1))
	if err != nil {
		return answerBody{}, err
	}
	var out fields
	if len(body) > maxMessage {
		err = &refusal{codeBadFile, "thong diep qua lon"}
	} else {
		out, err = s.authenticated(op, call{header: r.Header, body: body})
	}
	var no *refusal
	if err != nil && !errors.As(err, &no) {
		no = &refusal{codeFault, "loi he thong: " + err.Error()}
		err = no
	}
	if name == "downloadEdoc" && err == nil {
		raw, _ := out["raw"].([]byte)
		return answerBody{"application/octet-stream", raw}, nil
	}
	return jsonAnswer(name, out, err), nil
}

func (s *Server) authenticated(op operation, c call) (fields, error) {
	system, err := authenticate(c.header, s.config.Systems)
	if err != nil {
		return nil, err
	}
	c.system = system
	return op.serve(s, c)
}

// sendEdoc takes a document or a status message.
func (s *Server) sendEdoc(c call) (fields, error) {
	if mediaType(c.param("Content-Type")) != "application/octet-stream" {
		return nil, badFormat("Content-Type must be application/octet-stream")
	}
	if c.param("servicetype") != "eDoc" {
		return nil, badFormat("servicetype must be eDoc")
	}
	file, digest, err := checkHash(c)
	if err != nil {
		return nil, err
	}
	root, err := parse(file)
	if err != nil {
		return nil, badFormat("%s", ascii(err.Error()))
	}
	var m *Message
	switch c.param("messagetype") {
	case typeDocument:
		m, err = readDocument(root)
	case typeStatus:
		m, err = readStatus(root)
	default:
		return nil, badFormat("messagetype must be edoc or status")
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.checkParties(c, m); err != nil {
		return nil, err
	}
	m.System, m.SHA256 = c.system, hex.EncodeToString(digest[:])
	if err := s.state.accept(m, file, s.now()); err != nil {
		return nil, err
	}
	return fields{"DocId": m.DocID}, nil
}

// checkHash holds hash-file against the body. The vendor's client adds a CRLF
// that the hash does not count. Both spellings of the digest are right.
func checkHash(c call) (file []byte, digest [32]byte, err error) {
	got := c.param("hash-file")
	for _, file := range [][]byte{bytes.TrimSuffix(c.body, []byte("\r\n")), c.body} {
		digest = sha256.Sum256(file)
		if got == hex.EncodeToString(digest[:]) || got == unpadded(digest) {
			return file, digest, nil
		}
	}
	return nil, digest, &refusal{codeBadFile, "hash-file khong dung"}
}

// checkParties wants the sender registered to the system, and every receiver
// in the directory. It turns both into codes of QĐ 20.
func (s *Server) checkParties(c call, m *Message) error {
	from := s.state.directory.find(m.From)
	if from == nil || from.System != c.system || s.state.directory.find(c.param("from")) != from {
		return &refusal{codeSender, "Don vi gui " + ascii(c.param("from")) +
			" khong dung voi ma da dang ky: " + s.registered(c.system)}
	}
	m.From = from.Code
	for i, to := range m.To {
		a := s.state.directory.find(to)
		if a == nil {
			return &refusal{codeReceiver, "Don vi nhan khong ton tai: " + ascii(to)}
		}
		if slices.Contains(m.To[:i], a.Code) {
			return badFormat("receiver %s occurs more than once", a.Code)
		}
		m.To[i] = a.Code
	}
	return nil
}

// registered are the codes of a system, for the refusal.
func (s *Server) registered(system string) string {
	return strings.Join(s.codes(system), ", ")
}

func (s *Server) codes(system string) []string {
	var codes []string
	for _, code := range s.state.directory.order {
		if s.state.directory.byCode[code].System == system {
			codes = append(codes, code)
		}
	}
	return codes
}
