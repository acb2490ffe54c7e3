//go:build !windows

package pkcs11

import "os/exec"

func hide(*exec.Cmd) {}
