//go:build !linux && !windows

package main

import (
	"errors"
	"os"
)

// hideInput: a PIN is never typed where it would be seen.
func hideInput(*os.File) (restore func(), err error) { return nil, errors.ErrUnsupported }
