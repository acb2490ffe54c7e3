package page

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/widget"
)

// BatchPage is the place of «Ký loạt».
const BatchPage Place = "nav.batch"

// batchPage is the pile: a grid of documents, the document that is reviewed,
// and a side on which the PIN is typed and the progress stands.
type batchPage struct {
	kit    *Kit
	now    flow.Batch
	grid   *batchGrid
	chosen int // row of the details; -1: none

	count  *fynewidget.Label
	sign   *fynewidget.Button
	export *fynewidget.Button
	notice *fyne.Container
	detail *fyne.Container
	side   *fyne.Container
	sideOf string // what the side shows, so that typing survives other news
	bar    *fynewidget.ProgressBar
	left   *fynewidget.Label
	empty  fyne.CanvasObject

	whole  *fyne.Container // the grid with everything around it
	review *batchReview
	object *fyne.Container
	began  bool
}

func newBatch(k *Kit) *batchPage {
	p := &batchPage{kit: k, chosen: -1, count: widget.NewLine(""), notice: container.NewVBox(), detail: container.NewStack(), side: container.NewStack()}
	p.now.Opening = -1
	p.count.Importance = fynewidget.LowImportance
	p.grid = newBatchGrid(p)
	p.sign = fynewidget.NewButtonWithIcon("", widget.Tint(k.icon(IconSign), theme.ColorNameForegroundOnPrimary), k.Flow.BatchSign)
	p.sign.Importance = fynewidget.HighImportance
	name(k, "batch.sign", p.sign)
	p.export = name(k, "batch.export", fynewidget.NewButtonWithIcon(k.say("batch.export"), theme.DocumentSaveIcon(), p.save))
	p.empty = emptyState(k.icon(IconBatch), k.say("batch.empty"), k.say("batch.empty.hint"))
	head := container.NewBorder(nil, nil, nil, container.NewCenter(container.NewHBox(p.export, p.sign)),
		container.NewVBox(widget.NewColumn(-10, widget.NewHeading(k.say("nav.batch")), p.count)))
	middle := container.NewBorder(container.NewVBox(head, p.notice), p.detail, nil, nil, container.NewStack(p.grid, p.empty))
	padded := container.New(layout.NewCustomPaddedLayout(12, 8, 18, 18), middle)
	p.whole = container.New(&batchColumns{}, padded, p.side)
	p.review = newBatchReview(k)
	p.object = container.NewStack(p.whole)
	p.side.Hide()
	p.update(p.now, flow.AllRows)
	return p
}

// Object is the page.
func (p *batchPage) Object() fyne.CanvasObject { return p.object }

func (p *batchPage) badge(flow.Lists) int { return p.now.Agreed() }

// draw is told of the background: the pile follows the documents that wait once
// somebody looked at it, or an earlier start left something of it.
func (p *batchPage) draw(l flow.Lists) {
	switch {
	case !l.Looked:
	case !p.began:
		p.began = true
		p.kit.Flow.BatchResume()
	case len(p.now.Rows) > 0 && p.now.Stage == flow.BatchIdle:
		p.kit.Flow.BatchGather()
	}
}

// shown reads what waits, and gives the keys to the grid.
func (p *batchPage) shown() {
	p.began = true
	p.kit.Flow.BatchGather()
	p.focus()
}

func (p *batchPage) focus() {
	if p.now.Review == nil && p.now.Opening < 0 && len(p.now.Rows) > 0 && p.now.Stage == flow.BatchIdle {
		p.kit.Window.Canvas().Focus(p.grid)
	}
}

// key is for the document that is reviewed.
func (p *batchPage) key(e *fyne.KeyEvent) {
	if p.now.Review != nil {
		p.review.key(e)
	}
}

// update draws the pile, or one row of it.
func (p *batchPage) update(b flow.Batch, row int) {
	reviewing := p.now.Review != nil || p.now.Opening >= 0
	p.now = b
	if row != flow.AllRows {
		p.grid.RefreshItem(row)
	}
	p.words()
	p.drawProgress()
	if row == flow.AllRows {
		p.drawAll()
	} else if row == p.chosen {
		p.drawDetail()
	}
	p.review.update(b)
	now := b.Review != nil || b.Opening >= 0
	if now != reviewing || len(p.object.Objects) == 0 {
		p.object.Objects = []fyne.CanvasObject{p.whole}
		if now {
			p.object.Objects = []fyne.CanvasObject{p.review.object}
			p.kit.Window.Canvas().Unfocus()
		}
		p.object.Refresh()
		if !now {
			p.grid.Refresh()
			p.focus()
		}
	}
}

