package pdfium

import "context"

// userUnit is the /UserUnit of a page.
func (d *document) userUnit(_ context.Context, _ int) (float64, error) { return 1, nil }
