package verify_test

import (
	"testing"
	"time"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/internal/pdf"
	"trinhky/signer/verify"
)

func TestHonest(t *testing.T) {
	b := newBench(t)
	base := b.letter(t)
	visible := func(name string) func(*signer.Request) {
		return func(r *signer.Request) {
			r.Field = signer.SignatureField{Name: name, Rect: geom.Rect{X0: 300, Y0: 100, X1: 500, Y1: 180}}
		}
	}
	once := b.sign(t, base, b.Leader, visible("Lãnh đạo"))
	level := func(l signer.Level) func(*signer.Request) { return func(r *signer.Request) { r.Level = l } }
	for _, c := range []struct {
		name    string
		doc     []byte
		changes []verify.Changes
		levels  []signer.Level
	}{
		{"one signature", once, []verify.Changes{verify.ChangesNone}, []signer.Level{signer.LevelB}},
		{
			"two signatures", b.sign(t, once, b.Agency, visible("Cơ quan")),
			[]verify.Changes{verify.ChangesAllowed, verify.ChangesNone},
			[]signer.Level{signer.LevelB, signer.LevelB},
		},
		{"with a timestamp", b.sign(t, base, b.Leader, level(signer.LevelT)), []verify.Changes{verify.ChangesNone}, []signer.Level{signer.LevelT}},
		{
			"metadata changed", forge(t, once, func(u *update) error {
				info, ok := u.doc.Trailer().Get("Info").Ref()
				if !ok {
					t.Skip("the sample has no /Info")
				}
				return u.set(info, "Title", pdf.Text("Tên khác"))
			}), []verify.Changes{verify.ChangesAllowed}, []signer.Level{signer.LevelB},
		},
		{
			"a DSS", forge(t, once, func(u *update) error {
				cert := u.Add(pdf.Stream(pdf.Dict(), b.Root.Certificate.Raw))
				return u.set(u.doc.RootRef(), "DSS", pdf.RefTo(u.Add(pdf.Dict("Certs", pdf.Array(pdf.RefTo(cert))))))
			}), []verify.Changes{verify.ChangesAllowed}, []signer.Level{signer.LevelB},
		},
		{"written anew without change", forge(t, once, func(u *update) error {
			u.Put(u.page.Ref, u.page.Dict)
			return nil
		}), []verify.Changes{verify.ChangesAllowed}, []signer.Level{signer.LevelB}},
		{"an end of line more", append(append([]byte{}, once...), '\n'), []verify.Changes{verify.ChangesNone}, []signer.Level{signer.LevelB}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := b.verify(t, c.doc, b.options())
			defer func() {
				if t.Failed() {
					show(t, r)
				}
			}()
			if r.Verdict != verify.Valid || len(r.Signatures) != len(c.changes) {
				t.Fatalf("verdict %v with %d signatures", r.Verdict, len(r.Signatures))
			}
			for i, s := range r.Signatures {
				if s.Changes != c.changes[i] || s.Level != c.levels[i] || s.Revocation != verify.RevocationGood {
					t.Errorf("signature %d: changes %v, level %v, revocation %v", s.N, s.Changes, s.Level, s.Revocation)
				}
				if s.N != i+1 || s.Certificate == nil || s.Digest != "SHA-256" || s.Algorithm != "ECDSA-P-256" {
					t.Errorf("signature %d: %+v", s.N, s)
				}
			}
			if last := r.Signatures[len(r.Signatures)-1]; len(c.changes) == 1 && c.changes[0] == verify.ChangesNone && last.Coverage != verify.CoverageFile {
				t.Errorf("coverage %v", last.Coverage)
			}
		})
	}
}

