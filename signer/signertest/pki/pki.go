package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"
)

// Algorithm is the kind of a key.
type Algorithm int

// The algorithms; the zero value is what most Vietnamese tokens hold.
const (
	RSA2048 Algorithm = iota
	RSA3072
	RSA4096
	P256
	P384
)

// GenerateKey makes a key of the algorithm.
func GenerateKey(a Algorithm) (crypto.Signer, error) {
	switch a {
	case RSA2048:
		return rsa.GenerateKey(rand.Reader, 2048)
	case RSA3072:
		return rsa.GenerateKey(rand.Reader, 3072)
	case RSA4096:
		return rsa.GenerateKey(rand.Reader, 4096)
	case P256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case P384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	}
	return nil, fmt.Errorf("unknown key algorithm %d", a)
}

// Identity is a certificate with its key.
type Identity struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
}

// Options says what New makes. The zero value works.
type Options struct {
	// BaseURL is where Services will be reachable, without a slash at the end:
	// "http://127.0.0.1:18080". Empty: certificates without AIA and CRL DP.
	BaseURL string
	// Keys is the algorithm of the leader's and the agency's keys.
	Keys Algorithm
	// Now is the moment around which the validity periods lie; zero: time.Now.
	Now time.Time
	// Leader and Agency replace the default names where they are not empty.
	Leader, Agency pkix.Name
}

// PKI is the whole authority. Identities are not modified after New.
type PKI struct {
	BaseURL string
	Now     time.Time

	Root, Intermediate       Identity
	OCSP, TSA                Identity
	Leader, Agency           Identity
	RevokedLeaf, ExpiredLeaf Identity

	mu      sync.Mutex
	revoked map[string]Revocation // by serial number, decimal
}

// Revocation is an entry of the CRL. Reason is a CRLReason (RFC 5280, 5.3.1).
type Revocation struct {
	At     time.Time `json:"at"`
	Reason int       `json:"reason"`
}

// Template describes a leaf certificate for Issue.
type Template struct {
	Subject   pkix.Name
	Algorithm Algorithm
	// Key is certified when set; else a new one of Algorithm is made.
	Key crypto.Signer
	// NotBefore and NotAfter default to one year back and two years ahead.
	NotBefore, NotAfter time.Time
	// Usage defaults to digitalSignature and nonRepudiation.
	Usage x509.KeyUsage
	// ByRoot has the root sign it instead of the intermediate.
	ByRoot bool
	// Extra are appended to the extensions.
	Extra []pkix.Extension

	purpose purpose
}

// ForTSA makes the template one of a time-stamping authority.
func (t Template) ForTSA() Template {
	t.purpose = forTSA
	return t
}

type purpose int

const (
	forPerson purpose = iota
	forOCSP
	forTSA
	forCA
)

const year = 365 * 24 * time.Hour

// Names of the people and offices; they do not exist.
func defaultNames() map[string]pkix.Name {
	office := func(cn string) pkix.Name {
		return pkix.Name{Country: []string{"VN"}, Organization: []string{"Trung tâm Thử nghiệm Trình Ký"}, CommonName: cn}
	}
	return map[string]pkix.Name{
		"root":         office("Chứng thực gốc thử nghiệm"),
		"intermediate": office("Chứng thực cấp dưới thử nghiệm"),
		"ocsp":         office("Dịch vụ OCSP thử nghiệm"),
		"tsa":          office("Dịch vụ cấp dấu thời gian thử nghiệm"),
		"leader":       Person("Nguyễn Văn Đạt", "Chủ tịch", "Ủy ban nhân dân tỉnh Sông Gianh"),
		"agency": {
			Country: []string{"VN"}, Province: []string{"Sông Gianh"},
			Organization: []string{"Ủy ban nhân dân tỉnh Sông Gianh"},
			CommonName:   "Ủy ban nhân dân tỉnh Sông Gianh",
		},
		"revoked": Person("Trần Thị Thu Hồi", "Phó Chánh Văn phòng", "Ủy ban nhân dân tỉnh Sông Gianh"),
		"expired": Person("Lê Quá Hạn", "Trưởng phòng", "Ủy ban nhân dân tỉnh Sông Gianh"),
	}
}

// Person is the subject of a natural person of an agency.
func Person(name, title, agency string) pkix.Name {
	return pkix.Name{
		Country: []string{"VN"}, Province: []string{"Sông Gianh"}, Organization: []string{agency},
		CommonName: name,
		ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 12}, Value: title}},
	}
}

