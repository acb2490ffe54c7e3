// Package signer signs PDF documents: it holds the vocabulary (tokens,
// certificates, signature fields, appearances, levels) and the pipeline that
// prepares a document, has its digest signed by a token, and writes it out.
//
// Signatures are PAdES baseline signatures (ETSI EN 319 142-1): SubFilter
// ETSI.CAdES.detached, signing-certificate-v2, the claimed time in /M, no
// signing-time attribute.
//
// The package asks nothing and shows nothing. The source document is never
// opened for writing; an output is complete or absent.
package signer
