package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"trinhky/signer/signertest/sample"
)

// writeDraft leaves a letter without a number in the workspace, outside the
// folder of waiting documents: it gets its number when it is issued.
func writeDraft(dir string) error {
	path := filepath.Join(dir, "drafts", "cong-van-chua-cap-so.pdf")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	d := sample.Demo(time.Now(), leaderName)[0]
	d.Number, d.Subject = strings.Repeat(" ", 8), "V/v cử cán bộ dự tập huấn ký số và phát hành văn bản điện tử"
	pdf, _, err := sample.Generate(d)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, pdf, 0o600)
}
