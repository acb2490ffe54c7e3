package evidence

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
)

// Extensions of a CRL that say what it does not cover (RFC 5280, 5.2).
var (
	oidDelta             = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidDistributionPoint = asn1.ObjectIdentifier{2, 5, 29, 28}
)

// issuingDistributionPoint is the extension of that name (RFC 5280, 5.2.5).
type issuingDistributionPoint struct {
	Point       asn1.RawValue  `asn1:"optional,tag:0"`
	OnlyUser    bool           `asn1:"optional,tag:1"`
	OnlyCA      bool           `asn1:"optional,tag:2"`
	SomeReasons asn1.BitString `asn1:"optional,tag:3"`
	Indirect    bool           `asn1:"optional,tag:4"`
	OnlyAttr    bool           `asn1:"optional,tag:5"`
}

// covers says whether the silence of list proves that cert is good: not so for
// a delta, a list of other kinds of certificates or of some reasons only.
func covers(list *x509.RevocationList, cert *x509.Certificate) error {
	for _, e := range list.Extensions {
		switch {
		case e.Id.Equal(oidDelta):
			return errors.New("a delta list")
		case e.Id.Equal(oidDistributionPoint):
			var p issuingDistributionPoint
			if rest, err := asn1.Unmarshal(e.Value, &p); err != nil || len(rest) > 0 {
				return errors.New("a malformed issuing distribution point")
			}
			if p.OnlyUser && cert.IsCA || p.OnlyCA && !cert.IsCA || p.OnlyAttr || p.Indirect || p.SomeReasons.BitLength > 0 {
				return errors.New("a list that does not cover the certificate")
			}
		case e.Critical:
			return fmt.Errorf("an unknown critical extension %v", e.Id)
		}
	}
	return nil
}
