package pdfium

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	pdfium "github.com/klippa-app/go-pdfium"
	"github.com/tetratelabs/wazero"
)

// DefaultCacheDir is the place of the compiled module in the user's cache
// directory. It belongs to the user, not to a workspace.
func DefaultCacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("pdfium: no cache directory: %w", err)
	}
	return filepath.Join(base, "trinhky", "pdfium"), nil
}

// withCache starts the module with the cache of cfg. A cache that cannot be
// used (truncated by a full disk, not readable, written by another program) is
// deleted and made again; where that fails too, it goes without one.
func withCache(cfg Config, load func(wazero.CompilationCache) (pdfium.Pool, error)) (pdfium.Pool, error) {
	if cfg.CacheDir == "" {
		return load(nil)
	}
	for range 2 {
		p, err := loadCached(cfg.CacheDir, load)
		if err == nil {
			return p, nil
		}
		cfg.Warn(fmt.Errorf("pdfium: compilation cache %s: %w", cfg.CacheDir, err))
		if err := clearCache(cfg.CacheDir); err != nil {
			cfg.Warn(fmt.Errorf("pdfium: clear compilation cache: %w", err))
			break
		}
	}
	return load(nil)
}

func loadCached(dir string, load func(wazero.CompilationCache) (pdfium.Pool, error)) (pdfium.Pool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return nil, err
	}
	p, err := load(cache)
	if err != nil {
		return nil, err
	}
	return cachedPool{p, cache}, nil
}

// clearCache deletes what wazero put into dir and nothing else: the directory
// is given by the caller and may hold other things.
func clearCache(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "wazero-") {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// cachedPool gives the compiled module back together with the pool.
type cachedPool struct {
	pdfium.Pool
	cache wazero.CompilationCache
}

func (p cachedPool) Close() error {
	err := p.Pool.Close()
	if cerr := p.cache.Close(context.Background()); err == nil {
		err = cerr
	}
	return err
}
