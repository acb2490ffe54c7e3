package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"trinhky/app/message"
	"trinhky/app/review"
	"trinhky/cmd/internal/wire"
	"trinhky/signer"
	"trinhky/signer/verify"
)

// sound gives the file that is signed: the input, or with --repair and a
// damaged input its repaired copy, which done removes. What the repair lost is
// told with the result.
func (c *signCommand) sound(ctx context.Context, j *job) (path string, told []verify.Finding, done func(), err error) {
	none := func() {}
	if !c.Repair {
		return c.In, nil, none, nil
	}
	path, lost, remove, err := j.repaired(ctx, c.In)
	if errors.Is(err, wire.ErrSound) {
		return c.In, nil, none, nil
	}
	if err != nil {
		if ctx.Err() == nil {
			err = wire.RepairError(c.In, err)
		}
		return "", nil, none, err
	}
	return path, []verify.Finding{{
		Code: review.FileRepaired, Severity: verify.Warning, Detail: fmt.Sprint(lost),
		Args: map[string]string{"lost": j.losses(lost)},
	}}, remove, nil
}

// repaired makes a repaired copy in a folder of its own, which remove takes away.
func (j *job) repaired(ctx context.Context, in string) (path string, lost []wire.Loss, remove func(), err error) {
	dir, err := os.MkdirTemp("", "trinhky-repair-*")
	if err != nil {
		return "", nil, nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	path = filepath.Join(dir, filepath.Base(in))
	if lost, err = wire.Repair(ctx, in, path, j.password); err != nil {
		remove()
		return "", nil, nil, err
	}
	return path, lost, remove, nil
}

// damaged is the refusal of a damaged file, with the offer to repair it and what
// that would lose; nothing is written.
func (j *job) damaged(ctx context.Context, in string) error {
	_, lost, remove, err := j.repaired(ctx, in)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	refusal := &message.Coded{
		Code: "error.repairable", Args: map[string]string{"file": filepath.Base(in), "lost": j.losses(lost)},
		Err: &signer.UnreadableError{File: in, Err: errors.Join(errors.New("damaged"), err)},
	}
	if err != nil {
		refusal.Code = wire.RepairCode(err)
		return refusal
	}
	remove()
	return refusal
}

// losses are the parts that a repair loses, in words.
func (j *job) losses(lost []wire.Loss) string {
	if len(lost) == 0 {
		return j.Words.Say("cli.lost.nothing")
	}
	var out []string
	for _, l := range lost {
		out = append(out, j.Words.Say("cli.lost."+string(l.Part), "lost", strconv.Itoa(l.Lost), "of", strconv.Itoa(l.Of)))
	}
	return strings.Join(out, ", ")
}
