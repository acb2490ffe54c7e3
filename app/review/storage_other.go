//go:build !unix && !windows

package review

func storageErrors() []storageError { return nil }
