package store

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"trinhky/submit"
)

// The bars are 20 ms for a directory of 120,000 agencies and 50 ms for an outbox
// of 100,000 envelopes.

func BenchmarkFindAgencies(b *testing.B) {
	s := open(b, b.TempDir())
	kinds := []string{"Ủy ban nhân dân xã", "Sở Nội vụ tỉnh", "Trường Trung học cơ sở", "Phòng Tài chính", "Trạm y tế xã", "Chi cục Thuế"}
	places := []string{"Bình Mẫu", "An Phú", "Đông Hòa", "Tân Lập", "Vĩnh Thạnh", "Quảng Yên", "Hòa Khánh", "Lộc Ninh"}
	all := make([]submit.Party, 120_000)
	for i := range all {
		all[i] = submit.Party{
			Code: fmt.Sprintf("H%02d.%02d.%03d", i/2000, i/100%20, i%100), OldCode: fmt.Sprintf("%03d.%02d.%02d.H%02d", i%100, i/100%20, i/2000, i/2000),
			Name: fmt.Sprintf("%s %s %d", kinds[i%len(kinds)], places[i/7%len(places)], i),
		}
	}
	if err := s.SetAgencies(b.Context(), "truc", all); err != nil {
		b.Fatal(err)
	}
	for _, text := range []string{"u", "uy ban", "uy ban nhan dan xa binh mau", "h45.1", "tan lap 1199", "000.", "truong trung hoc quang yen", "khong co"} {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.FindAgencies(b.Context(), "truc", text, 50); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("refresh", func(b *testing.B) {
		for b.Loop() {
			all[0].Name += "."
			if err := s.SetAgencies(b.Context(), "truc", all); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkList(b *testing.B) {
	s := open(b, b.TempDir())
	fill(b, s, 100_000)
	for name, f := range map[string]submit.Filter{
		"newest":  {},
		"refused": {Statuses: []submit.Status{submit.Refused}},
		"text":    {Text: "ke hoach bao lut"},
		"rare":    {Text: "77777"},
		"both":    {Text: "ke hoach", Statuses: []submit.Status{submit.Delivered}},
		"older":   {Before: time.UnixMilli(50_000)},
		"several": {Statuses: []submit.Status{submit.Queued, submit.Delivered, submit.Unconfirmed}},
		"no row":  {Text: "ke hoach", Statuses: []submit.Status{submit.Unconfirmed}},
		"letter":  {Text: "v"},
		"nowhere": {Text: "khong co gi"},
		"no name": {Connector: "khác"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.List(b.Context(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkListIncoming(b *testing.B) {
	s := open(b, b.TempDir())
	fillInbox(b, s, 100_000)
	for name, f := range map[string]submit.Filter{
		"newest":  {},
		"waiting": {Statuses: []submit.Status{submit.Arrived, submit.Queued}, Limit: 1000},
		"text":    {Text: "ke hoach bao lut"},
		"rare":    {Text: "77777"},
		"older":   {Behind: "i50000"},
		"both":    {Behind: "i50000", Text: "ngan sach"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.ListIncoming(b.Context(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func fill(t testing.TB, s *Store, n int) {
	t.Helper()
	e := envelope(t, "1", "H99.98", "G99")
	e.Files = nil
	err := s.db.write(t.Context(), func(tx *sql.Tx) error {
		for i := range n {
			e.ID, e.Document.Number, e.Queued = uuid.NewString(), fmt.Sprint(i), time.UnixMilli(int64(i))
			e.DocumentID = submit.ComposeDocumentID(e.From, e.Document)
			e.Document.Subject = []string{"Kế hoạch phòng chống bão lụt", "Báo cáo ngân sách", "Giấy mời"}[i%3]
			r := submit.Record{Envelope: e, Status: submit.Delivered, Updated: e.Queued}
			if i%500 == 0 {
				r.Status = submit.Refused
			}
			for _, p := range e.To {
				r.Recipients = append(r.Recipients, submit.Recipient{Party: p, Status: submit.Completed})
			}
			if err := insert(t.Context(), tx, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
