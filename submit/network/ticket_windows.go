package network

import (
	"errors"
	"fmt"

	"github.com/alexbrainman/sspi"
	"golang.org/x/sys/windows"
)

// loggedOn begins a login as who is logged on to Windows, by the system's own
// Negotiate (Kerberos, or NTLM where there is no domain) or NTLM. The password
// stays with the system. Only the plain calls of the library are used: its
// packages for the two schemes end the program where the system lacks NTLM.
func loggedOn(l Login) func(host string) (talk, error) {
	name := "Negotiate"
	if l == LoginNTLM {
		name = "NTLM"
	}
	return func(host string) (talk, error) {
		t, err := newSystemTalk(name, host)
		if err != nil {
			return nil, &TicketError{Err: err}
		}
		return t, nil
	}
}

// systemTalk is a login that the system makes.
type systemTalk struct {
	credentials *sspi.Credentials
	context     *sspi.Context
	target      *uint16 // the service, as Kerberos names it
	most        uint32  // bytes of a token
}

func newSystemTalk(name, host string) (*systemTalk, error) {
	info, err := sspi.QueryPackageInfo(name)
	if err != nil {
		return nil, fmt.Errorf("the system has no %s: %w", name, err)
	}
	target, err := windows.UTF16PtrFromString("HTTP/" + host)
	if err != nil {
		return nil, err
	}
	c, err := sspi.AcquireCredentials("", name, sspi.SECPKG_CRED_OUTBOUND, nil)
	if err != nil {
		return nil, fmt.Errorf("nobody is logged on for %s: %w", name, err)
	}
	return &systemTalk{c, sspi.NewClientContext(c, sspi.ISC_REQ_CONNECTION), target, info.MaxToken}, nil
}

func (t *systemTalk) next(challenge []byte) ([]byte, error) {
	token := make([]byte, t.most)
	var in *sspi.SecBufferDesc
	if len(challenge) > 0 {
		given := make([]sspi.SecBuffer, 1)
		given[0].Set(sspi.SECBUFFER_TOKEN, challenge)
		in = sspi.NewSecBufferDesc(given)
	}
	made := make([]sspi.SecBuffer, 1)
	made[0].Set(sspi.SECBUFFER_TOKEN, token)
	out := sspi.NewSecBufferDesc(made)
	code := t.context.Update(t.target, out, in)
	if code == sspi.SEC_I_COMPLETE_NEEDED || code == sspi.SEC_I_COMPLETE_AND_CONTINUE {
		code = sspi.CompleteAuthToken(t.context.Handle, out)
	}
	if code != sspi.SEC_E_OK && code != sspi.SEC_I_CONTINUE_NEEDED {
		return nil, &TicketError{Err: fmt.Errorf("the system answers %#x", uint32(code))}
	}
	if made[0].BufferSize == 0 {
		return nil, errors.New("the system has nothing to say to the proxy's challenge")
	}
	return token[:made[0].BufferSize], nil
}

func (t *systemTalk) close() {
	if t.context.Handle != nil {
		_ = t.context.Release()
	}
	_ = t.credentials.Release()
}
