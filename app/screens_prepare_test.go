package app_test

import (
	"errors"
	"path/filepath"

	"trinhky/app/flow/flowtest"
	"trinhky/app/page"
	"trinhky/app/template"
	"trinhky/pdfview/geom"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// prepare chooses the waiting document on the page Chuẩn bị.
func (s *stage) prepare() {
	s.flow.Start()
	s.frame.Go(page.PreparePage)
	s.flow.ChoosePrepare(s.world.Waiting())
	s.doAll()
}

func prepareScreens() []screen {
	return []screen{
		{"prepare", false, func(s *stage) { s.flow.Start(); s.frame.Go(page.PreparePage) }},
		{"prepare-empty", false, func(s *stage) { s.frame.Go(page.PreparePage) }},
		{"prepare-fields", false, func(s *stage) {
			s.prepare()
			s.flow.AddSlot(stamp.Initials, 1)
			p := s.flow.Lists().Prepare.Slots[0]
			s.flow.MoveSlot(p.Name, p.Page, p.Shown.Move(0, -geom.MM(12)))
		}},
		{"prepare-number", false, func(s *stage) {
			d := flowtest.Document(s.world.Waiting())
			d.Parts.Number.Text, d.Parts.Number.Rect = "", geom.Rect{X0: 110, Y0: 720, X1: 150, Y1: 736}
			s.world.Documents[s.world.Waiting()] = d
			s.prepare()
			s.flow.AddSlot(stamp.Number, 0)
		}},
		{"prepare-numbered", false, func(s *stage) { s.prepare(); s.flow.AddSlot(stamp.Number, 0) }},
		{"prepare-no-place", false, func(s *stage) {
			d := flowtest.Document(s.world.Waiting())
			d.Parts.Signers = nil
			s.world.Documents[s.world.Waiting()] = d
			s.prepare()
			s.flow.AddSlot(stamp.Leader, 0)
		}},
		{"prepare-unreadable", false, func(s *stage) {
			s.world.OpenErr = errors.New("damaged")
			s.prepare()
		}},
		{"prepare-failed", false, func(s *stage) { // no real file lies there
			s.prepare()
			s.flow.SavePrepared(nil)
		}},
		{"settings-templates", false, func(s *stage) {
			t, _ := template.Of("QUYẾT ĐỊNH", "leader", geom.At(geom.Point{X: 300, Y: 500}, geom.Size{W: 140, H: 70}),
				geom.At(geom.Point{X: 310, Y: 480}, geom.Size{W: 120, H: 60}))
			if err := template.Save(filepath.Clean(s.world.Home), template.List{t}); err != nil {
				s.t.Fatal(err)
			}
			s.settings(page.TabStamps)
		}},
		{"placing-hidden", false, func(s *stage) {
			d := flowtest.Document(s.world.Waiting())
			for _, f := range []struct{ code, what string }{
				{"active-javascript", ""},
				{"optional-content", ""},
				{"embedded-executable", "thu-moi.pdf.exe"},
				{"hidden-text", ""},
				{"number-used", ""},
				{"picture-not-true-size", ""},
			} {
				d.Findings = append(d.Findings, verify.Finding{Code: f.code, Severity: verify.Warning, Page: 1, Args: map[string]string{
					"what": f.what, "count": "3", "hidden": "1", "page": "1", "text": "Số tiền: 900.000.000 đồng",
					"number": "125/STN-VP", "subject": "Về việc kiểm tra", "mm": "30", "want": "36",
				}})
			}
			s.world.Documents[s.world.Waiting()] = d
			s.open()
		}},
	}
}
