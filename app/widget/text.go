package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// NewText is a label that wraps.
func NewText(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// NewLine is a label of one line, shortened with an ellipsis where it must be.
func NewLine(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}

// NewCaption is a small, quiet label that wraps.
func NewCaption(text string) *widget.Label {
	l := NewText(text)
	l.SizeName, l.Importance = theme.SizeNameCaptionText, widget.LowImportance
	return l
}

// NewStrong is a bold label of one line.
func NewStrong(text string) *widget.Label {
	l := NewLine(text)
	l.TextStyle.Bold = true
	return l
}

// NewHeading is the heading of a page.
func NewHeading(text string) *widget.Label {
	l := NewLine(text)
	l.SizeName, l.TextStyle.Bold = theme.SizeNameHeadingText, true
	return l
}

// NewSection is the heading of a section.
func NewSection(text string) *widget.Label {
	l := NewLine(text)
	l.SizeName, l.TextStyle.Bold = theme.SizeNameSubHeadingText, true
	return l
}
