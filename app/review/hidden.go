package review

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer"
	"trinhky/signer/verify"
)

// What somebody signs is the whole file, not only what the pages show. The
// findings of this file name the difference.

// The codes of what is signed and not seen.
const (
	HiddenScript     = "active-javascript"
	HiddenLaunch     = "active-launch"
	HiddenLayers     = "optional-content"
	HiddenXFA        = "xfa-form"
	HiddenRemote     = "remote-reference"
	HiddenLink       = "web-link"
	HiddenExecutable = "embedded-executable"
	HiddenFile       = "embedded-file"
	HiddenMedia      = "active-media"
	HiddenUnread     = "content-unread"
	HiddenText       = "hidden-text"
	HiddenUnder      = "overlapping-text"
	HiddenCovered    = "text-under-annotation"
	HiddenUnsearched = "hidden-text-unsearched"
)

func hiddenCodes() []string {
	return []string{
		HiddenScript, HiddenLaunch, HiddenLayers, HiddenXFA, HiddenRemote, HiddenLink, HiddenExecutable,
		HiddenFile, HiddenMedia, HiddenUnread, HiddenText, HiddenUnder, HiddenCovered, HiddenUnsearched,
	}
}

// hidden is what was found on the pages that were searched, each of them once.
type hidden struct {
	mu          sync.Mutex
	searched    map[int]bool
	gone, under verify.Finding
	partly      bool // some pages are left out, and nobody asked for them
}

// findings are the findings so far.
func (h *hidden) findings(pages int) []verify.Finding {
	var out []verify.Finding
	for _, f := range []verify.Finding{h.gone, h.under} {
		if f.Code != "" {
			out = append(out, f)
		}
	}
	if h.partly {
		out = append(out, verify.Finding{Code: HiddenUnsearched, Severity: verify.Info, Args: map[string]string{
			"count": strconv.Itoa(len(h.searched)), "pages": strconv.Itoa(pages),
		}})
	}
	return out
}

// active looks at what the file can do; one finding for each kind.
func (d *Document) active(ctx context.Context, password signer.PIN) error {
	items, err := signer.Active(ctx, d.Path, password)
	if err != nil {
		return err
	}
	byCode := map[string]int{}
	for _, it := range items {
		if it.Kind == signer.ActiveCover {
			if err := d.coveredText(ctx, it); err != nil {
				return err
			}
			continue
		}
		code, severity := activeCode(it.Kind)
		if i, ok := byCode[code]; ok {
			more(&d.Findings[i], it.Detail)
			continue
		}
		byCode[code] = len(d.Findings)
		d.Findings = append(d.Findings, verify.Finding{
			Code: code, Severity: severity, Page: it.Page + 1,
			Args: map[string]string{"what": it.Detail, "count": "1", "hidden": strconv.Itoa(it.Hidden)},
		})
	}
	return nil
}

// leastCovered is how many letters an annotation must cover to be named.
const leastCovered = 4

// coveredText names the text that an annotation lies over: what is printed
// there may be another thing than what is seen.
func (d *Document) coveredText(ctx context.Context, it signer.ActiveItem) error {
	if d.View == nil || it.Page < 0 || it.Page >= len(d.Pages) {
		return nil
	}
	text, err := d.View.Text(ctx, it.Page)
	if err != nil {
		return err
	}
	n := 0
	under := quote(text.Chars, func(c pdfview.Char) bool {
		on := touches(c, it.Rect, nil)
		if on {
			n++
		}
		return on
	})
	if n >= leastCovered {
		d.Findings = append(d.Findings, verify.Finding{
			Code: HiddenCovered, Severity: verify.Warning, Page: it.Page + 1,
			Args: map[string]string{"text": under, "page": strconv.Itoa(it.Page + 1)},
		})
	}
	return nil
}

// longestList bounds the things that one sentence names.
const longestList = 3

// more adds another thing to a finding that is there already.
func more(f *verify.Finding, what string) {
	n, _ := strconv.Atoi(f.Args["count"])
	f.Args["count"] = strconv.Itoa(n + 1)
	named := f.Args["what"]
	switch {
	case what == "" || strings.Contains(named, what):
	case named == "":
		f.Args["what"] = what
	case strings.Count(named, "; ") < longestList-1:
		f.Args["what"] = named + "; " + what
	case !strings.HasSuffix(named, "…"):
		f.Args["what"] = named + "; …"
	}
}

func activeCode(k signer.ActiveKind) (string, verify.Severity) {
	switch k {
	case signer.ActiveScript:
		return HiddenScript, verify.Warning
	case signer.ActiveLaunch:
		return HiddenLaunch, verify.Warning
	case signer.ActiveLayers:
		return HiddenLayers, verify.Warning
	case signer.ActiveXFA:
		return HiddenXFA, verify.Warning
	case signer.ActiveRemote:
		return HiddenRemote, verify.Warning
	case signer.ActiveLink:
		return HiddenLink, verify.Info
	case signer.ActiveExecutable:
		return HiddenExecutable, verify.Warning
	case signer.ActiveFile:
		return HiddenFile, verify.Info
	case signer.ActiveMedia:
		return HiddenMedia, verify.Warning
	case signer.ActiveUnread, signer.ActiveCover:
	}
	return HiddenUnread, verify.Info
}

