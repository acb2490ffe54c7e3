package pdf

// Lock is what a signature field's /Lock, or a FieldMDP transform, forbids
// once the field is signed (ISO 32000-1, Tables 233 and 256).
type Lock struct {
	Action string   // All, Include, Exclude
	Fields []string // fully qualified names, of Include and Exclude
	P      int      // ISO 32000-2: access permission as in DocMDP; 0: none stated
}

// Locks says whether the field of that name is locked. A name also stands for
// the fields below it.
func (l Lock) Locks(field string) bool {
	listed := false
	for _, n := range l.Fields {
		if field == n || len(field) > len(n) && field[:len(n)] == n && field[len(n)] == '.' {
			listed = true
		}
	}
	switch l.Action {
	case "All":
		return true
	case "Include":
		return listed
	case "Exclude":
		return !listed
	}
	return false
}

// ReadLock reads a lock dictionary or FieldMDP parameters; ok is false when v
// is none.
func (d *Document) ReadLock(v Value) (l Lock, ok bool) {
	v, err := d.Resolve(v)
	if err != nil || !v.IsDict() {
		return Lock{}, false
	}
	l.Action = v.Get("Action").Name()
	if p, ok := v.Get("P").Int(); ok && p >= 1 && p <= 3 {
		l.P = int(p)
	}
	names, err := d.Resolve(v.Get("Fields"))
	if err == nil && names.Kind() == KindArray {
		for i := range min(names.Len(), maxFields) {
			if n, err := d.Resolve(names.At(i)); err == nil {
				l.Fields = append(l.Fields, n.Text())
			}
		}
	}
	return l, l.Action != ""
}

// Transform is one entry of a signature's /Reference array.
type Transform struct {
	Method string // DocMDP, FieldMDP, UR3 …
	Params Value  // resolved /TransformParams
}

// Transforms reads the /Reference array of a signature dictionary.
func (d *Document) Transforms(sig Value) []Transform {
	refs, err := d.Lookup(sig, "Reference")
	if err != nil || refs.Kind() != KindArray {
		return nil
	}
	var out []Transform
	for i := range min(refs.Len(), 64) {
		x, err := d.Resolve(refs.At(i))
		if err != nil {
			continue
		}
		params, err := d.Lookup(x, "TransformParams")
		if err != nil {
			continue
		}
		out = append(out, Transform{x.Get("TransformMethod").Name(), params})
	}
	return out
}

// DocMDPOf returns what a signature dictionary says about DocMDP: 1, 2 or 3;
// ok is false when it is no certification.
func (d *Document) DocMDPOf(sig Value) (p int, ok bool) {
	for _, t := range d.Transforms(sig) {
		if t.Method != "DocMDP" {
			continue
		}
		n, has := t.Params.Get("P").Int()
		if !has {
			return 2, true // the default
		}
		return int(n), true
	}
	return 0, false
}

// DocMDP returns what the certification of the document allows: 1 nothing, 2
// forms and signatures, 3 also annotations; ok is false without certification.
func (d *Document) DocMDP() (p int, ok bool) {
	cat, err := d.Catalog()
	if err != nil {
		return 0, false
	}
	perms, err := d.Lookup(cat, "Perms")
	if err != nil {
		return 0, false
	}
	sig, err := d.Lookup(perms, "DocMDP")
	if err != nil || !sig.IsDict() {
		return 0, false
	}
	return d.DocMDPOf(sig)
}
