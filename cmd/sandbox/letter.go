package main

import (
	"context"
	"crypto"
	"crypto/x509/pkix"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"trinhky/cmd/sandbox/axis"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/sample"
)

// letters makes the signed documents that agencies behind the axis send.
type letters struct {
	authority *pki.PKI
	dir       string

	mu   sync.Mutex
	from map[string]pki.Identity // by the name of the signer
}

// key is a software key.
type key struct{ crypto.Signer }

func (key) Close() error { return nil }

// write makes the PDF of an incoming document: printed, stamped and signed
// (B-B) by a person of the sending agency.
func (l *letters) write(in axis.Incoming) ([]byte, error) {
	return l.signed(sample.Document{
		Parent: sample.DemoParent, Agency: "SỞ NHẬN VĂN BẢN", Number: in.Number, Notation: in.Notation,
		Place: "Tỉnh Mẫu", Date: in.Date, Subject: in.Subject, Addressees: []string{agencyName + "."},
		Body: []string{
			"Thực hiện chương trình công tác, Sở Nhận văn bản kính mời quý cơ quan cử đại diện dự họp triển khai việc gửi, nhận văn bản điện tử có ký số.",
			"Đề nghị quý cơ quan quan tâm, bố trí tham dự đúng thành phần, thời gian./.",
		},
		Recipients: []string{"Như trên;", "Lưu: VT, VP."},
		Signers:    []sample.Signer{{Authority: "KT. GIÁM ĐỐC", Title: "PHÓ GIÁM ĐỐC", Name: in.Signer}},
	})
}

// signed prints a document and puts the signature of its first signer on it (B-B).
func (l *letters) signed(d sample.Document) (_ []byte, err error) {
	pdf, truth, err := sample.Generate(d)
	if err != nil {
		return nil, err
	}
	name := d.Signers[0].Name
	id, err := l.identity(name)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(l.dir, "letter-*")
	if err != nil {
		return nil, err
	}
	defer func() {
		if failed := os.RemoveAll(dir); err == nil {
			err = failed
		}
	}()
	plain, signed := filepath.Join(dir, "plain.pdf"), filepath.Join(dir, "signed.pdf")
	if err := os.WriteFile(plain, pdf, 0o600); err != nil {
		return nil, err
	}
	ink, err := signer.ParsePicture(sample.SignatureImage())
	if err != nil {
		return nil, err
	}
	band := truth.Signers[0].Band
	size := geom.Size{W: float64(ink.W), H: float64(ink.H)}.Scale(72 / sample.SignatureDPI).Fit(band.Rect.Size())
	middle := geom.Point{X: (band.Rect.X0 + band.Rect.X1) / 2, Y: (band.Rect.Y0 + band.Rect.Y1) / 2}
	request := signer.Request{
		Input: plain, Output: signed, Certificate: id.Certificate, Chain: l.authority.Chain(), Name: name,
		Field: signer.SignatureField{Page: band.Page, Rect: geom.CenterOn(middle, size)},
		Appearance: &signer.Appearance{
			Size: size, Items: []signer.Item{signer.Image{Rect: geom.At(geom.Point{}, size), Picture: ink}},
		},
	}
	var p signer.Pipeline
	if _, err := p.Sign(context.Background(), request, key{id.Key}, nil); err != nil {
		return nil, fmt.Errorf("sign the letter: %w", err)
	}
	return os.ReadFile(signed)
}

// identity issues a certificate to a person at the first letter.
func (l *letters) identity(name string) (pki.Identity, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if id, ok := l.from[name]; ok {
		return id, nil
	}
	id, err := l.authority.Issue(pki.Template{Algorithm: pki.P256, Subject: pkix.Name{
		Country: []string{"VN"}, Organization: []string{"Sở Nhận văn bản tỉnh Mẫu"}, CommonName: name,
	}})
	if err != nil {
		return id, err
	}
	l.from[name] = id
	return id, nil
}
