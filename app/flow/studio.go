package flow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"trinhky/app/ink"
	"trinhky/app/settings"
)

// Studio makes the picture of a signature or a seal out of a photo of paper.
// It stands beside the states of the documents: nothing of it touches them.
// All methods are called on the thread of the user interface; what takes time
// goes through the Runner, and a result that is overtaken is dropped.
type Studio struct {
	flow   *Flow
	change func(StudioState)
	state  StudioState
	turn   int
	cancel context.CancelFunc
}

// StudioState is what the page of the studio draws.
type StudioState struct {
	Kind  ink.Kind
	Path  string
	Photo *ink.Photo // nil until one was read
	Sheet ink.Quad
	Found bool // the edges of the sheet were found
	A4    bool // the sheet is a whole A4 page: its size is known
	// Ruler are two points of the photo that are RulerMM millimetres apart; 0:
	// nothing was measured.
	Ruler   [2]ink.Point
	RulerMM float64
	// Reference is what lies beside the ink, zero where nobody said. Looked says
	// that a coin was looked for by itself, and Marked how sure the marks on it
	// are (0: it was not found).
	Reference ink.Reference
	Looked    bool
	Marked    float64
	// Width is how wide the ink is, in millimetres; 0: not known yet. Typed
	// says that the person gave it.
	Width float64
	Typed bool

	Result *ink.Result // nil while there is none
	Busy   bool
	Err    error
}

// Height is how tall the ink is, in millimetres.
func (s StudioState) Height() float64 {
	if s.Result == nil || s.Result.Image == nil || s.Result.Image.Rect.Dx() == 0 {
		return 0
	}
	return s.Width * float64(s.Result.Image.Rect.Dy()) / float64(s.Result.Image.Rect.Dx())
}

// Ready says whether there is a picture with a size to be kept.
func (s StudioState) Ready() bool {
	return s.Result != nil && s.Result.Image != nil && !s.Busy && s.Width >= leastInkMM && s.Width <= mostInkMM
}

// Sizes of a picture on paper, in millimetres.
const (
	leastInkMM = 5
	mostInkMM  = 120
	usualInkMM = 45 // of a signature whose size nobody gave
)

// ErrInkSize says that the width is no width of a signature or a seal.
var ErrInkSize = errors.New("the width of the picture is not known")

// Studio opens the image studio for a kind of picture; change is told of every
// new state.
func (f *Flow) Studio(kind ink.Kind, change func(StudioState)) *Studio {
	s := &Studio{flow: f, change: change}
	s.state = StudioState{Kind: kind}
	if kind == ink.Seal {
		s.state.Width = f.c.Settings.Signing.SealWidthMM
		s.state.Typed = s.state.Width > 0
	}
	return s
}

// State is the present state.
func (s *Studio) State() StudioState { return s.state }

// Close drops what is under way.
func (s *Studio) Close() {
	s.turn++
	if s.cancel != nil {
		s.cancel()
	}
}

// photographed is a photo with the sheet found in it.
type photographed struct {
	photo *ink.Photo
	sheet ink.Quad
	found bool
}

// Open reads a photo and makes the picture.
func (s *Studio) Open(path string) {
	s.state.Path, s.state.Busy, s.state.Err = path, true, nil
	studioRun(s, func(ctx context.Context) (photographed, error) {
		data, err := readPhoto(path)
		if err != nil {
			return photographed{}, err
		}
		p, err := ink.Decode(ctx, data, ink.SystemConverter())
		if err != nil {
			return photographed{}, fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		q, found := ink.FindSheet(p)
		return photographed{p, q, found}, nil
	}, func(p photographed, err error) {
		s.state.Busy, s.state.Err = false, err
		s.state.Photo, s.state.Result, s.state.RulerMM = nil, nil, 0
		s.state.Reference, s.state.Looked, s.state.Marked = ink.Reference{}, false, 0
		if err == nil {
			s.state.Photo, s.state.Sheet, s.state.Found = p.photo, p.sheet, p.found
			s.make()
			return
		}
		s.tell()
	})
	s.tell()
}

// readPhoto reads a file of bounded size.
func readPhoto(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, ink.MaxBytes+1))
	if err != nil {
		return nil, err
	}
	return data, nil
}

// SetSheet moves the corners. Corners that make no sheet are not taken.
func (s *Studio) SetSheet(q ink.Quad) {
	if s.state.Photo != nil && q.Convex() {
		s.state.Sheet = q
		s.make()
	}
}

// SetA4 says whether the sheet is a whole A4 page.
func (s *Studio) SetA4(a4 bool) {
	s.state.A4 = a4
	s.make()
}

// SetWidth gives the width of the ink.
func (s *Studio) SetWidth(mm float64) {
	s.state.Width, s.state.Typed, s.state.RulerMM = mm, mm > 0, 0
	s.measure()
	s.tell()
}

// SetRuler measures: the two points of the photo are mm millimetres apart. 0
// takes the ruler away.
func (s *Studio) SetRuler(a, b ink.Point, mm float64) {
	s.state.Ruler, s.state.RulerMM = [2]ink.Point{a, b}, mm
	s.state.Looked, s.state.Marked = false, 0
	if mm > 0 {
		s.state.Typed = false
	}
	s.measure()
	s.tell()
}

