package wire

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"trinhky/app/message"
	"trinhky/app/settings"
	"trinhky/signer"
	"trinhky/signer/pkcs12"
	"trinhky/signer/wincert"
)

// KeyFiles is a token source that also offers the keys of PKCS#12 files, as
// tokens of one certificate each: for servers and tests. A file shows its
// certificate only with its password, so the settings remember the certificate
// from the time when the file was chosen. On Windows it offers the certificate
// store too, but no certificate that a PKCS#11 token shows: those are
// preferred. It is safe for concurrent use.
type KeyFiles struct {
	graph  *Graph
	tokens signer.TokenSource // nil: there is none
	store  certificateStore

	mu    sync.Mutex
	files []fileToken
}

// fileModule marks the slots of files, in the place of a module's path.
const fileModule = "pkcs12:"

// fileToken is one file.
type fileToken struct {
	path        string
	certificate signer.Certificate
}

// KeyFiles puts the files of the settings beside the tokens, which may be nil.
func (g *Graph) KeyFiles(tokens signer.TokenSource) *KeyFiles {
	k := &KeyFiles{graph: g, tokens: tokens, store: wincert.New()}
	for _, f := range g.Settings.Signing.KeyFiles {
		der, err := base64.StdEncoding.DecodeString(f.Certificate)
		if err != nil {
			g.Log.Warn("key file of the settings", "path", f.Path, "error", err)
			continue
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			g.Log.Warn("key file of the settings", "path", f.Path, "error", err)
			continue
		}
		k.files = append(k.files, fileToken{g.Path(f.Path), signer.Certificate{X509: c, Label: filepath.Base(f.Path)}})
	}
	return k
}

// Add opens a file once with its password and offers its key from then on. What
// it returns belongs into the settings; the password goes nowhere.
func (k *KeyFiles) Add(ctx context.Context, path string, password signer.PIN) (settings.KeyFile, error) {
	key, err := pkcs12.Open(ctx, path, password)
	if err != nil {
		return settings.KeyFile{}, keyError(err)
	}
	c := key.Certificate()
	if err := key.Close(); err != nil {
		return settings.KeyFile{}, err
	}
	k.mu.Lock()
	k.files = slices.DeleteFunc(k.files, func(f fileToken) bool { return f.path == path })
	k.files = append(k.files, fileToken{path, c})
	k.mu.Unlock()
	return settings.KeyFile{Path: path, Certificate: base64.StdEncoding.EncodeToString(c.X509.Raw)}, nil
}

// Remove offers a file no longer.
func (k *KeyFiles) Remove(path string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.files = slices.DeleteFunc(k.files, func(f fileToken) bool { return f.path == path })
}

func (f fileToken) slot() signer.Slot {
	sum := sha256.Sum256(f.certificate.X509.Raw)
	return signer.Slot{
		Module: fileModule + f.path,
		Token:  signer.TokenInfo{Label: filepath.Base(f.path), Serial: hex.EncodeToString(sum[:8])},
	}
}

// Slots implements signer.TokenSource. A fault of the tokens does not hide the
// files.
func (k *KeyFiles) Slots(ctx context.Context) ([]signer.Slot, error) {
	k.mu.Lock()
	files := slices.Clone(k.files)
	k.mu.Unlock()
	var slots []signer.Slot
	if k.tokens != nil {
		var err error
		if slots, err = k.tokens.Slots(ctx); err != nil && len(files) == 0 {
			return nil, err
		}
	}
	for _, f := range files {
		slots = append(slots, f.slot())
	}
	for _, c := range k.stored(ctx, slots) {
		slots = append(slots, storeSlot(c))
	}
	return slots, ctx.Err()
}

// certificateStore is the part of wincert.Store that is used here.
type certificateStore interface {
	Certificates(ctx context.Context) ([]wincert.Certificate, error)
	Unlock(ctx context.Context, c wincert.Certificate, pin signer.PIN) (signer.Key, error)
}

// storeModule marks the slots of the Windows certificate store.
const storeModule = "wincert:"

