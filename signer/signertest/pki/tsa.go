package pki

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"slices"
	"time"
)

var (
	oidSHA256       = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384       = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512       = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidSignedData   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidDigest       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCert2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidRSASHA256    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	// Policy is the policy under which the test TSA stamps.
	Policy = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1, 1}
)

type messageImprint struct {
	Algorithm pkix.AlgorithmIdentifier
	Digest    []byte
}

// timeStampReq is TimeStampReq (RFC 3161, 2.4.1).
type timeStampReq struct {
	Version    int
	Imprint    messageImprint
	Policy     asn1.ObjectIdentifier `asn1:"optional"`
	Nonce      *big.Int              `asn1:"optional"`
	CertReq    bool                  `asn1:"optional"`
	Extensions []pkix.Extension      `asn1:"optional,tag:0"`
}

// PKIFailureInfo bits (RFC 3161, 2.4.2).
const (
	failBadAlg              = 0
	failBadRequest          = 2
	failBadDataFormat       = 5
	failUnacceptedPolicy    = 15
	failUnacceptedExtension = 16
)

type refusal struct {
	bit  int
	text string
}

func (r refusal) Error() string { return r.text }

func (s *Services) serveTSA(w http.ResponseWriter, r *http.Request, f Fault) {
	if r.Method != http.MethodPost {
		http.Error(w, "POST only", http.StatusMethodNotAllowed)
		return
	}
	if r.Header.Get("Content-Type") != "application/timestamp-query" {
		http.Error(w, "application/timestamp-query only", http.StatusUnsupportedMediaType)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		return
	}
	der, err := s.Stamp(body, f)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	reply(w, ServiceTSA, der)
}

// Stamp answers one TimeStampReq with a TimeStampResp.
func (s *Services) Stamp(request []byte, f Fault) ([]byte, error) {
	req, err := parseTimeStampReq(request)
	if f == FaultRejected {
		err = refusal{failBadRequest, "refused on request"}
	}
	var no refusal
	if errors.As(err, &no) {
		return rejection(no)
	}
	if err != nil {
		return nil, err
	}
	token, err := s.token(req, f)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(struct {
		Status struct{ Status int }
		Token  asn1.RawValue
	}{struct{ Status int }{0}, asn1.RawValue{FullBytes: token}})
}

func parseTimeStampReq(der []byte) (timeStampReq, error) {
	var req timeStampReq
	rest, err := asn1.Unmarshal(der, &req)
	if err != nil || len(rest) != 0 {
		return req, refusal{failBadDataFormat, "not a TimeStampReq"}
	}
	sizes := map[string]int{oidSHA256.String(): 32, oidSHA384.String(): 48, oidSHA512.String(): 64}
	size, ok := sizes[req.Imprint.Algorithm.Algorithm.String()]
	switch {
	case req.Version != 1:
		return req, refusal{failBadRequest, "version is not 1"}
	case !ok:
		return req, refusal{failBadAlg, "hash algorithm not accepted"}
	case len(req.Imprint.Digest) != size:
		return req, refusal{failBadDataFormat, "imprint of the wrong length"}
	case req.Policy != nil && !req.Policy.Equal(Policy):
		return req, refusal{failUnacceptedPolicy, "policy not accepted"}
	case len(req.Extensions) != 0:
		return req, refusal{failUnacceptedExtension, "extension not accepted"}
	}
	return req, nil
}

func rejection(r refusal) ([]byte, error) {
	bits := asn1.BitString{Bytes: make([]byte, r.bit/8+1), BitLength: r.bit + 1}
	bits.Bytes[r.bit/8] |= 0x80 >> (r.bit % 8)
	type statusInfo struct {
		Status int
		Text   []asn1.RawValue
		Fail   asn1.BitString
	}
	text := asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte(r.text)}
	return asn1.Marshal(struct{ Status statusInfo }{statusInfo{2, []asn1.RawValue{text}, bits}})
}

type accuracy struct {
	Seconds int
}

// tstInfo is TSTInfo (RFC 3161, 2.4.2).
type tstInfo struct {
	Version  int
	Policy   asn1.ObjectIdentifier
	Imprint  messageImprint
	Serial   *big.Int
	Time     time.Time `asn1:"generalized"`
	Accuracy accuracy
	Nonce    *big.Int      `asn1:"optional"`
	TSA      asn1.RawValue // [0] EXPLICIT GeneralName
}

