package review

import (
	"context"
	"strconv"
	"strings"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/verify"
)

// active looks at what the file can do; one finding for each kind.
func (d *Document) active(ctx context.Context, password signer.PIN) error {
	items, err := signer.Active(ctx, d.Path, password)
	if err != nil {
		return err
	}
	byCode := map[string]int{}
	for _, it := range items {
		if it.Kind == signer.ActiveCover {
			if err := d.annotation(ctx, it); err != nil {
				return err
			}
			continue
		}
		code, severity := activeCode(it.Kind)
		if it.Kind == signer.ActiveLayers && it.Hidden == 0 {
			severity = verify.Info
		}
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

// annotation keeps an annotation that paints for the search, which sees what it
// hides. One without an appearance of its own looks different in every program:
// then the text below it is named now.
func (d *Document) annotation(ctx context.Context, it signer.ActiveItem) error {
	if !it.Drawn {
		return d.coveredText(ctx, it)
	}
	if d.unseen != nil {
		if d.unseen.notes == nil {
			d.unseen.notes = map[int][]geom.Rect{}
		}
		d.unseen.notes[it.Page] = append(d.unseen.notes[it.Page], it.Rect)
	}
	return nil
}

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
	case signer.ActiveHidden:
		return HiddenNote, verify.Info
	case signer.ActivePrinted:
		return HiddenPrinted, verify.Warning
	case signer.ActiveUnread, signer.ActiveCover:
	}
	return HiddenUnread, verify.Info
}
