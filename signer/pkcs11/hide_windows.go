package pkcs11

import (
	"os/exec"
	"syscall"
)

// hide keeps a console window from flashing up.
func hide(cmd *exec.Cmd) {
	const createNoWindow = 0x08000000
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: createNoWindow}
}
