package wire

import (
	"context"
	"crypto"
	"crypto/rand"
	"time"

	"trinhky/app/settings"
)

// TimeServers is what the settings page asks about time-stamping servers.
type TimeServers struct{ Graph *Graph }

// Usage is what the quotas of the servers still allow, in their order.
func (t TimeServers) Usage(s settings.Signing) ([]settings.Quota, error) {
	if len(s.TSA) == 0 {
		return nil, nil
	}
	client, err := t.Graph.authority(s)
	if err != nil {
		return nil, err
	}
	var out []settings.Quota
	for _, u := range client.Usage() {
		out = append(out, settings.Quota{Left: u.Left, More: u.More})
	}
	return out, nil
}

// Try asks one server for a timestamp over random bytes and checks it as those
// of signatures are checked. It counts for the quota.
func (t TimeServers) Try(ctx context.Context, s settings.Signing, url string) (time.Duration, error) {
	s.TSA = []string{url}
	client, err := t.Graph.authority(s)
	if err != nil {
		return 0, err
	}
	digest := make([]byte, crypto.SHA256.Size())
	if _, err := rand.Read(digest); err != nil {
		return 0, err
	}
	start := time.Now()
	_, err = client.Timestamp(ctx, crypto.SHA256, digest)
	return time.Since(start), err
}
