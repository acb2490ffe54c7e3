package edxml

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path"
	"strings"

	"trinhky/submit"
)

// maxUnpacked is what an attached archive may grow to in all: more is a bomb.
const maxUnpacked = 1 << 30

// zipLike are kinds of files that are zips themselves.
var zipLike = map[string]bool{
	"zip": true, "docx": true, "xlsx": true, "pptx": true, "docm": true, "xlsm": true, "pptm": true, "dotx": true,
	"odt": true, "ods": true, "odp": true, "odg": true, "jar": true, "epub": true, "kmz": true, "asice": true,
}

// attachments joins the files beside the envelope with the manifest. The two
// need not say the same of one attachment: the name stands in both, and what
// counts is beside the file.
func (p *parser) attachments(root, envelope *node, b Business) (all []Attachment) {
	seen := map[string]bool{}
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
		if a.Name != path.Base(strings.ReplaceAll(a.Name, `\`, "/")) || a.Name == "." || a.Name == ".." {
			p.fail("AttachmentName", "%q holds a path", a.Name)
		}
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

// settle finds the file inside a, by its bytes and never by ContentType, and
// measures it.
func settle(a *Attachment, limits Limits) error {
	f, err := os.Open(a.Path)
	if err != nil {
		return err
	}
	inner := ""
	if isZip(f) {
		inner, err = unwrap(f, a.Name, limits)
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
	return err
}

func isZip(f *os.File) bool {
	head := make([]byte, 4)
	_, err := f.ReadAt(head, 0)
	return err == nil && bytes.Equal(head, []byte("PK\x03\x04"))
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
		return "", fault("ContentTransferEncoded", "%s: damaged archive: %v", name, err)
	}
	if err := checkEntries(z, name); err != nil {
		return "", err
	}
	if len(z.File) != 1 {
		return "", nil
	}
	entry := z.File[0]
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

func checkEntries(z *zip.Reader, name string) error {
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
	return nil
}

func extract(entry *zip.File, name string, limits Limits) (_ string, err error) {
	src, err := entry.Open()
	if err != nil {
		return "", fault("ContentTransferEncoded", "%s: damaged archive: %v", name, err)
	}
	defer src.Close()
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
		return "", fault("ContentTransferEncoded", "%s: damaged archive: %v", name, err)
	}
	return dst.Name(), nil
}