// words are the count and the buttons of the head.
func (p *batchPage) words() {
	k, b := p.kit, p.now
	read, done := 0, 0
	for _, r := range b.Rows {
		if r.State != flow.RowReading {
			read++
		}
		if r.State == flow.RowDone {
			done++
		}
	}
	text := k.say("batch.count", "n", strconv.Itoa(len(b.Rows)), "agreed", strconv.Itoa(b.Agreed()), "done", strconv.Itoa(done))
	if read < len(b.Rows) {
		text = k.say("batch.reading", "n", strconv.Itoa(read), "of", strconv.Itoa(len(b.Rows)))
	}
	if p.count.Text != text {
		p.count.SetText(text)
	}
	n := k.Flow.Signing()
	label := k.say("batch.sign", "n", strconv.Itoa(n))
	if p.sign.Text != label {
		p.sign.SetText(label)
	}
	icon := theme.ColorNameForegroundOnPrimary
	if n == 0 || b.Stage != flow.BatchIdle {
		icon = theme.ColorNameDisabled
		p.sign.Disable()
	} else {
		p.sign.Enable()
	}
	p.sign.SetIcon(widget.Tint(k.icon(IconSign), icon))
	enable(p.export, done > 0 || b.Agreed() > 0)
	setVisible(p.sign, b.Stage == flow.BatchIdle) // the sheet at the side says the rest
	setVisible(p.export, b.Stage == flow.BatchIdle)
}

func enable(b *fynewidget.Button, on bool) {
	if on {
		b.Enable()
	} else {
		b.Disable()
	}
}

// drawAll draws what belongs to the pile as a whole.
func (p *batchPage) drawAll() {
	k, b := p.kit, p.now
	setVisible(p.empty, len(b.Rows) == 0)
	setVisible(p.grid, len(b.Rows) > 0)
	if p.chosen >= len(b.Rows) {
		p.chosen = -1
	}
	p.notice.Objects = nil
	if b.Problem != nil && b.Stage == flow.BatchIdle {
		p.notice.Objects = append(p.notice.Objects, p.problem().Object())
	}
	if n := earlier(b); n > 0 && b.Stage == flow.BatchIdle {
		p.notice.Objects = append(p.notice.Objects, widget.Notice{Tone: widget.Info, Text: k.say("batch.earlier", "n", strconv.Itoa(n))}.Object())
	}
	if without := b.Agreed() - k.Flow.Signing(); without > 0 && b.Stage == flow.BatchIdle {
		p.notice.Objects = append(p.notice.Objects, widget.Notice{Tone: widget.Warning, Text: k.say("batch.othertoken", "n", strconv.Itoa(without))}.Object())
	}
	if b.More > 0 {
		p.notice.Objects = append(p.notice.Objects, widget.Notice{Tone: widget.Info, Text: k.say("batch.more", "n", strconv.Itoa(b.More))}.Object())
	}
	p.notice.Refresh()
	p.grid.Refresh()
	p.drawDetail()
	p.drawSide()
	p.whole.Refresh()
}

// problem says why the pile stopped, and how far it came.
func (p *batchPage) problem() *widget.Notice {
	n := p.kit.problem(p.now.Problem)
	if n == nil {
		n = &widget.Notice{Tone: widget.Danger}
	}
	n.Cause = "" // the documents need the room; the log has it
	if p.now.Todo > 0 {
		n.Text += ". " + p.kit.say("batch.sofar", "n", strconv.Itoa(p.now.Done), "of", strconv.Itoa(p.now.Todo))
	}
	return n
}

func earlier(b flow.Batch) int {
	n := 0
	for _, r := range b.Rows {
		if r.Earlier && r.State == flow.RowAgreed {
			n++
		}
	}
	return n
}

// drawSide is the sheet at the right: PIN, question, progress.
func (p *batchPage) drawSide() {
	b := p.now
	key := strconv.Itoa(int(b.Stage)) + "/" + b.PIN.String()
	if b.Problem != nil {
		key += b.Problem.Error()
	}
	if b.Stage == flow.BatchIdle {
		key = ""
	}
	if key == p.sideOf {
		return
	}
	p.sideOf = key
	setVisible(p.side, key != "")
	p.bar = nil
	switch b.Stage {
	case flow.BatchChecking:
		p.put(p.kit.checking())
	case flow.BatchAskPIN:
		body, foot, field := p.pinSheet()
		p.put(body, foot)
		if field != nil {
			p.kit.Window.Canvas().Focus(field) // not before it is in the window
		}
	case flow.BatchConsent:
		p.put(p.consent())
	case flow.BatchRunning:
		p.put(p.progress())
	case flow.BatchIdle:
	}
	p.whole.Refresh()
}

