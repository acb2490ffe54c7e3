package main

import (
	"os"
	"syscall"
)

// guard keeps Windows from showing a box when a module crashes.
func guard() {
	const failCriticalErrors, noGPFaultErrorBox, noOpenFileErrorBox = 0x1, 0x2, 0x8000
	mode := syscall.NewLazyDLL("kernel32.dll").NewProc("SetErrorMode")
	_, _, _ = mode.Call(failCriticalErrors | noGPFaultErrorBox | noOpenFileErrorBox)
}

// claimOutput keeps standard output for the protocol and gives modules that
// print there standard error instead.
func claimOutput() (*os.File, error) {
	out := os.Stdout
	stderr, err := syscall.GetStdHandle(syscall.STD_ERROR_HANDLE)
	if err != nil {
		return nil, err
	}
	set := syscall.NewLazyDLL("kernel32.dll").NewProc("SetStdHandle")
	which := syscall.STD_OUTPUT_HANDLE
	if ok, _, err := set.Call(uintptr(which), uintptr(stderr)); ok == 0 {
		return nil, err
	}
	return out, nil
}
