package main

import (
	"strconv"

	"trinhky/app/template"
)

type templateCommands struct {
	List   templateListCommand   `cmd:"" help:"${template_list}"`
	Forget templateForgetCommand `cmd:"" help:"${template_forget}"`
}

type templateListCommand struct{}

// templateList is the answer of `template list`.
type templateList struct {
	Templates []template.Template `json:"templates"`
}

// Run lists the places that people corrected by hand.
func (c *templateListCommand) Run(s *session) error {
	all, err := template.Load(s.Graph.Home)
	if err != nil {
		return err
	}
	s.answer(templateList{append([]template.Template{}, all...)})
	if s.JSON {
		return nil
	}
	for _, t := range all {
		s.say("%s\t%s\t%+.1f\t%+.1f mm\t%.1f × %.1f mm", t.Type, t.Role, t.DX, t.DY, t.Width, t.Height)
	}
	return nil
}

type templateForgetCommand struct {
	Type string `arg:"" optional:"" name:"type" help:"${template_type}"`
	Role string `help:"${template_role}"`
	All  bool   `help:"${template_all}"`
}

// Run forgets the corrections for a type of document, or all of them.
func (c *templateForgetCommand) Run(s *session) error {
	if c.All == (c.Type != "") {
		return usage("template-which")
	}
	all, err := template.Load(s.Graph.Home)
	if err != nil {
		return err
	}
	left := template.List{}
	if !c.All {
		left = all.Except(c.Type, c.Role)
	}
	if len(left) == len(all) && !c.All {
		return usage("template-none", "type", c.Type)
	}
	if err := template.Save(s.Graph.Home, left); err != nil {
		return err
	}
	n := len(all) - len(left)
	s.answer(map[string]int{"forgotten": n})
	s.tell("cli.templates-forgotten", "count", strconv.Itoa(n))
	return nil
}
