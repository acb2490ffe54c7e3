package flow

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"trinhky/app/settings"
	"trinhky/signer"
)

// signedMark stands before the extension of a signed file that lies beside its
// source, when no folder for signed files is set.
const signedMark = "-da-ky"

// mostFiles bounds how many documents of a folder are listed.
const mostFiles = 2000

// Start reads everything that is shown in the background.
func (f *Flow) Start() {
	f.readTemplates()
	f.LookAround()
	f.TokensChanged()
	f.ReadOutbox()
	f.ReadInbox()
	f.FetchInbox()
	f.ReadNumbers()
}

// LookAround reads the folders of waiting and signed documents anew.
func (f *Flow) LookAround() {
	s, opened := f.c.Settings, slices.Clone(f.opened)
	aside(f, func(context.Context) (Lists, error) {
		return f.folders(s, opened)
	}, func(l Lists, err error) {
		if err != nil {
			f.c.Log.Warn("read the folders", "err", err)
		}
		if slices.Equal(l.Waiting, f.lists.Waiting) && slices.Equal(l.Signed, f.lists.Signed) && f.looked {
			return
		}
		f.lists.Waiting, f.lists.Signed, f.looked = l.Waiting, l.Signed, true
		f.tellLists()
	})
}

// Add puts files into the list of waiting documents and opens the first.
func (f *Flow) Add(paths ...string) {
	var pdfs []string
	for _, p := range paths {
		if abs, err := filepath.Abs(p); err == nil && isPDF(abs) {
			pdfs = append(pdfs, abs)
			f.remember(abs)
		}
	}
	if len(pdfs) > 0 {
		f.LookAround()
		f.Open(pdfs[0])
	}
}

// remember keeps a file that lies outside the folder of waiting documents.
func (f *Flow) remember(path string) {
	if f.fromSite(path) {
		return // the page's, and soon gone
	}
	if filepath.Dir(path) != f.folder(f.c.Settings.Signing.Documents) && !slices.Contains(f.opened, path) {
		f.opened = append(f.opened, path)
	}
}

func (f *Flow) folder(path string) string { return settings.Path(f.c.Home, path) }

func isPDF(path string) bool { return strings.EqualFold(filepath.Ext(path), ".pdf") }

// folders lists what waits and what was signed. A document counts as signed
// when its signed file is there and not older than it.
func (f *Flow) folders(s settings.Settings, opened []string) (Lists, error) {
	var l Lists
	waiting, err := listPDFs(f.folder(s.Signing.Documents))
	for _, p := range opened {
		if info, serr := os.Stat(p); serr == nil {
			waiting = append(waiting, fileOf(p, info, true))
		}
	}
	var signed []File
	if s.Signing.Signed != "" {
		var serr error
		signed, serr = listPDFs(f.folder(s.Signing.Signed))
		err = errors.Join(err, serr)
	}
	for _, w := range waiting {
		switch out := f.signedPath(s, w.Path); {
		case strings.HasSuffix(stem(w.Path), signedMark):
			signed = append(signed, w)
		case newer(out, w.Time):
		default:
			l.Waiting = append(l.Waiting, w)
		}
	}
	slices.SortFunc(signed, func(a, b File) int { return int(b.Time - a.Time) })
	l.Signed = slices.CompactFunc(signed, func(a, b File) bool { return a.Path == b.Path })
	return l, err
}

func newer(path string, than int64) bool {
	info, err := os.Stat(path)
	return err == nil && info.ModTime().Unix() >= than
}

func listPDFs(dir string) ([]File, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []File
	for _, e := range entries {
		if e.IsDir() || !isPDF(e.Name()) || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			out = append(out, fileOf(filepath.Join(dir, e.Name()), info, false))
		}
		if len(out) == mostFiles {
			break
		}
	}
	return out, nil
}

func fileOf(path string, info fs.FileInfo, opened bool) File {
	return File{Path: path, Name: filepath.Base(path), Size: info.Size(), Time: info.ModTime().Unix(), Opened: opened}
}

func stem(path string) string {
	base := filepath.Base(path)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// signedPath is where the signed form of a document goes.
func (f *Flow) signedPath(s settings.Settings, source string) string {
	if s.Signing.Signed != "" {
		return filepath.Join(f.folder(s.Signing.Signed), filepath.Base(source))
	}
	if out, ok := f.siteOutput(s, source); ok {
		return out
	}
	return filepath.Join(filepath.Dir(source), stem(source)+signedMark+".pdf")
}

// outputFor is signedPath, or the first free name beside it: nothing that is
// there is ever overwritten.
func (f *Flow) outputFor(s settings.Settings, source string) string {
	out := f.signedPath(s, source)
	for n := 2; n < 1000; n++ {
		if _, err := os.Lstat(out); errors.Is(err, fs.ErrNotExist) && out != source {
			return out
		}
		first := f.signedPath(s, source)
		out = filepath.Join(filepath.Dir(first), stem(first)+" ("+strconv.Itoa(n)+").pdf")
	}
	return out
}

// waitingBut counts the documents that wait, without one.
func (f *Flow) waitingBut(path string) int {
	n := 0
	for _, w := range f.lists.Waiting {
		if w.Path != path {
			n++
		}
	}
	return n
}

// TokensChanged lists the tokens anew; the person's PIN is never needed.
func (f *Flow) TokensChanged() {
	if f.c.Tokens == nil {
		f.lists.Looked = true
		f.tellLists()
		return
	}
	aside(f, f.readTokens, func(rows []TokenRow, err error) {
		f.lists.Tokens, f.lists.TokenErr, f.lists.Looked = rows, err, true
		f.tellLists()
		f.tokensFor()
		f.batchTokens()
		f.issueTokens()
	})
}

func (f *Flow) readTokens(ctx context.Context) ([]TokenRow, error) {
	slots, err := f.c.Tokens.Slots(ctx)
	if err != nil {
		return nil, err
	}
	rows := make([]TokenRow, 0, len(slots))
	for _, s := range slots {
		row := TokenRow{Slot: s}
		var t signer.Token
		if t, row.Err = f.c.Tokens.Open(s); row.Err == nil {
			row.Certificates, row.Err = t.Certificates(ctx)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// tokensFor gives the open document a certificate that came, and takes away
// one that went.
func (f *Flow) tokensFor() {
	now, ok := f.state.(Placing)
	if !ok {
		return
	}
	want := chooseFor(now.site, f.c.Settings, f.lists.Tokens, layAsk{role: now.Role, choice: f.choice}, now.Doc)
	if equalChoice(want, now.Signer) && !f.otherNumberer(now.Desk) {
		return
	}
	f.relay(func(a *layAsk, d Desk) {
		*a = again(d)
		a.choice, a.tokens = want, f.lists.Tokens
	})
}

func equalChoice(a, b *Choice) bool {
	if a == nil || b == nil {
		return a == b
	}
	return same(a.Slot, b.Slot) && a.Certificate.X509.Equal(b.Certificate.X509)
}

// Change keeps new settings; an open document takes them at once.
func (f *Flow) Change(s settings.Settings, done func(error)) {
	aside(f, func(context.Context) (struct{}, error) {
		return struct{}{}, f.c.Save(s)
	}, func(_ struct{}, err error) {
		if err == nil {
			f.c.Settings = s
			f.LookAround()
			f.relay(func(*layAsk, Desk) {})
			f.batchSettings()
		}
		done(err)
	})
}
