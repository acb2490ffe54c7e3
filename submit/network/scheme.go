package network

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/Azure/go-ntlmssp"
)

// talk is one login: it answers the challenges of a proxy in their order. The
// first call of next has none.
type talk interface {
	next(challenge []byte) ([]byte, error)
	close()
}

// scheme is a way of saying who we are.
type scheme struct {
	word  string // as in Proxy-Authenticate
	begin func(host string) (talk, error)
	// password: a refusal counts against an account.
	password bool
	// connection: the connection is logged in; else, or as well, each request.
	connection, request bool
}

// scheme is that of the settings; nil: nobody says who he is.
func (p Proxy) scheme() (*scheme, error) {
	named := p.User != ""
	switch p.Login {
	case "", LoginBasic:
		if !named {
			return nil, nil
		}
		return p.basic(), nil
	case LoginNTLM:
		if !named {
			return &scheme{word: "NTLM", begin: loggedOn(LoginNTLM), connection: true}, nil
		}
		return &scheme{word: "NTLM", begin: p.ntlm, password: true, connection: true}, nil
	case LoginNegotiate:
		if !named {
			return &scheme{word: "Negotiate", begin: loggedOn(LoginNegotiate), connection: true, request: true}, nil
		}
		return &scheme{word: "Negotiate", begin: p.ntlm, password: true, connection: true}, nil
	}
	return nil, fmt.Errorf("proxy: unknown login %q", p.Login)
}

func (p Proxy) basic() *scheme {
	return &scheme{
		word: "Basic", password: true, request: true,
		begin: func(string) (talk, error) { return &once{[]byte(p.User + ":" + p.Password)}, nil },
	}
}

// once is a login of one token.
type once struct{ token []byte }

func (o *once) next([]byte) ([]byte, error) {
	if o.token == nil {
		return nil, errors.New("the proxy asks for more than one token")
	}
	token := o.token
	o.token = nil
	return token, nil
}

func (o *once) close() {}

func (p Proxy) ntlm(string) (talk, error) { return &ntlmTalk{proxy: p}, nil }

// ntlmTalk is NTLM with a user and a password (MS-NLMP).
type ntlmTalk struct {
	proxy Proxy
	asked bool
}

func (n *ntlmTalk) next(challenge []byte) ([]byte, error) {
	if !n.asked {
		n.asked = true
		return ntlmssp.NewNegotiateMessage("", "")
	}
	return ntlmssp.NewAuthenticateMessage(challenge, n.proxy.User, n.proxy.Password, nil)
}

func (n *ntlmTalk) close() {}

// isNTLM tells whether a token of Negotiate is one of NTLM: that logs in a
// connection and never a request.
func isNTLM(token []byte) bool { return bytes.Contains(token, []byte("NTLMSSP\x00")) }

// offers are the schemes that a proxy names, in lower case, with their tokens.
func offers(resp *http.Response) map[string]string {
	all := map[string]string{}
	for _, h := range resp.Header.Values("Proxy-Authenticate") {
		for part := range strings.SplitSeq(h, ",") {
			name, token, _ := strings.Cut(strings.TrimSpace(part), " ")
			if name = strings.ToLower(name); name != "" && !strings.Contains(name, "=") {
				all[name] = strings.TrimSpace(token)
			}
		}
	}
	return all
}
