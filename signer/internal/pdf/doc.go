// Package pdf reads the structure of PDF files and appends to them.
//
// The reader is lazy: it works on an io.ReaderAt, reads windows of a few KB,
// never loads a stream that nobody asked for, and keeps the raw bytes of every
// value it parsed. The writer makes incremental updates (ISO 32000-1, 7.5.6):
// the original stays a byte-exact prefix, only objects that change are written
// again, and of those only the entries that change are formed anew.
//
//	d, err := pdf.Open(file, size, pdf.Options{Password: pw})
//	u, err := pdf.NewUpdate(d)
//	sig := u.Alloc()
//	u.Put(sig, pdf.Dict("Type", pdf.Name("Sig"), "ByteRange", pdf.Hole("range", 40),
//		"Contents", pdf.HexHole("contents", 16384)))
//	err = u.Edit(root, []string{"AcroForm", "Fields"}, func(v pdf.Value) (pdf.Value, error) {
//		return v.Append(pdf.RefTo(field)), nil
//	})
//	inc, err := u.Layout() // inc.Bytes go behind the original; inc.Mark("contents") is absolute
//
// House rules: everything hostile ends with an *Error after bounded work and
// bounded memory (limits.go); a Document and an Update are not safe for
// concurrent use; Values are immutable, their raw bytes must not be modified.
package pdf
