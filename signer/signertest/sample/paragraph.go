package sample

import (
	"regexp"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// heading is what a paragraph may begin with in bold: an article or a numbered
// heading that is a line of its own.
var heading = regexp.MustCompile(`^(Điều \d+\.|\d+\. [^.]*$)`)

// word is a word in its style.
type word struct{ text, style string }

// paragraph prints a justified paragraph with the indent of Annex I, II.6 (1 cm
// to 1.27 cm), style being that of the words outside a heading.
func (s *sheet) paragraph(text, style string) {
	words := styled(text, style)
	indent := 10.0
	for len(words) > 0 {
		n := s.fitting(words, textRight-textLeft-indent)
		s.room(s.lineHeight())
		extra := 0.0
		if n < len(words) {
			extra = s.slack(words[:n], textRight-textLeft-indent)
		}
		s.words(words[:n], textLeft+indent, extra)
		words, indent = words[n:], 0
	}
	s.font(style, s.size)
	s.y += 2 // 6 pt between paragraphs
}

func styled(text, style string) []word {
	mark := heading.FindString(text)
	var words []word
	for _, w := range strings.Fields(mark) {
		words = append(words, word{w, bold})
	}
	for _, w := range strings.Fields(text[len(mark):]) {
		words = append(words, word{w, style})
	}
	return words
}

// fitting is the number of words that fit into width, at least one.
func (s *sheet) fitting(words []word, width float64) int {
	used := 0.0
	for i, w := range words {
		s.font(w.style, s.size)
		if i > 0 {
			used += s.pdf.GetStringWidth(" ")
		}
		if used += s.pdf.GetStringWidth(w.text); used > width && i > 0 {
			return i
		}
	}
	return len(words)
}

// slack is what every blank of a full line takes in addition.
func (s *sheet) slack(words []word, width float64) float64 {
	if len(words) < 2 {
		return 0
	}
	used := 0.0
	for i, w := range words {
		s.font(w.style, s.size)
		used += s.pdf.GetStringWidth(w.text)
		if i > 0 {
			used += s.pdf.GetStringWidth(" ")
		}
	}
	return max(0, (width-used)/float64(len(words)-1))
}

// words prints one line of words, run by run of one style.
func (s *sheet) words(words []word, x, extra float64) {
	for len(words) > 0 {
		n := 1
		for n < len(words) && words[n].style == words[0].style {
			n++
		}
		texts := make([]string, n)
		for i, w := range words[:n] {
			texts[i] = w.text
		}
		run := strings.Join(texts, " ")
		if n < len(words) {
			run += " "
		}
		s.font(words[0].style, s.size)
		s.putBeside(run, x, extra)
		x += s.pdf.GetStringWidth(run) + extra*float64(strings.Count(run, " "))
		words = words[n:]
	}
	s.y += s.lineHeight()
}
