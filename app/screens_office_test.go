package app_test

import (
	"context"
	"crypto/sha256"
	"time"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/app/page"
	"trinhky/app/settings"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/submit"
)

// correctionScreens are what is issued with two tokens, and what is corrected
// after it was sent.
func correctionScreens() []screen {
	return []screen{
		{"issue-two-tokens", false, func(s *stage) { s.twoTokens(false) }},
		{"issue-swap", false, func(s *stage) {
			s.twoTokens(true)
			s.flow.RunIssue(signer.PIN("12345678"), false)
		}},
		{"issue-swapped", false, func(s *stage) {
			s.twoTokens(false)
			s.flow.RunIssue(signer.PIN("12345678"), false)
		}},
		{"issue-held-draft", false, func(s *stage) {
			s.twoTokens(true)
			s.flow.RunIssue(signer.PIN("12345678"), false)
			s.flow.LeaveIssue()
			s.flow.ReadNumbers()
		}},
		{"sending-recall", false, func(s *stage) {
			s.correct()
			test.Tap(s.kit.Part("send.recall").(*fynewidget.Button))
			s.kit.Part("send.why").(*fynewidget.Entry).SetText("Gửi nhầm phụ lục")
			test.Tap(s.kit.Part("send.recall.ask").(*fynewidget.Button))
		}},
		{"settings-tsa", false, func(s *stage) { s.timeServers() }},
		{"settings-tsa-edit", false, func(s *stage) {
			s.timeServers()
			test.Tap(s.kit.Part("tsa.try.0").(*fynewidget.Button))
			test.Tap(s.kit.Part("tsa.edit.0").(*fynewidget.Button))
		}},
		{"sending-recall-confirm", false, func(s *stage) {
			s.correct()
			test.Tap(s.kit.Part("send.recall").(*fynewidget.Button))
			s.kit.Part("send.why").(*fynewidget.Entry).SetText("Gửi nhầm phụ lục")
			test.Tap(s.kit.Part("send.recall.ask").(*fynewidget.Button))
			s.toEnd()
		}},
		{"sending-replace", false, func(s *stage) {
			s.correct()
			test.Tap(s.kit.Part("send.replace").(*fynewidget.Button))
			test.Tap(s.kit.Part("send.replace.pick").(*fynewidget.Button))
			s.toEnd()
		}},
		{"sending-strangers", false, func(s *stage) {
			s.correct()
			r := &s.world.Out.Records[0]
			for _, why := range []submit.Stranger{submit.OtherSender, submit.NotReceiver} {
				r.Reports = append(r.Reports, submit.Report{From: flowtest.Agencies[1], Carried: "H99.99", Code: "02", Status: submit.Refused, At: flowtest.Now, Note: "Không thuộc thẩm quyền", Stranger: why})
			}
			s.flow.ShowMessage(r.Envelope.ID)
		}},
		{"sending-answers", false, func(s *stage) { s.answered() }},
		{"compose-update", false, func(s *stage) {
			s.correct()
			s.flow.UpdateSent(*s.flow.Lists().Detail)
		}},
		{"compose-update-preview", false, func(s *stage) {
			s.correct()
			s.flow.UpdateSent(*s.flow.Lists().Detail)
			f := s.flow.State().(flow.Composing).Form
			f.Reason, f.Document.Subject, f.Document.Priority = "Đính chính trích yếu và nơi nhận", "V/v thử nghiệm gửi, nhận văn bản điện tử (đính chính)", 1
			f.Document.DueDate, f.To = "2026-12-05", f.To[1:]
			s.frame.OnState(flow.Composing{Form: f, Doc: s.flow.State().(flow.Composing).Doc})
			test.Tap(s.kit.Part("compose.send").(*fynewidget.Button))
			if s.kit.Part("preview.confirm") == nil {
				s.t.Error("the update cannot be confirmed")
			}
		}},
		{"compose-replace", false, func(s *stage) {
			s.correct()
			s.flow.ReplaceSent(*s.flow.Lists().Detail, "Sai phụ lục kèm theo", s.world.Waiting(), func(error) {})
		}},
	}
}

// quotas are time-stamping servers of which the first has nothing left.
type quotas struct{}

func (quotas) Usage(s settings.Signing) ([]page.Quota, error) {
	out := make([]page.Quota, len(s.TSA))
	for i := range out {
		out[i] = page.Quota{Left: i * 7, More: flowtest.Now.Add(20 * time.Minute)}
	}
	return out, nil
}

