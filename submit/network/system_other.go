//go:build !windows

package network

import (
	"errors"
	"net/http"
)

// ErrNoPAC: this system has nothing that runs PAC scripts.
var ErrNoPAC = errors.New("proxy: PAC scripts are run on Windows only")

func systemProxy() finder { return http.ProxyFromEnvironment }

func pacProxy(string) (finder, error) { return nil, ErrNoPAC }
