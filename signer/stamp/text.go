package stamp

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"trinhky/pdfview/geom"
	"trinhky/signer"
)

// setLine is one printed line.
type setLine struct {
	text  string
	width float64
	font  *signer.Font
}

// FormatTime writes t by the pattern of r.
func (r TextRule) FormatTime(t time.Time) string {
	minutes := r.ZoneMinutes
	t = t.In(time.FixedZone("", minutes*60))
	sign := '+'
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	return strings.NewReplacer(
		"yyyy", t.Format("2006"), "dd", t.Format("02"), "MM", t.Format("01"),
		"HH", t.Format("15"), "mm", t.Format("04"), "ss", t.Format("05"),
		"zzz", fmt.Sprintf("%c%02d:%02d", sign, minutes/60, minutes%60),
	).Replace(r.Time)
}

// glue stands for a space at which no line is broken.
const glue = "\x1f"

func unglue(s string) string { return strings.ReplaceAll(s, glue, " ") }

// fill puts the values of in into the fields of a line. The result is NFC with
// single spaces, those of the time as glue.
func (in Input) fill(line string, r TextRule) (string, error) {
	values := map[string]string{
		"signer": in.Signer, "agency": in.Agency, "number": NumberText(in.Number), "copyform": in.CopyForm, "opinion": in.Opinion,
		"issued": IssuedText(in.Town, in.Issued),
		"time":   strings.ReplaceAll(r.FormatTime(in.Time), " ", glue),
	}
	if in.Role == Seal && in.Agency == "" {
		values["agency"] = in.Signer // the agency's certificate names it
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(line, "{")
		b.WriteString(before)
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		v, known := values[name]
		if !closed || !known {
			return "", fmt.Errorf("line %q: no field %q", line, name)
		}
		b.WriteString(v)
		line = after
	}
	return norm.NFC.String(strings.Join(strings.Fields(b.String()), " ")), nil
}

// wrapWidth is how long a line may be. Under a picture of true size a line
// stays whole: the rule asks for one line each.
func (p Profile) wrapWidth(box, picture geom.Size) float64 {
	switch {
	case picture.W > 0 && p.Picture.TrueSize:
		return max(box.W, geom.MM(p.WidthMM)) // 0: no limit
	case box.W > 0:
		return box.W
	default:
		return geom.MM(p.WidthMM)
	}
}

// set fills and breaks the lines.
func (p Profile) set(in Input, lines []Line, limit float64) ([]setLine, error) {
	var out []setLine
	for _, l := range lines {
		text, err := in.fill(l.Text, *p.Text)
		if err != nil {
			return nil, err
		}
		if text == "" {
			continue
		}
		if in.Font == nil {
			return nil, fmt.Errorf("stamp %s: text without a font", in.Role)
		}
		font := in.Font
		if l.Italic {
			font = in.italic()
		}
		if missing := font.Missing(unglue(text)); len(missing) > 0 {
			return nil, &FontError{missing}
		}
		width := func(s string) float64 { return font.Width(unglue(s), p.Text.Size) }
		for _, t := range wrap(text, limit, width) {
			out = append(out, setLine{unglue(t), width(t), font})
		}
	}
	return out, nil
}

// wrap breaks text at spaces so that no line is longer than limit (0: none),
// after a semicolon where that makes no further line. A word longer than limit
// stays whole.
func wrap(text string, limit float64, width func(string) float64) []string {
	if limit <= 0 || width(text) <= limit {
		return []string{text}
	}
	words := greedy(strings.Fields(text), limit, width)
	if parts := strings.SplitAfter(text, "; "); len(parts) > 1 {
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		if whole := greedy(parts, limit, width); len(whole) <= len(words) && fits(whole, limit, width) {
			return whole
		}
	}
	return words
}

// greedy fills each line with as many pieces as fit.
func greedy(pieces []string, limit float64, width func(string) float64) []string {
	var lines []string
	for _, w := range pieces {
		if n := len(lines); n > 0 && width(lines[n-1]+" "+w) <= limit {
			lines[n-1] += " " + w
			continue
		}
		lines = append(lines, w)
	}
	return lines
}

func fits(lines []string, limit float64, width func(string) float64) bool {
	for _, l := range lines {
		if width(l) > limit {
			return false
		}
	}
	return true
}
