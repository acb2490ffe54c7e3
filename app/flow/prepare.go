package flow

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/app/template"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/stamp"
)

// Preparing is a document that gets empty fields for the people to come. It
// lies beside the document that is open, in Lists. The zero value: none is
// chosen.
type Preparing struct {
	Path    string
	Opening bool
	Saving  bool
	Doc     *review.Document // nil until it is read
	Slots   []PreparedSlot
	Lock    bool         // a leader's signature locks what nobody else comes for
	Font    *signer.Font // for what stands in a slot on the screen
	Problem error
	Done    string // the prepared file; "" until it is there
}

// PreparedSlot is a field with the place of the rule, from which corrections
// are learnt.
type PreparedSlot struct {
	review.Slot
	Moved bool // by hand
	rule  review.Slot
}

// preparedMark stands before the extension of a prepared file.
const preparedMark = "-cho-ky"

// Close lets go of the document.
func (p Preparing) Close() error {
	if p.Doc == nil {
		return nil
	}
	return p.Doc.Close()
}

// ChoosePrepare reads a document and puts the fields of leader and seal where
// the rule says.
func (f *Flow) ChoosePrepare(path string) {
	if f.lists.Prepare.Saving {
		return
	}
	f.LeavePrepare()
	f.lists.Prepare = Preparing{Path: path, Opening: true}
	f.tellLists()
	s, known := f.c.Settings, f.Templates()
	aside(f, func(ctx context.Context) (Preparing, error) { return f.readPrepare(ctx, s, known, path) },
		func(p Preparing, err error) {
			if f.lists.Prepare.Path != path || !f.lists.Prepare.Opening {
				f.letGoOf(p.Doc)
				return
			}
			p.Path, p.Problem = path, err
			f.lists.Prepare = p
			f.tellLists()
		})
}

// LeavePrepare lets go of the chosen document.
func (f *Flow) LeavePrepare() {
	if f.lists.Prepare.Saving {
		return
	}
	f.letGoOf(f.lists.Prepare.Doc)
	f.lists.Prepare = Preparing{}
	f.tellLists()
}

func (f *Flow) letGoOf(doc *review.Document) {
	if doc == nil {
		return
	}
	f.c.Runner.Go(func() func() {
		if err := doc.Close(); err != nil {
			f.c.Log.Warn("close document", "err", err)
		}
		return nil
	})
}

func (f *Flow) readPrepare(ctx context.Context, s settings.Settings, known template.List, path string) (Preparing, error) {
	doc, err := f.c.Reader.Open(ctx, path, nil)
	if err != nil {
		return Preparing{}, err
	}
	p := Preparing{Doc: doc}
	in, _, err := f.c.Stamp(ctx, s, stamp.Number, nil)
	if err != nil {
		return p, err
	}
	p.Font = in.Font
	if err := doc.Secret(); err != nil {
		return p, err
	}
	for _, role := range []stamp.Role{stamp.Leader, stamp.Seal} {
		slot, err := f.newSlot(ctx, s, known, p, role)
		if err != nil { // no such place: the person puts it there
			continue
		}
		p.Slots = append(p.Slots, slot)
	}
	return p, nil
}

// newSlot finds the place of one more field, corrected as it was before.
func (f *Flow) newSlot(ctx context.Context, s settings.Settings, known template.List, p Preparing, role stamp.Role) (PreparedSlot, error) {
	asks := make([]review.SlotAsk, 0, len(p.Slots)+1)
	for _, x := range p.Slots {
		asks = append(asks, review.SlotAsk{
			Stamp: stamp.Input{Role: x.Role}, Person: x.Person, Fixed: true, Page: x.Page, Shown: x.Shown,
		})
	}
	in, err := f.toCome(ctx, s, role)
	if err != nil {
		return PreparedSlot{}, err
	}
	slots, err := p.Doc.Prepare(ctx, append(asks, review.SlotAsk{Stamp: in}))
	if err != nil {
		return PreparedSlot{}, err
	}
	out := PreparedSlot{Slot: slots[len(slots)-1], rule: slots[len(slots)-1]}
	if t, ok := known.Find(p.Doc.Parts.Type.Text, role.String()); ok {
		out.Shown = t.Apply(out.Shown, p.Doc.Pages[out.Page].ShownSize())
	}
	return out, nil
}

