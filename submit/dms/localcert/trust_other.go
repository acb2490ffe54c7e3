//go:build !linux && !windows

package localcert

import "context"

// Install is not known here.
func (p *Pair) Install(context.Context) error { return ErrUnsupported }

// Uninstall is not known here.
func Uninstall(context.Context) error { return ErrUnsupported }

// Installed is not known here.
func (p *Pair) Installed(context.Context) (bool, error) { return false, ErrUnsupported }
