package signer

import (
	"context"

	"trinhky/pdfview/geom"
	"trinhky/signer/internal/pdf"
)

// mostGeometry bounds what Geometry reads of a hostile page tree.
const mostGeometry = 20_000 // pages

// Geometry reads the geometry of the pages of the file at path, without a
// renderer. It fails as Inspect does.
func Geometry(ctx context.Context, path string, password PIN) ([]geom.Page, error) {
	doc, done, err := openPages(path, password)
	if err != nil {
		return nil, err
	}
	defer done()
	n, err := doc.NumPages()
	if err != nil {
		return nil, documentError(path, err)
	}
	pages := make([]geom.Page, 0, min(n, mostGeometry))
	for i := range cap(pages) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p, err := doc.Page(i)
		if err != nil {
			return nil, documentError(path, err)
		}
		pages = append(pages, p.Geometry)
	}
	return pages, nil
}

// LastPage reads the geometry of the last page alone, and its index from 0: the
// page tree is not walked for it. It fails as Inspect does.
func LastPage(ctx context.Context, path string, password PIN) (geom.Page, int, error) {
	doc, done, err := openPages(path, password)
	if err != nil {
		return geom.Page{}, 0, err
	}
	defer done()
	n, err := doc.NumPages()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return geom.Page{}, 0, documentError(path, err)
	}
	p, err := doc.Page(n - 1)
	if err != nil {
		return geom.Page{}, 0, documentError(path, err)
	}
	return p.Geometry, n - 1, nil
}

func openPages(path string, password PIN) (doc *pdf.Document, done func(), err error) {
	f, size, err := openInput(path)
	if err != nil {
		return nil, nil, err
	}
	if doc, err = pdf.Open(f, size, pdf.Options{Password: password}); err != nil {
		_ = f.Close()
		return nil, nil, documentError(path, err)
	}
	return doc, func() { _ = f.Close() }, nil
}
