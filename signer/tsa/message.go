package tsa

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"trinhky/signer/internal/cms"
)

// query is a TimeStampReq (RFC 3161, 2.4.1).
type query struct {
	hash   crypto.Hash
	digest []byte
	nonce  *big.Int
	policy asn1.ObjectIdentifier
}

func (q query) encode() ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(cms.HashOID(q.hash))
				b.AddASN1NULL()
			})
			b.AddASN1OctetString(q.digest)
		})
		if q.policy != nil {
			b.AddASN1ObjectIdentifier(q.policy)
		}
		b.AddASN1BigInt(q.nonce)
		b.AddASN1Boolean(true) // certReq
	})
	return b.Bytes()
}

// parseAnswer reads a TimeStampResp (RFC 3161, 2.4.2) and returns its token.
func parseAnswer(der []byte) ([]byte, Fault, error) {
	in := cryptobyte.String(der)
	var body, info, status cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&info, cbasn1.SEQUENCE) {
		return nil, Garbage, errors.New("not a TimeStampResp")
	}
	status = info
	var code int
	if !status.ReadASN1Integer(&code) {
		return nil, Garbage, errors.New("no PKIStatus")
	}
	if code != 0 && code != 1 { // granted, grantedWithMods
		return nil, Rejected, fmt.Errorf("status %d%s", code, statusText(status))
	}
	if body.Empty() {
		return nil, Garbage, errors.New("granted without a token")
	}
	return body, 0, nil
}

// statusText is the PKIFreeText of a refusal, cut to what a log line bears.
func statusText(s cryptobyte.String) string {
	var texts cryptobyte.String
	if !s.PeekASN1Tag(cbasn1.SEQUENCE) || !s.ReadASN1(&texts, cbasn1.SEQUENCE) {
		return ""
	}
	var out []string
	for !texts.Empty() && len(out) < 4 {
		var one cryptobyte.String
		if !texts.ReadASN1(&one, cbasn1.UTF8String) {
			break
		}
		out = append(out, string(one[:min(len(one), 200)]))
	}
	return fmt.Sprintf(": %q", strings.Join(out, "; "))
}

// check verifies a token against what was asked.
func (k *Client) check(q query, token []byte) (Fault, error) {
	t, err := cms.ParseTimestamp(token)
	if err != nil {
		return Garbage, err
	}
	if t.SignedData.Length != len(token) {
		return Garbage, errors.New("bytes behind the token")
	}
	if t.Info.Nonce == nil || t.Info.Nonce.Cmp(q.nonce) != 0 {
		return WrongNonce, errors.New("the nonce is not ours")
	}
	if t.Info.Hash != q.hash || !bytes.Equal(t.Info.Imprint, q.digest) {
		return WrongImprint, errors.New("another imprint was stamped")
	}
	if q.policy != nil && !q.policy.Equal(t.Info.Policy) {
		return WrongPolicy, fmt.Errorf("policy %v instead of %v", t.Info.Policy, q.policy)
	}
	if d := t.Info.Time.Sub(k.c.Now()); d.Abs() > k.c.Skew {
		return WrongTime, fmt.Errorf("its time is %v away from ours", d)
	}
	stamped := func(crypto.Hash) ([]byte, error) { return q.digest, nil }
	v, err := t.Verify(stamped, k.c.Intermediates...)
	if err != nil {
		return BadSignature, err
	}
	return k.checkChain(t, v.Certificate)
}

// checkChain checks the authority's certificate at the time that it states.
func (k *Client) checkChain(t *cms.Timestamp, leaf *x509.Certificate) (Fault, error) {
	at := t.Info.Time
	if at.Before(leaf.NotBefore) || at.After(leaf.NotAfter) {
		return BadSignature, errors.New("the authority's certificate was not valid at that time")
	}
	between, roots := x509.NewCertPool(), k.c.Roots
	embedded := slices.Concat(t.SignedData.Certificates, k.c.Intermediates)
	for _, c := range embedded {
		between.AddCert(c)
	}
	if roots == nil {
		// Nobody says whom to trust: the token's own chain has to fit together.
		issues := func(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, leaf.RawIssuer) }
		if !slices.ContainsFunc(embedded, issues) {
			return 0, nil
		}
		roots = x509.NewCertPool()
		for _, c := range embedded {
			if !c.Equal(leaf) {
				roots.AddCert(c)
			}
		}
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	})
	if err != nil {
		return Untrusted, err
	}
	return 0, nil
}
