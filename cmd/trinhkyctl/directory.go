package main

import (
	"context"
	"slices"
	"strings"

	"trinhky/submit"
)

type directoryCommands struct {
	Sync directorySyncCommand `cmd:"" help:"${directory_sync}"`
	Find directoryFindCommand `cmd:"" help:"${directory_find}"`

	Group directoryGroupCommand `cmd:"" help:"${directory_group}"`
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

type directoryGroupCommand struct {
	Connector string   `placeholder:"NAME" help:"${connector}"`
	Remove    bool     `help:"${group_remove}"`
	Name      string   `arg:"" optional:"" name:"name" help:"${group_name}"`
	Codes     []string `arg:"" optional:"" name:"code" help:"${group_codes}"`
}

// Run lists the groups of receivers, or sets or removes one. Its name stands for
// its members in --to, as @NAME.
func (c *directoryGroupCommand) Run(ctx context.Context, s *session) error {
	box, err := s.Outbox(ctx)
	if err != nil {
		return err
	}
	connector, err := (&sendCommand{Connector: c.Connector}).connector(box)
	if err != nil {
		return err
	}
	groups, err := s.Groups(ctx)
	if err != nil {
		return err
	}
	switch {
	case c.Remove && c.Name == "", c.Name != "" && !c.Remove && len(c.Codes) == 0:
		return usage("group")
	case c.Remove:
		c.Codes = nil
	}
	if c.Name != "" {
		if _, err := receivers(ctx, s, box, connector, c.Codes); err != nil {
			return err
		}
		if err := groups.SetGroup(ctx, connector, submit.Group{Name: c.Name, Codes: c.Codes}); err != nil {
			return err
		}
	}
	all, err := groups.Groups(ctx, connector)
	if err != nil {
		return err
	}
	if all == nil {
		all = []submit.Group{}
	}
	s.answer(map[string]any{"groups": all})
	for _, g := range all {
		s.say("@%s: %s", g.Name, strings.Join(g.Codes, " "))
	}
	return nil
}

// members puts the members of groups (@NAME) in their place, each code once.
func members(ctx context.Context, s *session, connector string, codes []string) ([]string, error) {
	var out []string
	add := func(code string) {
		if !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	for _, code := range codes {
		name, isGroup := strings.CutPrefix(code, "@")
		if !isGroup {
			add(code)
			continue
		}
		groups, err := s.Groups(ctx)
		if err != nil {
			return nil, err
		}
		all, err := groups.Groups(ctx, connector)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(all, func(g submit.Group) bool { return g.Name == name })
		if i < 0 {
			return nil, &submit.FieldError{Field: "to", Reason: "there is no group " + name}
		}
		for _, member := range all[i].Codes {
			add(member)
		}
	}
	return out, nil
}
