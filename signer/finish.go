package signer

import (
	"context"
	"crypto"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"trinhky/signer/internal/cms"
)

// Finish has the key sign a prepared document and writes the output, which is
// complete or absent. The document is read again; one that changed since
// Prepare is refused with ErrSourceChanged before the key is used.
func (p *Pipeline) Finish(ctx context.Context, d *Prepared, k Key) (Signed, error) {
	f, err := openDocument(d.Input)
	if err != nil {
		return Signed{}, err
	}
	defer f.close()
	out, err := newOutput(d.Output, d.Overwrite, f)
	if err != nil {
		return Signed{}, err
	}
	defer out.file.Abort()
	if err := out.copySource(ctx, f, d); err != nil {
		return Signed{}, err
	}
	f.close() // a slow token need not hold it
	return p.finish(ctx, d, k, out, func(Stage) {})
}

// Sign does the whole way of one signature and reads the document once. on,
// which may be nil, is told of every stage, on the goroutine of the caller.
func (p *Pipeline) Sign(ctx context.Context, r Request, k Key, on func(Stage)) (Signed, error) {
	if on == nil {
		on = func(Stage) {}
	}
	on(StagePrepare)
	f, err := openDocument(r.Input)
	if err != nil {
		return Signed{}, err
	}
	defer f.close()
	out, err := newOutput(r.Output, r.Overwrite, f)
	if err != nil {
		return Signed{}, err
	}
	defer out.file.Abort()
	d, err := p.prepare(ctx, r, f, out)
	if err != nil {
		return Signed{}, err
	}
	f.close() // a slow token need not hold it
	if r.Read != nil {
		if err := r.Read(d.Source); err != nil {
			return Signed{}, err
		}
	}
	return p.finish(ctx, d, k, out, on)
}

// copySource copies the document to the output and checks that it is the one that
// was prepared.
func (o *output) copySource(ctx context.Context, f *document, d *Prepared) error {
	n, err := f.copyTo(ctx, io.MultiWriter(o.sum, o.file))
	if err != nil {
		return err
	}
	o.size = n
	if f.size != d.Size || [32]byte(o.sum.Sum(nil)) != d.Source {
		return fmt.Errorf("%s: %w", d.Input, ErrSourceChanged)
	}
	return nil
}

// work is one signature being finished.
type work struct {
	p      *Pipeline
	d      *Prepared
	out    *output // already holds the document
	signed Signed
	on     func(Stage)
}

// finish signs, and completes the output that already holds the document.
func (p *Pipeline) finish(ctx context.Context, d *Prepared, k Key, out *output, on func(Stage)) (Signed, error) {
	began := time.Now()
	spec, err := d.spec()
	if err != nil {
		return Signed{}, err
	}
	on(StageToken)
	signature, err := signWith(ctx, spec, k, d.Content)
	if err != nil {
		return Signed{}, err
	}
	w := &work{p: p, d: d, out: out, on: on, signed: Signed{
		Path: d.Output, Level: d.Level, Field: d.Field, Page: d.Page, Rect: d.Rect, ByteRange: d.ByteRange,
		ChainGap: d.ChainGap,
		Took:     Durations{Prepare: d.Took, Token: time.Since(began)},
	}}
	began = time.Now()
	if err := w.complete(ctx, signature); err != nil {
		return Signed{}, err
	}
	on(StageWrite)
	if w.signed.SHA256, err = out.commit(ctx); err != nil {
		return Signed{}, err
	}
	w.signed.Took.Finish = time.Since(began)
	return w.signed, nil
}

// complete adds the timestamp, writes the increment, and adds the evidence.
func (w *work) complete(ctx context.Context, s cms.Signature) error {
	d := w.d
	var token []byte
	if d.Level >= LevelT {
		w.on(StageTimestamp)
		var err error
		if token, err = w.p.timestamp(ctx, s, d.hole()); err != nil {
			if err = w.downgrade(ctx, LevelB, err); err != nil {
				return err
			}
		}
	}
	der := s.Encode(token)
	if len(der) > d.hole() {
		return fmt.Errorf("the signature has %d bytes, its place %d", len(der), d.hole())
	}
	at := d.ByteRange[1] - d.Size + 1 // behind "<"
	buf := copyBuffers.Get().(*[]byte)
	increment := append((*buf)[:0], d.Increment...) // d may be finished again
	hex.Encode(increment[at:], der)
	err := w.out.write(increment)
	copyBuffers.Put(buf)
	if err != nil {
		return err
	}
	return w.preserve(ctx, der)
}

