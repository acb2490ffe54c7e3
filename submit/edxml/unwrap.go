package edxml

import (
	"archive/zip"
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"trinhky/submit"
)

// maxUnpacked is what an attached archive may grow to in all: more is a bomb.
const maxUnpacked = 1 << 30

// zipLike are kinds of files that are zips themselves.
var zipLike = map[string]bool{
	"zip": true, "docx": true, "xlsx": true, "pptx": true, "docm": true, "xlsm": true, "pptm": true, "dotx": true,
	"odt": true, "ods": true, "odp": true, "odg": true, "jar": true, "epub": true, "kmz": true, "asice": true,
}

// gzipLike are kinds of files that are gzips themselves.
var gzipLike = map[string]bool{"gz": true, "tgz": true, "gzip": true, "svgz": true, "emz": true}

// attachments joins the files beside the envelope with the manifest. The two
// need not say the same of one attachment: the name stands in both, and what
// counts is beside the file.
func (p *parser) attachments(root, envelope *node, b Business) (all []Attachment) {
	seen, names := map[string]bool{}, map[string]bool{}
	for _, n := range p.one(root, "AttachmentEncoded").all("Attachment") {
		a := Attachment{
			ContentID: strings.TrimPrefix(p.need(n, "ContentId", 200), "cid:"), Name: p.need(n, "AttachmentName", 500),
			Description: p.text(n, "Description", 1000), ContentType: p.text(n, "ContentType", 200),
		}
		data := p.one(n, "ContentTransferEncoded")
		if data == nil || data.blob == "" {
			p.fail("ContentTransferEncoded", "missing for %s", a.Name)
			return nil
		}
		if seen[a.ContentID] {
			p.fail("ContentId", "%s stands twice", a.ContentID)
		}
		seen[a.ContentID] = true
		p.fileName(a.Name, names)
		a.Path = data.blob
		all = append(all, a)
	}
	if b.Kind == submit.Recall { // some keep the manifest without the files
		return all
	}
	for _, r := range p.one(p.one(envelope, "edXMLBody"), "edXMLManifest").all("Reference") {
		if id := strings.TrimPrefix(p.text(r, "ContentId", 200), "cid:"); !seen[id] {
			p.fail("Reference", "no attachment has the ContentId %q", id)
		}
	}
	return all
}

// drive is the beginning of a path of Windows.
var drive = regexp.MustCompile(`^[A-Za-z]:`)

