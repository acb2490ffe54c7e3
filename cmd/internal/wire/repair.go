package wire

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"trinhky/app/flow"
	"trinhky/app/message"
	"trinhky/signer"
	"trinhky/signer/repair"
)

// ErrSound says that there is nothing to repair.
var ErrSound = repair.ErrSound

// ErrSignedDamage says that a damaged document carries a signature, which a
// repair would destroy.
var ErrSignedDamage = repair.ErrSigned

// Loss is a part of a document that a repair loses.
type Loss = repair.Loss

// RepairCode is the code of the sentence why there is no repair.
func RepairCode(err error) string {
	if errors.Is(err, ErrSignedDamage) {
		return "error.damaged-signed"
	}
	return "error.not-repaired"
}

// RepairError is what a failed repair is told as: a document that nobody may open
// is not called damaged.
func RepairError(in string, err error) error {
	var forbidden *signer.ForbiddenError
	if errors.Is(err, signer.ErrPassword) || errors.As(err, &forbidden) {
		return err
	}
	return &message.Coded{Code: RepairCode(err), Args: map[string]string{"file": filepath.Base(in)}, Err: err}
}

// RepairCopy is flow.Config.Repair.
func RepairCopy(ctx context.Context, in, out string) ([]flow.Lost, error) {
	lost, err := Repair(ctx, in, out, nil)
	switch {
	case err == nil:
	case ctx.Err() != nil, errors.Is(err, signer.ErrExists), errors.Is(err, fs.ErrPermission):
		return nil, err
	default:
		return nil, RepairError(in, err)
	}
	var all []flow.Lost
	for _, l := range lost {
		all = append(all, flow.Lost{Part: string(l.Part), Lost: l.Lost, Of: l.Of})
	}
	return all, nil
}

// Repair writes a repaired copy of a damaged, unsigned document, and says what
// was lost.
func Repair(ctx context.Context, in, out string, password signer.PIN) (lost []Loss, err error) {
	r, err := repair.File(ctx, in, out, repair.Options{Password: password})
	return r.Lost, err
}
