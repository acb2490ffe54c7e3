package ink

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// wic decodes through the Windows Imaging Component, which reads HEIC where
// the extension for it is installed.
type wic struct{ shell string }

// SystemConverter is what this system reads HEIC with, nil where it cannot.
func SystemConverter() Converter {
	shell := filepath.Join(os.Getenv("SystemRoot"), "System32", "WindowsPowerShell", "v1.0", "powershell.exe")
	if _, err := os.Stat(shell); err != nil {
		return nil
	}
	return wic{shell}
}

// The file names come through the environment, never through the script.
const wicScript = `$ErrorActionPreference='Stop';Add-Type -AssemblyName PresentationCore;` +
	`$i=[IO.File]::OpenRead($env:TRINHKY_HEIC);` +
	`$d=[Windows.Media.Imaging.BitmapDecoder]::Create($i,'PreservePixelFormat','OnLoad');` +
	`$e=New-Object Windows.Media.Imaging.PngBitmapEncoder;$e.Frames.Add($d.Frames[0]);` +
	`$o=[IO.File]::Create($env:TRINHKY_PNG);$e.Save($o);$o.Close();$i.Close()`

// Convert implements Converter.
func (w wic) Convert(ctx context.Context, heic []byte) ([]byte, error) {
	return convertFiles(ctx, heic, func(ctx context.Context, from, to string) error {
		cmd := exec.CommandContext(ctx, w.shell, "-NoProfile", "-NonInteractive", "-Command", wicScript)
		cmd.Env = append(os.Environ(), "TRINHKY_HEIC="+from, "TRINHKY_PNG="+to)
		cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true}
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %w: %.200s", ErrHEIC, err, out)
		}
		return nil
	})
}
