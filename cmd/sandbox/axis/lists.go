package axis

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
)

func statusText(status string) string {
	return map[string]string{
		statusInitial: "Khoi tao", statusProcessing: "Dang xu ly", statusDone: "Thanh cong", statusFail: "That bai",
	}[status]
}

// mine are the deliveries to the agencies of a system.
func (s *Server) mine(system, messageType string) []*Delivery {
	var out []*Delivery
	for _, code := range s.codes(system) {
		for _, id := range s.state.byReceiver[code] {
			d := s.state.deliveries[id]
			if s.state.messages[d.Of].Type == messageType && d.Status != statusDone {
				out = append(out, d)
			}
		}
	}
	return out
}

func (s *Server) receivedList(c call) (fields, error) {
	kind := c.param("messagetype")
	if err := checkListParams(c); err != nil {
		return nil, err
	}
	rows := []map[string]string{}
	for _, d := range s.mine(c.system, kind) {
		m := s.state.messages[d.Of]
		rows = append(rows, map[string]string{
			"docId": d.ID, "serviceType": "eDoc", "messageType": m.Type, "created_time": d.Created,
			"updated_time": d.Updated, "from": m.From, "to": d.To, "status": d.Status, "status_desc": statusText(d.Status),
		})
	}
	return fields{"data": rows}, nil
}

func checkListParams(c call) error {
	if c.param("servicetype") != "eDoc" {
		return badFormat("servicetype must be eDoc")
	}
	if t := c.param("messagetype"); t != typeDocument && t != typeStatus {
		return badFormat("messagetype must be edoc or status")
	}
	return nil
}

// delivery is the caller's own copy that the parameter docId names.
func (s *Server) delivery(c call) (*Delivery, error) {
	d := s.state.deliveries[c.param("docId")]
	if d == nil || !slices.Contains(s.codes(c.system), d.To) {
		return nil, &refusal{codeUnknown, "docId khong ton tai"}
	}
	return d, nil
}

// getEdoc gives the message as receivers get it. It serves downloadEdoc too.
func (s *Server) getEdoc(c call) (fields, error) {
	s.mu.Lock()
	d, err := s.delivery(c)
	var sent []byte
	var untouched bool
	if err == nil {
		untouched = s.state.messages[d.Of].Raw
		sent, err = s.state.raw(d.Of)
	}
	now := s.now()
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	raw := sent
	if !untouched {
		if raw, err = rewrite(sent, now); err != nil {
			return nil, err
		}
	}
	return fields{"data": base64.StdEncoding.EncodeToString(raw), "raw": raw}, nil
}

func (s *Server) updateStatus(c call) (fields, error) {
	d, err := s.delivery(c)
	if err != nil {
		return nil, err
	}
	status := c.param("status")
	if statusText(status) == "" {
		return nil, badFormat("status must be initial, processing, done or fail")
	}
	changed := *d
	changed.Status = status
	return nil, s.state.update(changed, s.now())
}

// sentList has one row for each receiver of each message that the caller sent.
func (s *Server) sentList(c call) (fields, error) {
	if err := checkListParams(c); err != nil {
		return nil, err
	}
	rows := []map[string]string{}
	copies := map[string]map[string]*Delivery{}
	for _, d := range s.state.deliveries {
		if copies[d.Of] == nil {
			copies[d.Of] = map[string]*Delivery{}
		}
		copies[d.Of][d.To] = d
	}
	for _, id := range s.state.order {
		m := s.state.messages[id]
		only := c.param("docId")
		if m.System != c.system || m.Type != c.param("messagetype") || only != "" && only != id {
			continue
		}
		for _, to := range m.To {
			rows = append(rows, sentRow(m, copies[id][to]))
		}
	}
	return fields{"data": rows}, nil
}

func sentRow(m *Message, d *Delivery) map[string]string {
	row := map[string]string{
		"serviceType": "eDoc", "messageType": m.Type, "senderDocId": m.DocID, "receiverDocId": d.ID,
		"fromCode": m.From, "toCode": d.To, "sendStatus": statusDone, "sendStatusDesc": statusText(statusDone),
		"receiveStatus": d.Status, "receiveStatusDesc": statusText(d.Status),
		"title": m.Subject, "notation": m.Number + "/" + m.Notation, "sentTime": m.SentAt, "receivedTime": "",
	}
	if m.Type == typeStatus {
		row["title"], row["notation"] = m.Note, m.RefNum
	}
	if d.Status == statusDone {
		row["receivedTime"] = d.Updated
	}
	return row
}

func (s *Server) agencies(call) (fields, error) {
	return fields{"data": s.state.directory.rows(false, 0)}, nil
}

func (s *Server) agenciesQD20(c call) (fields, error) {
	level := 0
	if v := c.param("level"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return nil, badFormat("level must be a number")
		}
		level = n
	}
	return fields{"data": s.state.directory.rows(true, level)}, nil
}

func (s *Server) units(call) (fields, error) {
	return fields{"data": s.state.directory.units()}, nil
}

// registerAgency adds an agency of the caller's own.
func (s *Server) registerAgency(c call) (fields, error) {
	var in struct{ ID, PCode, Code, Name, Mail, Mobile, Fax string }
	if err := json.Unmarshal(c.body, &in); err != nil || in.Code == "" || in.Name == "" {
		return nil, badFormat("code and name are needed")
	}
	if old := s.state.directory.find(in.Code); old != nil && old.System != c.system {
		return nil, &refusal{codeSender, "ma don vi da duoc dang ky: " + ascii(in.Code)}
	}
	if in.PCode != "" && s.state.directory.find(in.PCode) == nil {
		return nil, &refusal{codeReceiver, "don vi cap tren khong ton tai: " + ascii(in.PCode)}
	}
	return nil, s.state.commit(entry{Agency: &Agency{
		Code: in.Code, Parent: in.PCode, Name: in.Name, Mail: in.Mail, Behavior: Client, System: c.system,
	}})
}

func (s *Server) deleteAgency(c call) (fields, error) {
	a := s.state.directory.find(c.param("AgencyCode"))
	if a == nil || a.System != c.system {
		return nil, &refusal{codeSender, "ma don vi khong thuoc he thong nay"}
	}
	return nil, s.state.commit(entry{Removed: a.Code, At: s.now().In(vietnam()).Format(layoutRow)})
}

func (s *Server) countDocuments(c call) (fields, error) {
	return fields{"data": itoa(len(s.mine(c.system, typeDocument)))}, nil
}

func (s *Server) countStatuses(c call) (fields, error) {
	return fields{"data": itoa(len(s.mine(c.system, typeStatus)))}, nil
}
