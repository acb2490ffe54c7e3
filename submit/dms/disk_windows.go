package dms

import (
	"errors"

	"golang.org/x/sys/windows"
)

// noRoom: the disk, or what this user may use of it, is full.
func noRoom(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// unreachable: the share went away while it was in use.
func unreachable(err error) bool {
	for _, e := range []error{
		windows.ERROR_BAD_NETPATH, windows.ERROR_UNEXP_NET_ERR, windows.ERROR_NETNAME_DELETED, windows.ERROR_BAD_NET_NAME,
		windows.ERROR_NETWORK_UNREACHABLE, windows.ERROR_DEV_NOT_EXIST, windows.ERROR_NOT_READY,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
