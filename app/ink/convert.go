package ink

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// converting is how long a converter may take.
const converting = 60 * time.Second

// convertFiles writes heic into a folder of its own, lets run make the PNG
// beside it, and reads that.
func convertFiles(ctx context.Context, heic []byte, run func(ctx context.Context, from, to string) error) (png []byte, err error) {
	dir, err := os.MkdirTemp("", "trinhky-heic-")
	if err != nil {
		return nil, fmt.Errorf("convert HEIC: %w", err)
	}
	defer func() {
		if e := os.RemoveAll(dir); e != nil && err == nil {
			err = fmt.Errorf("convert HEIC: %w", e)
		}
	}()
	from, to := filepath.Join(dir, "photo.heic"), filepath.Join(dir, "photo.png")
	if err := os.WriteFile(from, heic, 0o600); err != nil {
		return nil, fmt.Errorf("convert HEIC: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, converting)
	defer cancel()
	if err := run(ctx, from, to); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	png, err = os.ReadFile(to)
	if errors.Is(err, fs.ErrNotExist) { // a file of several pictures: the first of them
		png, err = os.ReadFile(filepath.Join(dir, "photo-1.png"))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return png, nil
}
