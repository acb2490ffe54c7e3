//go:build !cgo && !windows

package cryptoki

// Open returns ErrUnsupported: this program was built without cgo.
func Open(string) (Module, error) { return nil, ErrUnsupported }
