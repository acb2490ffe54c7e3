package wire

import (
	"context"

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

// Repair writes a repaired copy of a damaged, unsigned document, and says what
// was lost.
func Repair(ctx context.Context, in, out string, password signer.PIN) (lost []Loss, err error) {
	r, err := repair.File(ctx, in, out, repair.Options{Password: password})
	return r.Lost, err
}
