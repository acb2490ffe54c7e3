package store

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"trinhky/submit"
)

func TestListFilters(t *testing.T) {
	s := open(t, t.TempDir())
	var ids []string
	for i, subject := range []string{"Kế hoạch phòng chống bão lụt", "Báo cáo ngân sách", "Giấy mời họp"} {
		e := envelope(t, fmt.Sprint(100+i), "H99.98")
		e.Document.Subject = subject
		e.To[0].Name = []string{"Sở Đất đai", "UBND TP.Mẫu", "Sở Xây dựng"}[i]
		e.Queued = time.UnixMilli(int64(1000 * (i + 1)))
		ids = append(ids, add(t, s, e).Envelope.ID)
	}
	if _, err := s.Update(t.Context(), ids[1], func(r *submit.Record) error { r.Status = submit.Delivered; return nil }); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		f    submit.Filter
		want []int
	}{
		"all, newest first": {submit.Filter{}, []int{2, 1, 0}},
		"limit":             {submit.Filter{Limit: 2}, []int{2, 1}},
		"before":            {submit.Filter{Before: time.UnixMilli(2000)}, []int{0}},
		"status":            {submit.Filter{Statuses: []submit.Status{submit.Delivered}}, []int{1}},
		"two statuses":      {submit.Filter{Statuses: []submit.Status{submit.Delivered, submit.Queued}}, []int{2, 1, 0}},
		"no accents":        {submit.Filter{Text: "phong chong BAO"}, []int{0}},
		"with accents":      {submit.Filter{Text: "Ngân sách"}, []int{1}},
		"beginning":         {submit.Filter{Text: "ngan sa"}, []int{1}},
		"receiver":          {submit.Filter{Text: "dat dai"}, []int{0}},
		"receiver's town":   {submit.Filter{Text: "mau"}, []int{1}},
		"written together":  {submit.Filter{Text: "TP.Mẫu"}, []int{1}},
		"number":            {submit.Filter{Text: "102"}, []int{2}},
		"code":              {submit.Filter{Text: "h99.9"}, []int{2, 1, 0}},
		"none":              {submit.Filter{Text: "không có đâu"}, nil},
		"signs only":        {submit.Filter{Text: `"*`}, []int{2, 1, 0}},
		"operators":         {submit.Filter{Text: `NOT ( " OR`}, nil},
		"connector":         {submit.Filter{Connector: "khác"}, nil},
	} {
		all, err := s.List(t.Context(), c.f)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := []string{}
		for _, r := range all {
			got = append(got, r.Envelope.ID)
			if len(r.Envelope.Files) != 1 || len(r.Recipients) != 1 {
				t.Errorf("%s: %+v", name, r)
			}
		}
		want := []string{}
		for _, i := range c.want {
			want = append(want, ids[i])
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestAgencies(t *testing.T) {
	s := open(t, t.TempDir())
	all := []submit.Party{
		{Code: "H99", OldCode: "000.00.00.H99", Name: "Ủy ban nhân dân tỉnh Mẫu"},
		{Code: "H99.98", OldCode: "000.00.98.H99", Name: "Sở Đất đai", InCharge: "UBND tỉnh Mẫu", Email: "a@b"},
		{OldCode: "000.00.00.G99", Name: "Bộ Thử nghiệm"},
	}
	for range 2 { // the second replaces the first
		if err := s.SetAgencies(t.Context(), "truc", all); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SetAgencies(t.Context(), "khác", all[:1]); err != nil {
		t.Fatal(err)
	}
	if n, at, err := s.Agencies(t.Context(), "truc"); n != 3 || time.Since(at) > time.Minute || err != nil {
		t.Errorf("%d at %v, %v", n, at, err)
	}
	if n, _, err := s.Agencies(t.Context(), "none"); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for _, code := range []string{"H99.98", "000.00.98.H99"} {
		if p, ok, err := s.Agency(t.Context(), "truc", code); !ok || p != all[1] || err != nil {
			t.Errorf("%s: %+v %v %v", code, p, ok, err)
		}
	}
	if _, ok, err := s.Agency(t.Context(), "truc", ""); ok || err != nil {
		t.Errorf("no code: %v %v", ok, err)
	}
	for text, want := range map[string]int{"": 3, "dat dai": 1, "ủy ban": 1, "UY BAN MAU": 1, "h99": 2, "000.00.98": 1, "g99": 0, "x": 0, "so": 1} {
		got, err := s.FindAgencies(t.Context(), "truc", text, 0)
		if err != nil || len(got) != want {
			t.Errorf("%q: %v, %v; want %d", text, got, err, want)
		}
	}
}

// fillInbox keeps n messages of others, of which every hundredth waits.
func fillInbox(t testing.TB, s *Store, n int) {
	t.Helper()
	err := s.db.write(t.Context(), func(tx *sql.Tx) error {
		for i := range n {
			in := submit.Incoming{
				ID: fmt.Sprint("i", i), Connector: "truc", DocID: fmt.Sprint(i), From: submit.Party{Code: "H99.98", Name: "Sở Nhận"},
				Document: submit.Metadata{Number: fmt.Sprint(i), Notation: "SN-VP", Subject: []string{"Kế hoạch phòng chống bão lụt", "Báo cáo ngân sách", "Giấy mời"}[i%3]},
				Status:   submit.Received, Received: time.UnixMilli(int64(i / 3)), // three arrive in one moment
			}
			if i%100 == 0 {
				in.Status = submit.Arrived
			}
			if _, err := insertIncoming(t.Context(), tx, in, in.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every message is found on exactly one page, whatever is asked for.
func TestPages(t *testing.T) {
	s := open(t, t.TempDir())
	fillInbox(t, s, 700)
	fill(t, s, 700)
	for name, f := range map[string]submit.Filter{
		"all":    {},
		"text":   {Text: "ngân sách"},
		"status": {Statuses: []submit.Status{submit.Arrived, submit.Refused}},
		"both":   {Text: "giay moi", Statuses: []submit.Status{submit.Arrived, submit.Refused}},
	} {
		f.Limit = 7
		inbox := pages(t, f, func(f submit.Filter) (ids []string, err error) {
			all, err := s.ListIncoming(t.Context(), f)
			for _, in := range all {
				ids = append(ids, in.ID)
			}
			return ids, err
		})
		outbox := pages(t, f, func(f submit.Filter) (ids []string, err error) {
			all, err := s.List(t.Context(), f)
			for _, r := range all {
				ids = append(ids, r.Envelope.ID)
			}
			return ids, err
		})
		want := map[string][2]int{"all": {700, 700}, "text": {233, 233}, "status": {7, 2}, "both": {2, 1}}[name]
		if inbox != want[0] || outbox != want[1] {
			t.Errorf("%s: %d and %d, want %v", name, inbox, outbox, want)
		}
	}
}

// pages counts what all pages list together; nothing may come twice.
func pages(t *testing.T, f submit.Filter, list func(submit.Filter) ([]string, error)) int {
	t.Helper()
	seen := map[string]bool{}
	for {
		ids, err := list(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if seen[id] {
				t.Fatalf("%s twice", id)
			}
			seen[id] = true
		}
		if len(ids) < f.Limit {
			return len(seen)
		}
		f.Behind = ids[len(ids)-1]
	}
}

// A number that stands in a document without seal is kept with all that is
// needed to go on; the audit log says what stands where.
func TestHold(t *testing.T) {
	s := open(t, t.TempDir())
	series := submit.Series{Agency: "H99.97", Year: 2026, Book: "Công văn"}
	l, err := s.Reserve(t.Context(), series)
	if err != nil {
		t.Fatal(err)
	}
	l.Notation, l.Date = "SG-VP", "2026-11-20"
	l.Draft = &submit.Draft{Source: "/a.pdf", Numbered: "/b.pdf", Town: "Tỉnh Mẫu"}
	if err := s.Hold(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	l.Draft.Sum = [32]byte{1}
	if err := s.Hold(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	lines, err := s.Lines(t.Context(), "H99.97", 2026)
	if err != nil || len(lines) != 1 || !lines[0].Waits() || lines[0].Draft.Source != "/a.pdf" || lines[0].By == "" {
		t.Fatalf("%+v %v", lines, err)
	}
	l.Subject, l.Signer = "V/v thử", "Nguyễn Văn Thử"
	if err := s.Issue(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if err := s.Hold(t.Context(), l); !errors.Is(err, submit.ErrNumberTaken) {
		t.Errorf("an issued number: %v", err)
	}
	entries, err := s.Entries(t.Context(), 1, 10)
	if err != nil || len(entries) != 3 || entries[1].Action != submit.ActionNumbered || entries[1].File != [32]byte{1} {
		t.Errorf("%+v %v", entries, err)
	}
	if _, err := s.CheckAudit(t.Context()); err != nil {
		t.Error(err)
	}
}
