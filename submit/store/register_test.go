package store

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"trinhky/submit"
)

func line(l submit.Line) submit.Line {
	l.Notation, l.Date, l.Type, l.Subject, l.Signer = "QĐ-UBND", "2026-11-20", "Quyết định", "Về việc thử", "Nguyễn Văn Thử"
	return l
}

func TestRegister(t *testing.T) {
	s := open(t, t.TempDir())
	series := submit.Series{Agency: "H99.97", Year: 2026, Book: "Quyết định"}
	reserve := func(want int) submit.Line {
		t.Helper()
		l, err := s.Reserve(t.Context(), series)
		if err != nil || l.Number != want || l.State != submit.NumberReserved {
			t.Fatalf("%+v, %v; want %d", l, err, want)
		}
		return l
	}
	one, two, three := reserve(1), reserve(2), reserve(3)
	if err := s.Issue(t.Context(), line(one)); err != nil {
		t.Fatal(err)
	}
	if err := s.Issue(t.Context(), line(one)); !errors.Is(err, submit.ErrNumberTaken) {
		t.Errorf("issued twice: %v", err)
	}
	if err := s.Release(t.Context(), series, one.Number); !errors.Is(err, submit.ErrNumberTaken) {
		t.Errorf("an issued one was released: %v", err)
	}
	if err := s.Release(t.Context(), series, two.Number); err != nil {
		t.Fatal(err)
	}
	if err := s.Issue(t.Context(), line(two)); !errors.Is(err, submit.ErrNumberTaken) {
		t.Errorf("a released one was issued: %v", err)
	}
	reserve(2) // no gap
	reserve(4)
	late := line(three)
	late.Date = "2027-01-02"
	var field *submit.FieldError
	if err := s.Issue(t.Context(), late); !errors.As(err, &field) || field.Field != "date" {
		t.Errorf("another year: %v", err)
	}
	next := series
	next.Year = 2027
	if l, err := s.Reserve(t.Context(), next); err != nil || l.Number != 1 {
		t.Errorf("a new year: %+v, %v", l, err)
	}
	if err := s.SetFirst(t.Context(), series, 100); err != nil {
		t.Fatal(err)
	}
	if err := s.SetFirst(t.Context(), series, 50); !errors.Is(err, submit.ErrNumberTaken) {
		t.Errorf("back to 50: %v", err)
	}
	reserve(100)
	all, err := s.Lines(t.Context(), "H99.97", 2026)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []int
	for _, l := range all {
		numbers = append(numbers, l.Number)
	}
	if !slices.Equal(numbers, []int{1, 2, 3, 4, 99, 100}) {
		t.Errorf("%v", numbers)
	}
	if l := all[0]; l.Notation != "QĐ-UBND" || l.Date != "2026-11-20" || l.Subject != "Về việc thử" {
		t.Errorf("%+v", l)
	}
	if _, err := s.CheckAudit(t.Context()); err != nil {
		t.Error(err)
	}
}

// Programs that ask at once get different numbers, and none is left out.
func TestRegisterAtOnce(t *testing.T) {
	home := t.TempDir()
	var mu sync.Mutex
	var got []int
	var wg sync.WaitGroup
	for range 4 {
		s := open(t, home)
		wg.Go(func() {
			for range 10 {
				l, err := s.Reserve(t.Context(), submit.Series{Agency: "H1", Year: 2026})
				mu.Lock()
				if err != nil {
					t.Error(err)
				}
				got = append(got, l.Number)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.Sort(got)
	for i, n := range got {
		if n != i+1 {
			t.Fatalf("%v", got)
		}
	}
}
