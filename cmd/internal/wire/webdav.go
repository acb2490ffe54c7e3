package wire

import (
	"time"

	"trinhky/app/settings"
	"trinhky/submit"
	"trinhky/submit/dms"
)

// webdav is a folder on a server; the user stands in SystemID, the password is
// the connector's secret. Without a user there is no login.
func (g *Graph) webdav(c settings.Connector) (submit.Connector, error) {
	password := ""
	if c.SystemID != "" {
		var err error
		if password, err = g.Secrets.Get(secretName(c, "")); err != nil {
			return nil, err
		}
	}
	reach, err := g.network(c)
	if err != nil {
		return nil, err
	}
	return dms.NewWebDAV(dms.WebDAVConfig{
		Endpoint: c.Endpoint, User: c.SystemID, Password: password, Dir: g.dataDir(), Network: reach,
		Timeout: time.Duration(c.SendTimeout),
	})
}
