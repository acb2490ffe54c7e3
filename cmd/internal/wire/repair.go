package wire

import (
	"context"

	"trinhky/signer"
	"trinhky/signer/repair"
)

// ErrSound says that there is nothing to repair.
var ErrSound = repair.ErrSound

// Repair writes a repaired copy of a damaged, unsigned document, and says what
// was lost (English, for logs).
func Repair(ctx context.Context, in, out string, password signer.PIN) (lost []string, err error) {
	r, err := repair.File(ctx, in, out, repair.Options{Password: password})
	return r.Lost, err
}
