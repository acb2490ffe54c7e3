package axis

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"text/template"
	"time"
)

// Incoming is a document that an agency behind the axis sends to a client: the
// body of POST _incoming. Every field may be missing.
type Incoming struct {
	From     string    `json:"from"` // default: the agency that answers
	To       string    `json:"to"`   // default: H99.97
	Number   string    `json:"number"`
	Notation string    `json:"notation"`
	Subject  string    `json:"subject"`
	Signer   string    `json:"signer"`
	Kind     int       `json:"kind"` // BussinessDocType; 1 and 2 need About
	About    string    `json:"about"`
	Reason   string    `json:"reason"`
	PDF      []byte    `json:"pdf"` // base64; default: one made up
	Date     time.Time `json:"-"`
}

func (in Incoming) withDefaults(number int, now time.Time) Incoming {
	in.Date = now.In(vietnam())
	for field, value := range map[*string]string{
		&in.From: CodeAnswers, &in.To: CodeSender, &in.Number: itoa(number), &in.Notation: "SNVB-VP",
		&in.Subject: "V/v mời họp triển khai gửi, nhận văn bản điện tử", &in.Signer: "Trần Thị Gửi",
		&in.Reason: "Văn bản điện tử mới",
	} {
		if *field == "" {
			*field = value
		}
	}
	return in
}

const incomingTemplate = `<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="` + namespace + `"><edXML:edXMLEnvelope xmlns:edXML="` + namespace + `"><edXML:edXMLHeader><edXML:MessageHeader>
<edXML:From><edXML:OrganId>{{x .From.Code}}</edXML:OrganId><edXML:OrganName>{{x .From.Name}}</edXML:OrganName><edXML:Email>{{x .From.Mail}}</edXML:Email></edXML:From>
<edXML:To><edXML:OrganId>{{x .To.Code}}</edXML:OrganId><edXML:OrganName>{{x .To.Name}}</edXML:OrganName></edXML:To>
<edXML:DocumentId>{{x .ID}}</edXML:DocumentId>
<edXML:Code><edXML:CodeNumber>{{x .In.Number}}</edXML:CodeNumber><edXML:CodeNotation>{{x .In.Notation}}</edXML:CodeNotation></edXML:Code>
<edXML:PromulgationInfo><edXML:Place>Tỉnh Mẫu</edXML:Place><edXML:PromulgationDate>{{.Day}}</edXML:PromulgationDate></edXML:PromulgationInfo>
<edXML:DocumentType><edXML:Type>18</edXML:Type><edXML:TypeDetail>0</edXML:TypeDetail><edXML:TypeName>Công văn</edXML:TypeName></edXML:DocumentType>
<edXML:Subject>{{x .In.Subject}}</edXML:Subject><edXML:Content>{{x .In.Subject}}</edXML:Content>
<edXML:SignerInfo><edXML:Competence>KT. GIÁM ĐỐC</edXML:Competence><edXML:Position>PHÓ GIÁM ĐỐC</edXML:Position><edXML:FullName>{{x .In.Signer}}</edXML:FullName></edXML:SignerInfo>
<edXML:OtherInfo><edXML:Priority>0</edXML:Priority><edXML:PromulgationAmount>1</edXML:PromulgationAmount><edXML:PageAmount>1</edXML:PageAmount></edXML:OtherInfo>
<edXML:SteeringType>1</edXML:SteeringType><edXML:ToPlaces><edXML:Place>Như trên</edXML:Place></edXML:ToPlaces>
</edXML:MessageHeader><edXML:TraceHeaderList>
<edXML:TraceHeader><edXML:OrganId>{{x .From.Code}}</edXML:OrganId><edXML:Timestamp>{{.Time}}</edXML:Timestamp></edXML:TraceHeader>
<edXML:Bussiness>{{if .In.About}}<edXML:DocumentId>{{x .In.About}}</edXML:DocumentId>{{end}}<edXML:BussinessDocType>{{.In.Kind}}</edXML:BussinessDocType><edXML:BussinessDocReason>{{x .In.Reason}}</edXML:BussinessDocReason><edXML:Paper>0</edXML:Paper>{{if eq .In.Kind 2}}<edXML:BussinessDocumentInfo><edXML:DocumentInfo>1</edXML:DocumentInfo><edXML:DocumentReceiver>0</edXML:DocumentReceiver></edXML:BussinessDocumentInfo>{{end}}<edXML:StaffInfo><edXML:Department>Văn thư</edXML:Department><edXML:Staff>Lê Văn Nhận</edXML:Staff></edXML:StaffInfo></edXML:Bussiness>
</edXML:TraceHeaderList></edXML:edXMLHeader>{{if .PDF}}<edXML:edXMLBody><edXML:edXMLManifest version="1.0"><edXML:Reference><edXML:ContentId>cid:vb1</edXML:ContentId><edXML:ContentType>application/pdf</edXML:ContentType><edXML:Description>Văn bản chính</edXML:Description><edXML:AttachmentName>{{x .In.Number}}.pdf</edXML:AttachmentName></edXML:Reference></edXML:edXMLManifest></edXML:edXMLBody>{{end}}</edXML:edXMLEnvelope>{{if .PDF}}
<AttachmentEncoded><Attachment><ContentId>cid:vb1</ContentId><AttachmentName>{{x .In.Number}}.pdf</AttachmentName><Description>Văn bản chính</Description><ContentType>application/pdf</ContentType><edXML:ContentTransferEncoded xmlns:edXML="` + namespace + `">{{.PDF}}</edXML:ContentTransferEncoded></Attachment></AttachmentEncoded>{{end}}
</edXML>`

