package wire

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"

	"trinhky/signer"
)

// KeyURI names a key: "pkcs11:" as in RFC 7512, "pkcs12:FILE", or
// "wincert:SHA1-THUMBPRINT".
type KeyURI struct {
	Scheme string
	File   string // pkcs12: the file; wincert: the thumbprint

	Token, Serial, Manufacturer, Model string
	Object                             string
	ID                                 []byte
	Module                             string // module-path
}

// KeyURIError says what is wrong with the URI of a key.
type KeyURIError struct{ URI, Reason string }

func (e *KeyURIError) Error() string { return fmt.Sprintf("key %q: %s", e.URI, e.Reason) }

// ParseKeyURI reads the URI of a key. A PIN in it is refused: secrets never
// stand on the command line.
func ParseKeyURI(uri string) (KeyURI, error) {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return KeyURI{}, &KeyURIError{uri, "no scheme"}
	}
	switch k := (KeyURI{Scheme: strings.ToLower(scheme), File: rest}); k.Scheme {
	case "pkcs12", "wincert":
		if rest == "" {
			return KeyURI{}, &KeyURIError{uri, "nothing after the scheme"}
		}
		return k, nil
	case "pkcs11":
		k.File = ""
		if err := k.attributes(rest); err != nil {
			return KeyURI{}, &KeyURIError{uri, err.Error()}
		}
		return k, nil
	}
	return KeyURI{}, &KeyURIError{uri, "unknown scheme"}
}

func (k *KeyURI) attributes(rest string) error {
	path, query, _ := strings.Cut(rest, "?")
	if path != "" {
		for _, pair := range strings.Split(path, ";") {
			if err := k.set(pair, true); err != nil {
				return err
			}
		}
	}
	if query != "" {
		for _, pair := range strings.Split(query, "&") {
			if err := k.set(pair, false); err != nil {
				return err
			}
		}
	}
	return nil
}

func (k *KeyURI) set(pair string, inPath bool) error {
	name, coded, ok := strings.Cut(pair, "=")
	if !ok {
		return fmt.Errorf("%q is no attribute", name)
	}
	value, err := url.PathUnescape(coded)
	if err != nil {
		return fmt.Errorf("attribute %s: %w", name, err)
	}
	switch {
	case strings.HasPrefix(name, "pin-"):
		return fmt.Errorf("%s is not accepted: a PIN never stands on the command line", name)
	case !inPath && name == "module-path":
		k.Module = value
	case inPath && name == "id":
		k.ID = []byte(value)
	default:
		if inPath {
			k.setText(name, value)
		}
	}
	return nil
}

// setText keeps the attributes that name a token or an object; others
// (type, slot-id, library-…) say nothing that finds a key again elsewhere.
func (k *KeyURI) setText(name, value string) {
	switch name {
	case "token":
		k.Token = value
	case "serial":
		k.Serial = value
	case "manufacturer":
		k.Manufacturer = value
	case "model":
		k.Model = value
	case "object":
		k.Object = value
	}
}

// OnToken says whether the URI speaks of this token.
func (k KeyURI) OnToken(t signer.TokenInfo) bool {
	for _, p := range [][2]string{
		{k.Token, t.Label},
		{k.Serial, t.Serial},
		{k.Manufacturer, t.Manufacturer},
		{k.Model, t.Model},
	} {
		if p[0] != "" && p[0] != p[1] {
			return false
		}
	}
	return true
}

// Names says whether the URI speaks of this certificate of such a token.
func (k KeyURI) Names(c signer.Certificate) bool {
	if len(k.ID) > 0 && string(k.ID) != string(c.ID) {
		return false
	}
	return k.Object == "" || k.Object == c.Label
}

// TokenURI is the URI of a certificate on a token, as --key takes it.
func TokenURI(s signer.Slot, c signer.Certificate) string {
	var b strings.Builder
	b.WriteString("pkcs11:token=" + escape(s.Token.Label))
	if s.Token.Serial != "" {
		b.WriteString(";serial=" + escape(s.Token.Serial))
	}
	if len(c.ID) > 0 {
		b.WriteString(";id=")
		for _, octet := range c.ID {
			b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{octet})))
		}
	} else if c.Label != "" {
		b.WriteString(";object=" + escape(c.Label))
	}
	if s.Module != "" {
		b.WriteString("?module-path=" + strings.ReplaceAll(escape(s.Module), "%2F", "/"))
	}
	return b.String()
}

// escape is percent-encoding that leaves RFC 7512's unreserved characters.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