func TestTrust(t *testing.T) {
	b := newBench(t)
	base := b.letter(t)
	plain := b.sign(t, base, b.Leader, nil)
	stamped := b.sign(t, base, b.Leader, func(r *signer.Request) { r.Level = signer.LevelT })
	revoked := b.sign(t, base, b.RevokedLeaf, nil)
	later := b.Leader.Certificate.NotAfter.Add(24 * time.Hour)
	for _, c := range []struct {
		name       string
		doc        []byte
		options    func(*verify.Options)
		verdict    verify.Verdict
		chain      verify.ChainState
		revocation verify.Revocation
	}{
		{"trusted", plain, nil, verify.Valid, verify.ChainTrusted, verify.RevocationGood},
		{"no anchors", plain, func(o *verify.Options) { o.Roots = nil }, verify.Indeterminate, verify.ChainUntrusted, verify.RevocationUnchecked},
		{"offline", plain, func(o *verify.Options) { o.Status = nil }, verify.Valid, verify.ChainTrusted, verify.RevocationUnchecked},
		{"revoked, no proof of time", revoked, nil, verify.Indeterminate, verify.ChainTrusted, verify.RevocationRevoked},
		{"expired, no proof of time", plain, func(o *verify.Options) { o.At, o.Status = later, nil }, verify.Indeterminate, verify.ChainExpired, verify.RevocationUnchecked},
		{"expired, time proven", stamped, func(o *verify.Options) { o.At, o.Status = later, nil }, verify.Valid, verify.ChainTrusted, verify.RevocationUnchecked},
		{"before it was issued", plain, func(o *verify.Options) {
			o.At, o.Status = b.Leader.Certificate.NotBefore.Add(-time.Hour), nil
		}, verify.Invalid, verify.ChainNotYetValid, verify.RevocationUnchecked},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := b.options()
			if c.options != nil {
				c.options(&o)
			}
			r := b.verify(t, c.doc, o)
			s := r.Signatures[0]
			if r.Verdict != c.verdict || s.Chain != c.chain || s.Revocation != c.revocation || !s.Intact {
				show(t, r)
				t.Errorf("want %v, chain %v, revocation %v", c.verdict, c.chain, c.revocation)
			}
		})
	}
}

func TestNoSignature(t *testing.T) {
	b := newBench(t)
	r := b.verify(t, b.letter(t), b.options())
	if r.Verdict != verify.None || len(r.Signatures) != 0 || r.Pages == 0 || r.SHA256 == [32]byte{} {
		t.Errorf("%+v", r)
	}
}

// TestHonestForms: filling in and signing prepared forms, in the ways in which
// fields and widgets can hang together.
func TestHonestForms(t *testing.T) {
	b := newBench(t)
	widget := func(u *update, parent pdf.Ref) pdf.Value {
		return pdf.RefTo(u.Add(pdf.Dict("Type", pdf.Name("Annot"), "Subtype", pdf.Name("Widget"), "Parent", pdf.RefTo(parent),
			"Rect", pdf.Numbers(50, 50, 150, 70), "P", pdf.RefTo(u.page.Ref), "AP", pdf.Dict("N", pdf.RefTo(look(u))))))
	}
	form := forge(t, b.letter(t), func(u *update) error {
		group, text, sig := u.Alloc(), u.Alloc(), u.Alloc()
		w1, w2, w3 := widget(u, text), widget(u, text), widget(u, sig)
		u.Put(group, pdf.Dict("T", pdf.Text("Nhóm"), "Kids", pdf.Array(pdf.RefTo(text))))
		u.Put(text, pdf.Dict("T", pdf.Text("Số"), "FT", pdf.Name("Tx"), "Parent", pdf.RefTo(group), "Kids", pdf.Array(w1, w2)))
		u.Put(sig, pdf.Dict("T", pdf.Text("Trống"), "FT", pdf.Name("Sig"), "Kids", pdf.Array(w3)))
		for _, w := range []pdf.Value{w1, w2, w3} {
			if err := u.add(u.page.Ref, w, "Annots"); err != nil {
				return err
			}
		}
		return u.set(u.doc.RootRef(), "AcroForm", pdf.Dict("Fields", pdf.Array(pdf.RefTo(group), pdf.RefTo(sig))))
	})
	signed := b.sign(t, form, b.Leader, func(r *signer.Request) { r.Field.Name = "Lãnh đạo" })
	filled := forge(t, signed, func(u *update) error {
		f, err := u.doc.Form()
		if err != nil {
			return err
		}
		text, ok := f.Field("Nhóm.Số")
		if !ok || len(text.Widgets) != 2 {
			t.Fatalf("the form was not read: %+v", f.Fields)
		}
		for _, w := range text.Widgets {
			if err := u.set(w.Ref, "AP", pdf.Dict("N", pdf.RefTo(paint(u)))); err != nil {
				return err
			}
		}
		return u.set(text.Ref, "V", pdf.Text("125/SG-VP"))
	})
	for name, doc := range map[string][]byte{
		"filled in":                    filled,
		"the empty field signed":       b.sign(t, signed, b.Agency, func(r *signer.Request) { r.Field.Name = "Trống" }),
		"filled in, then field signed": b.sign(t, filled, b.Agency, func(r *signer.Request) { r.Field.Name = "Trống" }),
	} {
		t.Run(name, func(t *testing.T) {
			r := b.verify(t, doc, b.options())
			if r.Verdict != verify.Valid || r.Signatures[0].Changes != verify.ChangesAllowed {
				show(t, r)
				t.Error("honest changes are not allowed")
			}
		})
	}
}
