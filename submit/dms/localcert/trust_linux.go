package localcert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// databases are the NSS databases of the user's browsers: Chromium's, which is
// made where it is missing, and those of Firefox's profiles.
func databases(create bool) ([]string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	var all []string
	shared := filepath.Join(home, ".pki", "nssdb")
	if create {
		if err := os.MkdirAll(shared, 0o700); err != nil {
			return nil, err
		}
	}
	if _, err := os.Stat(shared); err == nil {
		all = append(all, shared)
	}
	for _, pattern := range []string{
		".mozilla/firefox/*/cert9.db", "snap/firefox/common/.mozilla/firefox/*/cert9.db",
		".var/app/org.mozilla.firefox/.mozilla/firefox/*/cert9.db", "snap/chromium/current/.pki/nssdb/cert9.db",
	} {
		found, err := filepath.Glob(filepath.Join(home, filepath.FromSlash(pattern)))
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			all = append(all, filepath.Dir(f))
		}
	}
	return all, nil
}

func certutil(ctx context.Context, dir string, args ...string) error {
	tool, err := exec.LookPath("certutil")
	if err != nil {
		return fmt.Errorf("%w: certutil (package libnss3-tools) is missing", ErrUnsupported)
	}
	cmd := exec.CommandContext(ctx, tool, append([]string{"-d", "sql:" + dir}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("certutil: %w: %s", err, strings.TrimSpace(out.String()))
	}
	return nil
}

// Install makes the user's browsers trust the pair's root.
func (p *Pair) Install(ctx context.Context) error {
	all, err := databases(true)
	if err != nil {
		return err
	}
	var errs []error
	for _, dir := range all {
		if _, err := os.Stat(filepath.Join(dir, "cert9.db")); errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, certutil(ctx, dir, "-N", "--empty-password"))
		}
		errs = append(errs, uninstall(ctx, dir), certutil(ctx, dir, "-A", "-t", "C,,", "-n", Name(), "-i", p.RootFile()))
	}
	return errors.Join(errs...)
}

// Uninstall takes every root of ours, older ones too, out of the stores.
func Uninstall(ctx context.Context) error {
	all, err := databases(false)
	errs := []error{err}
	for _, dir := range all {
		errs = append(errs, uninstall(ctx, dir))
	}
	return errors.Join(errs...)
}

// uninstall removes what bears our name; several may after renewals.
func uninstall(ctx context.Context, dir string) error {
	for range 20 {
		if certutil(ctx, dir, "-L", "-n", Name()) != nil {
			return nil // not there, or no tool: then nothing was put there
		}
		if err := certutil(ctx, dir, "-D", "-n", Name()); err != nil {
			return err
		}
	}
	return errors.New("local certificate: it keeps coming back into " + dir)
}

// Installed says whether the browsers' shared store trusts the root.
func (p *Pair) Installed(ctx context.Context) (bool, error) {
	all, err := databases(false)
	if err != nil || len(all) == 0 {
		return false, err
	}
	tool, err := exec.LookPath("certutil")
	if err != nil {
		return false, fmt.Errorf("%w: certutil (package libnss3-tools) is missing", ErrUnsupported)
	}
	out, err := exec.CommandContext(ctx, tool, "-d", "sql:"+all[0], "-L", "-n", Name(), "-r").Output()
	if err != nil {
		return false, nil //nolint:nilerr // no such entry
	}
	return bytes.Equal(out, p.Root.Raw), nil
}
