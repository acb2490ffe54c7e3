package wire

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"trinhky/app/message"
	"trinhky/assets"
	"trinhky/signer"
	"trinhky/signer/pkcs11"
	"trinhky/signer/wincert"
)

// helperVariable names another token helper than the one beside the program;
// for tests and for support.
const helperVariable = "TRINHKY_TOKEN_HELPER"

// Tokens finds tokens over the modules named, or with none over those of the
// settings and the known ones that are installed. Modules run in helper
// processes, which get the environment of the settings. Equal lists give the
// same source.
func (g *Graph) Tokens(modules []string) (signer.TokenSource, error) {
	if len(modules) == 0 {
		var err error
		if modules, err = g.modules(); err != nil {
			return nil, err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	key := joined(modules)
	if s, ok := g.tokens[key]; ok {
		return s, nil
	}
	helper, others, err := helpers()
	if err != nil {
		return nil, err
	}
	var chatter io.Writer
	if g.Log.Enabled(context.Background(), slog.LevelDebug) {
		chatter = os.Stderr
	}
	s := pkcs11.New(pkcs11.Config{
		Helper: helper, Others: others, Modules: modules, Environment: g.Settings.Environment, Stderr: chatter,
	})
	if g.tokens == nil {
		g.tokens = map[string]signer.TokenSource{}
	}
	g.tokens[key] = source{s}
	g.close = append(g.close, s.Close)
	return g.tokens[key], nil
}

// modules are the person's own choice and the known modules that are there.
func (g *Graph) modules() ([]string, error) {
	known, err := pkcs11.ParseKnown(assets.TokenModules)
	if err != nil {
		return nil, err
	}
	var own []string
	for _, m := range g.Settings.Signing.Modules {
		own = append(own, g.Path(m))
	}
	list := pkcs11.Present(known.Candidates(own))
	for _, m := range wincert.Modules() { // of the drivers that Windows knows
		same := func(have string) bool { return strings.EqualFold(have, m) }
		if _, err := os.Stat(m); err == nil && !slices.ContainsFunc(list, same) {
			list = append(list, m)
		}
	}
	return list, nil
}

// Searched lists where modules were looked for, in the order of preference, and
// which are there.
func (g *Graph) Searched() ([]pkcs11.Candidate, error) {
	known, err := pkcs11.ParseKnown(assets.TokenModules)
	if err != nil {
		return nil, err
	}
	var list []pkcs11.Candidate
	for _, m := range g.Settings.Signing.Modules {
		_, err := os.Stat(g.Path(m))
		list = append(list, pkcs11.Candidate{Path: g.Path(m), Found: err == nil})
	}
	for _, m := range wincert.Modules() {
		_, err := os.Stat(m)
		list = append(list, pkcs11.Candidate{Path: m, Maker: "CSP/KSP", Found: err == nil})
	}
	return append(list, known.Candidates(nil)...), nil
}

// helpers finds the token helper for this platform, and the one for 32-bit
// modules where there is one.
func helpers() (helper string, others map[string]string, err error) {
	if h := os.Getenv(helperVariable); h != "" {
		return h, nil, nil
	}
	program, err := os.Executable()
	if err != nil {
		return "", nil, fmt.Errorf("find the token helper: %w", err)
	}
	if real, err := filepath.EvalSymlinks(program); err == nil {
		program = real
	}
	dir, ext := filepath.Dir(program), filepath.Ext(program)
	if !strings.EqualFold(ext, ".exe") {
		ext = ""
	}
	others = map[string]string{}
	small := filepath.Join(dir, "trinhky-token-386"+ext)
	if _, err := os.Stat(small); err == nil {
		others[runtime.GOOS+"/386"] = small
	}
	helper = filepath.Join(dir, "trinhky-token"+ext)
	if _, err := os.Stat(helper); err != nil {
		return "", nil, &message.Coded{Code: "error.helper", Err: fmt.Errorf("%w: %w", signer.ErrNoToken, err)}
	}
	return helper, others, nil
}

// joined is the key of a list of modules.
func joined(modules []string) string { return strings.Join(modules, "\x00") }
