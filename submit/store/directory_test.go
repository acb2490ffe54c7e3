package store_test

import (
	"testing"

	"trinhky/submit"
	"trinhky/submit/store"
)

// Who left the directory is not found any more, but known, with the day; who
// comes back is as before.
func TestAgencyLeaves(t *testing.T) {
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	a := submit.Party{Code: "H99.98", OldCode: "000.00.98.H99", Name: "Sở Nhận"}
	b := submit.Party{Code: "H99.96", OldCode: "000.00.96.H99", Name: "Xã Bình Mẫu"}
	renamed := b
	renamed.Name = "Phường Bình Mẫu"
	look := func(when string, all []submit.Party, gone bool, found int) {
		t.Helper()
		if err := s.SetAgencies(t.Context(), "truc", all); err != nil {
			t.Fatal(err)
		}
		for _, code := range []string{b.Code, b.OldCode} {
			p, ok, err := s.Agency(t.Context(), "truc", code)
			if err != nil || !ok || (p.ValidUntil != "") != gone {
				t.Errorf("%s: %s is %+v, %v, %v", when, code, p, ok, err)
			}
		}
		list, err := s.FindAgencies(t.Context(), "truc", "binh mau", 10)
		if err != nil || len(list) != found {
			t.Errorf("%s: found %v, %v", when, list, err)
		}
	}
	look("both", []submit.Party{a, b}, false, 1)
	look("renamed", []submit.Party{a, renamed}, false, 1)
	look("gone", []submit.Party{a}, true, 0)
	look("gone for long", []submit.Party{a}, true, 0)
	look("back", []submit.Party{b, a}, false, 1)
	all, err := s.FindAgencies(t.Context(), "truc", "", 10)
	if err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestGroups(t *testing.T) {
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for _, g := range []submit.Group{{Name: "Các  sở", Codes: []string{"H99.98"}}, {Name: "Các sở", Codes: []string{"H99.98", "H99.96"}}, {Name: "Bộ", Codes: []string{"G99"}}} {
		if err := s.SetGroup(t.Context(), "truc", g); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SetGroup(t.Context(), "truc", submit.Group{Codes: []string{"x"}}); err == nil {
		t.Error("a group without a name")
	}
	if err := s.SetGroup(t.Context(), "truc", submit.Group{Name: "Bộ"}); err != nil {
		t.Fatal(err)
	}
	all, err := s.Groups(t.Context(), "truc")
	if err != nil || len(all) != 1 || all[0].Name != "Các sở" || len(all[0].Codes) != 2 {
		t.Errorf("%v, %v", all, err)
	}
}