func (s *Services) token(req timeStampReq, f Fault) ([]byte, error) {
	s.mu.Lock()
	s.serial++
	serial := s.serial
	s.mu.Unlock()
	info := tstInfo{
		Version: 1, Policy: Policy, Imprint: req.Imprint, Serial: big.NewInt(serial),
		Time: s.now().Truncate(time.Second), Accuracy: accuracy{1}, Nonce: req.Nonce,
	}
	switch f { //nolint:exhaustive // the other faults are not about TSTInfo
	case FaultWrongNonce:
		info.Nonce = big.NewInt(42)
	case FaultNoNonce:
		info.Nonce = nil
	case FaultWrongImprint:
		info.Imprint.Digest = slices.Clone(req.Imprint.Digest)
		info.Imprint.Digest[0] ^= 1
	case FaultWrongTime:
		info.Time = info.Time.Add(72 * time.Hour)
	case FaultWrongPolicy:
		info.Policy = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 9}
	}
	// directoryName [4] of GeneralName is explicit too, because Name is a CHOICE.
	name, err := asn1.Marshal(asn1.RawValue{
		Class: asn1.ClassContextSpecific, Tag: 4, IsCompound: true, Bytes: s.PKI.TSA.Certificate.RawSubject,
	})
	if err != nil {
		return nil, err
	}
	info.TSA = asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: name}
	content, err := asn1.Marshal(info)
	if err != nil {
		return nil, err
	}
	return s.signedData(content, req.CertReq && f != FaultNoCertificate, f)
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values []any `asn1:"set"`
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

type signerInfo struct {
	Version            int
	SID                issuerAndSerial
	DigestAlgorithm    pkix.AlgorithmIdentifier
	SignedAttrs        asn1.RawValue
	SignatureAlgorithm pkix.AlgorithmIdentifier
	Signature          []byte
}

type signedData struct {
	Version          int
	DigestAlgorithms []pkix.AlgorithmIdentifier `asn1:"set"`
	Content          struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,tag:0"`
	}
	Certificates asn1.RawValue `asn1:"optional"`
	SignerInfos  []signerInfo  `asn1:"set"`
}

// signedData wraps a TSTInfo in CMS (RFC 5652, 5; RFC 3161, 2.4.2).
func (s *Services) signedData(content []byte, certificates bool, f Fault) ([]byte, error) {
	attrs, err := s.signedAttributes(content, f)
	if err != nil {
		return nil, err
	}
	set, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: attrs})
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(set)
	signature, err := s.PKI.TSA.Key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	if f == FaultBadSignature {
		signature[len(signature)-1] ^= 0xff
	}
	cert := s.PKI.TSA.Certificate
	hash := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	sd := signedData{
		Version: 3, DigestAlgorithms: []pkix.AlgorithmIdentifier{hash},
		SignerInfos: []signerInfo{{
			Version: 1, SID: issuerAndSerial{asn1.RawValue{FullBytes: cert.RawIssuer}, cert.SerialNumber},
			DigestAlgorithm:    hash,
			SignedAttrs:        asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: attrs},
			SignatureAlgorithm: pkix.AlgorithmIdentifier{Algorithm: oidRSASHA256, Parameters: asn1.NullRawValue},
			Signature:          signature,
		}},
	}
	sd.Content.Type, sd.Content.Content = oidTSTInfo, content
	if certificates {
		sd.Certificates = asn1.RawValue{
			Class: asn1.ClassContextSpecific, IsCompound: true,
			Bytes: slices.Concat(cert.Raw, s.PKI.Intermediate.Certificate.Raw),
		}
	}
	return asn1.Marshal(struct {
		Type    asn1.ObjectIdentifier
		Content signedData `asn1:"explicit,tag:0"`
	}{oidSignedData, sd})
}

// signedAttributes is the body of the DER SET OF signed attributes.
func (s *Services) signedAttributes(content []byte, f Fault) ([]byte, error) {
	cert := s.PKI.TSA.Certificate
	hash := sha256.Sum256(cert.Raw)
	if f == FaultWrongESSCert {
		hash[0] ^= 1
	}
	digest := sha256.Sum256(content)
	type essCertIDv2 struct { // RFC 5035, 4; the default algorithm, SHA-256, is left out
		Hash   []byte
		Issuer struct {
			Names  []asn1.RawValue
			Serial *big.Int
		}
	}
	id := essCertIDv2{Hash: hash[:]}
	id.Issuer.Names = []asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 4, IsCompound: true, Bytes: cert.RawIssuer}}
	id.Issuer.Serial = cert.SerialNumber
	list := []attribute{
		{oidContentType, []any{oidTSTInfo}},
		{oidDigest, []any{digest[:]}},
		{oidSigningCert2, []any{struct{ Certs []essCertIDv2 }{[]essCertIDv2{id}}}},
	}
	var parts [][]byte
	for _, a := range list {
		der, err := asn1.Marshal(a)
		if err != nil {
			return nil, fmt.Errorf("attribute %v: %w", a.Type, err)
		}
		parts = append(parts, der)
	}
	slices.SortFunc(parts, bytes.Compare) // X.690, 11.6
	return slices.Concat(parts...), nil
}
