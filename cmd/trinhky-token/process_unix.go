//go:build unix

package main

import (
	"os"
	"syscall"
)

// guard keeps the PIN out of core dumps.
func guard() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}

// claimOutput keeps standard output for the protocol and gives modules that
// print there standard error instead.
func claimOutput() (*os.File, error) {
	fd, err := syscall.Dup(1)
	if err != nil {
		return nil, err
	}
	syscall.CloseOnExec(fd)
	if err := redirect(2, 1); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "answers"), nil
}
