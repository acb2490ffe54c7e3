package bench

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"trinhky/assets"
	"trinhky/pdfview/geom"
	"trinhky/signer"
)

// signing are the promises about the signing engine.
func signing() []Row {
	return []Row{
		{Name: "sign-big-memory", Unit: "MB", Bar: 32, Absolute: true, Measure: bigMemory},
		{Name: "sign-big-time", Unit: "s", Bar: 1.5, Measure: bigTime},
		{Name: "sign-rsa2048-p1", Unit: "documents/s", Bar: 0.85, AtLeast: true, Measure: tokenRate},
		{Name: "sign-p256-p1", Unit: "documents/s", Bar: 0.3, AtLeast: true, Measure: softRate},
		{Name: "sign-visible-p1", Unit: "ms", Bar: 1.3, Measure: visibleTime},
		{Name: "open-3000-pages", Unit: "ms", Bar: 6, Absolute: true, Measure: lastPageTime},
		{Name: "sign-cpu-p1", Unit: "ms", Bar: 0.3, Absolute: true, Measure: ownCPU},
	}
}

// Times of one round, and how many rounds: what is measured and its limit take
// turns, and the best of each counts, so that other work on the machine
// disturbs both alike.
const (
	round  = 200 * time.Millisecond
	rounds = 20
)

// onePage is the size of a page of text with its fonts, as offices write it: the
// bytes of its content, to which some 700 of structure come.
const onePage = 29_000

// desk is a folder with an identity and a request for a document of one page.
type desk struct {
	identity
	dir, in  string
	request  signer.Request
	pipeline signer.Pipeline
}

func newDesk(p Place, make func() (identity, error)) (*desk, func(), error) {
	dir, err := os.MkdirTemp(p.Dir, "sign-")
	if err != nil {
		return nil, nil, err
	}
	clean := func() { _ = os.RemoveAll(dir) }
	d := &desk{dir: dir, in: filepath.Join(dir, "một trang.pdf")}
	d.identity, err = make()
	if err == nil {
		err = writeDocument(d.in, 1, onePage)
	}
	if err != nil {
		clean()
		return nil, nil, err
	}
	d.request = signer.Request{
		Input: d.in, Overwrite: true, Certificate: d.certificate, Reason: "Duyệt", Location: "Sông Gianh",
	}
	d.request.Chain = append(d.request.Chain, d.root)
	return d, clean, nil
}

// sign signs the document as output number n.
func (d *desk) sign(ctx context.Context, r signer.Request, k signer.Key, n int) error {
	r.Output = filepath.Join(d.dir, "out-"+strconv.Itoa(n)+".pdf")
	_, err := d.pipeline.Sign(ctx, r, k, nil)
	return err
}

// visible is the request with a stamp: an image of some 40 kB, and text.
func (d *desk) visible() (signer.Request, error) {
	r := d.request
	font, err := signer.ParseFont(assets.StampFont())
	if err != nil {
		return r, err
	}
	data, err := ink()
	if err != nil {
		return r, err
	}
	picture, err := signer.ParsePicture(data)
	if err != nil {
		return r, err
	}
	w, h := geom.MM(60), geom.MM(24)
	r.Field.Rect = geom.At(geom.Point{X: 300, Y: 120}, geom.Size{W: w, H: h})
	r.Appearance = &signer.Appearance{Size: geom.Size{W: w, H: h}, Items: []signer.Item{
		signer.Image{Rect: geom.Rect{X0: 4, Y0: 2, X1: w - 4, Y1: h - 20}, Picture: picture},
		signer.Text{At: geom.Point{X: 4, Y: h - 10}, Size: 8, Font: font, Text: "Người ký: Nguyễn Văn Đạt"},
		signer.Text{At: geom.Point{X: 4, Y: h - 2}, Size: 8, Font: font, Text: "Thời gian: 22.11.2026 09:15:00 +07:00"},
	}}
	return r, nil
}

