package app

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"trinhky/app/widget"
)

// The values of the setting.
const (
	lookLight = "light"
	lookDark  = "dark"
)

// look is the theme: calm blue on light grey, or on dark; generous targets,
// readable text. Light or dark is the person's choice in the program, because
// many desktops tell nothing.
type look struct {
	base fyne.Theme
	dark bool
}

// Theme is the look of the program.
func Theme(dark bool) fyne.Theme { return look{theme.DefaultTheme(), dark} }

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xFF}
}

func rgba(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 24), G: uint8(v >> 16), B: uint8(v >> 8), A: uint8(v)}
}

// light and dark hold 0xRRGGBB; what is not listed is Fyne's own.
var light = map[fyne.ThemeColorName]uint32{
	theme.ColorNameBackground:          0xF3F5F8,
	theme.ColorNameForeground:          0x1B2733,
	theme.ColorNamePrimary:             0x1A5EA8,
	theme.ColorNameForegroundOnPrimary: 0xFFFFFF,
	theme.ColorNameHyperlink:           0x1A5EA8,
	theme.ColorNameButton:              0xE4E9F0,
	theme.ColorNameDisabledButton:      0xEDF0F4,
	theme.ColorNameDisabled:            0x6B7785,
	theme.ColorNamePlaceHolder:         0x5F6C7A,
	theme.ColorNameInputBackground:     0xFFFFFF,
	theme.ColorNameInputBorder:         0xB9C4CF,
	theme.ColorNameMenuBackground:      0xFFFFFF,
	theme.ColorNameOverlayBackground:   0xFFFFFF,
	theme.ColorNameHeaderBackground:    0xFFFFFF,
	theme.ColorNameSeparator:           0xDCE2E9,
	theme.ColorNameSuccess:             0x1C7A4B,
	theme.ColorNameWarning:             0x9A5B00,
	theme.ColorNameError:               0xB3261E,
	widget.ColorRail:                   0x12324F,
	widget.ColorRailText:               0xEAF1F8,
	widget.ColorRailActive:             0x23527C,
	widget.ColorSurface:                0xFFFFFF,
	widget.ColorDesk:                   0xDDE2E8,
	widget.ColorBorder:                 0xDCE2E9,
	widget.ColorInfoSoft:               0xE6EFF9,
	widget.ColorSuccessSoft:            0xE2F3EA,
	widget.ColorWarningSoft:            0xFCF0DB,
	widget.ColorErrorSoft:              0xFBE6E4,
}

var dark = map[fyne.ThemeColorName]uint32{
	theme.ColorNameBackground:          0x171C22,
	theme.ColorNameForeground:          0xE6EBF0,
	theme.ColorNamePrimary:             0x6FB1F2,
	theme.ColorNameForegroundOnPrimary: 0x0D1B2A,
	theme.ColorNameHyperlink:           0x6FB1F2,
	theme.ColorNameButton:              0x2B343E,
	theme.ColorNameDisabledButton:      0x242B33,
	theme.ColorNameDisabled:            0x8B97A3,
	theme.ColorNamePlaceHolder:         0x9BA8B5,
	theme.ColorNameInputBackground:     0x2A323B,
	theme.ColorNameInputBorder:         0x44505C,
	theme.ColorNameMenuBackground:      0x222A32,
	theme.ColorNameOverlayBackground:   0x222A32,
	theme.ColorNameHeaderBackground:    0x222A32,
	theme.ColorNameSeparator:           0x333D47,
	theme.ColorNameSuccess:             0x62C795,
	theme.ColorNameWarning:             0xE9B25C,
	theme.ColorNameError:               0xF28B82,
	widget.ColorRail:                   0x0E2236,
	widget.ColorRailText:               0xDCE7F2,
	widget.ColorRailActive:             0x1F4467,
	widget.ColorSurface:                0x20272F,
	widget.ColorDesk:                   0x101419,
	widget.ColorBorder:                 0x36414C,
	widget.ColorInfoSoft:               0x1C3147,
	widget.ColorSuccessSoft:            0x18362A,
	widget.ColorWarningSoft:            0x3B2E15,
	widget.ColorErrorSoft:              0x412321,
}

// veiled colours have an alpha: 0xRRGGBBAA.
var veiled = map[fyne.ThemeColorName][2]uint32{
	theme.ColorNameHover:     {0x1A5EA814, 0x6FB1F21E},
	theme.ColorNamePressed:   {0x1A5EA82E, 0x6FB1F23C},
	theme.ColorNameFocus:     {0x1A5EA84D, 0x6FB1F266},
	theme.ColorNameSelection: {0x1A5EA833, 0x6FB1F24D},
	theme.ColorNameScrollBar: {0x1B273366, 0xE6EBF066},
	theme.ColorNameShadow:    {0x1B273330, 0x00000066},
	widget.ColorFound:        {0xF5C84266, 0xF5C84266}, // on paper, which is white in both looks
	widget.ColorFoundNow:     {0xF08A2480, 0xF08A2480},
}

func (l look) Color(n fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	table, which, v := light, 0, theme.VariantLight
	if l.dark {
		table, which, v = dark, 1, theme.VariantDark
	}
	if c, ok := table[n]; ok {
		return rgb(c)
	}
	if c, ok := veiled[n]; ok {
		return rgba(c[which])
	}
	return l.base.Color(n, v)
}

func (l look) Font(s fyne.TextStyle) fyne.Resource { return l.base.Font(s) }

func (l look) Icon(n fyne.ThemeIconName) fyne.Resource { return l.base.Icon(n) }

func (l look) Size(n fyne.ThemeSizeName) float32 {
	switch n {
	case theme.SizeNameText:
		return 14
	case theme.SizeNameCaptionText:
		return 12
	case theme.SizeNameHeadingText:
		return 21
	case theme.SizeNameSubHeadingText:
		return 16
	case theme.SizeNameInnerPadding:
		return 8
	case theme.SizeNameInputBorder:
		return 1
	case theme.SizeNameInputRadius, theme.SizeNameButtonRadius:
		return 6
	case theme.SizeNameScrollBar:
		return 12
	case theme.SizeNameScrollBarSmall:
		return 4
	}
	return l.base.Size(n)
}
