package review

import "golang.org/x/sys/windows"

func storageErrors() []storageError {
	return []storageError{
		{windows.ERROR_DISK_FULL, StorageFull},
		{windows.ERROR_HANDLE_DISK_FULL, StorageFull},
		{windows.ERROR_DISK_QUOTA_EXCEEDED, StorageFull},
		{windows.ERROR_FILE_TOO_LARGE, StorageFull},
		{windows.ERROR_WRITE_PROTECT, StorageReadOnly},
		{windows.ERROR_SHARING_VIOLATION, StorageInUse},
		{windows.ERROR_LOCK_VIOLATION, StorageInUse},
		{windows.ERROR_USER_MAPPED_FILE, StorageInUse},
		{windows.ERROR_CRC, StorageFailed},
		{windows.ERROR_IO_DEVICE, StorageFailed},
		{windows.ERROR_NETNAME_DELETED, StorageFailed},
		{windows.ERROR_UNEXP_NET_ERR, StorageFailed},
	}
}
