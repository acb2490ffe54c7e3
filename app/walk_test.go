package app_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trinhky/app"
	"trinhky/app/page"
	"trinhky/app/walk"
	"trinhky/submit"
)

// walkOn drives a stage; the receiver answers as soon as something is queued.
func walkOn(t *testing.T, s *stage) (out string, printed string, err error) {
	t.Helper()
	out = filepath.Join(t.TempDir(), "out")
	pin := filepath.Join(t.TempDir(), "pin")
	if err := os.WriteFile(pin, []byte("12345678\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.flow.Start()
	settle(s.win.Content())
	var b bytes.Buffer
	w := walk.Walk{Out: out, PINFile: pin, Receiver: "nhận văn", Print: &b, Limit: time.Minute}
	err = w.Run(context.Background(), app.Window{
		Fyne: s.win, Kit: s.kit, Flow: s.flow,
		// There is one thread: the walk's own. The receiver's word comes between
		// two looks.
		Do: func(f func()) {
			if n := len(s.world.Out.Records); n > 0 && s.world.Out.Records[0].Recipients[0].Status == submit.Queued {
				r := s.world.Out.Records[0]
				r.Status, r.Recipients = submit.Delivered, []submit.Recipient{{Party: r.Envelope.To[0], Status: submit.Received}}
				s.world.Out.Records[0] = r
				s.flow.OutboxNews(submit.Changed{Record: r})
			}
			settle(s.win.Content())
			f()
			settle(s.win.Content())
		},
	})
	return out, b.String(), err
}

func TestWalk(t *testing.T) {
	s := newStage(t, rooms[1], false, false)
	out, printed, err := walkOn(t, s)
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	if n := strings.Count(printed, "✓"); n != 11 {
		t.Errorf("%d steps went:\n%s", n, printed)
	}
	for _, name := range []string{"01-cho-ky.png", "04-nhap-pin.png", "06-da-ky.png", "11-da-nhan.png", "signed.pdf", "verification.json"} {
		if info, err := os.Stat(filepath.Join(out, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if e := s.world.Out.Added; len(e) != 1 || e[0].To[0].Code != "H99.98" {
		t.Errorf("sent %+v", e)
	}
	if got := s.world.Token.Entered; len(got) != 1 {
		t.Errorf("%d PINs reached the token", len(got))
	}
	if s.frame.Place() != page.Waiting {
		t.Errorf("it ended on page %s", s.frame.Place())
	}
}

// A step that fails ends the walk with its reason and a picture.
func TestWalkFails(t *testing.T) {
	for name, spoil := range map[string]func(s *stage){
		"token fails": func(s *stage) { s.world.SignErr = errors.New("the token fell out") },
		"no room":     func(s *stage) { s.world.PreflightErr = errors.New("disk") },
		"not queued":  func(s *stage) { s.world.Out.AddErr = errors.New("journal") },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, rooms[0], false, false)
			spoil(s)
			out, printed, err := walkOn(t, s)
			if err == nil || !strings.Contains(printed, "✗") {
				t.Fatalf("the walk went through:\n%s", printed)
			}
			if _, err := os.Stat(filepath.Join(out, "loi.png")); err != nil {
				t.Error(err)
			}
		})
	}
}
