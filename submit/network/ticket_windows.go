package network

import (
	"errors"

	"github.com/alexbrainman/sspi"
	"github.com/alexbrainman/sspi/negotiate"
	"github.com/alexbrainman/sspi/ntlm"
)

// loggedOn begins a login as who is logged on to Windows, by the system's own
// Negotiate (Kerberos, or NTLM where there is no domain) or NTLM. The password
// stays with the system.
func loggedOn(l Login) func(host string) (talk, error) {
	return func(host string) (talk, error) {
		t := &systemTalk{}
		var err error
		if l == LoginNTLM {
			err = t.beginNTLM()
		} else {
			err = t.beginNegotiate(host)
		}
		if err != nil {
			t.close()
			return nil, &TicketError{Err: err}
		}
		return t, nil
	}
}

// systemTalk is a login that the system makes.
type systemTalk struct {
	credentials *sspi.Credentials
	first       []byte
	update      func(challenge []byte) ([]byte, error)
	release     func() error
}

func (t *systemTalk) beginNTLM() error {
	var err error
	if t.credentials, err = ntlm.AcquireCurrentUserCredentials(); err != nil {
		return err
	}
	c, first, err := ntlm.NewClientContext(t.credentials)
	if err != nil {
		return err
	}
	t.first, t.update, t.release = first, c.Update, c.Release
	return nil
}

func (t *systemTalk) beginNegotiate(host string) error {
	var err error
	if t.credentials, err = negotiate.AcquireCurrentUserCredentials(); err != nil {
		return err
	}
	c, first, err := negotiate.NewClientContext(t.credentials, "HTTP/"+host)
	if err != nil {
		return err
	}
	t.first, t.release = first, c.Release
	t.update = func(challenge []byte) ([]byte, error) {
		_, token, err := c.Update(challenge)
		return token, err
	}
	return nil
}

func (t *systemTalk) next(challenge []byte) ([]byte, error) {
	if challenge == nil {
		return t.first, nil
	}
	token, err := t.update(challenge)
	if err == nil && len(token) == 0 {
		err = errors.New("the system has nothing to say to the proxy's challenge")
	}
	return token, err
}

func (t *systemTalk) close() {
	if t.release != nil {
		_ = t.release()
	}
	if t.credentials != nil {
		_ = t.credentials.Release()
	}
}
