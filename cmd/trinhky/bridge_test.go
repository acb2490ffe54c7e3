//go:build linux

package main

import (
	"bufio"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"trinhky/app/settings"
)

// TestBridgeInBrowser presses the buttons of a page of the sandbox's document
// system in a real browser, which trusts the local certificate through its own
// store; the real window asks, shows, takes the PIN, signs and stores. It needs
// the built programs (TRINHKY_BIN), Xvfb, Chromium and certutil.
func TestBridgeInBrowser(t *testing.T) {
	w := newSiteWindow(t)
	w.startSandbox()
	w.prepare()
	lines := w.start("sign,sign,refuse,allow,allow,refuse,refuse")
	b := w.browser()
	page := w.dms + "?bridge=" + url.QueryEscape(w.bridge)
	b.open(page)

	one := b.press("approve-vb125", "result-vb125")
	w.status(one, 0, "một văn bản")
	w.valid(one["FileServer"].(string))
	all := b.press("all", "result-all")
	w.status(all, 0, "nhiều văn bản")
	w.several(all, map[string]int{"vb125": 1, "vb42": 1, "vb18": 1, "phathanh": 2}) // its leader signed the last before
	if dir := os.Getenv("TRINHKY_SHOTS"); dir != "" {
		b.shoot(filepath.Join(dir, "bridge-page.png"))
	}
	w.status(b.press("approve-vb42", "result-vb42"), 11, "từ chối")

	site := strings.TrimSuffix(w.dms, "/dms/")
	w.status(b.ask("SignApproved", w.dms+"away/vb125.pdf", w.dms+"upload/vb125"), 1, "chuyển")
	w.status(b.ask("SignApproved", w.dms+"large/vb125.pdf", w.dms+"upload/vb125"), 1, "100 MB")
	w.status(b.ask("SignApproved", "http://127.0.0.2:9/a.pdf", w.dms+"upload/vb125"), 11, "từ chối")
	w.status(b.ask("SignApproved", "file:///etc/hostname", w.dms+"upload/vb125"), 1, "máy tính này")
	w.status(b.ask("SignApproved", w.dms+"files/vb125.pdf", `C:\a.pdf`), 1, "máy tính này")
	w.status(b.ask("SignJson", "", ""), 500, "không đọc được")
	// A name that leads to this computer: the certificate does not vouch for it.
	if got := b.reach("wss://dms.evil.example:" + w.bridge[strings.Index(w.bridge, ":")+1:] + "/GetVersion"); got != "error" {
		t.Errorf("by another name: %s", got)
	}
	if got := b.reach("wss://" + w.bridge + "/GetVersion"); got != "message" {
		t.Errorf("by its own: %s", got)
	}
	// The same page under another name is another origin.
	b.open(strings.Replace(page, "127.0.0.1", "localhost", 1)) // the first is the page's host
	w.status(b.press("approve-vb18", "result-vb18"), 11, "từ chối")
	for lines.Scan() {
		if strings.Contains(lines.Text(), "✗") {
			t.Error(lines.Text())
		}
	}
	w.audited(site)
}

// siteWindow is a window with its bridge, and a browser.
type siteWindow struct {
	killedWindow
	user, bridge, dms string
	roots             string // of the https fronts; "": none
}

func newSiteWindow(t *testing.T) *siteWindow {
	t.Helper()
	bin := os.Getenv("TRINHKY_BIN")
	if bin == "" || testing.Short() {
		t.Skip("TRINHKY_BIN does not name the built programs: make whole does")
	}
	for _, tool := range []string{filepath.Join(bin, "trinhky"), "Xvfb", "chromium", "certutil"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("not there: %s", tool)
		}
	}
	return &siteWindow{killedWindow: killedWindow{T: t, bin: bin, display: virtualDisplay(t)}, user: t.TempDir()}
}

// prepare turns the bridge to a free port, forgets the sandbox's site, and lets
// the user's browser trust the certificate.
func (w *siteWindow) prepare() {
	w.Helper()
	w.bridge = w.free()
	s, err := settings.Load(w.home)
	if err != nil || !s.Bridge.Enabled || len(s.Bridge.Sites) != 1 {
		w.Fatalf("the workspace's bridge: %+v %v", s.Bridge, err)
	}
	w.dms = s.Bridge.Sites[0].Origin + "/dms/"
	s.Bridge.Address, s.Bridge.Sites = w.bridge, nil
	if err := settings.Save(w.home, s); err != nil {
		w.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(w.bin, "trinhkyctl"), "--home", w.home, "bridge", "install")
	cmd.Env = append(os.Environ(), "HOME="+w.user)
	if out, err := cmd.CombinedOutput(); err != nil {
		w.Fatalf("bridge install: %v\n%s", err, out)
	}
}

