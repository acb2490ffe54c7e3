package review

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
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
	HiddenNote       = "hidden-annotation"
	HiddenPrinted    = "printed-annotation"
	HiddenPicture    = "covered-picture"
	HiddenLayer      = "scan-text-layer"
	HiddenUnsearched = "hidden-text-unsearched"
)

func hiddenCodes() []string {
	return []string{
		HiddenScript, HiddenLaunch, HiddenLayers, HiddenXFA, HiddenRemote, HiddenLink, HiddenExecutable,
		HiddenFile, HiddenMedia, HiddenUnread, HiddenText, HiddenUnder, HiddenCovered, HiddenPicture, HiddenLayer, HiddenUnsearched,
		HiddenNote, HiddenPrinted,
	}
}

// hidden is what was found on the pages that were searched, each of them once.
type hidden struct {
	mu       sync.Mutex
	searched map[int]bool
	notes    map[int][]geom.Rect // annotations that paint, by page
	found    [5]verify.Finding   // in the order of hiddenKinds
	partly   bool                // some pages are left out, and nobody asked for them
}

// hiddenKinds are the findings of a search.
func hiddenKinds() [5]string {
	return [...]string{HiddenText, HiddenUnder, HiddenCovered, HiddenPicture, HiddenLayer}
}

// findings are the findings so far.
func (h *hidden) findings(pages int) []verify.Finding {
	var out []verify.Finding
	for _, f := range h.found {
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
	view, ok := d.View.(layout.Seen)
	if !ok {
		return keep.findings(len(d.Pages)), nil
	}
	for _, page := range pages {
		if page < 0 || page >= len(d.Pages) || keep.searched[page] {
			continue
		}
		if err := keep.page(ctx, view, page); err != nil {
			return nil, err
		}
	}
	keep.partly = len(keep.searched) < len(d.Pages)
	return keep.findings(len(d.Pages)), nil
}

// page searches one page.
func (h *hidden) page(ctx context.Context, view layout.Seen, page int) error {
	seen, err := layout.Unseen(ctx, view, page)
	if err != nil {
		return err
	}
	text, err := view.Text(ctx, page)
	if err != nil {
		return err
	}
	for _, p := range seen.Text {
		code := HiddenText
		if slices.ContainsFunc(h.notes[page], func(r geom.Rect) bool { return mostly(p.Rect, r) }) {
			code = HiddenCovered
		}
		h.note(code, page, p.Text)
	}
	for _, s := range overlapping(text) {
		h.note(HiddenUnder, page, s)
	}
	for range seen.Covered {
		h.note(HiddenPicture, page, "")
	}
	if seen.Layer.Found() {
		h.note(HiddenLayer, page, seen.Layer.Text)
	}
	if h.searched == nil {
		h.searched = map[int]bool{}
	}
	h.searched[page] = true
	return nil
}

// mostly says whether most of a lies in b.
func mostly(a, b geom.Rect) bool {
	common := a.Intersect(b)
	return !common.Empty() && common.W()*common.H() > 0.6*a.W()*a.H()
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
func (h *hidden) note(code string, page int, text string) {
	kinds := hiddenKinds()
	f := &h.found[slices.Index(kinds[:], code)]
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
	if code == HiddenLayer {
		f.Severity = verify.Info
	}
}
