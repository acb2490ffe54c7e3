package signer_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"os"
	"testing"

	"trinhky/signer"
	"trinhky/signer/evidence"
	"trinhky/signer/internal/cms"
	"trinhky/signer/internal/pdf"
	"trinhky/signer/signertest/pki"
)

// embedded is the CMS of the newest signature of a file.
func embedded(t *testing.T, path string) *cms.SignedData {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := pdf.Open(bytes.NewReader(data), int64(len(data)), pdf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	form, err := doc.Form()
	if err != nil {
		t.Fatal(err)
	}
	contents, err := doc.Lookup(form.Fields[len(form.Fields)-1].V, "Contents")
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := contents.Str()
	d, err := cms.Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestWholeChain: a token that holds its certificate alone still makes a
// signature with the whole chain, out of what is known or can be fetched; where
// neither helps, the signature says what is missing.
func TestWholeChain(t *testing.T) {
	b, s, _ := online(t, pki.Options{Keys: pki.P256})
	in, _ := b.document(t, 0)
	root := evidence.Config{Known: s.Chain()[1:]}
	for _, c := range []struct {
		name    string
		issuers signer.IssuerSource
		fault   pki.Fault
		beside  int // certificates on the token
		want    int // in the signature
		gap     bool
	}{
		{"whole on the token", evidence.New(evidence.Config{}), pki.FaultDown, 2, 3, false},
		{"all known", evidence.New(evidence.Config{Known: s.Chain()}), pki.FaultDown, 0, 3, false},
		{"fetched", evidence.New(root), pki.FaultNone, 0, 3, false},
		{"issuer on the token, root known", evidence.New(root), pki.FaultDown, 1, 3, false},
		{"server down", evidence.New(root), pki.FaultDown, 0, 1, true},
		{"a portal instead of the certificate", evidence.New(root), pki.FaultPortal, 0, 1, true},
		{"nobody to ask", nil, pki.FaultNone, 1, 2, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.Services.SetFault(pki.ServiceCA, c.fault)
			r := b.request(in, "out.pdf")
			r.Chain, r.Overwrite = s.Chain()[:c.beside], true
			got, err := (&signer.Pipeline{Issuers: c.issuers}).Sign(t.Context(), r, b.key(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(embedded(t, r.Output).Certificates); n != c.want || (got.ChainGap != "") != c.gap {
				t.Errorf("%d certificates, gap %q", n, got.ChainGap)
			}
		})
	}
}

// TestWholeChainCancelled: the search for issuers ends with its caller.
func TestWholeChainCancelled(t *testing.T) {
	b, s, _ := online(t, pki.Options{Keys: pki.P256})
	in, _ := b.document(t, 0)
	r := b.request(in, "out.pdf")
	r.Chain = nil
	s.Services.SetFault(pki.ServiceCA, pki.FaultSlow)
	ctx, cancel := context.WithCancel(t.Context())
	issuers := asking{evidence.New(evidence.Config{}), cancel}
	if _, err := (&signer.Pipeline{Issuers: issuers}).Sign(ctx, r, b.key(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	absent(t, r.Output)
}

// asking cancels as soon as it is asked.
type asking struct {
	signer.IssuerSource
	cancel context.CancelFunc
}

func (a asking) Complete(ctx context.Context, path []*x509.Certificate, beside ...*x509.Certificate) ([]*x509.Certificate, error) {
	a.cancel()
	return a.IssuerSource.Complete(ctx, path, beside...)
}
