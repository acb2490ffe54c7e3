package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"trinhky/app/review"
	"trinhky/signer"
	"trinhky/signer/batch"
)

type batchCommand struct {
	signFlags
	Out string   `short:"o" required:"" placeholder:"OUTDIR" help:"${output_folder}"`
	In  []string `arg:"" name:"in.pdf" help:"${documents}"`
}

// journalName is the file in OUTDIR that remembers what is done.
const journalName = ".trinhky-batch.jsonl"

// Run signs many documents with one unlock: one line of JSON a document. The
// same command again goes on where it was cut off.
func (c *batchCommand) Run(ctx context.Context, s *session) error {
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return err
	}
	job, err := c.job(s)
	if err != nil {
		return err
	}
	defer job.password.Wipe()
	chosen, err := s.Key(ctx, c.Key)
	if err != nil {
		return err
	}
	if err := job.mayUse(ctx, chosen.Certificate); err != nil {
		return err
	}
	if err := job.reachable(ctx); err != nil {
		return err
	}
	key, certificate, err := c.unlock(ctx, s, chosen)
	if err != nil {
		return err
	}
	defer s.closing(key.Close)
	if chosen.Certificate.X509 == nil {
		if err := job.mayUse(ctx, certificate); err != nil {
			return err
		}
	}
	p := &pile{job: job, certificate: certificate, looked: map[int]item{}}
	if err := p.plan(ctx, c.In, c.Out); err != nil {
		return err
	}
	sum, err := batch.Run(ctx, job.pipeline, key, p.items, batch.Options{
		Journal: filepath.Join(c.Out, journalName),
	}, func(r batch.Result) { p.line(ctx, r) })
	if err != nil {
		return err
	}
	return p.end(sum)
}

// pile is one batch on its way.
type pile struct {
	*job
	certificate signer.Certificate
	items       []batch.Item

	mu     sync.Mutex
	looked map[int]item // what line needs of documents that were looked at
}

// plan gives every document its output: the name of the input, or the one that
// an earlier run of the same command gave it.
func (p *pile) plan(ctx context.Context, inputs []string, dir string) error {
	planned, err := batch.Planned(ctx, filepath.Join(dir, journalName), inputs)
	if err != nil {
		return err
	}
	used := map[string]bool{}
	for _, out := range planned {
		used[out] = true
	}
	for i, in := range inputs {
		out, ok := planned[in]
		if !ok {
			out = filepath.Join(dir, filepath.Base(in))
			if !p.flags.Overwrite || used[out] {
				out = batch.FreeName(out, used)
			}
		}
		used[out] = true
		p.items = append(p.items, batch.Item{Input: in, Output: out, Request: func(ctx context.Context) (signer.Request, error) {
			return p.prepare(ctx, i, in, out)
		}})
	}
	return nil
}

// prepare looks at one document, on a goroutine of the batch.
func (p *pile) prepare(ctx context.Context, i int, in, out string) (signer.Request, error) {
	it, err := p.look(ctx, files{in: in, source: in, out: out}, p.certificate.X509)
	if err != nil {
		return signer.Request{}, err
	}
	if err := it.document.Close(); err != nil { // its values stay
		p.Log.Warn("close", "error", err)
	}
	p.mu.Lock()
	p.looked[i] = it
	p.mu.Unlock()
	return p.request(it, p.certificate), nil
}

// line prints what became of one document; calls come one at a time.
func (p *pile) line(ctx context.Context, r batch.Result) {
	in := p.items[r.Index].Input
	if r.Outcome != batch.Done {
		problem := p.problem(r.Err)
		p.answer(signed{Input: in, Error: problem})
		p.say("%s: %s", in, problem.Text)
		return
	}
	p.mu.Lock()
	it, ok := p.looked[r.Index]
	delete(p.looked, r.Index)
	p.mu.Unlock()
	if !ok { // of an earlier run
		it = p.resumed(ctx, r)
	}
	line := p.describe(it, r.Signed)
	if line.Resumed = r.Resumed; r.Resumed {
		line.Took, line.Place, line.Confidence = nil, "", 0
	}
	p.answer(line)
	p.signed(line)
}

// end prints the documents that the pile did not come to, and chooses the code.
func (p *pile) end(sum batch.Summary) error {
	done, failed := 0, 0
	for _, r := range sum.Results {
		switch r.Outcome {
		case batch.Done:
			done++
		case batch.SetAside:
			failed++
		case batch.NotReached:
			failed++
			err := sum.Stopped
			if err == nil {
				err = errors.New("the pile stopped")
			}
			p.answer(signed{Input: p.items[r.Index].Input, Error: p.problem(err)})
		}
	}
	p.tell("cli.batch", "done", strconv.Itoa(done), "all", strconv.Itoa(len(sum.Results)))
	switch {
	case failed == 0:
		return nil
	case done == 0 && sum.Stopped != nil:
		p.say("%s", p.explain(sum.Stopped))
		return outcome(exitCode(sum.Stopped))
	}
	if sum.Stopped != nil {
		p.say("%s", p.explain(sum.Stopped))
	}
	return outcome(exitSomeFailed)
}

// resumed is what line needs of a document that an earlier run signed.
func (p *pile) resumed(ctx context.Context, r batch.Result) item {
	it := item{files: files{in: p.items[r.Index].Input, out: r.Signed.Path}, document: &review.Document{}}
	pages, err := signer.Geometry(ctx, r.Signed.Path, p.password)
	if err != nil {
		p.Log.Warn("resumed document", "error", err) // its line says no place then
	}
	it.document.Pages = pages
	return it
}