// toCome is what will probably stand in a field for role.
func (f *Flow) toCome(ctx context.Context, s settings.Settings, role stamp.Role) (stamp.Input, error) {
	in, _, err := f.c.Stamp(ctx, s, role, nil)
	if err != nil {
		return in, err
	}
	in.Role, in.Rules, in.Signer, in.Title, in.Time = role, rulesOf(s), review.UnknownSigner, "", f.c.Now()
	if role != stamp.Seal && role != stamp.Digitised {
		in.Picture = nil // the secretary's own would say nothing of the leader's
	}
	return in, nil
}

// AddSlot adds a field for a role: where the rule puts it, else in the middle
// of the page that is looked at. A printed number and date need no field.
func (f *Flow) AddSlot(role stamp.Role, page int) {
	p := f.lists.Prepare
	if p.Doc == nil || p.Saving || p.Done != "" {
		return
	}
	s, known := f.c.Settings, f.Templates()
	p.Slots = slices.Clone(p.Slots)
	aside(f, func(ctx context.Context) (PreparedSlot, error) {
		slot, err := f.newSlot(ctx, s, known, p, role)
		if rule := (*review.RuleError)(nil); errors.As(err, &rule) && rule.Rule == review.RuleNumbered {
			return slot, err
		}
		if err == nil {
			return slot, nil
		}
		in, err := f.toCome(ctx, s, role)
		if err != nil {
			return slot, err
		}
		box, err := review.SealBox(in)
		return middle(p, role, page, box), err
	}, func(slot PreparedSlot, err error) {
		if err != nil {
			if f.lists.Prepare.Doc == p.Doc {
				f.lists.Prepare.Problem = err
				f.tellLists()
			}
			return
		}
		f.changeSlots(p.Doc, func(all []PreparedSlot) []PreparedSlot {
			slot.Name = freeSlot(p.Doc, all, role)
			return append(all, slot)
		})
	})
}

// middle is a field that somebody has to put somewhere; its size is box where
// that of the stamp is not open.
func middle(p Preparing, role stamp.Role, page int, box geom.Size) PreparedSlot {
	page = max(0, min(page, len(p.Doc.Pages)-1))
	size := p.Doc.Pages[page].ShownSize()
	switch {
	case box != (geom.Size{}):
	case role == stamp.Initials:
		box = geom.Size{W: geom.MM(15), H: geom.MM(8)}
	case role == stamp.Number:
		box = geom.Size{W: geom.MM(90), H: geom.MM(10)}
	default:
		box = geom.Size{W: geom.MM(50), H: geom.MM(25)}
	}
	at := geom.CenterOn(geom.Point{X: size.W / 2, Y: size.H / 2}, box)
	return PreparedSlot{Slot: review.Slot{Role: role, Page: page, Shown: at}}
}

// freeSlot is a name that no field of the document and no other slot has.
func freeSlot(doc *review.Document, all []PreparedSlot, role stamp.Role) string {
	return stamp.FieldName(role, func(n string) bool {
		return slices.ContainsFunc(all, func(s PreparedSlot) bool { return s.Name == n }) ||
			slices.ContainsFunc(doc.Fields, func(f review.Field) bool { return f.Name == n })
	})
}

// MoveSlot puts a field elsewhere.
func (f *Flow) MoveSlot(name string, page int, shown geom.Rect) {
	f.changeSlots(f.lists.Prepare.Doc, func(all []PreparedSlot) []PreparedSlot {
		for i := range all {
			if all[i].Name == name {
				follow(all, all[i].Slot, page, shown)
				all[i].Page, all[i].Shown, all[i].Confidence, all[i].Moved = page, shown, 1, true
			}
		}
		return all
	})
}

