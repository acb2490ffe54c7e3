//go:build linux

package network_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trinhky/submit/network"
)

// realm is a real KDC (MIT krb5) and a real proxy behind it (Apache mod_proxy
// with mod_auth_gssapi), on loopback ports and in a folder of its own.
type realm struct {
	dir, proxy string
	t          *testing.T
}

const modules = "/usr/lib/apache2/modules"

func tool(t *testing.T, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Skip(name + " is not here")
	return ""
}

func newRealm(t *testing.T) *realm {
	t.Helper()
	kdc, admin, util, apache := tool(t, "krb5kdc"), tool(t, "kadmin.local"), tool(t, "kdb5_util"), tool(t, "apache2")
	tool(t, "kinit")
	if _, err := net.LookupHost("localhost"); err != nil { // tickets are for names
		t.Skip("localhost has no address here")
	}
	if _, err := os.Stat(modules + "/mod_auth_gssapi.so"); err != nil {
		t.Skip("mod_auth_gssapi is not here")
	}
	dir, err := os.MkdirTemp("", "realm-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // the proxy works as another user
		t.Fatal(err)
	}
	r := &realm{dir: dir, t: t}
	at := free(t)
	r.write("krb5.conf", `[logging]
 kdc = STDERR
[libdefaults]
 default_realm = MAU.TEST
 dns_lookup_kdc = false
 dns_lookup_realm = false
 rdns = false
 udp_preference_limit = 1
[realms]
 MAU.TEST = {
  kdc = `+at+`
 }
[domain_realm]
 localhost = MAU.TEST
`)
	r.write("kdc.conf", fmt.Sprintf(`[kdcdefaults]
 kdc_listen = ""
 kdc_tcp_listen = %s
[realms]
 MAU.TEST = {
  database_name = %[2]s/principal
  key_stash_file = %[2]s/stash
  acl_file = %[2]s/acl
 }
`, at, dir))
	t.Setenv("KRB5_CONFIG", filepath.Join(dir, "krb5.conf"))
	t.Setenv("KRB5_KDC_PROFILE", filepath.Join(dir, "kdc.conf"))
	t.Setenv("KRB5CCNAME", "FILE:"+filepath.Join(dir, "cache"))
	r.run("", util, "create", "-s", "-P", "khoa-chinh")
	r.run("", admin, "-q", "addprinc -pw mat-khau vanthu")
	r.run("", admin, "-q", "addprinc -randkey HTTP/localhost")
	r.run("", admin, "-q", "ktadd -k "+filepath.Join(dir, "keytab")+" HTTP/localhost")
	if err := os.Chmod(filepath.Join(dir, "keytab"), 0o644); err != nil {
		t.Fatal(err)
	}
	r.start(at, kdc, "-n", "-P", filepath.Join(dir, "kdc.pid"))
	r.proxy = free(t)
	r.write("apache.conf", proxyConfig(dir, r.proxy))
	r.start(r.proxy, apache, "-X", "-f", filepath.Join(dir, "apache.conf"))
	return r
}

func proxyConfig(dir, at string) string {
	var b strings.Builder
	for _, m := range []string{"mpm_event", "authz_core", "authn_core", "authz_user", "auth_gssapi", "proxy", "proxy_http", "proxy_connect"} {
		fmt.Fprintf(&b, "LoadModule %s_module %s/mod_%s.so\n", m, modules, m)
	}
	if os.Geteuid() == 0 {
		b.WriteString("User www-data\nGroup www-data\n")
	}
	fmt.Fprintf(&b, `ServerRoot %[1]s
PidFile %[1]s/pid
Listen %[2]s
ServerName localhost
ErrorLog %[1]s/error.log
LogLevel info
LogFormat "%%m %%U %%u %%s"
CustomLog %[1]s/access.log "%%m %%u %%>s"
DefaultRuntimeDir %[1]s
Mutex file:%[1]s default
ProxyRequests On
AllowCONNECT 1-65535
<Proxy *>
  AuthType GSSAPI
  AuthName mau
  GssapiCredStore keytab:%[1]s/keytab
  Require valid-user
</Proxy>
`, dir, at)
	return b.String()
}

