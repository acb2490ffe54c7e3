package cms

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// TSTInfo is what a timestamp says (RFC 3161, 2.4.2).
type TSTInfo struct {
	Policy   asn1.ObjectIdentifier
	Hash     crypto.Hash
	Imprint  []byte
	Serial   *big.Int
	Time     time.Time
	Accuracy time.Duration
	Nonce    *big.Int // nil where absent
}

// Timestamp is a parsed TimeStampToken.
type Timestamp struct {
	SignedData *SignedData
	Info       TSTInfo
}

// ParseTimestamp reads a TimeStampToken.
func ParseTimestamp(token []byte) (*Timestamp, error) {
	d, err := Parse(token)
	if err != nil {
		return nil, err
	}
	if !d.ContentType.Equal(oidTSTInfo) || d.Content == nil {
		return nil, malformed("not a timestamp token")
	}
	if len(d.Signers) != 1 {
		return nil, malformed("a timestamp has one signer")
	}
	t := &Timestamp{SignedData: d}
	if t.Info, err = parseTSTInfo(d.Content); err != nil {
		return nil, err
	}
	return t, nil
}

func parseTSTInfo(content []byte) (TSTInfo, error) {
	var t TSTInfo
	top := &cursor{rest: content}
	c := top.take(tagSequence).children()
	if version := c.integer(); c.err == nil && version.Cmp(big.NewInt(1)) != 0 {
		return t, malformed("version of TSTInfo")
	}
	t.Policy = c.oid()
	imprint := c.take(tagSequence).children()
	digest := imprint.take(tagSequence)
	var err error
	if t.Hash, err = parseHash(digest, imprint.err); err != nil {
		return t, err
	}
	t.Imprint = imprint.octets()
	t.Serial = c.integer()
	t.Time = c.time()
	if accuracy, ok := c.optional(tagSequence); ok {
		t.Accuracy, err = parseAccuracy(accuracy.children())
	}
	c.optional(tagBoolean)
	if len(c.rest) > 0 && c.rest[0] == tagInteger {
		t.Nonce = c.integer()
	}
	if top.err != nil || c.err != nil || imprint.err != nil || err != nil {
		return t, malformed("TSTInfo")
	}
	if len(t.Imprint) != t.Hash.Size() {
		return t, malformed("length of the message imprint")
	}
	return t, nil
}

func parseAccuracy(c *cursor) (time.Duration, error) {
	var total time.Duration
	if len(c.rest) > 0 && c.rest[0] == tagInteger {
		n := c.integer()
		if !n.IsInt64() || n.Int64() < 0 || n.Int64() > 1e6 {
			return 0, malformed("accuracy")
		}
		total = time.Duration(n.Int64()) * time.Second
	}
	for i, unit := range []time.Duration{time.Millisecond, time.Microsecond} {
		if e, ok := c.optional(0x80 | byte(i)); ok {
			n := new(big.Int).SetBytes(e.body)
			if !n.IsInt64() || n.Int64() > 999 {
				return 0, malformed("accuracy")
			}
			total += time.Duration(n.Int64()) * unit
		}
	}
	return total, c.err
}

// Verify checks the token: its own signature, the binding to its certificate,
// that this certificate is for timestamps only (RFC 3161, 2.3), and the imprint
// against what was stamped. The chain and its time are the caller's question.
func (t *Timestamp) Verify(stamped Digests, extra ...*x509.Certificate) (*Verified, error) {
	v, err := t.SignedData.Signers[0].Verify(DigestOf(t.SignedData.Content), extra...)
	if err != nil {
		return nil, fmt.Errorf("timestamp: %w", err)
	}
	if !v.Bound {
		return nil, fmt.Errorf("timestamp: %w", ErrBinding)
	}
	if !slices.Contains(v.Certificate.ExtKeyUsage, x509.ExtKeyUsageTimeStamping) ||
		len(v.Certificate.ExtKeyUsage)+len(v.Certificate.UnknownExtKeyUsage) != 1 {
		return nil, ErrUsage
	}
	want, err := stamped(t.Info.Hash)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(want, t.Info.Imprint) {
		return nil, fmt.Errorf("timestamp: %w", ErrDigest)
	}
	return v, nil
}
