package axis

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

// answerBody is what a request is answered with, status 200.
type answerBody struct {
	contentType string
	data        []byte
}

// jsonAnswer is the complete answer of an operation. A refusal is an answer
// too: HTTP 200, string fields, ASCII text.
func jsonAnswer(name string, f fields, err error) answerBody {
	out := map[string]any{"status": "OK", "ErrorCode": "0", "ErrorDesc": "Success"}
	switch name {
	case "sendEdoc":
		out["DocId"] = ""
	case "getReceivedEdocList", "getSentEdocList", "getAgenciesList", "getAgenciesListQD20", "getSynchronizeUnit":
		out["data"] = []string{}
	}
	for k, v := range f {
		if k != "raw" {
			out[k] = v
		}
	}
	var no *refusal
	if errors.As(err, &no) {
		out["status"], out["ErrorCode"], out["ErrorDesc"] = "FAIL", no.code, ascii(err.Error())
	}
	data, _ := json.Marshal(out) // maps of strings
	return answerBody{"application/json;charset=UTF-8", data}
}

const page = "<!DOCTYPE html><html><head><title>Lỗi</title></head><body><h1>Dịch vụ tạm thời gián đoạn</h1></body></html>"

// play answers a request, with the fault where there is one. A panic with
// http.ErrAbortHandler closes the connection without an answer.
func (s *Server) play(w http.ResponseWriter, r *http.Request, f Fault, carryOut func() (answerBody, error)) {
	switch f.Fault {
	case FaultDown:
		panic(http.ErrAbortHandler)
	case FaultCut:
		_, _ = io.CopyN(io.Discard, r.Body, max(r.ContentLength/2, 1))
		panic(http.ErrAbortHandler)
	case FaultHTML:
		writeAnswer(w, http.StatusInternalServerError, answerBody{"text/html; charset=utf-8", []byte(page)})
		return
	case FaultLogin:
		writeAnswer(w, http.StatusUnauthorized, answerBody{"text/html; charset=utf-8", []byte(page)})
		return
	case FaultPortal:
		writeAnswer(w, http.StatusOK, answerBody{"text/html; charset=utf-8", []byte(page)})
		return
	case FaultEmpty:
		writeAnswer(w, http.StatusOK, answerBody{"application/json;charset=UTF-8", nil})
		return
	case FaultNulls:
		writeAnswer(w, http.StatusOK, answerBody{"application/json;charset=UTF-8", []byte(`{"status":null,"ErrorCode":null,"ErrorDesc":null,"DocId":null,"data":null}`)})
		return
	case FaultWrongTime:
		s.shiftClock(time.Duration(f.Delay))
		defer s.shiftClock(0)
		w.Header().Set("Date", time.Now().Add(time.Duration(f.Delay)).UTC().Format(http.TimeFormat))
	case FaultNone, FaultSlow, FaultCutAnswer, FaultLostAnswer, FaultGarbage, FaultNumeric:
	}
	a, err := carryOut()
	if err != nil { // the request did not come through
		panic(http.ErrAbortHandler)
	}
	s.spoil(w, r, f, a)
}

// spoil writes the answer of a request that was carried out.
func (s *Server) spoil(w http.ResponseWriter, r *http.Request, f Fault, a answerBody) {
	switch f.Fault {
	case FaultLostAnswer:
		panic(http.ErrAbortHandler)
	case FaultCutAnswer:
		w.Header().Set("Content-Type", a.contentType)
		w.Header().Set("Content-Length", itoa(len(a.data)))
		_, _ = w.Write(a.data[:len(a.data)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case FaultSlow:
		if s.config.Slow != nil {
			s.config.Slow()
		}
		select {
		case <-time.After(time.Duration(f.Delay)):
		case <-r.Context().Done():
			return
		}
	case FaultGarbage:
		a.data = append([]byte("\x00\x01"), a.data[len(a.data)/3:]...)
	case FaultNumeric:
		var m map[string]any
		if json.Unmarshal(a.data, &m) == nil {
			m["ErrorCode"] = json.Number(m["ErrorCode"].(string))
			a.data, _ = json.Marshal(m)
		}
	}
	writeAnswer(w, http.StatusOK, a)
}

func (s *Server) shiftClock(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skew = by
}

// writeAnswer ignores a client that went away: it will ask again.
func writeAnswer(w http.ResponseWriter, status int, a answerBody) {
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("Content-Length", itoa(len(a.data)))
	w.WriteHeader(status)
	_, _ = w.Write(a.data)
}

// Snapshot is what GET _state answers. Documents are only those that clients
// sent, one entry whatever the number of receivers; the same DocumentID
// accepted twice is two entries.
type Snapshot struct {
	Documents []*Message `json:"documents"`
	Statuses  []*Message `json:"statuses"`
	// Waiting are the copies for client agencies that were not acknowledged.
	Waiting []*Delivery `json:"waiting"`
	// Deliveries are the copies of Documents.
	Deliveries []*Delivery `json:"deliveries"`
}

// State is what the axis holds at this moment.
func (s *Server) State() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Snapshot{Documents: []*Message{}, Statuses: []*Message{}, Waiting: []*Delivery{}, Deliveries: []*Delivery{}}
	for _, id := range s.state.order {
		m := s.state.messages[id]
		switch {
		case m.Type == typeStatus:
			out.Statuses = append(out.Statuses, m)
		case m.System != "":
			out.Documents = append(out.Documents, m)
		}
	}
	for _, code := range s.state.directory.order {
		client := s.state.directory.byCode[code].Behavior == Client
		for _, id := range s.state.byReceiver[code] {
			d := s.state.deliveries[id]
			if client && d.Status != statusDone {
				out.Waiting = append(out.Waiting, d)
			}
			if m := s.state.messages[d.Of]; m.Type == typeDocument && m.System != "" {
				out.Deliveries = append(out.Deliveries, d)
			}
		}
	}
	return out
}

func (s *Server) serveState(w http.ResponseWriter) { writeControl(w, s.State(), nil) }

func (s *Server) serveFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	d := json.NewDecoder(io.LimitReader(r.Body, 1<<16))
	d.DisallowUnknownFields()
	err := d.Decode(&f)
	if err == nil {
		err = s.SetFault(f)
	}
	writeControl(w, map[string]bool{"ok": true}, err)
}

// writeControl answers the requests of tests and scripts, which are no part of
// the protocol.
func writeControl(w http.ResponseWriter, v any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	data, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeAnswer(w, http.StatusOK, answerBody{"application/json", data})
}