func storeSlot(c wincert.Certificate) signer.Slot {
	return signer.Slot{Module: storeModule, Token: signer.TokenInfo{Label: c.Label, Serial: wincert.Thumbprint(c.X509), Model: c.Provider}}
}

// stored are the signing certificates of the store that no other slot has.
func (k *KeyFiles) stored(ctx context.Context, slots []signer.Slot) []wincert.Certificate {
	list, err := k.store.Certificates(ctx)
	if err != nil {
		if !errors.Is(err, wincert.ErrUnsupported) {
			k.graph.Log.Warn("certificate store", "error", err)
		}
		return nil
	}
	have := map[string]bool{}
	for _, s := range slots {
		t, err := k.Open(s)
		if err != nil {
			continue
		}
		certificates, err := t.Certificates(ctx)
		if err != nil {
			continue
		}
		for _, c := range certificates {
			have[string(c.X509.Raw)] = true
		}
	}
	return slices.DeleteFunc(list, func(c wincert.Certificate) bool {
		return c.Unusable != nil || c.X509.IsCA || have[string(c.X509.Raw)]
	})
}

// storeToken is one certificate of the store.
type storeToken struct {
	store      certificateStore
	thumbprint string
}

func (t storeToken) find(ctx context.Context) (wincert.Certificate, error) {
	list, err := t.store.Certificates(ctx)
	if err != nil {
		return wincert.Certificate{}, keyError(err)
	}
	for _, c := range list {
		if wincert.Thumbprint(c.X509) == t.thumbprint {
			return c, nil
		}
	}
	return wincert.Certificate{}, signer.ErrNoToken
}

// Certificates implements signer.Token.
func (t storeToken) Certificates(ctx context.Context) ([]signer.Certificate, error) {
	c, err := t.find(ctx)
	if err != nil {
		return nil, err
	}
	return []signer.Certificate{c.Certificate}, nil
}

// Unlock implements signer.Token. A provider that would show a dialog of its
// own is found out at the first signature: nothing is signed, and the person is
// told.
func (t storeToken) Unlock(ctx context.Context, want signer.Certificate, pin signer.PIN) (signer.Key, error) {
	c, err := t.find(ctx)
	if err != nil {
		return nil, err
	}
	if want.X509 == nil || !c.X509.Equal(want.X509) {
		return nil, signer.ErrNoToken
	}
	key, err := t.store.Unlock(ctx, c, pin)
	if err != nil {
		return nil, keyError(err)
	}
	return withWords(key), nil
}

// Open implements signer.TokenSource.
func (k *KeyFiles) Open(s signer.Slot) (signer.Token, error) {
	if s.Module == storeModule {
		return storeToken{k.store, s.Token.Serial}, nil
	}
	path, isFile := strings.CutPrefix(s.Module, fileModule)
	if !isFile {
		if k.tokens == nil {
			return nil, signer.ErrNoToken
		}
		return k.tokens.Open(s)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, f := range k.files {
		if f.path == path {
			return f, nil
		}
	}
	return nil, signer.ErrNoToken
}

// Changed implements signer.TokenSource.
func (k *KeyFiles) Changed() <-chan struct{} {
	if k.tokens == nil {
		return nil
	}
	return k.tokens.Changed()
}

// Certificates implements signer.Token.
func (f fileToken) Certificates(context.Context) ([]signer.Certificate, error) {
	return []signer.Certificate{f.certificate}, nil
}

// errOtherKey says that a file holds another certificate than when it was chosen.
var errOtherKey = errors.New("the file holds another certificate than when it was chosen")

// Unlock implements signer.Token; the PIN is the password of the file.
func (f fileToken) Unlock(ctx context.Context, c signer.Certificate, pin signer.PIN) (signer.Key, error) {
	key, err := pkcs12.Open(ctx, f.path, pin)
	if err != nil {
		return nil, keyError(err)
	}
	if c.X509 == nil || !key.Certificate().X509.Equal(c.X509) {
		_ = key.Close()
		return nil, &message.Coded{Code: "error.key-file", Args: map[string]string{"file": filepath.Base(f.path)}, Err: errOtherKey}
	}
	return key, nil
}
