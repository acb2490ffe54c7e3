//go:build !windows && !(linux && cgo)

package app

import "errors"

// haveNative says whether the system's own file dialog is built in.
const haveNative = false

func askNative(question) (string, error) { return "", errors.New("no native dialog in this build") }
