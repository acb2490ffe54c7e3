package bridge_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"trinhky/submit/dms/bridge"
)

// raw opens a connection of TLS on which a test writes what it wants.
func (w *world) raw() net.Conn {
	w.Helper()
	c, err := (&tls.Dialer{Config: w.tls()}).DialContext(w.Context(), "tcp", w.address)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = c.Close() })
	return c
}

// upgraded is a raw connection behind the handshake of a WebSocket.
func (w *world) upgraded(path string) (net.Conn, *bufio.Reader) {
	w.Helper()
	c := w.raw()
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
		path, w.address, w.site.URL)
	r := bufio.NewReader(c)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols || resp.Header.Get("Sec-WebSocket-Extensions") != "" {
		w.Fatalf("%v %v", resp, err)
	}
	return c, r
}

// frame is the head of a client's frame that announces n bytes, its mask nought.
func frame(first byte, n uint64) []byte {
	h := binary.BigEndian.AppendUint64([]byte{first, 0x80 | 127}, n)
	return append(h, 0, 0, 0, 0)
}

// Frames that announce more than they may, say nonsense, or never end: the
// connection ends, and the next page is served.
func TestFrameBombs(t *testing.T) {
	w := newWorld(t)
	for name, bytes := range map[string][]byte{
		"2^62 bytes":      frame(0x81, 1<<62),
		"negative length": frame(0x81, 1<<63),
		"4 GiB":           frame(0x81, 4<<30),
		"compressed":      frame(0xC1, 10),
		"reserved opcode": frame(0x83, 1),
		"unmasked":        {0x81, 1, '{'},
		"continuation":    frame(0x80, 4),
		"large ping":      frame(0x89, 1000),
	} {
		c, r := w.upgraded("/SignApproved")
		go func() { // as much of it as the bridge takes
			_, _ = c.Write(bytes)
			for block := make([]byte, 64<<10); ; {
				if _, err := c.Write(block); err != nil {
					return
				}
			}
		}()
		// It answers, at most with a reason and the frame that closes; then the
		// bridge waits no longer than the page stays.
		if got, err := r.Peek(1); err == nil && got[0] != 0x81 && got[0] != 0x88 {
			t.Errorf("%s: frame %x", name, got)
		}
		_ = c.Close()
	}
	// A message in a thousand pieces counts as one, also for its length.
	c, r := w.upgraded("/SignApproved")
	piece := append(frame(0x01, 1<<10), make([]byte, 1<<10)...)
	go func() {
		for range 1000 {
			if _, err := c.Write(piece); err != nil {
				return
			}
			piece[0] = 0x00
		}
	}()
	head, err := r.Peek(100)
	if err == nil && head[0] != 0x88 && !strings.Contains(string(head), string(bridge.ReasonTooLong)) {
		t.Errorf("%.100q", head)
	}
	_ = c.Close()
	w.status(w.call("/SignApproved", w.site.URL, w.common(nil)), 0)
	if len(w.person.jobs) != 1 {
		t.Errorf("%d jobs", len(w.person.jobs))
	}
}

// Hundreds of connections that begin and say nothing keep nobody out, and end.
func TestSlowConnections(t *testing.T) {
	w := newWorld(t, func(c *bridge.Config) { c.Limits.Header = bridge.DefaultLimits().Header })
	var all []net.Conn
	for i := range 200 {
		c, err := net.Dial("tcp", w.address) // no handshake of TLS at all
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if i%20 == 0 {
			c = w.raw()
			fmt.Fprintf(c, "GET /SignApproved HTTP/1.1\r\nHost: %s\r\nX: ", w.address)
		}
		all = append(all, c)
	}
	w.status(w.call("/SignApproved", w.site.URL, w.common(nil)), 0)
	for i, c := range all {
		if _, err := io.Copy(io.Discard, c); errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("%d: %v", i, err)
		}
	}
}

// Silent sockets of one page lose their places to those that come later.
func TestSilentSockets(t *testing.T) {
	w := newWorld(t, func(c *bridge.Config) { c.Limits.Sockets = 4 })
	var silent []*websocket.Conn
	for range 12 {
		c, _, err := w.dial("/Config", "https://evil.example.vn")
		if err != nil {
			t.Fatal(err)
		}
		silent = append(silent, c)
	}
	for _, c := range silent[:8] {
		if _, _, err := c.Read(t.Context()); err == nil {
			t.Error("a silent socket got an answer")
		}
	}
	w.status(w.call("/SignApproved", w.site.URL, w.common(nil)), 0)
	for _, c := range silent {
		_ = c.CloseNow()
	}
}

// The program ends in the middle: the page is told, whatever was going on, and
// the log says how far it came.
func TestQuit(t *testing.T) {
	for name, c := range map[string]struct {
		at     func(w *world, reached chan<- struct{})
		result string
	}{
		"the question": {func(w *world, reached chan<- struct{}) {
			w.sites = nil
			w.person.ask = func(ctx context.Context) { reached <- struct{}{}; <-ctx.Done() }
		}, "refused: quit"},
		"the download": {func(w *world, reached chan<- struct{}) {
			w.mux.HandleFunc("GET /slow", func(rw http.ResponseWriter, r *http.Request) { reached <- struct{}{}; <-r.Context().Done() })
		}, "refused: quit"},
		"the document": {func(w *world, reached chan<- struct{}) {
			w.person.sign = func(ctx context.Context, _ bridge.Job) ([]bridge.Signed, error) {
				reached <- struct{}{}
				<-ctx.Done()
				return nil, context.Cause(ctx)
			}
		}, "refused: quit"},
		"the upload": {func(w *world, reached chan<- struct{}) {
			w.mux.HandleFunc("POST /slow", func(rw http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				reached <- struct{}{}
				<-r.Context().Done()
			})
		}, "signed, not stored: refused: quit"},
	} {
		t.Run(name, func(t *testing.T) {
			reached := make(chan struct{}, 1)
			w := newWorld(t)
			c.at(w, reached)
			message := map[string]any{}
			if name == "the download" {
				message["FileName"] = w.site.URL + "/slow"
			}
			if name == "the upload" {
				message["FileUploadHandler"] = w.site.URL + "/slow"
			}
			s, _, err := w.dial("/SignApproved", w.site.URL)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Write(t.Context(), websocket.MessageText, []byte(w.common(message))); err != nil {
				t.Fatal(err)
			}
			<-reached
			w.quit()
			w.reason(w.read(s), bridge.ReasonQuit)
			_ = s.CloseNow()
			if r := w.last(); !strings.HasPrefix(r.Result, c.result) {
				t.Errorf("%q", r.Result)
			}
		})
	}
}
