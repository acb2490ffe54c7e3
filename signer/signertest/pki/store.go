package pki

import (
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// index is what the folder of a PKI says beside its certificates.
type index struct {
	BaseURL string                `json:"base_url"`
	Now     time.Time             `json:"now"`
	Revoked map[string]Revocation `json:"revoked"`
}

// Names are the base names of the files that Save writes, one for each
// identity: NAME.pem, NAME.key.pem and, for leaves, NAME.p12.
var names = []string{"root", "intermediate", "ocsp", "tsa", "leader", "agency", "revoked", "expired"}

func (p *PKI) identity(name string) *Identity {
	return map[string]*Identity{
		"root": &p.Root, "intermediate": &p.Intermediate, "ocsp": &p.OCSP, "tsa": &p.TSA,
		"leader": &p.Leader, "agency": &p.Agency, "revoked": &p.RevokedLeaf, "expired": &p.ExpiredLeaf,
	}[name]
}

// Save writes everything into dir, which is made where it is missing. The
// PKCS#12 files have the password.
func (p *PKI) Save(dir, password string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, name := range names {
		if err := p.saveIdentity(dir, name, password); err != nil {
			return fmt.Errorf("save %s: %w", name, err)
		}
	}
	p.mu.Lock()
	data, err := json.MarshalIndent(index{p.BaseURL, p.Now, p.revoked}, "", " ")
	p.mu.Unlock()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "index.json"), data, 0o600)
}

func (p *PKI) saveIdentity(dir, name, password string) error {
	id := p.identity(name)
	der, err := x509.MarshalPKCS8PrivateKey(id.Key)
	if err != nil {
		return err
	}
	files := map[string][]byte{
		name + ".pem":     pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.Certificate.Raw}),
		name + ".key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
	}
	if !id.Certificate.IsCA {
		if files[name+".p12"], err = p.PKCS12(*id, password); err != nil {
			return err
		}
	}
	for file, data := range files {
		if err := os.WriteFile(filepath.Join(dir, file), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// PKCS12 packs an identity with its chain, in the modern encryption (AES-256,
// PBKDF2).
func (p *PKI) PKCS12(id Identity, password string) ([]byte, error) {
	return pkcs12.Modern.Encode(id.Key, id.Certificate, p.Chain(), password)
}

// Load reads what Save wrote.
func Load(dir string) (*PKI, error) {
	data, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		return nil, err
	}
	var x index
	if err := json.Unmarshal(data, &x); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	p := &PKI{BaseURL: x.BaseURL, Now: x.Now, revoked: x.Revoked}
	if p.revoked == nil {
		p.revoked = map[string]Revocation{}
	}
	for _, name := range names {
		id, err := loadIdentity(dir, name)
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", name, err)
		}
		*p.identity(name) = id
	}
	return p, nil
}

func loadIdentity(dir, name string) (Identity, error) {
	cert, err := readPEM(filepath.Join(dir, name+".pem"), "CERTIFICATE")
	if err != nil {
		return Identity{}, err
	}
	key, err := readPEM(filepath.Join(dir, name+".key.pem"), "PRIVATE KEY")
	if err != nil {
		return Identity{}, err
	}
	c, err := x509.ParseCertificate(cert)
	if err != nil {
		return Identity{}, err
	}
	k, err := x509.ParsePKCS8PrivateKey(key)
	if err != nil {
		return Identity{}, err
	}
	s, ok := k.(crypto.Signer)
	if !ok {
		return Identity{}, errors.New("key cannot sign")
	}
	return Identity{Certificate: c, Key: s}, nil
}

func readPEM(path, kind string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	b, _ := pem.Decode(data)
	if b == nil || b.Type != kind {
		return nil, fmt.Errorf("%s holds no %s", path, kind)
	}
	return b.Bytes, nil
}
