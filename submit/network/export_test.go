package network

import "net/http"

// Through is a transport over the proxies that find names.
func Through(c Config, find finder) http.RoundTripper {
	t, err := c.through(find, true)
	if err != nil {
		panic(err)
	}
	return t
}
