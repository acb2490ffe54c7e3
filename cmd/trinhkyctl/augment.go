package main

import (
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"

	"trinhky/app/review"
	"trinhky/signer"
	"trinhky/signer/verify"
)

type augmentCommand struct {
	passwordFlags
	In        string   `arg:"" name:"in.pdf" help:"${signed_document}"`
	Out       string   `short:"o" required:"" placeholder:"OUT.pdf" help:"${output}"`
	Level     string   `required:"" enum:"T,LT,LTA" help:"${augment_level}"`
	TSA       []string `name:"tsa" sep:"none" placeholder:"URL" help:"${tsa}"`
	Overwrite bool     `help:"${overwrite}"`
}

// Run strengthens a signed document; no key is needed.
func (c *augmentCommand) Run(ctx context.Context, s *session) error {
	if err := notExist(c.In); err != nil {
		return err
	}
	level, err := levelOf(c.Level)
	if err != nil {
		return err
	}
	if len(c.TSA) == 0 {
		c.TSA = s.Settings.Signing.TSA
	}
	if level != signer.LevelLT && len(c.TSA) == 0 {
		return usage("level-needs-tsa", "level", c.Level)
	}
	pipeline, err := s.Pipeline(c.TSA)
	if err != nil {
		return err
	}
	password, err := c.password(s)
	if err != nil {
		return err
	}
	defer password.Wipe()
	if err := checkOutput(c.In, c.Out, c.Overwrite); err != nil {
		return err
	}
	_, known, err := s.Trust()
	if err != nil {
		return err
	}
	result, err := pipeline.Augment(ctx, signer.Augmentation{
		Input: c.In, Output: c.Out, Overwrite: c.Overwrite, Password: password, Level: level, Known: known,
	}, nil)
	if err != nil {
		return err
	}
	out := signed{
		Input: c.In, Output: &result.Path, SHA256: hex.EncodeToString(result.SHA256[:]),
		Level: result.Level.String(), RequestedLevel: level.String(),
		Took: &took{Prepare: result.Took.Prepare.Milliseconds(), Finish: result.Took.Finish.Milliseconds()},
	}
	s.answer(out)
	s.tell("cli.augmented", "file", filepath.Base(c.Out), "level", out.Level)
	return nil
}

// checkOutput is review.CheckOutput with the size of the input.
func checkOutput(in, out string, overwrite bool) error {
	info, err := os.Stat(in)
	if err != nil {
		return err
	}
	return review.CheckOutput(in, out, overwrite, info.Size())
}

type extractCommand struct {
	passwordFlags
	In        string `arg:"" name:"in.pdf" help:"${signed_document}"`
	Signature int    `required:"" placeholder:"N" help:"${signature_number}"`
	Out       string `short:"o" required:"" placeholder:"OUT.pdf" help:"${signed_version}"`
	Overwrite bool   `help:"${overwrite}"`
}

// Run writes the document as it was when a signature was made: the bytes up to
// the end of its byte range.
func (c *extractCommand) Run(ctx context.Context, s *session) error {
	if err := notExist(c.In); err != nil {
		return err
	}
	password, err := c.password(s)
	if err != nil {
		return err
	}
	defer password.Wipe()
	report, err := verify.File(ctx, c.In, verify.Options{Password: password})
	if err != nil {
		return err
	}
	if len(report.Signatures) == 0 {
		return signer.ErrUnsigned
	}
	if c.Signature < 1 || c.Signature > len(report.Signatures) {
		return usage("no-signature", "n", strconv.Itoa(c.Signature), "count", strconv.Itoa(len(report.Signatures)))
	}
	g := report.Signatures[c.Signature-1]
	if g.Coverage != verify.CoverageFile && g.Coverage != verify.CoverageRevision {
		s.tell("cli.extract-broken", "n", strconv.Itoa(g.N))
		return outcome(exitInvalid)
	}
	if err := checkOutput(c.In, c.Out, c.Overwrite); err != nil {
		return err
	}
	end := g.ByteRange[2] + g.ByteRange[3]
	sum, err := review.WriteSigned(report, c.Signature, c.Out)
	if err != nil {
		return err
	}
	s.answer(map[string]any{
		"input": c.In, "output": c.Out, "signature": g.N, "bytes": end, "sha256": hex.EncodeToString(sum[:]),
	})
	s.tell("cli.extracted", "file", filepath.Base(c.Out), "n", strconv.Itoa(g.N))
	return nil
}
