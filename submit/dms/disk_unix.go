//go:build unix

package dms

import (
	"errors"
	"syscall"
)

// noRoom: the disk, or what this user may use of it, is full.
func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// unreachable: the share went away while it was in use.
func unreachable(err error) bool {
	for _, e := range []syscall.Errno{syscall.ESTALE, syscall.EIO, syscall.ENOTCONN, syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ETIMEDOUT, syscall.ENODEV} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
