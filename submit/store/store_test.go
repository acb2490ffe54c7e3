package store

import (
	"os"
	"path/filepath"
	"testing"

	"trinhky/submit"
)

func open(t *testing.T, home string) *Store {
	t.Helper()
	s, err := Open(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func envelope(t *testing.T, number string, to ...string) submit.Envelope {
	t.Helper()
	path := filepath.Join(t.TempDir(), "Công văn số "+number+".pdf")
	if err := os.WriteFile(path, []byte("%PDF-1.4\n"+number), 0o600); err != nil {
		t.Fatal(err)
	}
	e := submit.Envelope{
		Connector: "truc", From: submit.Party{Code: "H99.97", Name: "Sở Gửi"},
		Document: submit.Metadata{
			Number: number, Notation: "SG-VP", Place: "Tỉnh Mẫu", Date: "2026-11-20", Type: "Công văn",
			Subject: "V/v thử nghiệm", Signer: "Nguyễn Văn Thử",
		},
		Files: []submit.File{{Path: path}},
	}
	for _, code := range to {
		e.To = append(e.To, submit.Party{Code: code, Name: "Cơ quan " + code})
	}
	e, err := submit.Complete(e)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAddGet(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	e := envelope(t, "125", "H99.98", "G99")
	added, err := s.Add(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(e.Files[0].Path); err != nil {
		t.Fatal(err)
	}
	s2 := open(t, home)
	got, err := s2.Get(t.Context(), added.Envelope.ID)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(got.Envelope.Files[0].Path); err != nil || string(b) != "%PDF-1.4\n125" {
		t.Errorf("kept bytes %q, %v", b, err)
	}
	if len(got.Recipients) != 2 || got.Status != submit.Queued {
		t.Errorf("%+v", got)
	}
}
