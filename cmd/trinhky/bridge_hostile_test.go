//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestBridgeHostilePages lets pages of other origins try the bridge from a real
// browser, each in its own way: nothing is fetched, stored or signed, and
// nothing of the person or the computer is told.
func TestBridgeHostilePages(t *testing.T) {
	w := newSiteWindow(t)
	w.startSandbox()
	w.prepare()
	good := w.front()
	spki := w.trust(good)
	evil := w.front() // the same pages at another port: another origin
	// Sockets of these origins: a question each, and the person says no.
	asked := []string{evil.page, strings.Replace(evil.page, "127.0.0.1", "so.evil.example", 1)}
	lines := w.start("remember+put" + strings.Repeat(",refuse", len(asked)+1))
	port := w.bridge[strings.Index(w.bridge, ":")+1:]
	b := w.browser("--ignore-certificate-errors-spki-list=" + spki)

	b.open(good.page + "?bridge=" + url.QueryEscape(w.bridge))
	w.status(b.press("approve-vb125", "result-vb125"), 0, "")
	for _, address := range asked {
		b.open(address + "?bridge=" + url.QueryEscape(w.bridge))
		w.status(b.ask("SignApproved", good.page+"files/vb125.pdf", good.page+"upload/vb125"), 11, "từ chối")
	}
	page := b.eval("document.baseURI")
	// Pages without an origin of their own are turned away before any question.
	for name, frame := range map[string]string{
		"sandboxed frame": `f.sandbox = 'allow-scripts'; f.srcdoc = code;`,
		"data address":    `f.src = 'data:text/html,' + encodeURIComponent(code);`,
	} {
		if got := b.framed(w, frame); got != "error" {
			t.Errorf("%s: %s", name, got)
		}
	}
	// Names for this computer: the certificate does not vouch for them, and the
	// Host header is not ours (rebinding), even where the browser looks away.
	for _, host := range []string{"dms.evil.example", "127.0.0.1.evil.example", "localhost.evil.example"} {
		if got := b.reach("wss://" + host + ":" + port + "/GetVersion"); got != "error" {
			t.Errorf("%s: %s", host, got)
		}
	}
	b.plain(w)
	// The good page in a frame of the evil one keeps its own origin, and is a
	// page that the person allowed; the evil one cannot press its buttons.
	framed := b.eval(fmt.Sprintf(`new Promise(done => { const f = document.createElement('iframe'); f.src = %q; document.body.append(f);
		f.onload = () => { try { done(String(f.contentDocument.getElementById('approve-vb42'))); } catch (e) { done('error'); } }; })`, good.page))
	if framed != "error" && framed != "null" {
		t.Errorf("the frame of the good page: %s", framed)
	}
	if b.eval("document.baseURI") != page {
		t.Error("a form took the page away")
	}
	// The last one: an origin that looks like the good one. Nothing was ever
	// fetched for any of them.
	b.open(strings.Replace(evil.page, "127.0.0.1", "localhost.evil.example", 1) + "?bridge=" + url.QueryEscape(w.bridge))
	w.status(b.ask("SignApproved", "https://127.0.0.1@localhost.evil.example/a.pdf", good.page+"upload/vb125"), 1, "mật khẩu")
	w.status(b.ask("SignApproved", strings.Replace(evil.page, "127.0.0.1", "LOCALHOST.EVIL.EXAMPLE.", 1)+"a.pdf", "https://xn--loclhost-vza.example/"), 11, "từ chối")
	for lines.Scan() {
		if strings.Contains(lines.Text(), "✗") {
			t.Error(lines.Text())
		}
	}
	if s := w.state(good); len(s.Uploads) != 1 || len(s.Downloads) != 1 {
		t.Errorf("%+v", s)
	}
}

