package dms

import (
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// apache is a real mod_dav on a loopback port; below /basic and /digest it asks
// for a login.
type apache struct{ address, docs string }

const apacheModules = "/usr/lib/apache2/modules"

func startApache(t *testing.T) *apache {
	t.Helper()
	tool, err := exec.LookPath("apache2")
	if err != nil {
		if tool, err = exec.LookPath("/usr/sbin/apache2"); err != nil {
			t.Skip("apache2 is not here")
		}
	}
	if _, err := os.Stat(apacheModules + "/mod_dav_fs.so"); err != nil || runtime.GOOS != "linux" {
		t.Skip("Debian's modules of apache2 are not here")
	}
	dir, err := os.MkdirTemp("", "apache-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	a := &apache{docs: filepath.Join(dir, "docs")}
	for _, d := range []string{dir, a.docs, filepath.Join(a.docs, "basic"), filepath.Join(a.docs, "digest"), filepath.Join(dir, "lock")} {
		_ = os.MkdirAll(d, 0o777)
		if err := os.Chmod(d, 0o777); err != nil { // it works as another user
			t.Fatal(err)
		}
	}
	a.address = free(t)
	write(t, filepath.Join(dir, "htdigest"), fmt.Sprintf("vanthu:kho:%x\n", md5.Sum([]byte("vanthu:kho:mật khẩu"))))
	sum := sha1.Sum([]byte("mật khẩu"))
	write(t, filepath.Join(dir, "htpasswd"), "vanthu:{SHA}"+base64.StdEncoding.EncodeToString(sum[:])+"\n")
	write(t, filepath.Join(dir, "conf"), apacheConfig(dir, a.address))
	cmd := exec.Command("setsid", tool, "-DFOREGROUND", "-f", filepath.Join(dir, "conf")) // it ends its process group
	var out strings.Builder
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &out, 10*time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Signal(syscall.SIGTERM); _ = cmd.Wait() })
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", a.address)
		if err == nil {
			_ = c.Close()
			return a
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Fatalf("apache did not start: %s%s", out.String(), log)
		}
	}
}

// free is an address below those that the system gives away by itself, of which
// another program might get the same before the server has it.
func free(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 12000+rand.IntN(20000)))
		if err == nil {
			_ = l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no free port")
	return ""
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// apacheConfig has a process for each connection: the lock database of mod_dav_fs
// is guarded against other processes only, and threads (mpm_event) lose records in
// it. Then Apache answers 500 about a resource until its lock ends.
func apacheConfig(dir, address string) string {
	var b strings.Builder
	for _, m := range []string{"mpm_prefork", "authz_core", "authn_core", "authn_file", "authz_user", "auth_basic", "auth_digest", "dav", "dav_fs", "dav_lock"} {
		if _, err := os.Stat(apacheModules + "/mod_" + m + ".so"); err == nil {
			fmt.Fprintf(&b, "LoadModule %s_module %s/mod_%s.so\n", m, apacheModules, m)
		}
	}
	if os.Geteuid() == 0 {
		b.WriteString("User www-data\nGroup www-data\n")
	}
	fmt.Fprintf(&b, `ServerRoot %[1]s
PidFile %[1]s/pid
Listen %[2]s
ServerName 127.0.0.1
StartServers 4
MaxConnectionsPerChild 0
ErrorLog %[1]s/error.log
DocumentRoot %[1]s/docs
DavLockDB %[1]s/lock/db
DefaultRuntimeDir %[1]s
Mutex file:%[1]s/lock default
<Directory %[1]s/docs>
  Require all granted
  Dav On
</Directory>
<Location /basic>
  AuthType Basic
  AuthName kho
  AuthUserFile %[1]s/htpasswd
  Require valid-user
</Location>
<Location /digest>
  AuthType Digest
  AuthName kho
  AuthUserFile %[1]s/htdigest
  Require valid-user
</Location>
`, dir, address)
	return b.String()
}