// Unseen looks at every page for text that nobody can see, or that lies under
// other text, and returns the findings; Check and Everything have them from
// then on. It renders, so it takes a while on many pages; the answer is kept.
func (d *Document) Unseen(ctx context.Context) ([]verify.Finding, error) {
	pages := make([]int, len(d.Pages))
	for i := range pages {
		pages[i] = i
	}
	return d.search(ctx, pages)
}

// mostSearched bounds the pages that UnseenAround renders: one takes about as
// long as a signature.
const mostSearched = 8

// UnseenAround is Unseen for the first pages, the last ones and the page that is
// signed, as many as a pile has time for; a finding names the rest.
func (d *Document) UnseenAround(ctx context.Context, page int) ([]verify.Finding, error) {
	pages := []int{page}
	for i := 0; len(pages) < mostSearched && i < len(d.Pages); i++ {
		n := i / 2
		if i%2 == 1 {
			n = len(d.Pages) - 1 - i/2
		}
		if n != page {
			pages = append(pages, n)
		}
	}
	return d.search(ctx, pages)
}

// search looks at pages that were not searched yet; those that do not exist are
// left out.
func (d *Document) search(ctx context.Context, pages []int) ([]verify.Finding, error) {
	keep := d.unseen
	if keep == nil {
		keep = &hidden{}
	}
	keep.mu.Lock()
	defer keep.mu.Unlock()
	if d.View == nil {
		return keep.findings(len(d.Pages)), nil
	}
	for _, page := range pages {
		if page < 0 || page >= len(d.Pages) || keep.searched[page] {
			continue
		}
		if err := keep.page(ctx, d.View, page); err != nil {
			return nil, err
		}
	}
	keep.partly = len(keep.searched) < len(d.Pages)
	return keep.findings(len(d.Pages)), nil
}

// page searches one page.
func (h *hidden) page(ctx context.Context, view pdfview.Document, page int) error {
	parts, err := layout.Unseen(ctx, view, page)
	if err != nil {
		return err
	}
	text, err := view.Text(ctx, page)
	if err != nil {
		return err
	}
	for _, p := range parts {
		note(&h.gone, HiddenText, page, p.Text)
	}
	for _, s := range overlapping(text) {
		note(&h.under, HiddenUnder, page, s)
	}
	if h.searched == nil {
		h.searched = map[int]bool{}
	}
	h.searched[page] = true
	return nil
}

// seenFindings is what was found so far; it never waits for a search under way.
func (d *Document) seenFindings() []verify.Finding {
	if d.unseen == nil || !d.unseen.mu.TryLock() {
		return nil
	}
	defer d.unseen.mu.Unlock()
	return d.unseen.findings(len(d.Pages))
}

// note counts a text into the one finding of its kind; it quotes the first.
func note(f *verify.Finding, code string, page int, text string) {
	if f.Code != "" {
		n, _ := strconv.Atoi(f.Args["count"])
		f.Args["count"] = strconv.Itoa(n + 1)
		return
	}
	if r := []rune(text); len(r) > longestQuote {
		text = string(r[:longestQuote]) + "…"
	}
	*f = verify.Finding{
		Code: code, Severity: verify.Warning, Page: page + 1,
		Args: map[string]string{"text": text, "count": "1", "page": strconv.Itoa(page + 1)},
	}
}

// leastOverlap is how many letters in a row must lie on other ones: fewer are
// accents, ligatures and struck letters.
const leastOverlap = 4

// overlapping finds letters that were painted upon other, different letters:
// text of which only the upper layer can be read, or neither.
func overlapping(t pdfview.Text) []string {
	grid := map[[2]int][]int{}
	const cell = 24.0 // points
	key := func(x, y float64) [2]int { return [2]int{int(x / cell), int(y / cell)} }
	var out []string
	var row []rune
	flush := func() {
		if len(row) >= leastOverlap {
			out = append(out, string(row))
		}
		row = row[:0]
	}
	for i, c := range t.Chars {
		if c.Rune <= ' ' || c.Box.Empty() {
			continue
		}
		k := key(c.Box.Center().X, c.Box.Center().Y)
		if under(t.Chars, grid, k, c) {
			row = append(row, c.Rune)
		} else {
			flush()
		}
		if !c.Invisible {
			grid[k] = append(grid[k], i)
		}
	}
	flush()
	return out
}

// mostNeighbours bounds the comparisons in a hostile page.
const mostNeighbours = 200

// under says whether c covers most of an earlier, different letter of about its
// size.
func under(chars []pdfview.Char, grid map[[2]int][]int, at [2]int, c pdfview.Char) bool {
	if c.Invisible {
		return false
	}
	for dx := -1; dx <= 1; dx++ {
		for dy := -1; dy <= 1; dy++ {
			near := grid[[2]int{at[0] + dx, at[1] + dy}]
			for _, i := range near[:min(len(near), mostNeighbours)] {
				o := chars[i]
				if o.Rune != c.Rune && covers(c.Box, o.Box) && o.Size < 2*c.Size && c.Size < 2*o.Size {
					return true
				}
			}
		}
	}
	return false
}

// covers says whether two letters stand upon each other: the common part is
// most of the smaller one, and both are letters, not marks.
func covers(a, b geom.Rect) bool {
	common := a.Intersect(b)
	if common.Empty() {
		return false
	}
	area := func(r geom.Rect) float64 { return r.W() * r.H() }
	small, large := min(area(a), area(b)), max(area(a), area(b))
	return area(common) > 0.5*small && small > 0.25*large
}
