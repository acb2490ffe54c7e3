package flow

// batchTokens is told that tokens came or went: documents get the certificate
// that suits them, and a pile whose token came back asks for its PIN.
func (f *Flow) batchTokens() {
	p := &f.pile.now
	for _, row := range p.Rows {
		if !row.State.Signable() || row.doc == nil {
			continue
		}
		want := choose(f.lists.Tokens, f.choice, row.doc, row.Role)
		if want == nil || equalChoice(want, row.Signer) {
			continue
		}
		f.reread(row)
	}
	f.readRow()
	back := f.pile.resume
	if back == nil || p.Stage != BatchIdle || p.Review != nil {
		return
	}
	for _, t := range f.lists.Tokens {
		if same(t.Slot, back.Slot) {
			f.pile.resume = nil
			f.BatchSign()
			return
		}
	}
}

// reread reads a document anew, because its stamp changes with certificate and
// settings; what was agreed to holds where the stamp still stands there.
func (f *Flow) reread(row *BatchRow) {
	if row.State == RowAgreed {
		l := f.approval(row)
		row.was = &l
	}
	row.State = RowReading
}

// batchSettings is told that the settings changed.
func (f *Flow) batchSettings() {
	for _, row := range f.pile.now.Rows {
		if row.State.Signable() {
			f.reread(row)
		}
	}
	f.readRow()
}
