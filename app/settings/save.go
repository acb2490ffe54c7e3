package settings

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pelletier/go-toml/v2"
)

// Save writes the settings of home: the whole file or nothing, readable by the
// owner only.
func Save(home string, s Settings) error {
	data, err := toml.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode settings: %w", err)
	}
	if err := writeOwned(File(home), data); err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	return nil
}

// Keep writes a file of ours (a picture that was made here) below home, whole
// or not at all, readable by the owner only.
func Keep(home, name string, data []byte) error {
	if err := writeOwned(Path(home, name), data); err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	return nil
}

// writeOwned puts data in place of path in one step, mode 0600, making the
// folder (0700) where it is missing.
func writeOwned(path string, data []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".writing-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil { // Windows wants close before rename
		return err
	}
	return os.Rename(f.Name(), path)
}
