package wire_test

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"trinhky/app/settings"
	"trinhky/cmd/internal/wire"
	"trinhky/cmd/sandbox/axis"
	"trinhky/signer/signertest/pki"
)

// An axis that demands a client certificate and stands below an authority of its
// own is reached with a PKCS#12 file and a pinned CA; a wrong password of the
// file, a missing file and a missing certificate are each named.
func TestClientCertificate(t *testing.T) {
	home := t.TempDir()
	ca, err := pki.New(pki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p12, err := ca.PKCS12(ca.Leader, "mật khẩu")
	if err != nil {
		t.Fatal(err)
	}
	world, err := axis.New(axis.Config{SystemID: "demo.sys.01", Systems: map[string]string{"demo.sys.01": "demo-secret"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = world.Close() })
	s := httptest.NewUnstartedServer(world)
	s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS13}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	for name, data := range map[string][]byte{
		"client.p12": p12, "ca.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}),
	} {
		if err := os.WriteFile(filepath.Join(home, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct{ ca, file, password, want string }{
		"right":          {"ca.pem", "client.p12", "mật khẩu", ""},
		"wrong password": {"ca.pem", "client.p12", "sai", "error.client-password"},
		"no file":        {"ca.pem", "khong.p12", "mật khẩu", "error.no-file"},
		"no certificate": {"ca.pem", "", "", "error.way.tls-client"},
		"no CA":          {"", "client.p12", "mật khẩu", "error.way.tls-untrusted"},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := wire.Open(wire.Options{Home: home})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = g.Close() })
			g.Secrets = settings.NewSecrets(t.TempDir(), nil)
			for key, value := range map[string]string{"connector/truc": "demo-secret", "connector/truc/client": c.password} {
				if _, err := g.Secrets.Set(key, value); err != nil {
					t.Fatal(err)
				}
			}
			g.Settings.Connectors = []settings.Connector{{
				Name: "truc", Kind: settings.KindAxis, Endpoint: s.URL + "/axis", SystemID: "demo.sys.01",
				TLS: settings.TLS{CA: c.ca, Certificate: c.file}, Proxy: settings.Proxy{Mode: "none"},
			}}
			out, err := g.Outbox(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			n, err := out.SyncDirectory(t.Context(), "truc")
			if got := g.Words.Of(err); c.want == "" && (err != nil || n == 0) || c.want != "" && got.Code != c.want {
				t.Errorf("%d agencies, %q, %v", n, got.Code, err)
			}
		})
	}
}
