package main

import (
	"context"

	"trinhky/submit"
)

type directoryCommands struct {
	Sync directorySyncCommand `cmd:"" help:"${directory_sync}"`
	Find directoryFindCommand `cmd:"" help:"${directory_find}"`
}

type directorySyncCommand struct {
	Connector string `placeholder:"NAME" help:"${connector_all}"`
}

// Run fetches the agencies of the connectors.
func (c *directorySyncCommand) Run(ctx context.Context, s *session) error {
	box, names, err := s.connectorsOf(ctx, c.Connector)
	if err != nil {
		return err
	}
	counts := map[string]int{}
	for _, name := range names {
		if counts[name], err = box.SyncDirectory(ctx, name); err != nil {
			return err
		}
	}
	s.answer(map[string]any{"agencies": counts})
	for name, n := range counts {
		s.say("%s: %d", name, n)
	}
	return nil
}

type directoryFindCommand struct {
	Connector string `placeholder:"NAME" help:"${connector_all}"`
	Limit     int    `default:"50" help:"${limit}"`
	Text      string `arg:"" help:"${find_text}"`
}

// agency is a row of the answer.
type agency struct {
	Code    string `json:"code"`
	OldCode string `json:"old_code"`
	Name    string `json:"name"`
}

// Run searches the local copy; it is fetched first where there is none.
func (c *directoryFindCommand) Run(ctx context.Context, s *session) error {
	box, names, err := s.connectorsOf(ctx, c.Connector)
	if err != nil {
		return err
	}
	out := []agency{}
	for _, name := range names {
		found, err := box.FindAgencies(ctx, name, c.Text, c.Limit)
		if err == nil && len(found) == 0 {
			if _, err := box.SyncDirectory(ctx, name); err != nil {
				s.Log.Warn("directory", "connector", name, "error", err)
			}
			found, err = box.FindAgencies(ctx, name, c.Text, c.Limit)
		}
		if err != nil {
			return err
		}
		for _, p := range found {
			out = append(out, agency{p.Code, p.OldCode, p.Name})
			s.say("%s · %s", p.OrganID(), p.Name)
		}
	}
	s.answer(map[string]any{"agencies": out})
	return nil
}

// connectorsOf is the connector named, or all of them.
func (s *session) connectorsOf(ctx context.Context, name string) (*submit.Outbox, []string, error) {
	box, err := s.Outbox(ctx)
	if err != nil {
		return nil, nil, err
	}
	names := box.Connectors()
	if name != "" {
		names = []string{name}
	}
	if len(names) == 0 {
		return nil, nil, submit.ErrNoConnector
	}
	return box, names, nil
}