// SetReference says what lies beside the ink. A coin is looked for at once; the
// marks of what else has a length are the person's to place.
func (s *Studio) SetReference(r ink.Reference) {
	s.state.Reference, s.state.Looked, s.state.Marked = r, false, 0
	p, found := s.state.Photo, s.state.Result
	if !r.Coin || p == nil || found == nil || s.state.Busy {
		s.tell()
		return
	}
	o := s.order(false)
	s.state.Busy = true
	studioRun(s, func(ctx context.Context) (ink.Mark, error) {
		m, _ := ink.FindCoin(ctx, p, o, *found, r)
		return m, ctx.Err()
	}, func(m ink.Mark, err error) {
		s.state.Busy = false
		if s.state.Looked = err == nil; m.Confidence > 0 {
			s.state.Ruler, s.state.RulerMM, s.state.Marked = [2]ink.Point{m.A, m.B}, m.MM, m.Confidence
			s.state.Typed = false
			s.measure()
		}
		s.tell()
	})
	s.tell()
}

// measure takes the width from what is known best: the person's word, the
// ruler, the A4 page.
func (s *Studio) measure() {
	st := &s.state
	switch {
	case st.Result == nil || st.Typed:
	case st.RulerMM > 0:
		if mm, err := ink.Measured(st.Sheet, *st.Result, st.Ruler[0], st.Ruler[1], st.RulerMM); err == nil {
			st.Width = mm
		}
	case st.A4:
		st.Width = st.Result.PerSheet * a4Width(*st)
	case st.Kind == ink.Signature:
		st.Width = usualInkMM
	default:
		st.Width = 0
	}
}

// a4Width is the width of an A4 page as it lies.
func a4Width(s StudioState) float64 {
	if s.Sheet.Wide() {
		return 297
	}
	return 210
}

func (s *Studio) order(fine bool) ink.Order {
	o := ink.Order{Sheet: s.state.Sheet, Kind: s.state.Kind, Fine: fine}
	if s.state.A4 {
		o.Aspect = a4Width(s.state) / (297 + 210 - a4Width(s.state))
	}
	return o
}

// make makes the picture to be looked at.
func (s *Studio) make() {
	p := s.state.Photo
	if p == nil {
		s.tell()
		return
	}
	o := s.order(false)
	s.state.Busy = true
	studioRun(s, func(ctx context.Context) (ink.Result, error) { return ink.Make(ctx, p, o) },
		func(r ink.Result, err error) {
			s.state.Busy, s.state.Err, s.state.Result = false, err, nil
			if r.Flat != nil {
				s.state.Result = &r
			}
			if err == nil {
				s.measure()
			}
			s.tell()
		})
	s.tell()
}

// Save makes the picture with all its pixels, keeps it in the home folder, and
// makes it the image of the settings. done is told the path.
func (s *Studio) Save(done func(path string, err error)) {
	if !s.state.Ready() {
		done("", ErrInkSize)
		return
	}
	f, st, o := s.flow, s.state, s.order(true)
	path := filepath.Join("pictures", studioName(st.Kind, f.c.Now()))
	s.state.Busy = true
	studioRun(s, func(ctx context.Context) (float64, error) {
		r, err := ink.Make(ctx, st.Photo, o)
		if err != nil {
			return 0, err
		}
		// The finer look may trim a pixel more or less: millimetres follow.
		mm := st.Width
		if st.Result.PerSheet > 0 && !st.Typed {
			mm = st.Width * r.PerSheet / st.Result.PerSheet
		}
		data, err := ink.Encode(r.Image, mm)
		if err != nil {
			return 0, err
		}
		return mm, settings.Keep(f.c.Home, path, data)
	}, func(mm float64, err error) {
		s.state.Busy = false
		s.tell()
		if err != nil {
			done("", err)
			return
		}
		now := f.c.Settings
		if st.Kind == ink.Seal {
			now.Signing.Seal, now.Signing.SealWidthMM = path, roundMM(mm)
		} else {
			now.Signing.Image = path
		}
		f.Change(now, func(err error) { done(path, err) })
	})
	s.tell()
}

// roundMM keeps a tenth of a millimetre.
func roundMM(mm float64) float64 { return float64(int(mm*10+0.5)) / 10 }

// studioName is a name that no earlier picture has: an old one may be in use.
func studioName(k ink.Kind, now time.Time) string {
	word := "signature"
	if k == ink.Seal {
		word = "seal"
	}
	return word + "-" + now.UTC().Format("20060102-150405.000") + ".png"
}

func (s *Studio) tell() {
	if s.change != nil {
		s.change(s.state)
	}
}

// studioRun does work off the thread; what a newer call overtook is dropped.
func studioRun[T any](s *Studio, work func(ctx context.Context) (T, error), done func(T, error)) {
	s.Close()
	ctx, cancel := context.WithCancel(s.flow.ctx)
	s.cancel = cancel
	turn := s.turn
	s.flow.c.Runner.Go(func() func() {
		v, err := work(ctx)
		return func() {
			if turn == s.turn {
				done(v, err)
			}
		}
	})
}
