package pki

import (
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// Server is a PKI with its services on a loopback port.
type Server struct {
	*PKI
	Services *Services
	http     *http.Server
}

// Start listens on a free port of 127.0.0.1 and makes a PKI whose certificates
// point there; o.BaseURL is ignored. The caller closes it.
func Start(o Options) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	o.BaseURL = "http://" + l.Addr().String()
	p, err := New(o)
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	s := &Services{PKI: p, Delay: 5 * time.Second}
	if !o.Now.IsZero() {
		s.Now = func() time.Time { return o.Now }
	}
	srv := &Server{PKI: p, Services: s, http: &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: log.New(io.Discard, "", 0), // FaultDown is a panic on purpose
	}}
	go func() { _ = srv.http.Serve(l) }()
	return srv, nil
}

// TSA is the address of the time-stamping authority.
func (s *Server) TSAURL() string { return s.BaseURL + PathTSA }

// OCSPURL is the address of the OCSP responder.
func (s *Server) OCSPURL() string { return s.BaseURL + PathOCSP }

// Close ends the services.
func (s *Server) Close() error { return s.http.Close() }
