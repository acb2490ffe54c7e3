package verify

import "trinhky/signer/internal/pdf"

// permit is what may still be done to a document after a signature
// (ISO 32000-2, 12.8.2.2 to 12.8.2.4).
type permit struct {
	forms       bool // filling in
	signatures  bool
	annotations bool
	locks       []pdf.Lock
}

// readPermit reads DocMDP of the signed revision, and FieldMDP and /Lock of the
// signature. Evidence and document timestamps are always allowed.
func (m *comparison) readPermit() permit {
	p := 2
	if n, ok := m.old.DocMDP(); ok {
		p = n
	}
	if n, ok := m.old.DocMDPOf(m.c.dict); ok {
		p = n
	}
	var locks []pdf.Lock
	for _, t := range m.old.Transforms(m.c.dict) {
		if t.Method != "FieldMDP" {
			continue
		}
		if l, ok := m.old.ReadLock(t.Params); ok {
			locks = append(locks, l)
		}
	}
	if l, ok := m.old.ReadLock(m.c.field.Dict.Get("Lock")); ok {
		locks = append(locks, l)
		if l.P > 0 {
			p = min(p, l.P)
		}
	}
	return permit{forms: p >= 2, signatures: p >= 2, annotations: p == 3, locks: locks}
}

func (p permit) locked(field string) bool {
	for _, l := range p.locks {
		if l.Locks(field) {
			return true
		}
	}
	return false
}