// follow moves the seals that nobody placed with the leader's field, so that
// they cover the same third of it.
func follow(all []PreparedSlot, from review.Slot, page int, to geom.Rect) {
	if from.Role != stamp.Leader {
		return
	}
	third := func(r geom.Rect) geom.Point { return geom.Point{X: r.X0 + r.W()/3, Y: r.Center().Y} }
	a, b := third(from.Shown), third(to)
	for i := range all {
		if s := &all[i]; s.Role == stamp.Seal && !s.Moved && s.Page == from.Page {
			s.Page, s.Shown = page, s.Shown.Move(b.X-a.X, b.Y-a.Y)
		}
	}
}

// DropSlot takes a field away.
func (f *Flow) DropSlot(name string) {
	f.changeSlots(f.lists.Prepare.Doc, func(all []PreparedSlot) []PreparedSlot {
		return slices.DeleteFunc(all, func(s PreparedSlot) bool { return s.Name == name })
	})
}

// LockSlots says whether the leader's signature locks the other fields.
func (f *Flow) LockSlots(on bool) {
	if f.lists.Prepare.Lock != on {
		f.lists.Prepare.Lock = on
		f.tellLists()
	}
}

func (f *Flow) changeSlots(doc *review.Document, change func([]PreparedSlot) []PreparedSlot) {
	p := f.lists.Prepare
	if doc == nil || p.Doc != doc || p.Saving || p.Done != "" {
		return
	}
	f.lists.Prepare.Slots = change(slices.Clone(p.Slots))
	f.lists.Prepare.Problem = nil
	f.tellLists()
}

// SavePrepared writes one PDF with the fields beside the document, and learns
// from what was moved. Tooltip says in words what a field is for.
func (f *Flow) SavePrepared(tooltip func(review.Slot) string) {
	p := f.lists.Prepare
	if p.Doc == nil || p.Saving || len(p.Slots) == 0 {
		return
	}
	f.lists.Prepare.Saving, f.lists.Prepare.Problem = true, nil
	f.tellLists()
	s := f.c.Settings
	aside(f, func(ctx context.Context) (string, error) { return f.writePrepared(ctx, s, p, tooltip) },
		func(path string, err error) {
			f.lists.Prepare.Saving, f.lists.Prepare.Problem, f.lists.Prepare.Done = false, err, path
			if err == nil {
				f.learnSlots(p)
				f.remember(path)
				f.LookAround()
			}
			f.tellLists()
		})
}

func (f *Flow) writePrepared(ctx context.Context, s settings.Settings, p Preparing, tooltip func(review.Slot) string) (string, error) {
	slots := make([]review.Slot, 0, len(p.Slots))
	for _, x := range p.Slots {
		in, err := f.toCome(ctx, s, x.Role)
		if err != nil {
			return "", err
		}
		if err := review.SealRoom(in, x.Shown.Size()); err != nil {
			return "", err
		}
		slots = append(slots, x.Slot)
	}
	o := review.FieldOptions{Rules: rulesOf(s), Tooltip: tooltip}
	if p.Lock {
		o.Lock = []stamp.Role{stamp.Leader, stamp.Seal}
	}
	hash := p.Doc.SHA256
	ready, err := signer.AddFields(ctx, signer.Preparation{
		Input: p.Path, Output: preparedPath(p.Path), Source: &hash, Fields: p.Doc.PreparedFields(slots, o),
	})
	return ready.Path, err
}

// preparedPath is a new file beside the document.
func preparedPath(path string) string {
	ext := filepath.Ext(path)
	base := strings.TrimSuffix(path, ext) + preparedMark
	out := base + ext
	for n := 2; exists(out); n++ {
		out = base + " (" + strconv.Itoa(n) + ")" + ext
	}
	return out
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (f *Flow) learnSlots(p Preparing) {
	for _, x := range p.Slots {
		if x.Moved && x.rule.Page == x.Page && x.rule.Confidence >= review.Possible {
			f.learn(p.Doc.Parts.Type.Text, x.Role, x.rule.Shown, x.Shown)
		}
	}
}
