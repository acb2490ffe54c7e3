// Package pki is a throw-away certification authority for tests and for the
// sandbox: a root, an intermediate, people and agencies with Vietnamese names,
// an OCSP responder, CRLs, caIssuers and an RFC 3161 time-stamping authority,
// all as plain values and http.Handlers that the caller puts on a loopback
// listener.
//
// It is strict where a real service is strict (requests are parsed exactly)
// and wrong on request (see Fault). Its CMS is written here and shares nothing
// with the code that it tests.
package pki