// preserve adds what keeps the signature provable: evidence (B-LT) and a
// document timestamp (B-LTA).
func (w *work) preserve(ctx context.Context, der []byte) error {
	if w.signed.Level < LevelLT {
		return nil
	}
	w.on(StageEvidence)
	made, err := cms.Parse(der)
	if err != nil {
		return fmt.Errorf("read the signature back: %w", err)
	}
	if err := w.p.addEvidence(ctx, w.out, w.d.password, chainsOf(made, nil)); err != nil {
		return w.downgrade(ctx, LevelT, err)
	}
	if w.signed.Level < LevelLTA {
		return nil
	}
	w.on(StageTimestamp)
	if _, err := w.p.addDocumentTimestamp(ctx, w.out, w.d.password); err != nil {
		return w.downgrade(ctx, LevelLT, err)
	}
	return nil
}

// downgrade lowers the level when that is allowed, and says why; otherwise, or
// when the caller gave up, it returns the error.
func (w *work) downgrade(ctx context.Context, to Level, why error) error {
	why = w.out.levelError(ctx, why)
	if !w.d.DowngradeAllowed || !errors.Is(why, ErrLevel) {
		return why
	}
	w.signed.Level, w.signed.Downgrade = to, &LoweredError{Err: why}
	return nil
}

// timestamp has the signature value stamped (EN 319 122-1, 5.3) and checks that
// the result fits into its place. The imprint is SHA-256 whatever the
// signature uses: every TSA knows it.
func (p *Pipeline) timestamp(ctx context.Context, s cms.Signature, hole int) ([]byte, error) {
	if p.TSA == nil {
		return nil, errors.New("no time-stamping authority is set")
	}
	h := crypto.SHA256.New()
	h.Write(s.Value())
	token, err := p.TSA.Timestamp(ctx, crypto.SHA256, h.Sum(nil))
	if err != nil {
		return nil, err
	}
	if len(s.Encode(token)) > hole {
		return nil, fmt.Errorf("the timestamp of %d bytes is larger than announced", len(token))
	}
	return token, nil
}

// signWith has the key sign what is over the content, and checks what it gives.
func signWith(ctx context.Context, spec cms.Spec, k Key, content []byte) (cms.Signature, error) {
	if key, ok := k.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !key.Equal(spec.Certificate.PublicKey) {
		return cms.Signature{}, errors.New("the key does not belong to the certificate")
	}
	todo, err := spec.ToSign(content)
	if err != nil {
		return cms.Signature{}, err
	}
	if err := ctx.Err(); err != nil {
		return cms.Signature{}, err
	}
	value, err := ask(ctx, k, todo.Digest(), spec.Opts())
	if err == nil {
		err = ctx.Err() // a signature that nobody wants any more
	}
	if err != nil {
		return cms.Signature{}, err
	}
	signature, err := todo.Accept(value)
	if err != nil { // the one check that every signature passes before it is written
		err = &TokenError{Fault: TokenFailed, Err: fmt.Errorf("the key's signature is wrong: %w", err)}
	}
	return signature, err
}

// ask has the key sign. A token cannot be stopped: when ctx ends first, its
// answer is waited for by nobody and dropped. A goroutine to wait for it wakes
// another processor for every document, which was measured as a tenth of all work.
func ask(ctx context.Context, k Key, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	type answer struct {
		value []byte
		err   error
	}
	var a answer
	if own, ok := k.(ContextKey); ok {
		a.value, a.err = own.SignContext(ctx, digest, o)
	} else {
		answers := make(chan answer, 1)
		go func() {
			value, err := k.Sign(rand.Reader, digest, o)
			answers <- answer{value, err}
		}()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case a = <-answers:
		}
	}
	if a.err != nil {
		return nil, fmt.Errorf("sign: %w", a.err)
	}
	return a.value, nil
}
