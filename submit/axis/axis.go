// Package axis speaks the VXP protocol of the national document axis as its own
// client does, with fresh headers for every call. It is a submit.Connector and
// a submit.Directory.
//
// An answer counts only when it is complete: HTTP 200 and JSON of the right
// shape. Pages of HTML, empty bodies, nulls and cut answers are failures, never
// "no documents" and never success. A send has four ends: accepted (DocId),
// refused (submit.Permanent), not arrived (no connection was made), and unknown
// for everything else.
package axis

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"trinhky/submit"
	"trinhky/submit/network"
)

// HashSpelling is how the SHA-256 of a message is written in the hash-file
// header.
type HashSpelling int

// The spellings. The zero value is that of the axis' own client, which prints
// every byte without its leading zero. Servers in the field were written
// against that client, so it is what all of them accept; one that wants the
// right digest is known before the first send, and there is no falling back on
// a refusal: its code for a wrong hash is not known, and a second send on a
// guess could double a document.
const (
	HashUnpadded HashSpelling = iota
	HashPadded
)

// Config says where the axis is and who we are to it.
type Config struct {
	Endpoint string // base URL; operations are appended as path segments
	SystemID string
	Secret   string // its text is the key of the HMAC, even if it looks like base64
	Hash     HashSpelling
	// SendTimeout bounds sending and fetching one message (60 s), ListTimeout
	// the lists (30 s).
	SendTimeout, ListTimeout time.Duration
	// Dir is for temporary files; "" is the system's place.
	Dir string
	// Limits are the agency's; what is received may be as large, and never less
	// than edxml's defaults.
	Limits submit.Limits
	// Network says how the axis is reached: proxy, pinned CA, client certificate.
	Network network.Config
}

// Client is the axis as seen from one system. It is safe for concurrent use.
type Client struct {
	base    string
	config  Config
	lists   *http.Client
	sending *http.Client // never on a connection that was used before
	now     func() time.Time
}

var (
	_ submit.Connector = (*Client)(nil)
	_ submit.Directory = (*Client)(nil)
)

// New checks c; it does not touch the network.
func New(c Config) (*Client, error) {
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("axis: %q is no address of an axis", c.Endpoint)
	}
	if c.SystemID == "" || !plain(c.SystemID) {
		return nil, errors.New("axis: the system identifier is missing or not ASCII")
	}
	if c.Secret == "" {
		return nil, errors.New("axis: the secret is missing")
	}
	if c.SendTimeout <= 0 {
		c.SendTimeout = 60 * time.Second
	}
	if c.ListTimeout <= 0 {
		c.ListTimeout = 30 * time.Second
	}
	if c.Dir == "" {
		c.Dir = os.TempDir()
	}
	sweep(c.Dir)
	client := &Client{base: strings.TrimRight(c.Endpoint, "/"), config: c, now: time.Now}
	if client.lists, err = newHTTP(c.Network, true); err != nil {
		return nil, err
	}
	if client.sending, err = newHTTP(c.Network, false); err != nil {
		return nil, err
	}
	return client, nil
}

func newHTTP(c network.Config, keepAlive bool) (*http.Client, error) {
	transport, err := c.Transport(keepAlive)
	if err != nil {
		return nil, fmt.Errorf("axis: %w", err)
	}
	return &http.Client{
		Transport:     network.Unzipped(transport),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// plain tells whether s can stand in a header: the axis' own client cannot sign
// anything but ASCII.
func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// temporary is how our folders for messages begin; their content is a
// document's, so what a killed program left is cleared.
const temporary = "trinhky-axis-"

// TempDir makes a folder for a message in dir; a later start clears it where
// this program is killed.
func TempDir(dir string) (string, error) { return os.MkdirTemp(dir, temporary+"*") }

func sweep(dir string) {
	all, _ := filepath.Glob(filepath.Join(dir, temporary+"*"))
	for _, path := range all {
		if info, err := os.Lstat(path); err == nil && info.IsDir() && time.Since(info.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(path) // not ours, or in use: the next start tries again
		}
	}
}
