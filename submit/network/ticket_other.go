//go:build !windows

package network

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/spnego"
)

// loggedOn begins a login as who is logged on: with the ticket of the credential
// cache that KRB5CCNAME, krb5.conf or the custom of MIT Kerberos names.
func loggedOn(l Login) func(host string) (talk, error) {
	return func(host string) (talk, error) {
		if l != LoginNegotiate {
			return nil, errors.New("nobody can log on by NTLM here without a user and a password")
		}
		token, err := ticketToken(host)
		if err != nil {
			return nil, &TicketError{Err: err}
		}
		return &once{token}, nil
	}
}

// ticketToken is a SPNEGO token for the service HTTP on host (RFC 4559).
func ticketToken(host string) (token []byte, err error) {
	if net.ParseIP(host) != nil {
		return nil, errors.New("the proxy is named by its number: Kerberos needs its name")
	}
	file := firstFile(os.Getenv("KRB5_CONFIG"), "/etc/krb5.conf")
	conf, err := config.Load(file)
	var partly config.UnsupportedDirective
	if err != nil && !errors.As(err, &partly) {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	path, err := cachePath(os.Getenv("KRB5CCNAME"), file)
	if err != nil {
		return nil, err
	}
	cl, err := fromCache(path, conf)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer cl.Destroy()
	made, err := spnego.SPNEGOClient(cl, "HTTP/"+host).InitSecContext()
	if err != nil {
		return nil, err
	}
	return made.Marshal()
}

func firstFile(list, otherwise string) string {
	for _, name := range filepath.SplitList(list) {
		if _, err := os.Stat(name); err == nil {
			return name
		}
	}
	return otherwise
}

// fromCache reads the tickets of a cache. One that is damaged is an error: the
// library does not check the lengths in it.
func fromCache(path string, conf *config.Config) (cl *client.Client, err error) {
	defer func() {
		if recover() != nil {
			cl, err = nil, errors.New("the credential cache is damaged")
		}
	}()
	cache, err := credentials.LoadCCache(path)
	if err != nil {
		return nil, err
	}
	now, good := time.Now(), false
	for _, c := range cache.GetEntries() {
		name := c.Server.PrincipalName.NameString
		good = good || len(name) > 0 && name[0] == "krbtgt" && now.Before(c.EndTime)
	}
	if !good {
		return nil, errors.New("the ticket has expired")
	}
	// FAST is not spoken by all directories, and the cache has no use for it.
	return client.NewFromCCache(cache, conf, client.DisablePAFXFAST(true))
}

// cachePath is the file of a credential cache.
func cachePath(name, conf string) (string, error) {
	if name == "" {
		name = defaultCache(conf)
	}
	name = strings.NewReplacer(
		"%{uid}", strconv.Itoa(os.Getuid()), "%{euid}", strconv.Itoa(os.Geteuid()), "%{TEMP}", os.TempDir(),
	).Replace(name)
	kind, path, typed := strings.Cut(name, ":")
	switch {
	case !typed:
		return name, nil
	case kind == "FILE":
		return path, nil
	case kind == "DIR" && strings.HasPrefix(path, ":"): // one cache of the folder
		return path[1:], nil
	case kind == "DIR":
		primary, err := os.ReadFile(filepath.Join(path, "primary"))
		if err != nil {
			primary = []byte("tkt")
		}
		return filepath.Join(path, filepath.Base(strings.TrimSpace(string(primary)))), nil
	}
	return "", fmt.Errorf("a credential cache of the kind %s cannot be read: set KRB5CCNAME to FILE:PATH and log in again", kind)
}

// defaultCache is default_ccache_name of krb5.conf, else what MIT Kerberos
// takes.
func defaultCache(conf string) string {
	const otherwise = "FILE:/tmp/krb5cc_%{uid}"
	f, err := os.Open(conf)
	if err != nil {
		return otherwise
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		key, value, ok := strings.Cut(lines.Text(), "=")
		if ok && strings.TrimSpace(key) == "default_ccache_name" {
			return strings.TrimSpace(value)
		}
	}
	return otherwise
}
