//go:build !windows

package wincert

type nowhere struct{}

func system() store { return nowhere{} }

func (nowhere) entries() ([]entry, error)            { return nil, ErrUnsupported }
func (nowhere) acquire([]byte, bool) (handle, error) { return nil, ErrUnsupported }

// registered lists nothing: key providers are registered on Windows only.
func registered() []string { return nil }
