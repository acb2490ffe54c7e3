package main

import (
	"context"
	"math"
	"slices"

	"trinhky/app/review"
)

// plannedFlags are a stamp that `inspect` looks at as if it were signed now:
// `sign` with a place given loads no renderer and cannot say what is under it.
type plannedFlags struct {
	Role     string `default:"" enum:",leader,seal,attachment,copy,digitised,archive,initials,number" help:"${planned_role}"`
	Rules    string `enum:"tt01,nd30" default:"tt01" help:"${rules}"`
	Image    string `placeholder:"PNG" help:"${image}"`
	Number   string `placeholder:"15/QĐ-UBND" help:"${number}"`
	CopyForm string `name:"copy-form" placeholder:"SAO Y" help:"${copy_form}"`
	Agency   string `placeholder:"NAME" help:"${agency}"`
	rectFlags
	Field string `placeholder:"NAME" help:"${field}"`
}

// asked says whether a stamp is planned at all.
func (f *plannedFlags) asked() bool {
	return f.Role != "" || f.Image != "" || f.given() || f.Field != ""
}

// job is the job of signing so.
func (f *plannedFlags) job(s *session, who whoFlags) (*job, error) {
	flags := signFlags{
		Role: f.Role, Rules: f.Rules, Image: f.Image, Number: f.Number, CopyForm: f.CopyForm, Agency: f.Agency,
		rectFlags: f.rectFlags, Field: f.Field, whoFlags: who, Level: "B",
	}
	if flags.Role == "" {
		flags.Role = "leader"
	}
	return flags.job(s)
}

// planned adds what there is to say of the stamp to the findings of d, and
// returns its place; nil: none was asked for.
func (f *plannedFlags) planned(ctx context.Context, s *session, d *review.Document, who whoFlags) (*review.Block, error) {
	if !f.asked() {
		found, err := d.FieldFindings(ctx)
		d.Findings = append(d.Findings, found...)
		return nil, err
	}
	j, err := f.job(s, who)
	if err != nil {
		return nil, err
	}
	defer j.password.Wipe()
	ask := j.ask(nil)
	p, err := d.Place(ctx, ask)
	if err != nil {
		return nil, err
	}
	if p, err = d.Corrected(ctx, j.templates, ask, p); err != nil {
		return nil, err
	}
	found, err := d.StampFindings(ctx, p, ask.Stamp)
	if err != nil {
		return nil, err
	}
	d.Findings = slices.Concat(d.Findings, found, j.picture)
	return &review.Block{
		Page: p.Page + 1, RectMM: review.MM(p.Shown), Confidence: math.Round(p.Confidence*100) / 100,
	}, nil
}
