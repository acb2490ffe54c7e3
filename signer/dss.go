package signer

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"fmt"

	"trinhky/signer/internal/cms"
	"trinhky/signer/internal/pdf"
)

// chainOf builds the path from leaf upwards out of the certificates at hand. It
// ends with a self-signed certificate or where the issuer is not there.
func chainOf(leaf *x509.Certificate, pool []*x509.Certificate) []*x509.Certificate {
	chain := []*x509.Certificate{leaf}
	for at := leaf; len(chain) < 10; {
		if at.CheckSignatureFrom(at) == nil {
			return chain
		}
		next := issuerOf(at, pool)
		if next == nil {
			return chain
		}
		chain, at = append(chain, next), next
	}
	return chain
}

func issuerOf(c *x509.Certificate, pool []*x509.Certificate) *x509.Certificate {
	for _, p := range pool {
		if string(p.RawSubject) == string(c.RawIssuer) && c.CheckSignatureFrom(p) == nil && !p.Equal(c) {
			return p
		}
	}
	return nil
}

// chainsOf are the paths of the signer of a CMS and of its timestamps.
func chainsOf(d *cms.SignedData, known []*x509.Certificate) [][]*x509.Certificate {
	var out [][]*x509.Certificate
	for i := range d.Signers {
		s := &d.Signers[i]
		if leaf, err := s.Certificate(known...); err == nil {
			out = append(out, chainOf(leaf, append(d.Certificates, known...)))
		}
		for _, token := range s.Timestamps() {
			if t, err := cms.ParseTimestamp(token); err == nil {
				out = append(out, chainsOf(t.SignedData, append(d.Certificates, known...))...)
			}
		}
	}
	return out
}

// addEvidence appends a DSS (ISO 32000-2, 12.8.4.3) for the chains. A DSS that
// is there already is added to; what it holds is not stored twice. /VRI, which
// is optional, is left out.
func (p *Pipeline) addEvidence(ctx context.Context, o *output, password PIN, chains [][]*x509.Certificate) error {
	e, err := p.Evidence.Collect(ctx, chains)
	if err != nil {
		return fmt.Errorf("collect evidence: %w", err)
	}
	doc, err := pdf.Open(o.file, o.size, pdf.Options{Password: password})
	if err != nil {
		return fmt.Errorf("add evidence: %w", err)
	}
	u, err := pdf.NewUpdate(doc)
	if err != nil {
		return fmt.Errorf("add evidence: %w", err)
	}
	var certificates [][]byte
	for _, c := range e.Certificates {
		certificates = append(certificates, c.Raw)
	}
	w := dssWriter{u: u, doc: doc}
	if err := w.open(); err != nil {
		return fmt.Errorf("add evidence: %w", err)
	}
	for _, part := range []struct {
		key  string
		data [][]byte
	}{{"Certs", certificates}, {"OCSPs", e.OCSPs}, {"CRLs", e.CRLs}} {
		if err := w.add(part.key, part.data); err != nil {
			return fmt.Errorf("add evidence: %w", err)
		}
	}
	if w.added == 0 {
		return nil
	}
	inc, err := u.Layout()
	if err != nil {
		return fmt.Errorf("add evidence: %w", err)
	}
	return o.write(inc.Bytes)
}

// dssWriter adds streams to the DSS of a document.
type dssWriter struct {
	u     *pdf.Update
	doc   *pdf.Document
	added int
}

// open makes the DSS where there is none.
func (w *dssWriter) open() error {
	catalog, err := w.doc.Catalog()
	if err != nil || catalog.Has("DSS") {
		return err
	}
	dss := w.u.Add(pdf.Dict("Type", pdf.Name("DSS")))
	err = w.u.Edit(w.doc.RootRef(), []string{"DSS"}, func(pdf.Value) (pdf.Value, error) {
		return pdf.RefTo(dss), nil
	})
	if err != nil {
		return err
	}
	return declare(w.u, w.doc, esicEvidence)
}

// add appends the data that the array at key does not hold yet.
func (w *dssWriter) add(key string, data [][]byte) error {
	seen, err := w.present(key)
	if err != nil {
		return err
	}
	var refs []pdf.Value
	for _, der := range data {
		sum := sha256.Sum256(der)
		if seen[sum] {
			continue
		}
		seen[sum] = true
		refs = append(refs, pdf.RefTo(w.u.Add(pdf.Stream(pdf.Dict(), der))))
	}
	if len(refs) == 0 {
		return nil
	}
	w.added += len(refs)
	return w.u.Edit(w.doc.RootRef(), []string{"DSS", key}, func(v pdf.Value) (pdf.Value, error) {
		return v.Append(refs...), nil
	})
}

// present are the digests of what the document's DSS holds at key.
func (w *dssWriter) present(key string) (map[[32]byte]bool, error) {
	seen := map[[32]byte]bool{}
	catalog, err := w.doc.Catalog()
	if err != nil {
		return nil, err
	}
	dss, err := w.doc.Lookup(catalog, "DSS")
	if err != nil || !dss.IsDict() {
		return seen, err
	}
	list, err := w.doc.Lookup(dss, key)
	if err != nil || list.Kind() != pdf.KindArray {
		return seen, err
	}
	for i := range list.Len() {
		v, err := w.doc.Resolve(list.At(i))
		if err != nil {
			return nil, err
		}
		if v.Kind() != pdf.KindStream {
			continue
		}
		if der, err := w.doc.Data(v); err == nil {
			seen[sha256.Sum256(der)] = true
		}
	}
	return seen, nil
}