// New makes a complete authority.
func New(o Options) (*PKI, error) {
	p := &PKI{BaseURL: strings.TrimSuffix(o.BaseURL, "/"), Now: o.Now, revoked: map[string]Revocation{}}
	if p.Now.IsZero() {
		p.Now = time.Now()
	}
	p.Now = p.Now.UTC().Truncate(time.Second)
	names := defaultNames()
	if o.Leader.CommonName != "" {
		names["leader"] = o.Leader
	}
	if o.Agency.CommonName != "" {
		names["agency"] = o.Agency
	}
	now := p.Now
	steps := []struct {
		name string
		to   *Identity
		t    Template
	}{
		{"root", &p.Root, Template{purpose: forCA, NotBefore: now.Add(-8 * year), NotAfter: now.Add(17 * year)}},
		{"intermediate", &p.Intermediate, Template{purpose: forCA, ByRoot: true, NotBefore: now.Add(-6 * year), NotAfter: now.Add(9 * year)}},
		{"ocsp", &p.OCSP, Template{purpose: forOCSP}},
		{"tsa", &p.TSA, Template{purpose: forTSA, NotAfter: now.Add(5 * year)}},
		{"leader", &p.Leader, Template{Algorithm: o.Keys}},
		{"agency", &p.Agency, Template{Algorithm: o.Keys}},
		{"revoked", &p.RevokedLeaf, Template{}},
		{"expired", &p.ExpiredLeaf, Template{NotBefore: now.Add(-3 * year), NotAfter: now.Add(-year / 2)}},
	}
	for _, s := range steps {
		s.t.Subject = names[s.name]
		id, err := p.Issue(s.t)
		if err != nil {
			return nil, fmt.Errorf("issue %s: %w", s.name, err)
		}
		*s.to = id
	}
	p.Revoke(p.RevokedLeaf.Certificate, Revocation{At: now.Add(-30 * 24 * time.Hour), Reason: 1})
	return p, nil
}

// Issue makes a certificate: by the intermediate unless the template says
// otherwise.
func (p *PKI) Issue(t Template) (Identity, error) {
	if t.Key == nil {
		key, err := GenerateKey(t.Algorithm)
		if err != nil {
			return Identity{}, err
		}
		t.Key = key
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return Identity{}, err
	}
	cert := p.template(t)
	cert.SerialNumber = serial.Add(serial, big.NewInt(1))
	issuer := p.Intermediate
	if t.ByRoot {
		issuer = p.Root
	}
	if issuer.Certificate == nil { // the root itself
		issuer = Identity{Certificate: cert, Key: t.Key}
		cert.OCSPServer, cert.IssuingCertificateURL, cert.CRLDistributionPoints = nil, nil, nil
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, issuer.Certificate, t.Key.Public(), issuer.Key)
	if err != nil {
		return Identity{}, err
	}
	parsed, err := x509.ParseCertificate(der)
	return Identity{Certificate: parsed, Key: t.Key}, err
}

func (p *PKI) template(t Template) *x509.Certificate {
	c := &x509.Certificate{
		Subject: t.Subject, NotBefore: t.NotBefore, NotAfter: t.NotAfter, KeyUsage: t.Usage,
		BasicConstraintsValid: true, ExtraExtensions: slices.Clone(t.Extra),
	}
	if c.NotBefore.IsZero() {
		c.NotBefore = p.Now.Add(-year)
	}
	if c.NotAfter.IsZero() {
		c.NotAfter = p.Now.Add(2 * year)
	}
	p.purposeExtensions(c, t.purpose)
	if p.BaseURL == "" {
		return c
	}
	issuer := "intermediate"
	if t.ByRoot {
		issuer = "root"
	}
	c.OCSPServer = []string{p.BaseURL + PathOCSP}
	c.IssuingCertificateURL = []string{p.BaseURL + PathCA + issuer + ".crt"}
	c.CRLDistributionPoints = []string{p.BaseURL + PathCRL + issuer + ".crl"}
	if t.purpose == forOCSP {
		// id-pkix-ocsp-nocheck stands in their place (RFC 6960, 4.2.2.2.1).
		c.OCSPServer, c.CRLDistributionPoints = nil, nil
	}
	return c
}

func (p *PKI) purposeExtensions(c *x509.Certificate, use purpose) {
	signing := x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	switch use {
	case forPerson:
		if c.KeyUsage == 0 {
			c.KeyUsage = signing
		}
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection, x509.ExtKeyUsageClientAuth}
		c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 36}} // id-kp-documentSigning, RFC 9336
	case forOCSP:
		c.KeyUsage = x509.KeyUsageDigitalSignature
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{
			Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}, Value: []byte{0x05, 0x00},
		})
	case forTSA:
		// RFC 3161, 2.3: the only extended key usage, and critical.
		c.KeyUsage = signing
		eku, _ := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{
			Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: eku,
		})
	case forCA:
		c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature
		c.IsCA = true
	}
}

// Revoke puts a certificate on the CRL and has OCSP say so.
func (p *PKI) Revoke(c *x509.Certificate, r Revocation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.revoked[c.SerialNumber.String()] = r
}

func (p *PKI) revocation(serial *big.Int) (Revocation, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.revoked[serial.String()]
	return r, ok
}

// Chain is the intermediate and the root: what lies beside a leaf.
func (p *PKI) Chain() []*x509.Certificate {
	return []*x509.Certificate{p.Intermediate.Certificate, p.Root.Certificate}
}

// Roots is a pool with the root alone.
func (p *PKI) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(p.Root.Certificate)
	return pool
}
