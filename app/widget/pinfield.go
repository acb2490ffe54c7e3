package widget

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// PINField takes a PIN. The letters are kept as bytes in one buffer of its own,
// which Take hands over and wipes: they never become a string, and cannot be
// copied out.
type PINField struct {
	widget.BaseWidget
	// OnSubmit is told of Enter, OnCancel of Escape, OnChanged of every key.
	OnSubmit, OnCancel, OnChanged func()
	// Hint is shown while nothing is typed.
	Hint string

	buffer  []byte
	foreign bool // a letter with a Vietnamese mark was typed
	caps    bool // a capital came without Shift
	focused bool
}

// longest is more than any token takes.
const longestPIN = 256

// NewPINField makes an empty field.
func NewPINField() *PINField {
	f := &PINField{buffer: make([]byte, 0, longestPIN)}
	f.ExtendBaseWidget(f)
	return f
}

// Take returns what was typed and forgets it; the caller wipes it.
func (f *PINField) Take() []byte {
	out := append([]byte(nil), f.buffer...)
	f.Clear()
	return out
}

// Clear forgets what was typed.
func (f *PINField) Clear() {
	clear(f.buffer[:cap(f.buffer)])
	f.buffer, f.foreign, f.caps = f.buffer[:0], false, false
	f.changed()
}

// Empty says whether nothing is typed.
func (f *PINField) Empty() bool { return len(f.buffer) == 0 }

// Foreign says that a letter with a Vietnamese mark is in the PIN: the typing
// program is on.
func (f *PINField) Foreign() bool { return f.foreign }

// CapsLock says that capitals come without Shift.
func (f *PINField) CapsLock() bool { return f.caps }

func (f *PINField) changed() {
	f.Refresh()
	if f.OnChanged != nil {
		f.OnChanged()
	}
}

// TypedRune takes a letter.
func (f *PINField) TypedRune(r rune) {
	if len(f.buffer)+utf8.UTFMax > longestPIN {
		return
	}
	f.buffer = utf8.AppendRune(f.buffer, r)
	f.foreign = f.foreign || r > unicode.MaxASCII
	if unicode.IsLetter(r) {
		f.caps = unicode.IsUpper(r) != shiftHeld()
	}
	f.changed()
}

func shiftHeld() bool {
	d, ok := fyne.CurrentApp().Driver().(desktop.Driver)
	return ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0
}

// TypedKey deletes, submits or cancels.
func (f *PINField) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyBackspace:
		_, n := utf8.DecodeLastRune(f.buffer)
		f.cut(len(f.buffer) - n)
	case fyne.KeyDelete:
		f.cut(0)
	case fyne.KeyReturn, fyne.KeyEnter:
		if f.OnSubmit != nil && !f.Empty() {
			f.OnSubmit()
		}
	case fyne.KeyEscape:
		if f.OnCancel != nil {
			f.OnCancel()
		}
	}
}

// cut forgets everything after the first n bytes.
func (f *PINField) cut(n int) {
	clear(f.buffer[n:])
	f.buffer = f.buffer[:n]
	f.foreign = false
	for _, b := range f.buffer {
		f.foreign = f.foreign || b >= utf8.RuneSelf
	}
	f.changed()
}

// TypedShortcut pastes; nothing else makes sense in a PIN.
func (f *PINField) TypedShortcut(s fyne.Shortcut) {
	if p, ok := s.(*fyne.ShortcutPaste); ok {
		for _, r := range strings.TrimRight(p.Clipboard.Content(), "\r\n") {
			f.TypedRune(r)
		}
	}
}

// FocusGained and FocusLost show where the keyboard is.
func (f *PINField) FocusGained() { f.focused = true; f.Refresh() }

// FocusLost hides the caret.
func (f *PINField) FocusLost() { f.focused = false; f.Refresh() }

// Tapped takes the focus.
func (f *PINField) Tapped(*fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(f); c != nil {
		c.Focus(f)
	}
}

// Cursor is the one of text.
func (f *PINField) Cursor() desktop.Cursor { return desktop.TextCursor }

// CreateRenderer draws a field with dots.
func (f *PINField) CreateRenderer() fyne.WidgetRenderer {
	r := &pinRenderer{
		f: f, ground: canvas.NewRectangle(nil), text: canvas.NewText("", nil), caret: canvas.NewRectangle(nil),
	}
	r.Refresh()
	return r
}

type pinRenderer struct {
	f             *PINField
	ground, caret *canvas.Rectangle
	text          *canvas.Text
}

const pinHeight float32 = 40

func (r *pinRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	text := r.text.MinSize()
	r.text.Resize(text)
	r.text.Move(fyne.NewPos(12, (size.Height-text.Height)/2))
	x := float32(12)
	if !r.f.Empty() {
		x += text.Width + 2
	}
	r.caret.Resize(fyne.NewSize(1.5, 20))
	r.caret.Move(fyne.NewPos(min(x, size.Width-6), (size.Height-20)/2))
}

func (r *pinRenderer) MinSize() fyne.Size { return fyne.NewSize(120, pinHeight) }

func (r *pinRenderer) Refresh() {
	f := r.f
	r.ground.FillColor = theme.Color(theme.ColorNameInputBackground)
	r.ground.CornerRadius = theme.Size(theme.SizeNameInputRadius)
	r.ground.StrokeColor, r.ground.StrokeWidth = theme.Color(theme.ColorNameInputBorder), 1
	if f.focused {
		r.ground.StrokeColor, r.ground.StrokeWidth = theme.Color(theme.ColorNamePrimary), 2
	}
	r.text.Text, r.text.Color, r.text.TextSize = f.Hint, theme.Color(theme.ColorNamePlaceHolder), theme.TextSize()
	if n := utf8.RuneCount(f.buffer); n > 0 {
		r.text.Text = strings.Repeat("●", min(n, 24))
		r.text.Color = theme.Color(theme.ColorNameForeground)
	}
	r.caret.FillColor, r.caret.Hidden = theme.Color(theme.ColorNamePrimary), !f.focused
	r.Layout(f.Size())
	canvas.Refresh(f)
}

func (r *pinRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.text, r.caret}
}
func (r *pinRenderer) Destroy() {}
