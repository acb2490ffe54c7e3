//go:build !windows

package ink

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
)

// program is a HEIC converter of the system.
type program struct {
	path string
	args []string // before the two files
}

// SystemConverter is what this system reads HEIC with, nil where it cannot:
// libheif's programs, or sips of macOS.
func SystemConverter() Converter {
	for _, c := range []struct {
		name string
		args []string
	}{{"heif-convert", nil}, {"heif-dec", nil}, {"sips", []string{"-s", "format", "png"}}} {
		if path, err := exec.LookPath(c.name); err == nil {
			return program{path, c.args}
		}
	}
	return nil
}

// Convert implements Converter.
func (p program) Convert(ctx context.Context, heic []byte) ([]byte, error) {
	return convertFiles(ctx, heic, func(ctx context.Context, from, to string) error {
		args := append([]string{}, p.args...)
		if len(args) > 0 {
			args = append(args, from, "--out", to)
		} else {
			args = append(args, from, to)
		}
		out, err := exec.CommandContext(ctx, p.path, args...).CombinedOutput()
		switch {
		case err == nil:
			return nil
		case bytes.Contains(out, []byte("nsupported")): // the program is there, its decoder of HEVC is not
			return fmt.Errorf("%w: %w: %.200s", ErrHEIC, err, out)
		}
		return fmt.Errorf("%s: %w: %.200s", p.path, err, out)
	})
}
