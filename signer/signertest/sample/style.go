package sample

// Style is how a document was typed. The zero value follows the decree in
// Times: what most offices print.
type Style struct {
	Sans bool    // in Arial's metrics instead of Times New Roman's
	Size float64 // of the body, points; 0: 14
	Band float64 // between title and name, mm; 0: 27
	// Decomposed writes letters and their marks as separate characters (NFD).
	Decomposed bool
	// Shuffle paints the lines of a page in another order; its value is the
	// seed, 0 keeps the order of reading.
	Shuffle uint64
	// Words prints every word as a text object of its own.
	Words bool
	// Party is the heading of Party offices (no Quốc hiệu; "Số 15-CV/TU").
	Party bool
	// Table and Leaders put a table, and lines filled with dots, into the body.
	Table, Leaders bool
	// Boxes prints the signers as an internal approval sheet does (phiếu trình,
	// phiếu giải quyết): a ruled box for each level, one below the other.
	Boxes bool
	// Annexes are appendix pages after the signature block.
	Annexes int
}

func (s Style) size() float64 {
	if s.Size > 0 {
		return s.Size
	}
	return 14
}

func (s Style) band() float64 {
	if s.Band > 0 {
		return s.Band
	}
	return 27
}