// plain tries without a socket.
func (b *browser) plain(w *siteWindow) {
	b.Helper()
	// Forms, images, fetch: 426 or 403, and nothing that a page could read.
	for name, script := range map[string]string{
		"fetch":          `fetch(at, {method: 'POST', body: '{}'}).then(r => 'read ' + r.status, () => 'error')`,
		"fetch no-cors":  `fetch(at, {method: 'POST', mode: 'no-cors', body: '{}'}).then(r => r.type + r.status, () => 'error')`,
		"fetch, cookies": `fetch(at, {mode: 'no-cors', credentials: 'include'}).then(r => r.type + r.status, () => 'error')`,
		"image":          `new Promise(done => { const i = new Image(); i.onload = () => done('read'); i.onerror = () => done('error'); i.src = at; })`,
		"script":         `new Promise(done => { const s = document.createElement('script'); s.onload = () => done('read'); s.onerror = () => done('error'); s.src = at; document.body.append(s); })`,
		"form": `new Promise(done => { const i = document.createElement('iframe'); i.name = 'x'; const f = document.createElement('form');
			f.target = 'x'; f.method = 'post'; f.action = at; f.innerHTML = '<input name="{" value="}">'; document.body.append(i, f);
			i.onload = () => { let read = 'error'; try { if (i.contentDocument.body.textContent) read = 'read'; } catch (e) {} done(read); }; f.submit(); })`,
	} {
		got := b.eval(fmt.Sprintf("(() => { const at = 'https://%s/SignApproved'; return %s; })()", w.bridge, script))
		if got != "error" && got != "opaque0" {
			b.Errorf("%s: %s", name, got)
		}
	}
}

// framed lets a frame without an origin open a socket, and says what came of it.
func (b *browser) framed(w *siteWindow, frame string) string {
	b.Helper()
	return b.eval(fmt.Sprintf(`new Promise(done => {
		onmessage = e => done(e.data);
		const code = "<script>const s = new WebSocket('wss://%s/GetVersion'); s.onmessage = () => parent.postMessage('message', '*'); s.onerror = () => parent.postMessage('error', '*');</"+"script>";
		const f = document.createElement('iframe'); %s document.body.append(f); })`, w.bridge, frame))
}

// siteState is what the document system saw.
type siteState struct {
	Downloads []string
	Uploads   []any
}

func (w *siteWindow) state(f *front) (s siteState) {
	w.Helper()
	resp, err := w.client().Get(f.page + "_state")
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		w.Fatal(err)
	}
	return s
}

// TestBridgeFromPublicSite shows what the browser does when a page of the public
// network calls this computer: it asks the person, or an administrator's policy
// has answered.
func TestBridgeFromPublicSite(t *testing.T) {
	w := newSiteWindow(t)
	w.startSandbox()
	w.prepare()
	f := w.front()
	spki := w.trust(f)
	w.start("refuse") // nobody is asked anything here
	host := strings.TrimPrefix(f.URL, "https://")
	b := w.browser("--ignore-certificate-errors-spki-list="+spki, "--ip-address-space-overrides="+host+"=public")
	b.open(f.page + "?bridge=" + url.QueryEscape(w.bridge))
	reach := func(wait time.Duration) string {
		return b.eval(fmt.Sprintf(`new Promise(done => { const s = new WebSocket('wss://%s/GetVersion');
			s.onerror = () => done('refused'); s.onmessage = () => done('answered'); setTimeout(() => done('asks'), %d); })`, w.bridge, wait.Milliseconds()))
	}
	for _, state := range []string{"", "granted", "denied"} {
		if state != "" {
			for _, name := range []string{"local-network-access", "loopback-network", "local-network"} {
				b.try("Browser.setPermission", map[string]any{"permission": map[string]any{"name": name}, "setting": state, "origin": f.URL})
			}
		}
		wait := 4 * time.Second // that long no answer is no answer
		if state == "granted" {
			wait = 2 * time.Minute // it answers, however busy the computer is
		}
		got := reach(wait)
		t.Logf("permission %q: %s", state, got)
		if (got == "answered") != (state == "granted") {
			t.Errorf("permission %q: %s: the documentation says otherwise", state, got)
		}
	}
	if path := os.Getenv("TRINHKY_SHOTS"); path != "" {
		b.shoot(filepath.Join(path, "public.png"))
	}
}
