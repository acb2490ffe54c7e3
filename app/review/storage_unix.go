//go:build unix

package review

import "syscall"

func storageErrors() []storageError {
	return []storageError{
		{syscall.ENOSPC, StorageFull},
		{syscall.EDQUOT, StorageFull},
		{syscall.EFBIG, StorageFull}, // larger than the file system can hold
		{syscall.EROFS, StorageReadOnly},
		{syscall.EBUSY, StorageInUse},
		{syscall.ETXTBSY, StorageInUse},
		{syscall.EIO, StorageFailed},
		{syscall.ESTALE, StorageFailed}, // a network drive that went away
	}
}
