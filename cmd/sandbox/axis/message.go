package axis

import (
	"crypto/sha256"
	"encoding/hex"
)

// Kinds of a document message (BussinessDocType).
const (
	kindNew = iota
	kindRecall
	kindUpdate
	kindReplace
)

// The message types of the header XroadVnpt-messagetype.
const (
	typeDocument = "edoc"
	typeStatus   = "status"
)

// Attachment is a file of a message as it was packed.
type Attachment struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // of the inner file, after unwrapping a zip
	Size   int    `json:"size"`
}

// Message is what the axis keeps of a message that it accepted.
type Message struct {
	DocID      string       `json:"doc_id"` // the axis' own identifier
	Type       string       `json:"type"`   // "edoc" or "status"
	From       string       `json:"from"`
	To         []string     `json:"to"`
	DocumentID string       `json:"document_id"`
	Kind       int          `json:"kind"`
	Number     string       `json:"number,omitempty"`
	Notation   string       `json:"notation,omitempty"`
	Date       string       `json:"date,omitempty"` // yyyy/MM/dd
	Subject    string       `json:"subject,omitempty"`
	Files      []Attachment `json:"files,omitempty"`
	SHA256     string       `json:"sha256"` // of the whole message as sent
	SentAt     string       `json:"sent_at"`
	System     string       `json:"system,omitempty"` // the client's system id; "" for agencies behind the axis

	// Of a status message.
	Code   string `json:"code,omitempty"`
	Note   string `json:"note,omitempty"`
	RefOf  string `json:"response_for,omitempty"`  // ResponseFor/OrganId
	RefNum string `json:"response_code,omitempty"` // ResponseFor/Code, "125/SG-VP"
	// Raw messages are passed on byte for byte (POST _incoming).
	Raw bool `json:"raw,omitempty"`
	// Affects is the document that a recall, an update or a replacement is about.
	Affects string `json:"affects,omitempty"`
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// unpadded is the vendor's spelling of a digest: every byte in hexadecimal
// without its leading nought.
func unpadded(digest [32]byte) string {
	const digits = "0123456789abcdef"
	var out []byte
	for _, b := range digest {
		if b >= 16 {
			out = append(out, digits[b>>4])
		}
		out = append(out, digits[b&15])
	}
	return string(out)
}
