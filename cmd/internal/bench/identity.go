package bench

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"trinhky/signer"
	"trinhky/signer/pkcs11"
)

// pin opens the throw-away keys of the rows.
const pin = "12345678"

// identity is a throw-away key with its chain: a leaf under a root, as on a
// token. It is made anew for every run and leaves with Place.Dir.
type identity struct {
	key         crypto.Signer
	certificate *x509.Certificate
	root        *x509.Certificate
}

// softKey is a software key as the pipeline takes it.
type softKey struct{ crypto.Signer }

func (softKey) Close() error { return nil }

// SignContext implements signer.ContextKey, as the keys of files do.
func (k softKey) SignContext(_ context.Context, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	return k.Sign(rand.Reader, digest, o)
}

// rsaIdentity has the key that most Vietnamese tokens hold.
func rsaIdentity() (identity, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return identity{}, err
	}
	return certified(key)
}

func ecIdentity() (identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, err
	}
	return certified(key)
}

func certified(key crypto.Signer) (identity, error) {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, err
	}
	now := time.Now()
	template := func(name string, n int64) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(n), Subject: pkix.Name{CommonName: name, Organization: []string{"Trình Ký"}},
			NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour), BasicConstraintsValid: true,
		}
	}
	root, leaf := template("Đo tốc độ, gốc", 1), template("Nguyễn Văn Đo", 2)
	root.IsCA, root.KeyUsage = true, x509.KeyUsageCertSign
	leaf.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	id := identity{key: key}
	if id.root, err = issued(root, root, rootKey.Public(), rootKey); err != nil {
		return identity{}, err
	}
	id.certificate, err = issued(leaf, id.root, key.Public(), rootKey)
	return id, err
}

func issued(c, by *x509.Certificate, key crypto.PublicKey, issuer crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, c, by, key, issuer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// file writes the identity as a PKCS#12 file with the PIN as its password, and
// the file of the PIN.
func (id identity) file(dir string) (p12, pinFile string, err error) {
	data, err := pkcs12.Modern.Encode(id.key, id.certificate, []*x509.Certificate{id.root}, pin)
	if err != nil {
		return "", "", err
	}
	p12, pinFile = filepath.Join(dir, "bench.p12"), filepath.Join(dir, "bench.pin")
	return p12, pinFile, errors.Join(os.WriteFile(p12, data, 0o600), os.WriteFile(pinFile, []byte(pin), 0o600))
}

// softHSM are the usual places of SoftHSM2's module.
var softHSM = [...]string{
	"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so",
}

// softToken puts the identity's key on a SoftHSM2 token in dir and unlocks it
// through the token helper. done ends the helper.
func (id identity) softToken(ctx context.Context, p Place, dir string) (k signer.Key, done func(), err error) {
	return id.slowToken(ctx, p, dir, 0)
}

// slowToken is softToken with a helper that takes delay longer for every
// signature.
func (id identity) slowToken(ctx context.Context, p Place, dir string, delay time.Duration) (k signer.Key, done func(), err error) {
	source, err := id.tokenSource(ctx, p, dir, delay)
	if err != nil {
		return nil, nil, err
	}
	if k, err = id.unlock(ctx, source); err != nil {
		return nil, nil, errors.Join(err, source.Close())
	}
	return k, func() { _, _ = k.Close(), source.Close() }, nil
}

// tokenSource makes the token and the source that finds it.
func (id identity) tokenSource(ctx context.Context, p Place, dir string, delay time.Duration) (*pkcs11.Source, error) {
	module := ""
	for _, path := range softHSM {
		if _, err := os.Stat(path); err == nil {
			module = path
			break
		}
	}
	_, missing := exec.LookPath("softhsm2-util")
	_, also := exec.LookPath("pkcs11-tool")
	switch {
	case module == "" || missing != nil || also != nil:
		return nil, Skip("SoftHSM2 or pkcs11-tool is not installed")
	case p.Helper == "":
		return nil, Skip("trinhky-token is not beside this program")
	}
	conf, err := id.fillToken(ctx, module, dir)
	if err != nil {
		return nil, err
	}
	return pkcs11.New(pkcs11.Config{Helper: p.Helper, Modules: []string{module}, Environment: map[string]string{
		"SOFTHSM2_CONF": conf, "TRINHKY_TOKEN_DELAY": delay.String(),
	}}), nil
}

// fillToken makes the token and returns its configuration.
func (id identity) fillToken(ctx context.Context, module, dir string) (conf string, err error) {
	conf = filepath.Join(dir, "softhsm2.conf")
	tokens := filepath.Join(dir, "tokens")
	text := "directories.tokendir = " + tokens + "\nobjectstore.backend = file\nlog.level = ERROR\n"
	der, err := x509.MarshalPKCS8PrivateKey(id.key)
	if err != nil {
		return "", err
	}
	key, cert := filepath.Join(dir, "token.key"), filepath.Join(dir, "token.cer")
	err = errors.Join(os.MkdirAll(tokens, 0o700), os.WriteFile(conf, []byte(text), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600),
		os.WriteFile(cert, id.certificate.Raw, 0o600))
	if err != nil {
		return "", err
	}
	for _, args := range [][]string{
		{"softhsm2-util", "--init-token", "--free", "--label", "bench", "--so-pin", pin, "--pin", pin},
		{"softhsm2-util", "--import", key, "--token", "bench", "--label", "bench", "--id", "01", "--pin", pin},
		{
			"pkcs11-tool", "--module", module, "--token-label", "bench", "--login", "--pin", pin,
			"--write-object", cert, "--type", "cert", "--label", "bench", "--id", "01",
		},
	} {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "SOFTHSM2_CONF="+conf)
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w: %s", args[0], err, strings.TrimSpace(string(out)))
		}
	}
	return conf, nil
}

func (id identity) unlock(ctx context.Context, source *pkcs11.Source) (signer.Key, error) {
	slots, err := source.Slots(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range slots {
		if s.Token.Label != "bench" {
			continue
		}
		token, err := source.Open(s)
		if err != nil {
			return nil, err
		}
		return token.Unlock(ctx, signer.Certificate{X509: id.certificate}, signer.PIN(pin))
	}
	return nil, signer.ErrNoToken
}

// certificates reads the PEM certificates of files, and of the folders among
// the paths.
func certificates(paths ...string) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			entries, err := filepath.Glob(filepath.Join(path, "*.pem"))
			if err != nil {
				return nil, err
			}
			more, err := certificates(entries...)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
			if block.Type != "CERTIFICATE" {
				continue
			}
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, err
			}
			out = append(out, c)
		}
	}
	return out, nil
}
