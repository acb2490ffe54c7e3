package flowtest

// At is a runner that does everything at once.
type At struct{}

// Go implements flow.Runner.
func (At) Go(work func() (back func())) {
	if back := work(); back != nil {
		back()
	}
}

// Post implements flow.Runner.
func (At) Post(f func()) { f() }

// Held is a runner whose work waits for Release.
type Held struct{ waiting []func() func() }

// Go implements flow.Runner.
func (h *Held) Go(work func() (back func())) { h.waiting = append(h.waiting, work) }

// Post implements flow.Runner.
func (h *Held) Post(f func()) { f() }

// Release does the nth waiting work; what comes later keeps waiting.
func (h *Held) Release(n int) {
	work := h.waiting[n]
	h.waiting = append(h.waiting[:n:n], h.waiting[n+1:]...)
	if back := work(); back != nil {
		back()
	}
}

// Waiting counts the work that waits.
func (h *Held) Waiting() int { return len(h.waiting) }