// put shows content, which scrolls, above a footer, which does not.
func (p *batchPage) put(content, footer fyne.CanvasObject) {
	scroll := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(8, 8, 10, 14), content))
	foot := container.New(layout.NewCustomPaddedLayout(8, 12, 14, 14), footer)
	ground := widget.NewSurface(widget.ColorSurface, 0, newFlush(nil, widget.NewColumn(0, fynewidget.NewSeparator(), foot), nil, scroll))
	ground.Stroke = widget.ColorBorder
	p.side.Objects = []fyne.CanvasObject{ground}
	p.side.Refresh()
}

// checking stands while what can fail without the token is tried.
func (k *Kit) checking() (body, foot fyne.CanvasObject) {
	return container.NewVBox(widget.NewSection(k.say("progress.title")), slim(fynewidget.NewProgressBarInfinite()),
			line(widget.Info, k.say("progress.check"), nil)),
		name(k, "batch.stop", fynewidget.NewButton(k.say("progress.stop"), k.Flow.BatchStop))
}

// progress is how far the pile has come and how long it takes.
func (p *batchPage) progress() (body, foot fyne.CanvasObject) {
	k := p.kit
	p.bar, p.left = fynewidget.NewProgressBar(), widget.NewText("")
	p.bar.TextFormatter = func() string { return "" }
	b := container.NewVBox(widget.NewSection(k.say("batch.running")), slim(p.bar), p.left, widget.NewCaption(k.say("batch.running.text")))
	p.drawProgress()
	return b, widget.NewColumn(0, widget.NewCaption(k.say("progress.stop.text")),
		name(k, "batch.stop", fynewidget.NewButton(k.say("batch.stop"), k.Flow.BatchStop)))
}

func (p *batchPage) drawProgress() {
	if p.bar == nil || p.now.Todo == 0 {
		return
	}
	k, b := p.kit, p.now
	p.bar.SetValue(float64(b.Done) / float64(b.Todo))
	text := k.say("batch.progress", "n", strconv.Itoa(b.Done), "of", strconv.Itoa(b.Todo))
	if b.Left > 0 {
		text += " · " + k.remaining(b.Left)
	}
	if b.Done == 0 && b.Signer != nil && b.Signer.Slot.Token.PINPad {
		text = k.say("batch.pad")
	}
	p.left.SetText(text)
}

// remaining says how long something still takes, no finer than it is known.
func (k *Kit) remaining(d time.Duration) string {
	if d < time.Minute {
		return k.say("batch.left.seconds", "n", strconv.Itoa(max(1, int(d.Round(time.Second)/time.Second))))
	}
	return k.say("batch.left.minutes", "n", strconv.Itoa(int(d.Round(time.Minute)/time.Minute)))
}

// save asks for a place for the results: the list to be signed off goes there,
// and the table beside it.
func (p *batchPage) save() {
	k := p.kit
	file := "ket-qua-ky-loat-" + vietnam(k.now()).Format("20060102-150405") + ".pdf"
	if k.PickSave == nil {
		p.saveAt(filepath.Join(k.Flow.Home(), file))
		return
	}
	k.PickSave(file, p.saveAt)
}

func (p *batchPage) saveAt(list string) {
	k := p.kit
	stem := strings.TrimSuffix(list, filepath.Ext(list))
	k.Flow.BatchExport(stem+".csv", stem+".pdf", func(err error) (string, string) {
		m := k.Messages.Of(err)
		if m.Text == "" {
			return m.Title, m.Next
		}
		return m.Text, m.Next
	}, k.Messages.Say, func(err error) {
		n := k.problem(err)
		if n == nil {
			n = &widget.Notice{Tone: widget.Success, Text: k.say("batch.exported", "name", filepath.Base(stem))}
			n.Action, n.OnAction = k.say("done.folder"), func() { k.ShowFolder(stem + ".pdf") }
		}
		p.notice.Objects = []fyne.CanvasObject{n.Object()}
		p.notice.Refresh()
		p.whole.Refresh()
	})
}

// batchColumns gives the side its width while it is there.
type batchColumns struct{}

func (batchColumns) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(panelNarrow+260, 240)
}

func (batchColumns) Layout(o []fyne.CanvasObject, size fyne.Size) {
	side := float32(0)
	if o[1].Visible() {
		side = panelWidth
		if size.Width < narrow {
			side = panelNarrow
		}
	}
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(fyne.NewSize(size.Width-side, size.Height))
	o[1].Move(fyne.NewPos(size.Width-side, 0))
	o[1].Resize(fyne.NewSize(side, size.Height))
}
