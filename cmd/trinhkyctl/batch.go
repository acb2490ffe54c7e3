package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"trinhky/app/review"
	"trinhky/assets"
	"trinhky/signer"
	"trinhky/signer/batch"
)

type batchCommand struct {
	signFlags
	Out  string   `short:"o" required:"" placeholder:"OUTDIR" help:"${output_folder}"`
	CSV  string   `name:"csv" placeholder:"F" help:"${batch_csv}"`
	List string   `name:"list" placeholder:"F.pdf" help:"${batch_list}"`
	In   []string `arg:"" name:"in.pdf" help:"${documents}"`
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
	if err := job.reachable(ctx, len(c.In)); err != nil {
		return err
	}
	if chosen.OwnDialog && len(c.In) > 1 {
		s.tell("cli.owndialog")
	}
	// Before the PIN: an OUTDIR that takes no journal takes no documents either.
	journal, err := batch.Open(filepath.Join(c.Out, journalName))
	if err != nil {
		return err
	}
	defer s.closing(journal.Close)
	key, certificate, err := c.unlock(ctx, s, chosen)
	if err != nil {
		return err
	}
	if each, ok := key.(interface{ AsksEachTime() bool }); ok && each.AsksEachTime() && len(c.In) > 1 {
		s.tell("cli.replay") // giving the PIN to this command is the consent for this command
	}
	defer s.closing(key.Close)
	if chosen.Certificate.X509 == nil {
		if err := job.mayUse(ctx, certificate); err != nil {
			return err
		}
	}
	p := &pile{job: job, certificate: certificate, looked: map[int]item{}, lines: map[int]review.PileLine{}}
	p.plan(journal.Planned(ctx, c.In), c.In, c.Out)
	sum := batch.Run(ctx, job.pipeline, key, p.items, batch.Options{Journal: journal}, func(r batch.Result) { p.line(ctx, r) })
	code := p.end(sum)
	if err := p.export(c, chosen.Token.Label); err != nil {
		return err
	}
	return code
}

// pile is one batch on its way.
type pile struct {
	*job
	certificate signer.Certificate
	items       []batch.Item

	mu     sync.Mutex
	looked map[int]item // what line needs of documents that were looked at
	lines  map[int]review.PileLine
}

// plan gives every document its output: the name of the input, or the one that
// an earlier run of the same command gave it.
func (p *pile) plan(planned map[string]string, inputs []string, dir string) {
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
		p.lines[r.Index] = p.aside(in, review.PileSetAside, r.Err)
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
	if !r.Resumed {
		p.logged(ctx, r.Signed, p.certificate)
	}
	line := p.describe(it, r.Signed)
	if line.Resumed = r.Resumed; r.Resumed {
		line.Took, line.Place, line.Confidence = nil, "", 0
	}
	p.lines[r.Index] = review.PileLine{
		Input: in, Output: r.Signed.Path, Outcome: review.PileDone, Asked: p.level.String(), Reached: r.Signed.Level.String(),
		Downgrade: line.Downgrade, SHA256: r.Signed.SHA256, Number: numberOf(it), Subject: subjectOf(it),
	}
	p.answer(line)
	p.signed(line)
}

// aside is the line of a document that was not signed.
func (p *pile) aside(in string, o review.PileOutcome, err error) review.PileLine {
	m := p.Words.Of(err)
	l := review.PileLine{Input: in, Outcome: o, Asked: p.level.String(), Reason: m.Text, Next: m.Next}
	if l.Reason == "" {
		l.Reason = p.explain(err)
	}
	return l
}

func subjectOf(it item) string {
	if it.document == nil {
		return ""
	}
	return it.document.Parts.Subject.Text
}

// numberOf is number and notation, where the document was read that far.
func numberOf(it item) string {
	if it.document == nil || it.document.Parts.Number.Text == "" {
		return ""
	}
	return it.document.Parts.Number.Text + "/" + it.document.Parts.Notation.Text
}

// export writes the results where that was asked for.
func (p *pile) export(c *batchCommand, token string) error {
	if c.CSV == "" && c.List == "" {
		return nil
	}
	out := review.Pile{Signer: p.certificate.X509, Token: token, At: time.Now()}
	for i, item := range p.items {
		line, ok := p.lines[i]
		if !ok {
			line = review.PileLine{Input: item.Input, Outcome: review.PileNotReached, Asked: p.level.String()}
		}
		out.Lines = append(out.Lines, line)
	}
	if c.CSV != "" {
		if err := out.WriteCSV(c.CSV); err != nil {
			return err
		}
	}
	if c.List == "" {
		return nil
	}
	return out.WriteList(c.List, assets.StampFont(), p.Words.Say)
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
			p.lines[r.Index] = p.aside(p.items[r.Index].Input, review.PileNotReached, err)
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
