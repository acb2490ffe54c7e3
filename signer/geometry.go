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
	f, size, err := openInput(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	doc, err := pdf.Open(f, size, pdf.Options{Password: password})
	if err != nil {
		return nil, documentError(path, err)
	}
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