func (quotas) Try(context.Context, settings.Signing, string) (time.Duration, error) {
	return 300 * time.Millisecond, nil
}

// timeServers enters two servers by the form.
func (s *stage) timeServers() {
	s.kit.TimeServers = quotas{}
	s.settings(page.TabGeneral)
	for _, fields := range []map[string]string{
		{"tsa.url": "http://tsa.ca.gov.vn", "tsa.user": "so-thu-nghiem", "tsa.password": "x", "tsa.requests": "20", "tsa.minutes": "60", "tsa.seconds": "15"},
		{"tsa.url": "https://tsa.example.vn/tsr", "tsa.requests": "10", "tsa.minutes": "5"},
	} {
		test.Tap(s.kit.Part("tsa.add").(*fynewidget.Button))
		for name, text := range fields {
			s.kit.Part(name).(*fynewidget.Entry).SetText(text)
		}
		test.Tap(s.kit.Part("tsa.save").(*fynewidget.Button))
	}
	if got := s.flow.Settings().Signing; len(got.TSA) != 2 || got.Authority("http://tsa.ca.gov.vn").Requests != 20 {
		s.t.Errorf("kept %+v", got)
	}
}

// twoTokens opens a document for issue with the secretary's token, and that of
// the seal beside it or away.
func (s *stage) twoTokens(away bool) {
	s.officeTokens(away)
	s.chooseIssue("", true)
	d := s.world.Documents[s.world.Waiting()]
	d.Parts.Number.Rect = geom.Rect{X0: 100, Y0: 700, X1: 140, Y1: 712}
	s.world.Reopen = d
}

// officeTokens are the secretary's token, and that of the seal beside it or away.
func (s *stage) officeTokens(away bool) {
	s.world.Token = flowtest.NewToken(s.t, "Trần Thị Văn Thư", "12345678")
	s.world.Token.Label, s.world.Token.Serial = "Văn thư", "A1"
	seal := flowtest.NewToken(s.t, "Sở Thử nghiệm tỉnh Mẫu", "87654321")
	seal.Label, seal.Serial, seal.Absent = "Con dấu Sở", "B2", away
	s.world.Others = []*flowtest.Token{seal}
}

// correct shows everything about a document that was delivered.
func (s *stage) correct() {
	r := records()[2]
	r.Status = submit.Delivered
	r.Envelope.DocumentID = "H99.97,2026/11/20," + r.Envelope.Document.Code()
	r.Envelope.From = submit.Party{Code: "H99.97", Name: "Sở Thử nghiệm tỉnh Mẫu"}
	r.Envelope.Document.Date, r.Envelope.Document.Signer, r.Envelope.Document.Type = "2026-11-20", "Nguyễn Văn Thử", "Công văn"
	r.Envelope.Document.Place, r.Envelope.Document.Position, r.Envelope.Document.Pages = "Tỉnh Mẫu", "PHÓ GIÁM ĐỐC", 2
	r.Envelope.Files = []submit.File{{Path: s.world.Waiting(), Name: "cong-van.pdf", Original: "Công văn 125.pdf", Size: 8, SHA256: sha256.Sum256([]byte("%PDF-1.7"))}}
	s.world.Out.Records = []submit.Record{r}
	s.flow.Start()
	s.frame.Go(page.Sending)
	s.flow.ShowMessage(r.Envelope.ID)
}

// toEnd scrolls the page to what stands last.
func (s *stage) toEnd() {
	settle(s.win.Content())
	s.kit.Part("send.rows").(*container.Scroll).ScrollToBottom()
}

// answered shows a recall to which one receiver agreed and one did not.
func (s *stage) answered() {
	s.correct()
	doc := s.world.Out.Records[0].Envelope
	recall := submit.Record{Envelope: submit.PlanRecall(doc, "Gửi nhầm phụ lục"), Status: submit.Delivered}
	recall.Envelope.ID, recall.Envelope.Queued = "recall", flowtest.Now
	for i, to := range doc.To {
		a := submit.Recipient{Party: to, Status: submit.Recalled, Code: "15", At: flowtest.Now, Note: "Đã hủy trên hệ thống"}
		if i == 1 {
			a = submit.Recipient{Party: to, Status: submit.Refused, Code: "16", At: flowtest.Now, Note: "Đã xử lý xong"}
		}
		recall.Recipients = append(recall.Recipients, a)
	}
	s.world.Out.Records = append(s.world.Out.Records, recall)
	s.flow.ShowMessage(doc.ID)
}
