package wire

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"trinhky/signer"
	"trinhky/submit"
)

// auditTime is how long an entry may take to be written: the signature is made
// and its file is there.
const auditTime = 10 * time.Second

// RecordSigned enters a signature into the audit log. Where that fails the
// signature stands all the same; the caller says that it is not logged.
func (g *Graph) RecordSigned(ctx context.Context, s signer.Signed, c signer.Certificate) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), auditTime)
	defer stop()
	log, err := g.Audit(ctx)
	if err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	e := submit.Entry{
		Action: submit.ActionSigned, Document: filepath.Base(s.Path), File: s.SHA256, Level: s.Level.String(),
		Destination: s.Path,
	}
	if c.X509 != nil {
		e.Certificate = fmt.Sprintf("%x %s", c.X509.SerialNumber, c.X509.Subject.CommonName)
	}
	if s.Downgrade != nil {
		e.Result = s.Downgrade.Error()
	}
	if _, err = log.Append(ctx, e); err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	return nil
}

// Recording is a pipeline whose signatures are entered into the audit log.
type Recording struct {
	*signer.Pipeline
	Graph *Graph
}

// Sign is that of the pipeline.
func (r Recording) Sign(ctx context.Context, q signer.Request, k signer.Key, on func(signer.Stage)) (signer.Signed, error) {
	s, err := r.Pipeline.Sign(ctx, q, k, on)
	if err != nil {
		return s, err
	}
	if err := r.Graph.RecordSigned(ctx, s, signer.Certificate{X509: q.Certificate}); err != nil {
		r.Graph.Log.Error("a signature is not in the audit log", "file", s.Path, "error", err)
	}
	return s, nil
}