// rate is how often f runs in a second, with so many of them at once.
func rate(ctx context.Context, workers int, f func(worker int) error) (float64, error) {
	began, done := time.Now(), make([]int, workers)
	failed := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for failed[w] == nil && time.Since(began) < round {
				if failed[w] = errors.Join(ctx.Err(), f(w)); failed[w] == nil {
					done[w]++
				}
			}
		})
	}
	wg.Wait()
	n := 0
	for _, k := range done {
		n += k
	}
	return float64(n) / time.Since(began).Seconds(), errors.Join(failed...)
}

// turns measures value and limit in turns and keeps the best rate of each.
func turns(value, limit func() (float64, error)) (Figure, error) {
	var best Figure
	for range rounds {
		for _, m := range []struct {
			measure func() (float64, error)
			into    *float64
		}{{limit, &best.Limit}, {value, &best.Value}} {
			r, err := m.measure()
			if err != nil {
				return Figure{}, err
			}
			*m.into = max(*m.into, r)
		}
	}
	return best, nil
}

// tokenRate compares signing whole documents with C_Sign alone: two callers
// wait in line for the one session, so that the token never waits for them.
func tokenRate(ctx context.Context, p Place) (Figure, error) {
	d, clean, err := newDesk(p, rsaIdentity)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	k, done, err := d.softToken(ctx, p, d.dir)
	if err != nil {
		return Figure{}, err
	}
	defer done()
	digest := sha256.Sum256([]byte("x"))
	return turns(func() (float64, error) {
		return rate(ctx, 4, func(w int) error { return d.sign(ctx, d.request, k, w) })
	}, func() (float64, error) {
		return rate(ctx, 2, func(int) error {
			_, err := k.Sign(rand.Reader, digest[:], crypto.SHA256)
			return err
		})
	})
}

// softRate compares one worker with the bare steps that nobody can leave out.
func softRate(ctx context.Context, p Place) (Figure, error) {
	d, clean, err := newDesk(p, ecIdentity)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	bare := filepath.Join(d.dir, "bare")
	return turns(func() (float64, error) {
		return rate(ctx, 1, func(int) error { return d.sign(ctx, d.request, softKey{d.key}, 0) })
	}, func() (float64, error) {
		return rate(ctx, 1, func(int) error {
			data, err := os.ReadFile(d.in)
			if err != nil {
				return err
			}
			digest := sha256.Sum256(data)
			if _, err := d.key.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
				return err
			}
			return os.WriteFile(bare, data, 0o600)
		})
	})
}

// visibleTime compares a visible signature with an invisible one.
func visibleTime(ctx context.Context, p Place) (Figure, error) {
	d, clean, err := newDesk(p, rsaIdentity)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	k, done, err := d.softToken(ctx, p, d.dir)
	if err != nil {
		return Figure{}, err
	}
	defer done()
	seen, err := d.visible()
	if err != nil {
		return Figure{}, err
	}
	of := func(r signer.Request) func() (float64, error) {
		return func() (float64, error) {
			return rate(ctx, 1, func(int) error { return d.sign(ctx, r, k, 0) })
		}
	}
	f, err := turns(of(seen), of(d.request))
	if err != nil {
		return Figure{}, err
	}
	return Figure{Value: 1000 / f.Value, Limit: 1000 / f.Limit, Note: "one after the other"}, nil
}

// lastPageTime opens a document of 3,000 pages and finds its last page.
func lastPageTime(ctx context.Context, p Place) (Figure, error) {
	dir, err := os.MkdirTemp(p.Dir, "open-")
	if err != nil {
		return Figure{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	const pages = 3000
	in := filepath.Join(dir, "3000.pdf")
	if err := writeDocument(in, pages, 4<<20); err != nil {
		return Figure{}, err
	}
	best := time.Hour
	for range 50 {
		began := time.Now()
		if _, n, err := signer.LastPage(ctx, in, nil); err != nil || n != pages-1 {
			return Figure{}, errors.Join(err, errors.New("the last page was not found"))
		}
		best = min(best, time.Since(began))
	}
	return Figure{Value: float64(best) / float64(time.Millisecond)}, nil
}
