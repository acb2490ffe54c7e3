package tsa_test

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"trinhky/signer"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/tsa"
)

var _ signer.TimestampAuthority = (*tsa.Client)(nil)

func start(t *testing.T) *pki.Server {
	t.Helper()
	s, err := pki.Start(pki.Options{Keys: pki.P256})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func client(t *testing.T, s *pki.Server, urls ...string) *tsa.Client {
	t.Helper()
	return patient(t, s, 0, urls...)
}

// patient is client with a time-out of its own.
func patient(t *testing.T, s *pki.Server, timeout time.Duration, urls ...string) *tsa.Client {
	t.Helper()
	c := tsa.Config{Roots: s.Roots()}
	for _, u := range urls {
		c.Servers = append(c.Servers, tsa.Server{URL: u, Timeout: timeout, Policy: pki.Policy})
	}
	k, err := tsa.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestTimestamp(t *testing.T) {
	s := start(t)
	k := client(t, s, s.TSAURL())
	d256, d512 := sha256.Sum256([]byte("x")), sha512.Sum512([]byte("x"))
	token, err := k.Timestamp(t.Context(), crypto.SHA256, d256[:])
	if err != nil {
		t.Fatal(err)
	}
	if len(token) > k.TokenSize() {
		t.Errorf("a token of %d bytes, bound %d", len(token), k.TokenSize())
	}
	if _, err := k.Timestamp(t.Context(), crypto.SHA512, d512[:]); err != nil {
		t.Error(err)
	}
	if _, err := k.Timestamp(t.Context(), crypto.SHA512, d256[:]); err == nil {
		t.Error("a digest of the wrong length was accepted")
	}
	if u := k.Usage(); u[0].Requests != 2 || u[0].Failures != 0 {
		t.Errorf("usage %+v", u)
	}
	openssl(t, s, token)
}

func openssl(t *testing.T, s *pki.Server, token []byte) {
	t.Helper()
	tool, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	pemOf := func(b []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: b}) }
	out, err := exec.Command(tool, "ts", "-verify", "-token_in", "-in", write("t", token), "-data", write("d", []byte("x")),
		"-CAfile", write("r", pemOf(s.Root.Certificate.Raw)), "-untrusted", write("i", pemOf(s.Intermediate.Certificate.Raw))).CombinedOutput()
	if err != nil {
		t.Errorf("openssl ts: %v\n%s", err, out)
	}
}

func TestFaults(t *testing.T) {
	s := start(t)
	s.Services.Delay = time.Hour
	digest := sha256.Sum256([]byte("x"))
	for _, c := range []struct {
		fault pki.Fault
		want  tsa.Fault
	}{
		{pki.FaultDown, tsa.Down},
		{pki.FaultSlow, tsa.Slow},
		{pki.FaultHTML, tsa.HTTPStatus},
		{pki.FaultTooMany, tsa.Quota},
		{pki.FaultPortal, tsa.Garbage},
		{pki.FaultGarbage, tsa.Garbage},
		{pki.FaultHuge, tsa.Garbage},
		{pki.FaultCutShort, tsa.Garbage},
		{pki.FaultRejected, tsa.Rejected},
		{pki.FaultWrongNonce, tsa.WrongNonce},
		{pki.FaultNoNonce, tsa.WrongNonce},
		{pki.FaultWrongImprint, tsa.WrongImprint},
		{pki.FaultWrongPolicy, tsa.WrongPolicy},
		{pki.FaultWrongTime, tsa.WrongTime},
		{pki.FaultBadSignature, tsa.BadSignature},
		{pki.FaultNoCertificate, tsa.BadSignature},
		{pki.FaultWrongESSCert, tsa.BadSignature},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			s.Services.SetFault(pki.ServiceTSA, c.fault)
			var timeout time.Duration // long enough for all that answers
			if c.fault == pki.FaultSlow {
				timeout = time.Second
			}
			_, err := patient(t, s, timeout, s.TSAURL()).Timestamp(t.Context(), crypto.SHA256, digest[:])
			var e *tsa.Error
			if !errors.As(err, &e) || e.Fault != c.want {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// TestFailOver asks a dead server first; the next document asks it last.
func TestFailOver(t *testing.T) {
	s := start(t)
	asked := 0
	dead := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer dead.Close()
	k := client(t, s, dead.URL, s.TSAURL())
	digest := sha256.Sum256([]byte("x"))
	for range 3 {
		if _, err := k.Timestamp(t.Context(), crypto.SHA256, digest[:]); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 1 {
		t.Errorf("the dead server was asked %d times", asked)
	}
}

func TestUntrustedAndCancelled(t *testing.T) {
	s, other := start(t), start(t)
	k, err := tsa.New(tsa.Config{Servers: []tsa.Server{{URL: s.TSAURL()}}, Roots: other.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("x"))
	var e *tsa.Error
	if _, err := k.Timestamp(t.Context(), crypto.SHA256, digest[:]); !errors.As(err, &e) || e.Fault != tsa.Untrusted {
		t.Errorf("foreign root: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.Timestamp(ctx, crypto.SHA256, digest[:]); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