func (r *realm) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *realm) run(input string, name string, args ...string) {
	r.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
}

// start runs a daemon until the test ends; it listens when start returns.
func (r *realm) start(at, name string, args ...string) {
	r.t.Helper()
	cmd := exec.Command(name, args...)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", at)
		if err == nil {
			_ = c.Close()
			return
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(r.dir, "error.log"))
			r.t.Fatalf("%s did not start: %s", name, log)
		}
	}
}

// config is our way through the proxy.
func (r *realm) config() network.Config {
	_, port, _ := net.SplitHostPort(r.proxy)
	return network.Config{Proxy: network.Proxy{
		Mode: network.ModeManual, Address: "http://localhost:" + port, Login: network.LoginNegotiate,
	}}
}

func (r *realm) log() string {
	text, _ := os.ReadFile(filepath.Join(r.dir, "access.log"))
	return string(text)
}

// Who has a ticket gets through a proxy that wants Kerberos, by CONNECT and by
// plain requests; who has none is told so before anything is sent.
func TestKerberosProxy(t *testing.T) {
	r := newRealm(t)
	plain, secure := target(t, false), target(t, true)
	c := r.config()
	c.TLS = pool(secure)

	var none *network.TicketError
	for _, to := range []string{plain.URL, secure.URL} {
		if got, err := post(t, transport(t, c, true), to); !errors.As(err, &none) || none.ProblemCode() != "proxy-ticket" {
			t.Errorf("without a ticket: %q, %v", got, err)
		}
	}

	r.run("mat-khau\n", tool(t, "kinit"), "vanthu")
	for _, keepAlive := range []bool{true, false} {
		tr := transport(t, c, keepAlive)
		for _, to := range []string{plain.URL, secure.URL, plain.URL, secure.URL} {
			if got, err := post(t, tr, to); err != nil || !strings.HasPrefix(got, "POST /sendEdoc message") || strings.Contains(got, "Negotiate") {
				t.Errorf("%s: %q, %v", to, got, err)
			}
		}
	}
	for _, want := range []string{"POST vanthu@MAU.TEST 200", "CONNECT vanthu@MAU.TEST 200"} {
		if !strings.Contains(r.log(), want) {
			t.Errorf("the proxy did not see %q:\n%s", want, r.log())
		}
	}
	if strings.Contains(r.log(), "POST - 407") {
		t.Errorf("a message was sent to be refused:\n%s", r.log())
	}

	var no *network.LoginError
	c.Proxy.Login, c.Proxy.User, c.Proxy.Password = network.LoginBasic, "vanthu", "mat-khau"
	if _, err := post(t, transport(t, c, true), secure.URL); !errors.As(err, &no) || no.ProblemCode() != "proxy-scheme" {
		t.Errorf("a password was offered to who wants a ticket: %v", err)
	}
}

// What the ticket lacks is said: an expired one, a damaged cache, a proxy
// without a name, another realm's ticket.
func TestKerberosTickets(t *testing.T) {
	r := newRealm(t)
	to := target(t, true)
	c := r.config()
	c.TLS = pool(to)
	try := func(name, want string) {
		t.Helper()
		_, err := post(t, transport(t, c, true), to.URL)
		var none *network.TicketError
		if !errors.As(err, &none) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	cache := filepath.Join(r.dir, "cache")
	r.write("cache", "\x05\x04\x00\x0cnot a cache at all, and long enough to be read as one")
	try("damaged", "damaged")
	_ = os.Remove(cache)
	r.run("mat-khau\n", tool(t, "kinit"), "-l", "1s", "-S", "krbtgt/MAU.TEST", "vanthu")
	for exec.Command(tool(t, "klist"), "-s").Run() == nil { // says whether there is a ticket that holds
		time.Sleep(50 * time.Millisecond)
	}
	try("expired", "expired")
	r.run("mat-khau\n", tool(t, "kinit"), "vanthu")
	t.Setenv("KRB5CCNAME", "KEYRING:persistent:0")
	try("keyring", "KEYRING")
	t.Setenv("KRB5CCNAME", "FILE:"+cache)
	c.Proxy.Address = "http://" + r.proxy
	try("number", "its name")
}
