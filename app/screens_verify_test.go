package app_test

import (
	"errors"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2/test"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow/flowtest"
	"trinhky/app/page"
	"trinhky/app/review"
	"trinhky/signer"
	"trinhky/signer/verify"
)

// verified shows the page with what is known of files, and verifies them.
func (s *stage) verified(paths ...string) {
	s.world.Verified = map[string]review.Outcome{
		"hợp lệ.pdf": {Report: flowtest.SignedReport(false)},
		"bị sửa.pdf": {Report: flowtest.SignedReport(true)},
		"khóa.pdf":   {Err: signer.ErrPassword},
		"hỏng.pdf":   {Err: &signer.UnreadableError{File: "hỏng.pdf", Err: errors.New("startxref")}},
		"chưa rõ.pdf": {Report: func() *verify.Report {
			r := flowtest.SignedReport(false)
			r.Verdict, r.Signatures[1].Verdict, r.Signatures[1].Chain = verify.Indeterminate, verify.Indeterminate, verify.ChainIncomplete
			return r
		}()},
	}
	s.frame.Go(page.VerifyPage)
	s.flow.Verify(paths...)
	s.doAll()
}

// strengthen adds to a valid file what level asks for; err is what comes of it.
func (s *stage) strengthen(err error, level signer.Level) {
	dir := s.t.TempDir()
	file := filepath.Join(dir, "hợp lệ.pdf")
	if err := os.WriteFile(file, []byte("%PDF-1.7"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	now := s.flow.Settings()
	now.Signing.TSA = []string{"http://127.0.0.1:1/tsa"}
	s.flow.Change(now, func(error) {})
	s.world.AugmentErr = err
	s.verified(file)
	s.world.Verified["moi.pdf"] = s.world.Verified["hợp lệ.pdf"]
	s.kit.PickSave = func(_ string, then func(string)) { then(filepath.Join(dir, "moi.pdf")) }
	key := "verify.later.t"
	if level == signer.LevelLTA {
		key = "verify.later.lta"
	}
	test.Tap(s.kit.Part(key).(*fynewidget.Button))
}

func verifyScreens() []screen {
	return []screen{
		{"verify-empty", false, func(s *stage) { s.frame.Go(page.VerifyPage) }},
		{"verify-valid", false, func(s *stage) { s.verified("hợp lệ.pdf") }},
		{"verify-changed", false, func(s *stage) { s.verified("bị sửa.pdf") }},
		{"verify-open", false, func(s *stage) { s.verified("chưa rõ.pdf") }},
		{"verify-unsigned", false, func(s *stage) { s.verified("chưa ký.pdf") }},
		{"verify-locked", false, func(s *stage) { s.verified("khóa.pdf"); s.flow.UnlockVerified(signer.PIN("x")) }},
		{"verify-damaged", false, func(s *stage) { s.verified("hỏng.pdf") }},
		{"verify-signed", false, func(s *stage) { s.verified("bị sửa.pdf"); s.flow.ShowVerified(1) }},
		{"verify-folder", false, func(s *stage) {
			s.verified("hợp lệ.pdf", "bị sửa.pdf", "chưa ký.pdf", "khóa.pdf", "hỏng.pdf", "chưa rõ.pdf")
		}},
		{"verify-later-stage", true, func(s *stage) { s.strengthen(nil, signer.LevelLTA) }},
		{"verify-later", false, func(s *stage) { s.strengthen(nil, signer.LevelT) }},
		{"verify-later-refused", false, func(s *stage) {
			s.strengthen(&signer.ForbiddenError{File: "hợp lệ.pdf", Rule: signer.ForbiddenByDocMDP}, signer.LevelT)
		}},
		{"verify-running", true, func(s *stage) {
			s.frame.Go(page.VerifyPage)
			s.flow.Verify("hợp lệ.pdf", "bị sửa.pdf")
		}},
	}
}
