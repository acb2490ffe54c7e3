package tsa

import (
	"context"
	"encoding/json"
	"os"
	"sync"
	"time"

	"trinhky/signer/internal/atomicfile"
)

// Allowance is what a server allows: so many requests in a period. The zero value
// means that nobody knows.
type Allowance struct {
	Requests int
	Every    time.Duration
}

func (q Allowance) known() bool { return q.Requests > 0 && q.Every > 0 }

// kept is how long requests are remembered: a server that blocks for a day
// should not be met twice.
const kept = 24 * time.Hour

// meter counts requests by server, in a file where it has one: then the programs
// of one person count together. A file that cannot be read or written counts
// nothing; it is no reason not to sign.
type meter struct {
	path string

	mu    sync.Mutex
	asked map[string][]time.Time // by URL, the oldest first
}

// ask counts a request; ok is false where the quota is used up, and nothing is
// counted then. free is when the next one is possible.
func (m *meter) ask(url string, q Allowance, now time.Time) (free time.Time, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.load(now)
	if left, next := q.left(m.asked[url], now); q.known() && left == 0 {
		return next, false
	}
	m.asked[url] = append(m.asked[url], now)
	m.save()
	return time.Time{}, true
}

// left is how many requests are possible now, and when there are more.
func (m *meter) left(url string, q Allowance, now time.Time) (int, time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.load(now)
	return q.left(m.asked[url], now)
}

// left is -1 where the quota is not known.
func (q Allowance) left(asked []time.Time, now time.Time) (int, time.Time) {
	if !q.known() {
		return -1, time.Time{}
	}
	var next time.Time
	n := 0
	for _, t := range asked {
		if end := t.Add(q.Every); end.After(now) {
			if n == 0 {
				next = end
			}
			n++
		}
	}
	return max(q.Requests-n, 0), next
}

func (m *meter) load(now time.Time) {
	if data, err := os.ReadFile(m.path); m.path != "" && err == nil {
		read := map[string][]time.Time{}
		if json.Unmarshal(data, &read) == nil {
			m.asked = read
		}
	}
	if m.asked == nil {
		m.asked = map[string][]time.Time{}
	}
	for url, times := range m.asked {
		for len(times) > 0 && (now.Sub(times[0]) > kept || times[0].After(now.Add(kept))) {
			times = times[1:]
		}
		m.asked[url] = times
	}
}

func (m *meter) save() {
	if m.path == "" {
		return
	}
	data, err := json.Marshal(m.asked)
	if err != nil {
		return
	}
	f, err := atomicfile.Create(m.path, atomicfile.Options{Overwrite: true, NoSync: true})
	if err != nil {
		return
	}
	defer f.Abort()
	if _, err := f.Write(data); err == nil {
		_ = f.Commit(context.Background()) // see above
	}
}
