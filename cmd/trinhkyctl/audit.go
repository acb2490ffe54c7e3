package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"trinhky/submit"
	"trinhky/submit/table"
)

type auditCommands struct {
	List   auditListCommand   `cmd:"" help:"${audit_list}"`
	Check  auditCheckCommand  `cmd:"" help:"${audit_check}"`
	Export auditExportCommand `cmd:"" help:"${audit_export}"`
}

type auditListCommand struct {
	From  int64 `default:"1" help:"${audit_from}"`
	Limit int   `default:"200" help:"${limit}"`
}

// Run lists entries, the oldest first.
func (c *auditListCommand) Run(ctx context.Context, s *session) error {
	log, err := s.Audit(ctx)
	if err != nil {
		return err
	}
	list, err := log.Entries(ctx, c.From, c.Limit)
	if err != nil {
		return err
	}
	if list == nil {
		list = []submit.Entry{}
	}
	s.answer(map[string]any{"entries": list})
	for _, e := range list {
		s.say("%d · %s · %s · %s · %s %s %s", e.N, e.At.In(submit.WireZone()).Format("02/01/2006 15:04:05"),
			e.Actor, s.Words.Word("audit."+string(e.Action)), e.Document, e.Destination, e.Result)
	}
	return nil
}

type auditCheckCommand struct {
	Against string `placeholder:"FILE.json" help:"${audit_against}"`
}

// Run reads the whole log, and compares it with an earlier export where one is
// given: 0 where it is what was written, 2 where it is not.
func (c *auditCheckCommand) Run(ctx context.Context, s *session) error {
	log, err := s.Audit(ctx)
	if err != nil {
		return err
	}
	n, err := log.CheckAudit(ctx)
	compared := int64(0)
	if err == nil && c.Against != "" {
		compared, err = compareAudit(ctx, log, c.Against)
	}
	var tampered *submit.TamperedError
	if errors.As(err, &tampered) {
		s.answer(map[string]any{"entries": n, "intact": false, "broken": map[string]any{"n": tampered.N, "reason": tampered.Reason}})
		s.tell("cli.audit-broken", "n", strconv.FormatInt(tampered.N, 10), "reason", tampered.Reason)
		return end(exitInvalid)
	}
	if err != nil {
		return err
	}
	answer := map[string]any{"entries": n, "intact": true}
	if c.Against != "" {
		answer["compared"] = compared
	}
	s.answer(answer)
	s.tell("cli.audit-intact", "n", strconv.FormatInt(n, 10))
	if c.Against != "" {
		s.tell("cli.audit-compared", "n", strconv.FormatInt(compared, 10))
	} else {
		s.tell("cli.audit-alone")
	}
	return nil
}

// compareAudit holds the log against what was exported from it earlier.
func compareAudit(ctx context.Context, log submit.AuditLog, path string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }() // read only
	return submit.CompareAudit(ctx, log, f)
}

type auditExportCommand struct{ exportFlags }

// Run writes the whole log: a table, or JSON lines that can be checked again.
func (c *auditExportCommand) Run(ctx context.Context, s *session) error {
	log, err := s.Audit(ctx)
	if err != nil {
		return err
	}
	var all []submit.Entry
	for first := int64(1); ; {
		list, err := log.Entries(ctx, first, 1000)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			break
		}
		all, first = append(all, list...), list[len(list)-1].N+1
	}
	if !strings.EqualFold(filepath.Ext(c.Out), ".json") {
		return c.export(s, table.Audit(all), 0)
	}
	if err := c.write(func(w io.Writer) error {
		lines := json.NewEncoder(w)
		for _, e := range all {
			if err := lines.Encode(e); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	s.answer(map[string]any{"output": c.Out, "rows": len(all)})
	s.say("%s (%d)", c.Out, len(all))
	return nil
}
