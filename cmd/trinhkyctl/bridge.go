package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"trinhky/submit/dms/localcert"
)

// bridgeCommands are about the local certificate of the signing bridge; the
// installer calls them for the person.
type bridgeCommands struct {
	Install bridgeInstallCommand `cmd:"" help:"${bridge_install}"`
	Remove  bridgeRemoveCommand  `cmd:"" help:"${bridge_remove}"`
	Status  bridgeStatusCommand  `cmd:"" help:"${bridge_status}"`
}

type bridgeInstallCommand struct{}

// Run makes the certificate and lets the user's browsers trust it.
func (c *bridgeInstallCommand) Run(ctx context.Context, s *session) error {
	p, err := s.InstallLocal(ctx)
	if err != nil {
		return err
	}
	s.answer(map[string]any{"root": p.RootFile(), "sha256": p.Fingerprint(), "not_after": p.Leaf.NotAfter.UTC().Format(time.RFC3339)})
	s.say("%s", s.Words.Say("bridge.installed", "fingerprint", p.Fingerprint()))
	return nil
}

type bridgeRemoveCommand struct{}

// Run takes the certificate out of the browsers and deletes its key.
func (c *bridgeRemoveCommand) Run(ctx context.Context, s *session) error {
	if err := s.RemoveLocal(ctx); err != nil {
		return err
	}
	s.answer(map[string]any{"removed": true})
	s.say("%s", s.Words.Say("bridge.removed"))
	return nil
}

type bridgeStatusCommand struct{}

// Run says whether there is a certificate, and whether browsers trust it.
func (c *bridgeStatusCommand) Run(ctx context.Context, s *session) error {
	p, err := localcert.Load(filepath.Join(s.Graph.Home, "bridge", "certificate"))
	if errors.Is(err, fs.ErrNotExist) {
		s.answer(map[string]any{"installed": false})
		s.say("%s", s.Words.Say("bridge.absent"))
		return nil
	}
	if err != nil {
		return err
	}
	trusted, err := p.Installed(ctx)
	if err != nil && !errors.Is(err, localcert.ErrUnsupported) {
		return err
	}
	until := p.Leaf.NotAfter.UTC().Format(time.RFC3339)
	s.answer(map[string]any{
		"installed": true, "trusted": trusted, "sha256": p.Fingerprint(), "not_after": until, "root": p.RootFile(),
		"key_sha256": p.KeyHash(),
	})
	word := map[bool]string{true: "bridge.yes", false: "bridge.no"}[trusted]
	s.say("%s", s.Words.Say("bridge.status", "until", until, "trusted", s.Words.Word(word), "fingerprint", p.Fingerprint()))
	return nil
}
