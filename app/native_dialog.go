//go:build windows || (linux && cgo)

package app

import (
	"errors"

	"github.com/sqweek/dialog"
)

// haveNative says whether the system's own file dialog is built in.
const haveNative = true

// askNative asks through the system's dialog and waits for the answer; "" where
// the person cancelled.
func askNative(q question) (string, error) {
	if q.folder {
		path, err := dialog.Directory().Title(q.title).Browse()
		if errors.Is(err, dialog.ErrCancelled) {
			return "", nil
		}
		return path, err
	}
	b := dialog.File().Title(q.title).Filter(q.kind, append([]string{q.extension}, q.more...)...)
	var path string
	var err error
	if q.save {
		path, err = b.SetStartFile(q.name).Save()
	} else {
		path, err = b.Load()
	}
	if errors.Is(err, dialog.ErrCancelled) {
		return "", nil
	}
	return path, err
}
