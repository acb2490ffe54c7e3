package network_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"trinhky/submit"
	"trinhky/submit/network"
)

// authority signs certificates of tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func certificate(t *testing.T, by *authority, change func(*x509.Certificate)) (*authority, tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "Trục Mẫu"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: by == nil,
	}
	if change != nil {
		change(c)
	}
	above, signer := c, key
	if by != nil {
		above, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, above, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{leaf, key}, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func serve(t *testing.T, c *tls.Config) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "taken")
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if c == nil {
		s.Start()
	} else {
		s.TLS = c
		s.StartTLS()
	}
	t.Cleanup(s.Close)
	return s
}

// Every way in which TLS does not come about has its own words; nothing goes
// below TLS 1.2, whatever is asked for.
func TestWhyTLSFails(t *testing.T) {
	ca, _ := certificate(t, nil, nil)
	other, _ := certificate(t, nil, nil)
	_, good := certificate(t, ca, nil)
	_, expired := certificate(t, ca, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	_, named := certificate(t, ca, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"khac.mau.example"}, nil })
	_, own := certificate(t, nil, nil)
	_, foreign := certificate(t, other, nil)
	clients := x509.NewCertPool()
	clients.AddCert(ca.cert)
	server := func(c tls.Certificate) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS12}
	}
	asking := func(least, most uint16) *tls.Config {
		return &tls.Config{
			Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients,
			MinVersion: least, MaxVersion: most,
		}
	}
	for name, c := range map[string]struct {
		server *tls.Config
		mine   []tls.Certificate
		want   string
	}{
		"good":            {server(good), nil, ""},
		"expired":         {server(expired), nil, "tls-expired"},
		"another name":    {server(named), nil, "tls-name"},
		"self-signed":     {server(own), nil, "tls-untrusted"},
		"other authority": {server(foreign), nil, "tls-untrusted"},
		"TLS 1.1":         {&tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, nil, "tls-old"}, //nolint:gosec // what must be refused
		"no certificate":  {asking(tls.VersionTLS13, 0), nil, "tls-client"},
		"none, TLS 1.2":   {asking(tls.VersionTLS12, tls.VersionTLS12), nil, "tls-client"},
		"wrong one":       {asking(tls.VersionTLS13, 0), []tls.Certificate{foreign}, "tls-client"},
		"right one":       {asking(tls.VersionTLS13, 0), []tls.Certificate{good}, ""},
		"one for TLS 1.2": {asking(tls.VersionTLS12, tls.VersionTLS12), []tls.Certificate{good}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.server)
			mine := &tls.Config{RootCAs: clients, Certificates: c.mine, MinVersion: tls.VersionTLS10} //nolint:gosec // asked for, and not granted
			got, err := post(t, transport(t, network.Config{TLS: mine}, true), s.URL)
			if code := submit.ProblemCode(err); code != c.want || (err == nil) != (c.want == "") || err == nil && got != "taken" {
				t.Errorf("%q %q, %v", got, code, err)
			}
			if err != nil && !network.NotTaken(err) {
				t.Errorf("it may have been taken: %v", err)
			}
		})
	}
}

// TLS where none is, none where it is, and a server that sends us elsewhere:
// nothing follows.
func TestWrongScheme(t *testing.T) {
	secure := target(t, true)
	tr := transport(t, network.Config{TLS: pool(secure)}, true)
	plain := target(t, false)
	moving := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, secure.URL+r.URL.Path, http.StatusMovedPermanently)
	}))
	t.Cleanup(moving.Close)
	for address, want := range map[string]string{
		strings.Replace(plain.URL, "http", "https", 1):  "tls-plain",
		strings.Replace(secure.URL, "https", "http", 1): "tls-wanted",
		moving.URL: "moved",
	} {
		got, err := post(t, tr, address)
		if submit.ProblemCode(err) != want {
			t.Errorf("%s: %q, %v", want, got, err)
		}
	}
}
