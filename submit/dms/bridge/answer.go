package bridge

import (
	"bytes"
	"encoding/json"
)

// The statuses of answers. Pages test 0 only.
const (
	statusDone      = 0
	statusError     = 1
	statusCancelled = 11
	statusNot       = 500
)

// answer is the one text that a page gets. All keys are always there: callbacks
// read Message or Error, whichever they were written for.
type answer struct {
	Status         int
	Message        string
	Error          string
	FileName       string
	FileServer     json.RawMessage
	DocumentNumber string
	DocumentDate   string
	Files          []signedItem `json:",omitempty"`

	// Of GetVersion and GetCertInfo.
	Version      string `json:",omitempty"`
	Subject      string `json:",omitempty"`
	Issuer       string `json:",omitempty"`
	SerialNumber string `json:",omitempty"`
	ValidFrom    string `json:",omitempty"`
	ValidTo      string `json:",omitempty"`
	Certificate  string `json:",omitempty"`
}

// signedItem is one stored file of several.
type signedItem struct {
	FileID        json.RawMessage
	FileName      string
	Status        int
	FileSignedURL json.RawMessage
}

// encode writes a in one text. FileServer keeps its type and its characters.
func (a answer) encode() []byte {
	if a.Message == "" {
		a.Message = "OK"
	}
	a.Error = a.Message
	if a.FileServer == nil {
		a.FileServer = json.RawMessage(`""`)
	}
	for i := range a.Files {
		f := &a.Files[i]
		if len(f.FileID) == 0 {
			f.FileID = json.RawMessage("null")
		}
		if f.FileSignedURL == nil {
			f.FileSignedURL = json.RawMessage(`""`)
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(a) != nil { // a RawMessage that is no JSON; those were parsed before
		return []byte(`{"Status":1,"Message":"error","Error":"error","FileName":"","FileServer":"","DocumentNumber":"","DocumentDate":""}`)
	}
	return bytes.TrimSpace(b.Bytes())
}