// fileName refuses names that lead elsewhere, that look like another name than
// they are, and that a folder which ignores case cannot tell apart.
func (p *parser) fileName(name string, taken map[string]bool) {
	deceives := func(r rune) bool { // controls, and marks that turn the reading direction
		return unicode.IsControl(r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029
	}
	same := strings.ToLower(norm.NFC.String(name))
	switch {
	case name != path.Base(strings.ReplaceAll(name, `\`, "/")), name == ".", name == "..", drive.MatchString(name):
		p.fail("AttachmentName", "%q holds a path", name)
	case strings.ContainsFunc(name, deceives):
		p.fail("AttachmentName", "%q holds control characters", name)
	case taken[same]:
		p.fail("AttachmentName", "two attachments have the name %q", name)
	}
	taken[same] = true
}

// settle finds the file inside a, by its bytes and never by ContentType, and
// measures it.
func settle(a *Attachment, limits Limits) error {
	f, err := os.Open(a.Path)
	if err != nil {
		return err
	}
	inner := ""
	switch {
	case begins(f, "PK\x03\x04"):
		inner, err = unwrap(f, a.Name, limits)
	case begins(f, "\x1F\x8B\x08") && !gzipLike[extension(a.Name)]:
		inner, err = gunzip(f, a.Name, limits)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if inner != "" {
		if err := os.Remove(a.Path); err != nil {
			return err
		}
		a.Path, a.Unwrapped = inner, true
	}
	a.SHA256, a.Size, err = bytesOf(a.Path)
	if err == nil && a.Size == 0 {
		err = fault("ContentTransferEncoded", "%s is empty", a.Name)
	}
	return err
}

func begins(f *os.File, magic string) bool {
	head := make([]byte, len(magic))
	_, err := f.ReadAt(head, 0)
	return err == nil && string(head) == magic
}

// gunzip takes a file out of the gzip that somebody put around it.
func gunzip(f *os.File, name string, limits Limits) (string, error) {
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return "", damage("ContentTransferEncoded", name+": damaged archive: ", err)
	}
	return unpack(z, name, limits)
}

// unwrap takes the only entry out of a zip that stands around a file of another
// kind and returns its path; "" where the zip is the file. Archives that would
// grow without measure or write outside their folder are refused.
func unwrap(f *os.File, name string, limits Limits) (string, error) {
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return "", damage("ContentTransferEncoded", name+": damaged archive: ", err)
	}
	if err := checkEntries(z, info.Size(), name, limits); err != nil {
		return "", err
	}
	entry := onlyFile(z)
	if entry == nil {
		return "", nil
	}
	// A file that is a zip itself is wrapped all the same by the vendor's writer
	// (xlsx, odt …), its one entry named with the same ending; only ".zip" never.
	if kind := extension(name); zipLike[kind] && (kind == "zip" || extension(entry.Name) != kind) {
		return "", nil
	}
	if strings.ContainsAny(entry.Name, `/\:`) {
		return "", fault("ContentTransferEncoded", "%s: the archive holds the path name %q", name, entry.Name)
	}
	return extract(entry, name, limits)
}

// onlyFile is the only file of an archive, nil where it has none or more.
func onlyFile(z *zip.Reader) (only *zip.File) {
	for _, e := range z.File {
		switch {
		case e.FileInfo().IsDir():
		case only != nil:
			return nil
		default:
			only = e
		}
	}
	return only
}

// An archive of more than bombSize that is unpacked more than bombRatio times as
// large as it is, is made to fill disks: office documents come to a tenth.
const (
	bombSize  = 16 << 20
	bombRatio = 300
)

func checkEntries(z *zip.Reader, size int64, name string, limits Limits) error {
	var total uint64
	for _, e := range z.File {
		clean := strings.ReplaceAll(e.Name, `\`, "/")
		if strings.HasPrefix(clean, "/") || strings.Contains(clean, ":") || strings.Contains("/"+clean+"/", "/../") {
			return fault("ContentTransferEncoded", "%s: the archive holds the path name %q", name, e.Name)
		}
		if e.UncompressedSize64 > maxUnpacked || total+e.UncompressedSize64 > maxUnpacked {
			return fault("ContentTransferEncoded", "%s: the archive unpacks to more than %d MB", name, maxUnpacked>>20)
		}
		total += e.UncompressedSize64
	}
	if !limits.own && total > bombSize && total/bombRatio > uint64(size) { //nolint:gosec // no file has a negative size
		return fault("ContentTransferEncoded", "%s: the archive unpacks to %d times its size", name, total/uint64(size)) //nolint:gosec // as above
	}
	return nil
}

func extract(entry *zip.File, name string, limits Limits) (string, error) {
	src, err := entry.Open()
	if err != nil {
		return "", damage("ContentTransferEncoded", name+": damaged archive: ", err)
	}
	defer src.Close()
	return unpack(src, name, limits)
}

// unpack writes what an archive holds into a file of its own.
func unpack(src io.Reader, name string, limits Limits) (string, error) {
	dst, err := os.CreateTemp(limits.Dir, "attachment-*")
	if err != nil {
		return "", err
	}
	n, err := io.Copy(dst, io.LimitReader(src, limits.File+1))
	err = errors.Join(err, dst.Close())
	switch {
	case n > limits.File:
		return "", fault("ContentTransferEncoded", "%s: unpacks to more than %d MB", name, limits.File>>20)
	case err != nil:
		return "", damage("ContentTransferEncoded", name+": damaged archive: ", err)
	}
	return dst.Name(), nil
}
