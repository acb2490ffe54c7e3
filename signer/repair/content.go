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

// Part is a part of a document that a repair may lose.
type Part string

// The parts.
const (
	Pages       Part = "pages"
	Fields      Part = "fields"
	Annotations Part = "annotations"
	Outline     Part = "outline"
	Attachments Part = "attachments"
	Encryption  Part = "encryption"
)

// Loss is what the damaged file had, as far as it could be read, and the new
// one has not. Lost and Of count pages, fields and annotations, else they are 1.
type Loss struct {
	Part     Part
	Lost, Of int
}

// String is for logs.
func (l Loss) String() string { return fmt.Sprintf("%d of %d %s", l.Lost, l.Of, l.Part) }

// lost compares with what came out.
func (c Content) lost(after Content) []Loss {
	one := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	var out []Loss
	for _, n := range []struct {
		part     Part
		was, now int
	}{
		{Pages, c.Pages, after.Pages},
		{Fields, c.Fields, after.Fields},
		{Annotations, c.Annotations, after.Annotations},
		{Outline, one(c.Outlines), one(after.Outlines)},
		{Attachments, one(c.Attachments), one(after.Attachments)},
		{Encryption, one(c.Encrypted), one(after.Encrypted)},
	} {
		if n.now < n.was {
			out = append(out, Loss{n.part, n.was - n.now, n.was})
		}
	}
	return out
}
