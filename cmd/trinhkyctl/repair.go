package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"trinhky/app/message"
	"trinhky/app/review"
	"trinhky/cmd/internal/wire"
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
	dir, err := os.MkdirTemp("", "trinhky-repair-*")
	if err != nil {
		return "", nil, none, err
	}
	remove := func() { _ = os.RemoveAll(dir) }
	path = filepath.Join(dir, filepath.Base(c.In))
	lost, err := wire.Repair(ctx, c.In, path, j.password)
	if errors.Is(err, wire.ErrSound) {
		remove()
		return c.In, nil, none, nil
	}
	if err != nil {
		remove()
		if ctx.Err() == nil {
			err = &message.Coded{Code: "error.not-repaired", Args: map[string]string{"file": filepath.Base(c.In)}, Err: err}
		}
		return "", nil, none, err
	}
	return path, []verify.Finding{{
		Code: review.FileRepaired, Severity: verify.Warning, Detail: strings.Join(lost, "; "),
		Args: map[string]string{"lost": strconv.Itoa(len(lost))},
	}}, remove, nil
}
