package tsa_test

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509/pkix"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trinhky/signer/signertest/pki"
	"trinhky/signer/tsa"
)

// TestQuota: a server whose quota is used up is not asked, by this run or the
// next; another one is; later it is asked again.
func TestQuota(t *testing.T) {
	s, second := start(t), start(t)
	now := s.Now
	ledger := filepath.Join(t.TempDir(), "tsa.json")
	with := func(servers ...tsa.Server) *tsa.Client {
		t.Helper()
		k, err := tsa.New(tsa.Config{Servers: servers, Ledger: ledger, Now: func() time.Time { return now }, Skew: 100 * time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	small := tsa.Server{URL: s.TSAURL(), Allowance: tsa.Allowance{Requests: 2, Every: 20 * time.Minute}}
	digest := sha256.Sum256([]byte("x"))
	k := with(small)
	if k.Left() != 2 {
		t.Errorf("%d left at first", k.Left())
	}
	for range 2 {
		if _, err := k.Timestamp(t.Context(), crypto.SHA256, digest[:]); err != nil {
			t.Fatal(err)
		}
	}
	var e *tsa.Error
	if _, err := with(small).Timestamp(t.Context(), crypto.SHA256, digest[:]); !errors.As(err, &e) || e.Fault != tsa.Quota {
		t.Errorf("the third request, of another run: %v", err)
	}
	if n := s.Services.Requests(pki.ServiceTSA); n != 2 {
		t.Errorf("the server was asked %d times", n)
	}
	if _, err := with(small, tsa.Server{URL: second.TSAURL()}).Timestamp(t.Context(), crypto.SHA256, digest[:]); err != nil {
		t.Errorf("the second server: %v", err)
	}
	if u := with(small).Usage()[0]; u.Left != 0 || !u.More.Equal(now.Add(20*time.Minute)) {
		t.Errorf("usage %+v", u)
	}
	now = now.Add(21 * time.Minute)
	if _, err := with(small).Timestamp(t.Context(), crypto.SHA256, digest[:]); err != nil {
		t.Errorf("after the period: %v", err)
	}
	// A broken ledger is no reason not to sign.
	if err := os.WriteFile(ledger, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := with(small).Timestamp(t.Context(), crypto.SHA256, digest[:]); err != nil {
		t.Errorf("broken ledger: %v", err)
	}
	if left := with(tsa.Server{URL: s.TSAURL()}).Left(); left != -1 {
		t.Errorf("%d left of an unknown quota", left)
	}
}

// TestBasicAuthentication: the password goes to the server and to no other.
func TestBasicAuthentication(t *testing.T) {
	s := start(t)
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		elsewhere++
		if r.Header.Get("Authorization") != "" {
			t.Error("the password went to another host")
		}
		s.Services.ServeHTTP(w, r)
	}))
	defer other.Close()
	redirect := false
	guarded := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		switch {
		case user != "coquan" || password != "bí mật":
			w.WriteHeader(http.StatusUnauthorized)
		case redirect:
			http.Redirect(w, r, other.URL+pki.PathTSA, http.StatusTemporaryRedirect)
		default:
			s.Services.ServeHTTP(w, r)
		}
	}))
	defer guarded.Close()
	digest := sha256.Sum256([]byte("x"))
	for _, c := range []struct {
		name, password string
		redirect, ok   bool
	}{
		{"right", "bí mật", false, true},
		{"wrong", "sai", false, false},
		{"redirected", "bí mật", true, true},
	} {
		redirect = c.redirect
		k, err := tsa.New(tsa.Config{Servers: []tsa.Server{{URL: guarded.URL + pki.PathTSA, User: "coquan", Password: c.password}}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.Timestamp(t.Context(), crypto.SHA256, digest[:])
		var e *tsa.Error
		if (err == nil) != c.ok || err != nil && (!errors.As(err, &e) || e.Status != http.StatusUnauthorized) {
			t.Errorf("%s password: %v", c.name, err)
		}
	}
	if elsewhere == 0 {
		t.Error("the redirect was not followed")
	}
}

// TestRedirects: a loop and a redirect that loses the question end quickly.
func TestRedirects(t *testing.T) {
	for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect} {
		asked := 0
		var loop *httptest.Server
		loop = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			http.Redirect(w, r, loop.URL+r.URL.Path+"x", status)
		}))
		defer loop.Close()
		k, err := tsa.New(tsa.Config{Servers: []tsa.Server{{URL: loop.URL + "/"}}})
		if err != nil {
			t.Fatal(err)
		}
		digest := sha256.Sum256([]byte("x"))
		var e *tsa.Error
		if _, err := k.Timestamp(t.Context(), crypto.SHA256, digest[:]); !errors.As(err, &e) || e.Fault != tsa.HTTPStatus || e.Status != status {
			t.Errorf("%d: %v", status, err)
		}
		if asked > 5 {
			t.Errorf("%d: asked %d times", status, asked)
		}
	}
}

// TestAuthorityCertificate: the certificate of the authority has to be good at
// the time that it states, and its own chain has to fit together, also where
// nobody said whom to trust.
func TestAuthorityCertificate(t *testing.T) {
	digest := sha256.Sum256([]byte("x"))
	s, other := start(t), start(t)
	for _, c := range []struct {
		name   string
		change func(t *testing.T, s *pki.Server)
		want   tsa.Fault
	}{
		{"expired", func(t *testing.T, s *pki.Server) {
			s.TSA = reissued(t, s, pki.Template{NotBefore: s.Now.Add(-48 * time.Hour), NotAfter: s.Now.Add(-24 * time.Hour)})
		}, tsa.BadSignature},
		{"not yet valid", func(t *testing.T, s *pki.Server) {
			s.TSA = reissued(t, s, pki.Template{NotBefore: s.Now.Add(24 * time.Hour)})
		}, tsa.BadSignature},
		{"of a person", func(_ *testing.T, s *pki.Server) { s.TSA = s.Leader }, tsa.BadSignature},
		{"by somebody with the name of the issuer", func(_ *testing.T, s *pki.Server) {
			s.TSA = other.TSA
		}, tsa.Untrusted},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.change(t, s)
			k, err := tsa.New(tsa.Config{Servers: []tsa.Server{{URL: s.TSAURL()}}})
			if err != nil {
				t.Fatal(err)
			}
			var e *tsa.Error
			if _, err := k.Timestamp(t.Context(), crypto.SHA256, digest[:]); !errors.As(err, &e) || e.Fault != c.want {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// reissued is an authority with the validity of a template.
func reissued(t *testing.T, s *pki.Server, p pki.Template) pki.Identity {
	t.Helper()
	p.Subject = pkix.Name{CommonName: "Dịch vụ cấp dấu thời gian"}
	id, err := s.Issue(p.ForTSA())
	if err != nil {
		t.Fatal(err)
	}
	return id
}
