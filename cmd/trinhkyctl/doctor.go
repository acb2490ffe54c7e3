package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"

	"trinhky/app/settings"
	"trinhky/cmd/internal/doctor"
)

type doctorCommand struct {
	Bundle string `placeholder:"FILE.zip" help:"${bundle}"`
}

type checkInfo struct {
	Name  string `json:"name"`
	State string `json:"state"`
	Text  string `json:"text"`
	Next  string `json:"next,omitempty"`
	Cause string `json:"cause,omitempty"`
}

// Run walks from the token to the axis: 0, or 40 where a step is broken.
func (c *doctorCommand) Run(ctx context.Context, s *session) error {
	list := []checkInfo{}
	code := exitDone
	for _, check := range doctor.Run(ctx, s.Graph) {
		info := s.checked(check)
		list = append(list, info)
		s.say("%s %s", map[string]string{"ok": "✓", "warning": "!", "broken": "✗", "skipped": "–"}[info.State], info.Text)
		if info.Next != "" {
			s.say("    %s", info.Next)
		}
		if check.State == doctor.Broken {
			code = exitSomeFailed
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	answer := map[string]any{"checks": list}
	if c.Bundle != "" {
		if err := s.bundle(c.Bundle, list); err != nil {
			return err
		}
		answer["bundle"] = c.Bundle
	}
	s.answer(answer)
	return end(code)
}

func (s *session) checked(c doctor.Check) checkInfo {
	args := []string{}
	for name, value := range c.Args {
		if name == "pin" {
			value = s.Words.Word("pin." + value)
		}
		args = append(args, name, value)
	}
	m := s.Words.Message("doctor."+c.Name+"."+string(c.State), args...)
	info := checkInfo{Name: c.Name, State: string(c.State), Text: m.Text, Next: m.Next}
	if c.Err != nil {
		info.Cause = c.Err.Error()
	}
	return info
}

// bundle packs what a help desk needs. Settings hold no secrets; the file of
// secrets, documents and the journal stay out.
func (s *session) bundle(path string, list []checkInfo) error {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name string, data []byte) error {
		w, err := z.Create(name)
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	}
	report, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		return err
	}
	set, err := os.ReadFile(settings.File(s.Graph.Home))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	build, _ := debug.ReadBuildInfo()
	machine := fmt.Sprintf("%s/%s %s\n%v\n", runtime.GOOS, runtime.GOARCH, runtime.Version(), build)
	if err := errors.Join(
		add("doctor.json", report), add("settings.toml", set), add("program.txt", []byte(machine)), z.Close(),
	); err != nil {
		return fmt.Errorf("pack the report: %w", err)
	}
	return os.WriteFile(path, b.Bytes(), 0o600)
}
