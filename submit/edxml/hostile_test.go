package edxml

import (
	"encoding/base64"
	"errors"
	"runtime"
	"strings"
	"testing"

	"trinhky/submit"
)

// More messages that must not be taken at their word, or at all: each names its
// element, and none takes memory by its size.
func TestReadHostile(t *testing.T) {
	texts := map[string]string{}
	for _, kind := range []string{"new", "recall", "update", "replace"} {
		texts[kind] = string(written(t, kinds(t)[kind]))
	}
	huge := strings.Repeat("A", 1<<20)
	many := func(n int, s string) string { return strings.Repeat(s, n) }
	nested := base64.StdEncoding.EncodeToString(zipOf("x.pdf", "%PDF-1.4", "../y", "z"))
	for name, c := range map[string]struct{ kind, old, new, field string }{
		"sender missing":             {"new", "<edXML:From>", "<edXML:Sender>", ""},
		"sender empty":               {"new", "<edXML:OrganId>H99.97</edXML:OrganId>", "", "OrganId"},
		"two senders":                {"new", "<edXML:From>", "<edXML:From><edXML:OrganId>H1</edXML:OrganId></edXML:From><edXML:From>", "From"},
		"long code":                  {"new", ">H99.98<", ">" + many(36, "1") + "<", "OrganId"},
		"long name":                  {"new", "<edXML:OrganName>", "<edXML:OrganName>" + many(201, "ă"), "OrganName"},
		"long telephone":             {"new", "<edXML:Telephone>", "<edXML:Telephone>" + many(21, "0"), "Telephone"},
		"long mail":                  {"new", "<edXML:OrganName>", "<edXML:Email>" + many(101, "a") + "</edXML:Email><edXML:OrganName>", "Email"},
		"long number":                {"new", "<edXML:CodeNumber>", "<edXML:CodeNumber>" + many(21, "1"), "CodeNumber"},
		"long notation":              {"new", "<edXML:CodeNotation>", "<edXML:CodeNotation>" + many(51, "A"), "CodeNotation"},
		"long place":                 {"new", "<edXML:Place>Tỉnh", "<edXML:Place>" + many(151, "x") + "Tỉnh", "Place"},
		"long identifier":            {"new", "<edXML:DocumentId>", "<edXML:DocumentId>" + many(201, "x"), "DocumentId"},
		"a megabyte of subject":      {"new", "<edXML:Subject>", "<edXML:Subject>" + huge, "Subject"},
		"two codes":                  {"new", "<edXML:Code>", "<edXML:Code/><edXML:Code>", "Code"},
		"two types":                  {"new", "<edXML:DocumentType>", "<edXML:DocumentType/><edXML:DocumentType>", "DocumentType"},
		"no type name":               {"new", "<edXML:TypeName>Công văn", "<edXML:TypeName>", "TypeName"},
		"type in words":              {"new", "<edXML:Type>", "<edXML:Type>x", "Type"},
		"type with a point":          {"new", "<edXML:Type>", "<edXML:Type>1.", "Type"},
		"type in hexadecimal":        {"new", "<edXML:Type>", "<edXML:Type>0x", "Type"},
		"huge type":                  {"new", "<edXML:Type>", "<edXML:Type>9999999999999", "Type"},
		"detail in words":            {"new", "<edXML:TypeDetail>", "<edXML:TypeDetail>a", "TypeDetail"},
		"steering 4":                 {"new", "<edXML:SteeringType>1", "<edXML:SteeringType>4", "SteeringType"},
		"steering empty":             {"new", "<edXML:SteeringType>1", "<edXML:SteeringType>", "SteeringType"},
		"priority 10":                {"new", "<edXML:Priority>1", "<edXML:Priority>10", "Priority"},
		"priority in other digits":   {"new", "<edXML:Priority>1", "<edXML:Priority>１", "Priority"},
		"two priorities":             {"new", "<edXML:Priority>", "<edXML:Priority>0</edXML:Priority><edXML:Priority>", "Priority"},
		"many pages":                 {"new", "<edXML:PageAmount>", "<edXML:PageAmount>9000000", "PageAmount"},
		"date and time":              {"new", "2026/11/20</edXML:Prom", "2026/11/20 00:00:00</edXML:Prom", "PromulgationDate"},
		"short date":                 {"new", "2026/11/20</edXML:Prom", "2026/1/2</edXML:Prom", "PromulgationDate"},
		"30 February":                {"new", "2026/11/20</edXML:Prom", "2026/02/30</edXML:Prom", "PromulgationDate"},
		"year 20266":                 {"new", "2026/11/20</edXML:Prom", "20266/11/20</edXML:Prom", "PromulgationDate"},
		"date in words":              {"new", "2026/11/20</edXML:Prom", "hôm nay</edXML:Prom", "PromulgationDate"},
		"empty date":                 {"new", "2026/11/20</edXML:Prom", "</edXML:Prom", "PromulgationDate"},
		"two dates":                  {"new", "<edXML:PromulgationDate>", "<edXML:PromulgationDate>2025/01/01</edXML:PromulgationDate><edXML:PromulgationDate>", "PromulgationDate"},
		"due in May":                 {"new", "2026/12/05", "05/12/2026", "DueDate"},
		"kind in words":              {"new", "<edXML:BussinessDocType>0", "<edXML:BussinessDocType>mới", "BussinessDocType"},
		"kind -1":                    {"recall", "<edXML:BussinessDocType>1", "<edXML:BussinessDocType>-1", "BussinessDocType"},
		"kind 01 and 1":              {"recall", "<edXML:BussinessDocType>", "<edXML:BussinessDocType>0</edXML:BussinessDocType><edXML:BussinessDocType>", "BussinessDocType"},
		"two blocks":                 {"recall", "<edXML:Bussiness>", "<edXML:Bussiness><edXML:BussinessDocType>0</edXML:BussinessDocType></edXML:Bussiness><edXML:Bussiness>", "Bussiness"},
		"two traces":                 {"recall", "<edXML:TraceHeaderList>", "<edXML:TraceHeaderList/><edXML:TraceHeaderList>", "TraceHeaderList"},
		"long reason":                {"recall", "<edXML:BussinessDocReason>", "<edXML:BussinessDocReason>" + many(1001, "x"), "BussinessDocReason"},
		"paper in words":             {"new", "<edXML:Paper>0", "<edXML:Paper>có", "Paper"},
		"receiver of no kind":        {"update", "<edXML:ReceiverType>0</edXML:ReceiverType>", "", "ReceiverType"},
		"receiver of kind 2":         {"update", "<edXML:ReceiverType>", "<edXML:ReceiverType>2", "ReceiverType"},
		"receiver without a code":    {"update", "<edXML:Receiver>", "<edXML:Receiver><edXML:ReceiverType>0</edXML:ReceiverType></edXML:Receiver><edXML:Receiver>", "OrganId"},
		"changed in words":           {"update", "<edXML:DocumentInfo>", "<edXML:DocumentInfo>x", "DocumentInfo"},
		"replaces nothing":           {"replace", "<edXML:ReplacementInfo>", "<edXML:ReplacementInfo></edXML:ReplacementInfo><edXML:ReplacementInfo>", "DocumentId"},
		"two envelopes":              {"new", "<edXML:edXMLEnvelope", "<edXML:edXMLEnvelope xmlns:edXML=\"" + Namespace + "\"/><edXML:edXMLEnvelope", "edXMLEnvelope"},
		"two attachment parts":       {"new", "<AttachmentEncoded>", "<AttachmentEncoded/><AttachmentEncoded>", "AttachmentEncoded"},
		"no attachment name":         {"new", "<AttachmentName>Cong-van-125.pdf", "<AttachmentName>", "AttachmentName"},
		"long attachment name":       {"new", "<AttachmentName>Cong-van-125", "<AttachmentName>" + many(501, "x"), "AttachmentName"},
		"name of two points":         {"new", "<AttachmentName>Cong-van-125.pdf", "<AttachmentName>..", "AttachmentName"},
		"name with a backslash":      {"new", "<AttachmentName>Cong-van-125.pdf", `<AttachmentName>a\b.pdf`, "AttachmentName"},
		"root as name":               {"new", "<AttachmentName>Cong-van-125.pdf", "<AttachmentName>/etc/passwd", "AttachmentName"},
		"no content":                 {"new", "<ContentId>cid:", "<Content>", ""},
		"two contents":               {"new", "</edXML:ContentTransferEncoded>", "</edXML:ContentTransferEncoded><edXML:ContentTransferEncoded xmlns:edXML=\"" + Namespace + "\">AAAA</edXML:ContentTransferEncoded>", "ContentTransferEncoded"},
		"base64 of the URL alphabet": {"new", pdfBlob, "JVBE-_-_", "ContentTransferEncoded"},
		"base64 cut":                 {"new", pdfBlob, "JVBEA", "ContentTransferEncoded"},
		"path beside the entry":      {"new", pdfBlob, nested, "ContentTransferEncoded"},
		"200 attachments":            {"new", "<AttachmentEncoded>", "<AttachmentEncoded>" + many(201, "<Attachment><ContentTransferEncoded>AAAA</ContentTransferEncoded></Attachment>"), "Attachment"},
		"100,000 receivers":          {"new", "<edXML:To>", many(60_000, "<edXML:To><edXML:a/></edXML:To>") + "<edXML:To>", ""},
		"entity of a number":         {"new", "<edXML:Subject>", "<edXML:Subject>&#0;", ""},
		"control character":          {"new", "<edXML:Subject>", "<edXML:Subject>\x01", ""},
		"no UTF-8":                   {"new", "<edXML:Subject>", "<edXML:Subject>\xC3\x28", ""},
		"parameter entity":           {"new", "<edXML xmlns", `<!DOCTYPE x [<!ENTITY % p SYSTEM "http://x/">%p;]><edXML xmlns`, "DOCTYPE"},
		"document type at the end":   {"new", "</edXML>", "</edXML><!DOCTYPE x>", "DOCTYPE"},
		"attributes of a megabyte":   {"new", "<edXML:Subject>", "<edXML:Subject a=\"" + many(5, huge) + "\">", ""},
		"prefix of nobody":           {"new", "<edXML:Subject>", "<nobody:Subject>x</nobody:Subject><edXML:Subject>", ""},
		"unclosed":                   {"new", "</edXML:Subject>", "", ""},
		"comment without end":        {"new", "<edXML:Subject>", "<!-- <edXML:Subject>", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(texts[c.kind], c.old) {
				t.Fatalf("%q is not in the message", c.old)
			}
			text := strings.Replace(texts[c.kind], c.old, c.new, 1)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := read(t, []byte(text))
			runtime.ReadMemStats(&after)
			var field *submit.FieldError
			switch {
			case name == "prefix of nobody" && err == nil: // an element of nobody's namespace is passed over
			case err == nil:
				t.Fatal("it was taken")
			case c.field != "" && (!errors.As(err, &field) || field.Field != c.field):
				t.Errorf("%v", err)
			}
			if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 64 {
				t.Errorf("%d MB allocated", mb)
			}
		})
	}
}
