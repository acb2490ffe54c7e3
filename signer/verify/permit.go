package verify

import "trinhky/signer/internal/pdf"

// permit is what may still be done to a document after a signature
// (ISO 32000-2, 12.8.2.2 to 12.8.2.4).
type permit struct {
	forms       bool // filling in
	signatures  bool
	annotations bool
	// certified: new signature fields must be invisible, or by somebody who is
	// trusted. A certification lets people sign the fields that are there
	// (ISO 32000-2, Table 257).
	certified bool
	locks     []pdf.Lock
}

// readPermit reads DocMDP of the signed revision, and FieldMDP and /Lock of the
// signature. Evidence and document timestamps are always allowed.
func (m *comparison) readPermit() permit {
	p, certified := 2, false
	if n, ok := m.old.DocMDP(); ok {
		p, certified = n, true
	}
	if n, ok := m.old.DocMDPOf(m.c.dict); ok {
		p, certified = n, true
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
	return permit{forms: p >= 2, signatures: p >= 2, annotations: p == 3, certified: certified, locks: locks}
}

func (p permit) locked(field string) bool {
	for _, l := range p.locks {
		if l.Locks(field) {
			return true
		}
	}
	return false
}