// Send has an agency behind the axis send a document to a client's agency. The
// message passes the same checks as a client's.
func (s *Server) Send(in Incoming) (docID string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in = in.withDefaults(300+len(s.state.order), s.now())
	from, to := s.state.directory.find(in.From), s.state.directory.find(in.To)
	if from == nil || to == nil || from.Behavior == Client {
		return "", fmt.Errorf("from %s must be an agency behind the axis, to %s in the directory", in.From, in.To)
	}
	raw, err := s.compose(in, from, to)
	if err != nil {
		return "", err
	}
	root, err := parse(raw)
	if err != nil {
		return "", err
	}
	m, err := readDocument(root)
	if err != nil {
		return "", err
	}
	if err := s.state.accept(m, raw, s.now()); err != nil {
		return "", err
	}
	return m.DocID, nil
}

func (s *Server) compose(in Incoming, from, to *Agency) ([]byte, error) {
	if in.PDF == nil && in.Kind != kindRecall {
		in.PDF = []byte("%PDF-1.4\n%%EOF\n")
		if s.config.Letter != nil {
			var err error
			if in.PDF, err = s.config.Letter(in); err != nil {
				return nil, err
			}
		}
	}
	form, err := template.New("incoming").Funcs(template.FuncMap{"x": template.HTMLEscapeString}).Parse(incomingTemplate)
	if err != nil {
		return nil, err
	}
	id := in.About
	if id == "" {
		id = from.Code + "," + in.Date.Format(layoutDay) + "," + in.Number + "/" + in.Notation
	}
	var out bytes.Buffer
	err = form.Execute(&out, map[string]any{
		"In": in, "From": from, "To": to, "ID": id, "PDF": base64.StdEncoding.EncodeToString(in.PDF),
		"Day": in.Date.Format(layoutDay), "Time": in.Date.Format(layoutTime),
	})
	return out.Bytes(), err
}

// SendRaw puts bytes into a client's list that the axis itself would never
// have taken: what a receiver has to survive. They are passed on untouched.
func (s *Server) SendRaw(from, to, messageType string, raw []byte) (docID string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sender, receiver := s.state.directory.find(from), s.state.directory.find(to)
	if sender == nil || receiver == nil || messageType != typeDocument && messageType != typeStatus {
		return "", errors.New("from, to and type are needed")
	}
	m := &Message{Type: messageType, From: sender.Code, To: []string{receiver.Code}, Raw: true}
	if err := s.state.accept(m, raw, s.now()); err != nil {
		return "", err
	}
	return m.DocID, nil
}

func (s *Server) serveIncoming(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
	var id string
	switch q := r.URL.Query(); {
	case err != nil:
	case q.Has("from"):
		id, err = s.SendRaw(q.Get("from"), q.Get("to"), q.Get("type"), body)
	default:
		var in Incoming
		if len(bytes.TrimSpace(body)) > 0 {
			d := json.NewDecoder(bytes.NewReader(body))
			d.DisallowUnknownFields()
			err = d.Decode(&in)
		}
		if err == nil {
			id, err = s.Send(in)
		}
	}
	writeControl(w, map[string]string{"doc_id": id}, err)
}
