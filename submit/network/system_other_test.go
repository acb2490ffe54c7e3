//go:build !windows

package network

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
)

const script = `function FindProxyForURL(url, host) { return host == "truc.mau.example" ? "PROXY proxy.mau.example:3128" : "DIRECT"; }`

func ask(t *testing.T, find finder, address string) (string, error) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	all, err := find((&http.Request{URL: u}).WithContext(t.Context()))
	if len(all) == 0 || all[0] == nil {
		return "", err
	}
	return all[0].String(), err
}

// A PAC script chooses by the host; it is fetched once, and one that was never
// had is an error.
func TestScript(t *testing.T) {
	var fetched atomic.Int32
	answer := script
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fetched.Add(1)
		if r.URL.Path != "/proxy.pac" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	file := filepath.Join(t.TempDir(), "proxy.pac")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{s.URL + "/proxy.pac", "file://" + file} {
		find, err := (Proxy{Mode: ModePAC, Address: address}).finder()
		if err != nil {
			t.Fatal(err)
		}
		for host, want := range map[string]string{"truc.mau.example": "http://proxy.mau.example:3128", "khac.mau.example": ""} {
			if got, err := ask(t, find, "https://"+host+"/"); err != nil || got != want {
				t.Errorf("%s: %q, %v", host, got, err)
			}
		}
	}
	if n := fetched.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
	for _, address := range []string{s.URL + "/khong.pac", "http://127.0.0.1:1/proxy.pac", "file:///khong/co.pac"} {
		find, err := pacProxy(address)
		if err != nil {
			t.Fatal(err)
		}
		_, err = ask(t, find, "http://truc.mau.example/")
		var no *ScriptError
		if !errors.As(err, &no) || no.ProblemCode() != "proxy-script" {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"", "nowhere", "ftp://x/y", "http://"} {
		if _, err := (Proxy{Mode: ModePAC, Address: address}).finder(); err == nil {
			t.Errorf("%q was taken", address)
		}
	}
}

// The desktop's settings, by a tool that answers as GNOME's does.
func TestDesktop(t *testing.T) {
	dir := t.TempDir()
	pac := filepath.Join(dir, "proxy.pac")
	if err := os.WriteFile(pac, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	for _, name := range []string{"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"} {
		t.Setenv(name, "")
	}
	for name, c := range map[string]struct{ answers, address, want string }{
		"no desktop": {"exit 1", "http://truc.mau.example", ""},
		"none":       {`echo "'none'"`, "http://truc.mau.example", ""},
		"script":     {`case $3 in mode) echo "'auto'";; autoconfig-url) echo "'file://` + pac + `'";; esac`, "http://truc.mau.example", "http://proxy.mau.example:3128"},
		"by hand":    {manualAnswers, "https://truc.mau.example", "http://hai.mau.example:8443"},
		"plain":      {manualAnswers, "http://truc.mau.example", "http://mot.mau.example:8080"},
		"except":     {manualAnswers, "http://a.noi.example", ""},
		"network":    {manualAnswers, "http://10.1.2.3", ""},
		"loopback":   {manualAnswers, "http://127.0.0.1:8080", ""},
		"except one": {manualAnswers, "http://may-chu", ""},
	} {
		tool := "#!/bin/sh\n" + c.answers + "\n"
		if err := os.WriteFile(filepath.Join(dir, "gsettings"), []byte(tool), 0o700); err != nil {
			t.Fatal(err)
		}
		if got, err := ask(t, (&desktop{}).find, c.address); err != nil || got != c.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "gsettings"), []byte("#!/bin/sh\ncase $3 in mode) echo \"'auto'\";; *) echo \"''\";; esac\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got, err := ask(t, (&desktop{}).find, "http://truc.mau.example"); err == nil {
		t.Errorf("a script that nobody names: %q", got)
	}
}

const manualAnswers = `case "$2 $3" in
"org.gnome.system.proxy mode") echo "'manual'";;
"org.gnome.system.proxy ignore-hosts") echo "['may-chu', 'noi.example', '10.0.0.0/8']";;
"org.gnome.system.proxy.http host") echo "'mot.mau.example'";;
"org.gnome.system.proxy.http port") echo 8080;;
"org.gnome.system.proxy.https host") echo "'hai.mau.example'";;
"org.gnome.system.proxy.https port") echo 8443;;
esac`
