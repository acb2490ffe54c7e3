package dms

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trinhky/submit"
	"trinhky/submit/edxml"
	"trinhky/submit/store"
	"trinhky/submit/submittest"
)

func parties() (from, to submit.Party) {
	return submit.Party{Code: "H99.97", Name: "Sở Gửi"}, submit.Party{Code: "H99.98", Name: "Sở Nhận"}
}

func folder(t *testing.T) *Folder {
	t.Helper()
	f, err := NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func letter(t *testing.T) submit.Envelope {
	t.Helper()
	from, to := parties()
	e, err := submit.Complete(submittest.Envelope(t, 125, from, to))
	if err != nil {
		t.Fatal(err)
	}
	return submittest.Kept(t, e)
}

// arrived lists what a connector of the agency would pick up.
func arrived(t *testing.T, f *Folder) (names []string) {
	t.Helper()
	all, err := os.ReadDir(filepath.Join(f.dir, "outgoing"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Name()[0] != '.' {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestFolderSubmit(t *testing.T) {
	f := folder(t)
	e := letter(t)
	if all, err := f.Lookup(t.Context(), e); len(all) != 0 || err != nil {
		t.Errorf("before: %v, %v", all, err)
	}
	for range 2 { // the second finds the first
		r, err := f.Submit(t.Context(), e)
		if err != nil || r.DocID != e.ID {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	if got := arrived(t, f); len(got) != 1 || got[0] != e.ID {
		t.Fatalf("%v", got)
	}
	data, err := os.ReadFile(filepath.Join(f.done(e.ID), e.Files[0].Name))
	if want, _ := os.ReadFile(e.Files[0].Path); err != nil || string(data) != string(want) {
		t.Errorf("%q, %v", data, err)
	}
	m, err := os.Open(filepath.Join(f.done(e.ID), "message.edxml"))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	got, err := edxml.Read(m, edxml.Limits{Dir: t.TempDir()})
	if err != nil || got.(*edxml.Document).DocumentID != e.DocumentID {
		t.Errorf("%+v, %v", got, err)
	}
	// Picked up: it stays delivered.
	if err := os.RemoveAll(f.done(e.ID)); err != nil {
		t.Fatal(err)
	}
	if all, err := f.Lookup(t.Context(), e); len(all) != 1 || err != nil {
		t.Errorf("picked up: %v, %v", all, err)
	}
	if _, err := f.Submit(t.Context(), e); err != nil || len(arrived(t, f)) != 0 {
		t.Errorf("sent again: %v, %v", arrived(t, f), err)
	}
}

// Killed between any two steps, the next program sends it once.
func TestFolderInterrupted(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(t *testing.T, f *Folder, id string)
		there   bool
	}{
		"in the part": {func(t *testing.T, f *Folder, id string) { put(t, filepath.Join(f.part(id), "message-1.edxml")) }, false},
		"before the rename": {func(t *testing.T, f *Folder, id string) {
			put(t, filepath.Join(f.part(id), "message.edxml"))
			put(t, f.mark(id))
		}, false},
		"after the rename": {func(t *testing.T, f *Folder, id string) {
			put(t, filepath.Join(f.done(id), "message.edxml"))
			put(t, f.mark(id))
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := folder(t)
			e := letter(t)
			c.prepare(t, f, e.ID)
			all, err := f.Lookup(t.Context(), e)
			if err != nil || (len(all) == 1) != c.there {
				t.Errorf("%v, %v", all, err)
			}
			if _, err := f.Submit(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			if got := arrived(t, f); len(got) != 1 {
				t.Errorf("%v", got)
			}
		})
	}
}

func put(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A share that is not there any more proves nothing and takes nothing.
func TestFolderGone(t *testing.T) {
	f := folder(t)
	e := letter(t)
	if err := os.RemoveAll(f.dir); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Lookup(t.Context(), e); err == nil {
		t.Error("absent in a folder that is not there")
	}
	var unknown *submit.UnknownError
	if _, err := f.Submit(t.Context(), e); err == nil || errors.As(err, &unknown) {
		t.Errorf("%v", err)
	}
	if _, err := f.Track(t.Context()); err == nil {
		t.Error("no reports in a folder that is not there")
	}
	if _, err := NewFolder(f.dir); err == nil {
		t.Error("a folder that is not there was taken")
	}
}

// Changed bytes never get there, and nothing is left of the try.
func TestFolderChangedBytes(t *testing.T) {
	f := folder(t)
	e := letter(t)
	e.Files[0].SHA256[0]++
	var field *submit.FieldError
	if _, err := f.Submit(t.Context(), e); !errors.As(err, &field) {
		t.Errorf("%v", err)
	}
	all, _ := filepath.Glob(filepath.Join(f.dir, "outgoing", "*"))
	parts, _ := filepath.Glob(filepath.Join(f.dir, "outgoing", ".*"))
	if len(all)+len(parts) != 0 {
		t.Errorf("%v %v", all, parts)
	}
}

// The whole way: queued, put there, receipts read back, each once.
func TestFolderOutbox(t *testing.T) {
	f := folder(t)
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	o := submit.NewOutbox(submit.Config{Journal: s, Schedule: submittest.Schedule(), Connectors: map[string]submit.Connector{submittest.Name: f}})
	from, to := parties()
	r, err := o.Add(t.Context(), submittest.Envelope(t, 125, from, to))
	if err != nil {
		t.Fatal(err)
	}
	if r, err = o.Deliver(t.Context(), r.Envelope.ID); err != nil || r.Status != submit.Delivered {
		t.Fatalf("%v, %v", r.Status, err)
	}
	for code, name := range map[string]string{"01": "a.edxml", "03": "b.EDXML", "05": ".hidden.edxml"} {
		receipt(t, f, name, code, r.Envelope)
	}
	for name, text := range map[string]string{"c.edxml": "<!DOCTYPE x>", "d.txt": "xin chào"} {
		path, old := filepath.Join(f.dir, "receipts", name), time.Now().Add(-time.Hour)
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chtimes(path, old, old)); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := o.Track(t.Context()); n != 3 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := o.Track(t.Context()); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	if r, err = o.Get(t.Context(), r.Envelope.ID); err != nil || r.Recipients[0].Status != submit.Received {
		t.Errorf("%v, %v", r.Recipients[0].Status, err)
	}
	receipt(t, f, "a.edxml", "06", r.Envelope) // the name is used again
	if n, err := o.Track(t.Context()); n != 1 || err != nil {
		t.Errorf("a name used again: %d, %v", n, err)
	}
	for sub, want := range map[string]int{"read": 3, "unreadable": 1} {
		if all, err := os.ReadDir(filepath.Join(f.dir, "receipts", sub)); len(all) != want || err != nil {
			t.Errorf("%s: %v, %v", sub, all, err)
		}
	}
	if err := f.Acknowledge(context.Background(), submit.Report{ID: "x/../../y"}); err == nil {
		t.Error("a path was acknowledged")
	}
}

func receipt(t *testing.T, f *Folder, name, code string, e submit.Envelope) {
	t.Helper()
	w, err := os.Create(filepath.Join(f.dir, "receipts", name))
	if err != nil {
		t.Fatal(err)
	}
	err = edxml.Write(w, &edxml.Status{
		From: edxml.Organ{ID: e.To[0].Code, Name: e.To[0].Name}, Code: code, At: time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC),
		ResponseFor: edxml.ResponseFor{OrganID: e.From.Code, Code: e.Document.Code(), DocumentID: e.DocumentID, Date: e.Document.Date},
	})
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
}
