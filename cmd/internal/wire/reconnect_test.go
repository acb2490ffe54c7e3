package wire_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trinhky/app/settings"
	"trinhky/cmd/internal/wire"
	"trinhky/submit"
	"trinhky/submit/submittest"
)

// A connector that is edited works at once, and the change stands in the audit
// log; one that was not edited is the same as before.
func TestReconnect(t *testing.T) {
	home := t.TempDir()
	folder := func(name string) settings.Connector {
		if err := os.MkdirAll(filepath.Join(home, name), 0o700); err != nil {
			t.Fatal(err)
		}
		return settings.Connector{Name: name, Kind: settings.KindFolder, Endpoint: filepath.Join(home, name)}
	}
	g, err := wire.Open(wire.Options{Home: home})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	wrong := folder(submittest.Name)
	wrong.Kind = "smoke"
	g.Settings.Connectors = []settings.Connector{wrong, folder("khac")}
	out, err := g.Outbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	from, to, _, _ := submittest.NewFake().Agencies()
	r, err := out.Add(t.Context(), submittest.Envelope(t, 1, from, to))
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Reconnect(t.Context(), []settings.Connector{folder(submittest.Name), folder("khac"), folder("moi")}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if r, err = out.Deliver(ctx, r.Envelope.ID); err != nil || r.Status != submit.Delivered {
		t.Errorf("%v %q, %v", r.Status, r.Problem, err)
	}
	if err := g.Reconnect(t.Context(), []settings.Connector{folder("khac")}); err != nil {
		t.Fatal(err)
	}
	if got := out.Connectors(); len(got) != 1 || got[0] != "khac" {
		t.Errorf("%v", got)
	}
	if err := g.SecretChanged(t.Context(), "connector/khac"); err != nil {
		t.Fatal(err)
	}
	log, err := g.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	entries, err := log.Entries(t.Context(), 1, 100)
	if err != nil {
		t.Fatal(err)
	}
	changed := map[string]int{}
	for _, e := range entries {
		if e.Action == submit.ActionConnector {
			changed[e.Destination]++
		}
	}
	if changed[submittest.Name] != 2 || changed["moi"] != 2 || changed["khac"] != 1 {
		t.Errorf("%v", changed)
	}
}
