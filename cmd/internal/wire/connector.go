package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"trinhky/app/message"
	"trinhky/app/settings"
	"trinhky/assets"
	"trinhky/signer"
	"trinhky/signer/pkcs12"
	"trinhky/submit"
	"trinhky/submit/axis"
	"trinhky/submit/axis/dialect"
	"trinhky/submit/dms"
	"trinhky/submit/network"
)

// connector makes one by its kind.
func (g *Graph) connector(c settings.Connector) (submit.Connector, error) {
	open, ok := map[string]func(settings.Connector) (submit.Connector, error){
		"": g.axis, settings.KindAxis: g.axis, settings.KindDialect: g.dialect,
		settings.KindFolder: g.folder, settings.KindWebDAV: g.webdav,
	}[c.Kind]
	if !ok {
		return nil, fmt.Errorf("unknown kind %q", c.Kind)
	}
	return open(c)
}

// secretName is where a connector keeps a secret; part is "", "proxy" or
// "client".
func secretName(c settings.Connector, part string) string {
	name := "connector/" + c.Name
	if part != "" {
		name += "/" + part
	}
	return name
}

func (g *Graph) axis(c settings.Connector) (submit.Connector, error) {
	secret, err := g.Secrets.Get(secretName(c, ""))
	if err != nil {
		return nil, err
	}
	reach, err := g.network(c)
	if err != nil {
		return nil, err
	}
	hash, ok := map[string]axis.HashSpelling{
		"": axis.HashUnpadded, "unpadded": axis.HashUnpadded, "padded": axis.HashPadded,
	}[c.Hash]
	if !ok {
		return nil, fmt.Errorf("hash: %q is neither \"unpadded\" nor \"padded\"", c.Hash)
	}
	return axis.New(axis.Config{
		Endpoint: c.Endpoint, SystemID: c.SystemID, Secret: secret, Hash: hash, Dir: g.dataDir(), Network: reach, Limits: g.Limits(),
		SendTimeout: time.Duration(c.SendTimeout), ListTimeout: time.Duration(c.ListTimeout),
	})
}

// network is how a connector reaches its destination: TLS and proxy of its
// settings.
func (g *Graph) network(c settings.Connector) (network.Config, error) {
	out := network.Config{Guard: g.guard, Proxy: network.Proxy{
		Mode: network.Mode(c.Proxy.Mode), Address: c.Proxy.Address,
		Login: network.Login(c.Proxy.Login), User: c.Proxy.User,
	}}
	var err error
	if c.Proxy.User != "" {
		if out.Proxy.Password, err = g.Secrets.Get(secretName(c, "proxy")); err != nil {
			return out, err
		}
	}
	out.TLS, err = g.tls(c)
	return out, err
}

// tls is nil where the settings say nothing.
func (g *Graph) tls(c settings.Connector) (*tls.Config, error) {
	if c.TLS == (settings.TLS{}) {
		return nil, nil
	}
	out := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.TLS.CA != "" {
		path := g.Path(c.TLS.CA)
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		out.RootCAs = x509.NewCertPool()
		if !out.RootCAs.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("tls.ca: %s holds no certificate in PEM", path)
		}
	}
	if c.TLS.Certificate == "" {
		return out, nil
	}
	client, err := g.clientCertificate(c)
	if err != nil {
		return nil, fmt.Errorf("tls.certificate: %w", err)
	}
	out.Certificates = []tls.Certificate{client}
	return out, nil
}

func (g *Graph) clientCertificate(c settings.Connector) (tls.Certificate, error) {
	path := g.Path(c.TLS.Certificate)
	switch strings.ToLower(filepath.Ext(path)) {
	case ".p12", ".pfx":
		password, err := g.Secrets.Get(secretName(c, "client"))
		if err != nil && !errors.Is(err, settings.ErrNoSecret) {
			return tls.Certificate{}, err
		}
		return clientFromPKCS12(path, signer.PIN(password))
	}
	return tls.LoadX509KeyPair(path, g.Path(c.TLS.Key))
}

func clientFromPKCS12(path string, password signer.PIN) (tls.Certificate, error) {
	key, err := pkcs12.Open(context.Background(), path, password)
	var wrong *signer.PINError
	if errors.As(err, &wrong) {
		return tls.Certificate{}, &message.Coded{
			Code: "error.client-password", Args: map[string]string{"file": filepath.Base(path)}, Err: err,
		}
	}
	if err != nil {
		return tls.Certificate{}, keyError(err)
	}
	c := key.Certificate()
	out := tls.Certificate{PrivateKey: key, Leaf: c.X509, Certificate: [][]byte{c.X509.Raw}}
	for _, above := range c.Chain {
		out.Certificate = append(out.Certificate, above.Raw)
	}
	return out, nil
}

// dialect is a gateway of a province. Its profile is a file of the home's folder
// "dialect", else one that the program brings.
func (g *Graph) dialect(c settings.Connector) (submit.Connector, error) {
	p, err := g.profile(c.Profile)
	if err != nil {
		return nil, err
	}
	secret, err := g.Secrets.Get(secretName(c, ""))
	if err != nil {
		return nil, err
	}
	reach, err := g.network(c)
	if err != nil {
		return nil, err
	}
	return dialect.New(p, dialect.Config{
		Endpoint: c.Endpoint, SystemID: c.SystemID, Secret: secret, Organ: g.Sender().OrganID(), Dir: g.dataDir(), Network: reach, Limits: g.Limits(),
		SendTimeout: time.Duration(c.SendTimeout), ListTimeout: time.Duration(c.ListTimeout),
	})
}

func (g *Graph) profile(name string) (dialect.Profile, error) {
	if name == "" || name != filepath.Base(name) {
		return dialect.Profile{}, fmt.Errorf("profile: %q is no name of a dialect", name)
	}
	file := filepath.Join(g.Home, "dialect", name+".toml")
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		file = name + ".toml"
		data, err = assets.Dialect.ReadFile("dialect/" + file)
	}
	if err != nil {
		return dialect.Profile{}, fmt.Errorf("profile: %w", err)
	}
	p, err := dialect.Parse(file, data)
	var wrong *dialect.ProfileError
	if errors.As(err, &wrong) {
		return p, &message.Coded{Code: "error.dialect", Args: map[string]string{
			"file": wrong.File, "field": wrong.Field, "reason": wrong.Reason,
		}, Err: err}
	}
	return p, err
}

// Dialects lists the profiles: those of the program and those of the home, by
// name with their titles. A file that is none is in errs.
func (g *Graph) Dialects() (titles map[string]string, errs []error) {
	titles = map[string]string{}
	names := map[string]bool{}
	for _, from := range []fs.FS{assets.Dialect, os.DirFS(g.Home)} {
		found, err := fs.Glob(from, "dialect/*.toml")
		if err != nil {
			errs = append(errs, err)
		}
		for _, path := range found {
			names[strings.TrimSuffix(filepath.Base(path), ".toml")] = true
		}
	}
	for name := range names {
		p, err := g.profile(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		titles[name] = p.Title
	}
	return titles, errs
}

// folder is a folder or share that an agency's own connector reads.
func (g *Graph) folder(c settings.Connector) (submit.Connector, error) {
	return dms.NewFolder(g.Path(c.Endpoint))
}
