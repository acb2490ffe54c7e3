package review

import "errors"

// StorageFault is why a disk did not take or give a file.
type StorageFault int

// The faults; the zero value is none of them.
const (
	StorageFine     StorageFault = iota
	StorageFull                  // no room is left, or the account's share is used up
	StorageReadOnly              // nothing can be written there
	StorageInUse                 // another program holds the file
	StorageFailed                // the disk or the network drive itself reports an error
)

// String is the word of the messages.
func (f StorageFault) String() string {
	switch f {
	case StorageFine:
		return "fine"
	case StorageFull:
		return "full"
	case StorageReadOnly:
		return "read-only"
	case StorageInUse:
		return "in-use"
	case StorageFailed:
		return "failed"
	}
	return "unknown"
}

// StorageFaultOf says which fault of the storage lies behind err.
func StorageFaultOf(err error) StorageFault {
	for _, k := range storageErrors() {
		if errors.Is(err, k.is) {
			return k.fault
		}
	}
	return StorageFine
}

type storageError struct {
	is    error
	fault StorageFault
}
