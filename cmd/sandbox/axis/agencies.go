package axis

import (
	"bytes"
	"fmt"
	"slices"
	"text/template"
)

// answer is a business status that an agency sends by itself.
type answer struct{ code, note string }

// answers is what an agency says about a message, one step after the other.
func answers(b Behavior, m *Message) []answer {
	if m.Type != typeDocument {
		if m.Code == "13" { // the sender asks for its document
			return recallAnswer(b)
		}
		return nil
	}
	switch {
	case m.Kind == kindRecall || m.Kind == kindUpdate:
		return recallAnswer(b)
	case b == Answers:
		return []answer{
			{"01", "Văn bản đã đến hệ thống, chờ văn thư xử lý"},
			{"03", "Đã tiếp nhận, vào sổ văn bản đến"},
			{"05", "Phòng chuyên môn đang xử lý"},
			{"06", "Đã hoàn thành xử lý"},
		}
	case b == Refuses:
		return []answer{{"02", "Văn bản không thuộc thẩm quyền giải quyết của cơ quan"}}
	}
	return nil
}

func recallAnswer(b Behavior) []answer {
	switch b {
	case Answers:
		return []answer{{"15", "Đồng ý"}}
	case Refuses:
		return []answer{{"16", "Văn bản đã được xử lý, không thể thu hồi"}}
	case Client, Silent:
	}
	return nil
}

// Advance lets every agency behind the axis do its next step: fetch what came
// and send the next business status. It says whether anything happened.
func (s *Server) Advance() (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	moved := false
	for _, id := range s.pending() {
		if err := s.step(*s.state.deliveries[id]); err != nil {
			return moved, err
		}
		moved = true
	}
	return moved, nil
}

// pending are the deliveries about which an agency still has something to do.
func (s *Server) pending() []string {
	s.state.active = slices.DeleteFunc(s.state.active, func(id string) bool {
		return s.finished(s.state.deliveries[id])
	})
	return slices.Clone(s.state.active)
}

func (s *Server) finished(d *Delivery) bool {
	a := s.state.directory.find(d.To)
	if a == nil || a.Behavior == Client || a.Behavior == Silent {
		return true
	}
	if d.Status != statusDone {
		return false
	}
	m := s.state.messages[d.Of]
	// An agency that agreed to give a document back is silent about it.
	back := m.Kind == kindNew && m.Type == typeDocument && s.state.takenBack[[2]string{a.Code, m.DocumentID}]
	return back || d.Answered >= len(answers(a.Behavior, m))
}

func (s *Server) step(d Delivery) error {
	m := s.state.messages[d.Of]
	a := s.state.directory.find(d.To)
	if say := answers(a.Behavior, m); d.Answered < len(say) {
		if err := s.sendStatus(a, m, say[d.Answered]); err != nil {
			return err
		}
		d.Answered++
	}
	d.Status = statusDone
	return s.state.update(d, s.now())
}

// sendStatus has an agency behind the axis send a business status.
func (s *Server) sendStatus(a *Agency, m *Message, say answer) error {
	about := m.DocumentID
	if m.Kind == kindRecall || m.Kind == kindUpdate {
		about = m.Affects
	}
	number := m.Number + "/" + m.Notation
	if m.Type == typeStatus {
		number = m.RefNum
	}
	status := &Message{
		Type: typeStatus, From: a.Code, To: []string{m.From}, DocumentID: about, Code: say.code, Note: say.note,
		RefOf: m.From, RefNum: number, Date: m.Date,
	}
	var raw bytes.Buffer
	err := s.statusForm.Execute(&raw, map[string]any{
		"Agency": a, "M": status, "Time": s.now().In(vietnam()).Format(layoutTime),
	})
	if err != nil {
		return fmt.Errorf("status message: %w", err)
	}
	return s.state.accept(status, raw.Bytes(), s.now())
}

const statusTemplate = `<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="` + namespace + `"><edXML:edXMLEnvelope xmlns:edXML="` + namespace + `"><edXML:edXMLHeader><edXML:MessageHeader>
<edXML:From><edXML:OrganId>{{x .Agency.Code}}</edXML:OrganId><edXML:OrganName>{{x .Agency.Name}}</edXML:OrganName><edXML:Email>{{x .Agency.Mail}}</edXML:Email></edXML:From>
<edXML:ResponseFor><edXML:OrganId>{{x .M.RefOf}}</edXML:OrganId><edXML:Code>{{x .M.RefNum}}</edXML:Code><edXML:PromulgationDate>{{x .M.Date}}</edXML:PromulgationDate><edXML:DocumentId>{{x .M.DocumentID}}</edXML:DocumentId></edXML:ResponseFor>
<edXML:StaffInfo><edXML:Department>Văn thư</edXML:Department><edXML:Staff>Lê Văn Nhận</edXML:Staff><edXML:Mobile>0900000001</edXML:Mobile><edXML:Email>{{x .Agency.Mail}}</edXML:Email></edXML:StaffInfo>
<edXML:StatusCode>{{x .M.Code}}</edXML:StatusCode><edXML:Description>{{x .M.Note}}</edXML:Description><edXML:Timestamp>{{.Time}}</edXML:Timestamp>
</edXML:MessageHeader></edXML:edXMLHeader></edXML:edXMLEnvelope></edXML>`

func parseStatusForm() (*template.Template, error) {
	return template.New("status").Funcs(template.FuncMap{"x": template.HTMLEscapeString}).Parse(statusTemplate)
}