// free is an address below those that the system gives to outgoing connections,
// of which one might take it before the window does.
func (w *siteWindow) free() string {
	w.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 12000+rand.IntN(20000)))
		if err == nil {
			_ = l.Close()
			return l.Addr().String()
		}
	}
	w.Fatal("no free port")
	return ""
}

// start starts the window, which answers pages by itself, and waits until it is
// ready for them.
func (w *siteWindow) start(answers string, more ...string) *bufio.Scanner {
	w.Helper()
	shots := os.Getenv("TRINHKY_SHOTS")
	if shots == "" {
		shots = w.TempDir()
	}
	cmd := w.window(append([]string{"--walk", shots, "--pin-file", w.pinFile, "--walk-site", answers}, more...)...)
	if w.roots != "" {
		cmd.Env = append(cmd.Env, "SSL_CERT_FILE="+w.roots)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { kill(cmd) })
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !strings.Contains(lines.Text(), "✓") {
		w.Fatalf("the window: %s", lines.Text())
	}
	return lines
}

func (w *siteWindow) status(a map[string]any, want float64, words string) {
	w.Helper()
	if message, _ := a["Message"].(string); a["Status"] != want || want != 0 && !strings.Contains(strings.ToLower(message), strings.ToLower(words)) {
		w.Errorf("%v, want %v with %q", a, want, words)
	}
}

// fetch keeps what the site holds in a file.
func (w *siteWindow) fetch(address string) string {
	w.Helper()
	resp, err := w.client().Get(address)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	path := filepath.Join(w.TempDir(), "stored.pdf")
	f, err := os.Create(path)
	if err != nil {
		w.Fatal(err)
	}
	if _, err := f.ReadFrom(resp.Body); err != nil {
		w.Fatal(err)
	}
	_ = f.Close()
	return path
}

// valid fetches what the site holds and has it checked.
func (w *siteWindow) valid(address string) {
	w.Helper()
	path := w.fetch(address)
	out, err := exec.Command(filepath.Join(w.bin, "trinhkyctl"), "--home", w.home, "--json", "verify", path).CombinedOutput()
	if err != nil || !strings.Contains(string(out), `"verdict":"valid"`) {
		w.Errorf("what the site holds: %v %s", err, out)
	}
	if _, err := exec.LookPath("pdfsig"); err == nil {
		out, _ := exec.Command("pdfsig", "-nocert", path).CombinedOutput()
		if !strings.Contains(string(out), "Signature is Valid.") {
			w.Errorf("pdfsig: %s", out)
		}
	}
}

// audited sees that every call is in the log, and no token.
func (w *siteWindow) audited(site string) {
	w.Helper()
	out, err := exec.Command(filepath.Join(w.bin, "trinhkyctl"), "--home", w.home, "--json", "audit", "list").CombinedOutput()
	if err != nil {
		w.Fatalf("audit list: %v %s", err, out)
	}
	text := string(out)
	if n := strings.Count(text, `"action":"bridge"`); n < 12 {
		w.Errorf("%d calls in the log: %s", n, text)
	}
	if !strings.Contains(text, site) || strings.Contains(text, "token=") {
		w.Errorf("the log: %s", text)
	}
}

// browser is a Chromium without a display.
type browser struct {
	*testing.T
	conn *websocket.Conn
	id   int
	at   string // of the bridge
}

func (w *siteWindow) browser(more ...string) *browser {
	w.Helper()
	data := filepath.Join(w.TempDir(), "profile")
	cmd := exec.Command("chromium", append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir=" + data,
		"--remote-debugging-port=0", "--host-resolver-rules=MAP *.evil.example 127.0.0.1",
	}, append(more, "about:blank")...)...)
	cmd.Env = append(os.Environ(), "HOME="+w.user)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	log, err := cmd.StderrPipe()
	if err != nil {
		w.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { kill(cmd) })
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		_, port, ok := strings.Cut(lines.Text(), "DevTools listening on ws://127.0.0.1:")
		if !ok {
			continue
		}
		port, _, _ = strings.Cut(port, "/")
		go func() {
			for lines.Scan() { // so that it never waits for us
			}
		}()
		return w.attach("http://127.0.0.1:" + port + "/json/list")
	}
	w.Fatal("the browser did not start")
	return nil
}

