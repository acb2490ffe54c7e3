package repair

import (
	"context"
	"errors"
	"fmt"
	"os"

	"trinhky/signer"
	"trinhky/signer/internal/pdf"
)

// maxCounted bounds the pages whose annotations are counted.
const maxCounted = 20_000

// Content is what can be counted in a document.
type Content struct {
	Pages, Fields, Annotations       int
	Outlines, Attachments, Encrypted bool
	Signed                           bool
}

// errDamaged says that readers forgive the damage, but nothing may be appended.
var errDamaged = errors.New("the cross-reference table is damaged")

// count reads what it can of a file; the error says why it cannot be signed as
// it is.
func count(ctx context.Context, path string, password signer.PIN) (Content, error) {
	var c Content
	f, err := os.Open(path)
	if err != nil {
		return c, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return c, err
	}
	d, err := pdf.Open(f, info.Size(), pdf.Options{Password: password})
	if err != nil {
		return c, err
	}
	c.Encrypted = d.Encrypted()
	err = errors.Join(c.countPages(ctx, d), c.countForm(d), c.countCatalog(d))
	if err == nil && d.Repaired() {
		err = errDamaged
	}
	return c, err
}

func (c *Content) countPages(ctx context.Context, d *pdf.Document) error {
	pages, err := d.AllPages()
	if err != nil {
		return err
	}
	if len(pages) == 0 {
		return errors.New("there is no page")
	}
	c.Pages = len(pages)
	for i, ref := range pages {
		if i == maxCounted || ctx.Err() != nil {
			return ctx.Err()
		}
		page, err := d.Get(ref)
		if err != nil {
			return err
		}
		annots, err := d.Lookup(page, "Annots")
		if err != nil {
			return err
		}
		if annots.Kind() == pdf.KindArray {
			c.Annotations += annots.Len()
		}
	}
	return nil
}

func (c *Content) countForm(d *pdf.Document) error {
	form, err := d.Form()
	if err != nil {
		return err
	}
	c.Fields = len(form.Fields)
	for _, f := range form.Fields {
		c.Signed = c.Signed || f.Signed()
	}
	return nil
}

func (c *Content) countCatalog(d *pdf.Document) error {
	catalog, err := d.Catalog()
	if err != nil {
		return err
	}
	outlines, err := d.Lookup(catalog, "Outlines")
	if err != nil {
		return err
	}
	c.Outlines = outlines.Has("First")
	names, err := d.Lookup(catalog, "Names")
	if err != nil {
		return err
	}
	c.Attachments = names.Has("EmbeddedFiles")
	return nil
}

// lost compares with what came out.
func (c Content) lost(after Content) []string {
	var out []string
	for _, n := range []struct {
		what     string
		was, now int
	}{
		{"pages", c.Pages, after.Pages},
		{"form fields", c.Fields, after.Fields},
		{"annotations", c.Annotations, after.Annotations},
	} {
		if n.now < n.was {
			out = append(out, fmt.Sprintf("%d of %d %s", n.was-n.now, n.was, n.what))
		}
	}
	for _, b := range []struct {
		what     string
		was, now bool
	}{
		{"the outline", c.Outlines, after.Outlines},
		{"the attachments", c.Attachments, after.Attachments},
		{"the encryption", c.Encrypted, after.Encrypted},
	} {
		if b.was && !b.now {
			out = append(out, b.what)
		}
	}
	return out
}
