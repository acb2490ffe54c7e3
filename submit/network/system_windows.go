package network

import "net/http"

func systemProxy() finder { return http.ProxyFromEnvironment }
