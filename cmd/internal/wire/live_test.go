package wire

import (
	"context"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trinhky/signer"
	"trinhky/signer/batch"
	"trinhky/signer/signertest"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/sample"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// A pile that the window signs stands in the audit log, a line a document with
// its hash and certificate; what failed does not. An anchor imported afterwards
// makes the same reader trust it.
func TestPileIsRecorded(t *testing.T) {
	p, home := authority(t), t.TempDir()
	g := graphAt(t, home)
	pipeline, err := g.Pipeline(nil)
	if err != nil {
		t.Fatal(err)
	}
	token := signertest.NewSoftToken("t", "12345678", p.Chain(), p.Leader)
	key, err := token.Unlock(t.Context(), signer.Certificate{X509: p.Leader.Certificate}, signer.PIN("12345678"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = key.Close() }()
	items := pileOf(t, home, p.Leader)
	sum := batch.Run(t.Context(), Recording{Pipeline: pipeline, Graph: g}, key, items, batch.Options{}, nil)
	if sum.Stopped != nil {
		t.Fatal(sum.Stopped)
	}
	checkRecorded(t, g, sum)

	reader, err := g.Reader()
	if err != nil {
		t.Fatal(err)
	}
	reader.Anchors, reader.Status = g.Live, nil
	trust := func() verify.ChainState {
		d, err := reader.Examine(t.Context(), items[0].Output, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Report.Signatures) != 1 || !d.Report.Signatures[0].Intact {
			t.Fatalf("%+v", d.Report.Signatures)
		}
		return d.Report.Signatures[0].Chain
	}
	before := trust()
	path := filepath.Join(t.TempDir(), "root.pem")
	var data []byte
	for _, c := range p.Chain() {
		data = append(data, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := g.ImportAnchors(path); err != nil {
		t.Fatal(err)
	}
	if after := trust(); before == verify.ChainTrusted || after != verify.ChainTrusted {
		t.Errorf("the chain is %v before the import and %v after it", before, after)
	}
}

// pileOf is three documents, the second of which is no PDF.
func pileOf(t *testing.T, home string, who pki.Identity) []batch.Item {
	t.Helper()
	good, _, err := sample.Generate(sample.Demo(time.Now(), "Nguyễn Văn Đạt")[1])
	if err != nil {
		t.Fatal(err)
	}
	var items []batch.Item
	for i := range 3 {
		in, out := filepath.Join(home, fmt.Sprintf("%d.pdf", i)), filepath.Join(home, fmt.Sprintf("%d-da-ky.pdf", i))
		data := good
		if i == 1 {
			data = []byte("no PDF")
		}
		if err := os.WriteFile(in, data, 0o600); err != nil {
			t.Fatal(err)
		}
		items = append(items, batch.Item{Input: in, Output: out, Request: func(context.Context) (signer.Request, error) {
			return signer.Request{Input: in, Output: out, Certificate: who.Certificate}, nil
		}})
	}
	return items
}

func checkRecorded(t *testing.T, g *Graph, sum batch.Summary) {
	t.Helper()
	log, err := g.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	entries, err := log.Entries(t.Context(), 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]submit.Entry{}
	for _, e := range entries {
		if e.Action != submit.ActionSigned || e.Certificate == "" {
			t.Errorf("%+v", e)
		}
		of[e.Destination] = e
	}
	if len(entries) != 2 {
		t.Errorf("%d entries for two signatures", len(entries))
	}
	for _, i := range []int{0, 2} {
		s := sum.Results[i].Signed
		if sum.Results[i].Outcome != batch.Done || of[s.Path].File != s.SHA256 {
			t.Errorf("document %d: %v, %+v", i, sum.Results[i].Err, of[s.Path])
		}
	}
	if _, err := log.CheckAudit(t.Context()); err != nil {
		t.Error(err)
	}
}