func (w *siteWindow) attach(list string) *browser {
	w.Helper()
	resp, err := http.Get(list)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var targets []struct {
		Type string
		URL  string `json:"webSocketDebuggerUrl"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&targets); err != nil {
		w.Fatal(err)
	}
	for _, target := range targets {
		if target.Type != "page" {
			continue
		}
		conn, _, err := websocket.Dial(w.Context(), target.URL, nil)
		if err != nil {
			w.Fatal(err)
		}
		conn.SetReadLimit(64 << 20)
		return &browser{T: w.T, conn: conn, at: w.bridge}
	}
	w.Fatalf("no page: %+v", targets)
	return nil
}

// send sends a command of the DevTools protocol and waits for its answer.
func (b *browser) send(method string, params any) json.RawMessage {
	b.Helper()
	result, refused := b.try(method, params)
	if refused != nil {
		b.Fatalf("%s: %s", method, refused)
	}
	return result
}

// try is send where the browser may not know the command.
func (b *browser) try(method string, params any) (result, refused json.RawMessage) {
	b.Helper()
	b.id++
	data, _ := json.Marshal(map[string]any{"id": b.id, "method": method, "params": params})
	if err := b.conn.Write(b.Context(), websocket.MessageText, data); err != nil {
		b.Fatal(err)
	}
	for {
		_, data, err := b.conn.Read(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  json.RawMessage
		}
		if err := json.Unmarshal(data, &answer); err != nil {
			b.Fatal(err)
		}
		if answer.ID == b.id {
			return answer.Result, answer.Error
		}
	}
}

// eval runs a script, waits for its promise, and gives its text.
func (b *browser) eval(script string) string {
	b.Helper()
	var out struct {
		Result    struct{ Value any }
		Exception json.RawMessage `json:"exceptionDetails"`
	}
	raw := b.send("Runtime.evaluate", map[string]any{"expression": script, "awaitPromise": true, "returnByValue": true})
	if err := json.Unmarshal(raw, &out); err != nil || out.Exception != nil {
		b.Fatalf("%v %s", err, raw)
	}
	return fmt.Sprint(out.Result.Value)
}

func (b *browser) open(address string) {
	b.Helper()
	b.send("Page.enable", map[string]any{})
	b.send("Page.navigate", map[string]any{"url": address})
	// The document of the new page, once it is whole; on the way from one to the
	// other there is none to ask.
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		raw, _ := b.try("Runtime.evaluate", map[string]any{"expression": "location.href+' '+document.readyState+' '+(typeof callBridge)"})
		var at struct{ Result struct{ Value string } }
		if json.Unmarshal(raw, &at) == nil && at.Result.Value == address+" complete function" {
			return
		}
		if time.Now().After(deadline) {
			b.Fatalf("%s: %s", address, raw)
		}
	}
}

// press presses a button and waits for what the page says then.
func (b *browser) press(button, result string) map[string]any {
	b.Helper()
	return b.answer(b.eval(fmt.Sprintf(`new Promise(done => {
		const place = document.getElementById(%q);
		delete place.dataset.answer;
		new MutationObserver((_, o) => { if (place.dataset.answer) { o.disconnect(); done(place.dataset.answer); } }).observe(place, {attributes: true});
		document.getElementById(%q).click();
	})`, result, button)))
}

// ask calls the bridge as the page's script does, with addresses of its own.
func (b *browser) ask(name, file, handler string) map[string]any {
	b.Helper()
	return b.answer(b.eval(fmt.Sprintf(`new Promise(done => callBridge(%q, %q, JSON.stringify(
		{FileUploadHandler: %q, SessionId: "", JWTToken: "", FileName: %q}), done))`, b.at, name, handler, file)))
}

func (b *browser) answer(text string) map[string]any {
	b.Helper()
	var a map[string]any
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		b.Fatalf("%q: %v", text, err)
	}
	return a
}

// reach opens a socket and says what came first.
func (b *browser) reach(address string) string {
	b.Helper()
	return b.eval(fmt.Sprintf(`new Promise(done => { const s = new WebSocket(%q);
		s.onerror = () => done("error"); s.onmessage = () => done("message"); })`, address))
}

func (b *browser) shoot(path string) {
	b.Helper()
	var out struct{ Data []byte }
	if err := json.Unmarshal(b.send("Page.captureScreenshot", map[string]any{}), &out); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, out.Data, 0o600); err != nil {
		b.Fatal(err)
	}
}

// spkiHash is how a browser names a certificate's key.
func spkiHash(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}
