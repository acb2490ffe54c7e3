package table

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"trinhky/submit"
)

// Outgoing is the register of outgoing documents (Annex IV, part I). What was
// sent fills the receivers, the day and the receipts of its line. A number that
// is reserved and not issued shows: a gap has to be explained.
func Outgoing(lines []submit.Line, sent []submit.Record) Table {
	t := Table{Name: "Sổ đăng ký văn bản đi", Columns: []Column{
		{"Số, ký hiệu văn bản", 12},
		{"Ngày tháng văn bản", 9},
		{"Tên loại và trích yếu nội dung văn bản", 25},
		{"Người ký", 11},
		{"Nơi nhận văn bản", 17},
		{"Đơn vị, người nhận bản lưu", 10},
		{"Số lượng bản", 6},
		{"Ngày chuyển", 9},
		{"Ký nhận", 11},
		{"Ghi chú", 10},
	}}
	by := map[string][]submit.Record{}
	for _, r := range sent {
		if k := r.Envelope.Business.Kind; k == submit.New || k == submit.Replace {
			by[documentKey(r.Envelope.Document.Code(), r.Envelope.Document.Date)] = append(
				by[documentKey(r.Envelope.Document.Code(), r.Envelope.Document.Date)], r)
		}
	}
	for _, l := range lines {
		t.Rows = append(t.Rows, outgoingCells(l, by[documentKey(code(l), l.Date)]))
	}
	return t
}

func documentKey(code string, d submit.Date) string {
	return strings.ToUpper(strings.TrimLeft(code, "0")) + " " + string(d)
}

// code is number and notation as documents write them.
func code(l submit.Line) string {
	out := submit.FormatNumber(l.Number)
	if l.Notation != "" {
		out += "/" + l.Notation
	}
	return out
}

func outgoingCells(l submit.Line, sent []submit.Record) []string {
	date := ""
	if t, err := l.Date.Time(); err == nil {
		date = t.Format("02/01/2006")
	}
	when, receivers, receipt, copies, note := day(l.Sent), l.Receivers, l.Receipt, "", l.Note
	if len(sent) > 0 {
		r, s := deliveries(sent)
		receivers, receipt, when = cmp.Or(receivers, r), cmp.Or(receipt, s), cmp.Or(when, day(sent[len(sent)-1].Receipt.At))
	}
	if l.Copies > 0 {
		copies = strconv.Itoa(l.Copies)
	}
	if l.State == submit.NumberReserved {
		note = strings.TrimSpace("đã giữ số, chưa ban hành " + note)
	}
	return []string{
		code(l), date, strings.TrimSpace(l.Type + " " + l.Subject), l.Signer, receivers, l.Keeper, copies, when, receipt, note,
	}
}

// deliveries are the receivers of a document and who of them confirmed, when.
func deliveries(sent []submit.Record) (receivers, receipts string) {
	var to, got []string
	for _, r := range sent {
		for _, p := range r.Recipients {
			to = append(to, p.Party.Name)
			switch p.Status {
			case submit.Received, submit.Assigned, submit.Processing, submit.Completed:
				got = append(got, p.Party.OrganID()+" "+day(p.At))
			case submit.Refused:
				got = append(got, p.Party.OrganID()+" từ chối "+day(p.At))
			case submit.Queued, submit.Sending, submit.Unconfirmed, submit.Delivered, submit.Arrived,
				submit.RecallAsked, submit.Recalled, submit.Failed, submit.Cancelled:
			}
		}
	}
	return strings.Join(to, "; "), strings.Join(got, "; ")
}

// Incoming is the register of incoming documents of a year (Annex IV, part VI).
// Documents are numbered in the order in which they came, from 1 each year;
// recalls, updates and what cannot be read are no documents.
func Incoming(all []submit.Incoming, year int) Table {
	t := Table{Name: "Sổ đăng ký văn bản đến", Columns: []Column{
		{"Ngày đến", 9},
		{"Số đến", 6},
		{"Tác giả", 16},
		{"Số, ký hiệu", 12},
		{"Ngày tháng", 9},
		{"Tên loại và trích yếu nội dung", 27},
		{"Đơn vị hoặc người nhận", 13},
		{"Ngày chuyển", 9},
		{"Ký nhận", 10},
		{"Ghi chú", 12},
	}}
	for _, a := range Arrivals(all, year) {
		t.Rows = append(t.Rows, incomingCells(a))
	}
	return t
}

// Arrival is an incoming document with its number of the year.
type Arrival struct {
	Number int
	submit.Incoming
}

// Arrivals numbers the documents of a year in the order in which they came.
func Arrivals(all []submit.Incoming, year int) []Arrival {
	var out []Arrival
	for _, in := range all {
		k := in.Business.Kind
		if in.Problem == "" && (k == submit.New || k == submit.Replace) && in.Received.In(submit.WireZone()).Year() == year {
			out = append(out, Arrival{Incoming: in})
		}
	}
	slices.SortStableFunc(out, func(a, b Arrival) int {
		return cmp.Or(a.Received.Compare(b.Received), strings.Compare(a.ID, b.ID))
	})
	for i := range out {
		out[i].Number = i + 1
	}
	return out
}

func incomingCells(a Arrival) []string {
	date := ""
	if t, err := a.Document.Date.Time(); err == nil {
		date = t.Format("02/01/2006")
	}
	var unit, passed, receipt, note string
	for _, x := range a.Answers {
		who := strings.Trim(x.Staff.Department+", "+x.Staff.Name, ", ")
		switch x.Code {
		case "03":
			receipt = strings.TrimSpace(who + " " + day(x.At))
		case "04":
			unit, passed = cmp.Or(who, x.Note), day(x.At)
		case "02":
			note = "từ chối: " + x.Note
		}
	}
	return []string{
		day(a.Received), submit.FormatNumber(a.Number), a.From.Name, a.Document.Code(), date,
		strings.TrimSpace(a.Document.Type + " " + a.Document.Subject), unit, passed, receipt, note,
	}
}

// Audit is the audit log.
func Audit(entries []submit.Entry) Table {
	t := Table{Name: "Nhật ký", Columns: []Column{
		{"STT", 5},
		{"Thời điểm", 13},
		{"Người thực hiện", 10},
		{"Việc", 10},
		{"Văn bản", 20},
		{"SHA-256 của tệp", 20},
		{"Chứng thư số", 16},
		{"Mức", 5},
		{"Nơi đến", 12},
		{"Kết quả", 14},
		{"Mã chuỗi", 16},
	}}
	for _, e := range entries {
		file := ""
		if e.File != [32]byte{} {
			file = hex.EncodeToString(e.File[:])
		}
		t.Rows = append(t.Rows, []string{
			strconv.FormatInt(e.N, 10), e.At.In(submit.WireZone()).Format("02/01/2006 15:04:05 -07:00"), e.Actor, string(e.Action),
			e.Document, file, e.Certificate, e.Level, e.Destination, e.Result, hex.EncodeToString(e.Hash[:8]),
		})
	}
	return t
}
