package wire

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"trinhky/app/message"
	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/pdfview/geom"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// Stamp reads what a stamp of role carries from the settings, and says what is
// wrong with its picture. Signer and agency come from the certificate, which
// may be nil.
func (g *Graph) Stamp(_ context.Context, s settings.Settings, role stamp.Role, cert *x509.Certificate) (stamp.Input, []verify.Finding, error) {
	return g.StampWith(s, role, cert, g.Path(pictureOf(s, role)))
}

// pictureOf is the picture that the settings name for a role.
func pictureOf(s settings.Settings, role stamp.Role) string {
	switch role {
	case stamp.Leader, stamp.Initials:
		return s.Signing.Image
	case stamp.Seal, stamp.Digitised:
		return s.Signing.Seal
	case stamp.Attachment, stamp.Copy, stamp.Archive, stamp.Number, stamp.Comment: // text only
	}
	return ""
}

// StampWith is Stamp with a picture of the caller's choice; "" is none.
func (g *Graph) StampWith(s settings.Settings, role stamp.Role, cert *x509.Certificate, picture string) (stamp.Input, []verify.Finding, error) {
	font, err := g.Font()
	if err != nil {
		return stamp.Input{}, nil, err
	}
	in := stamp.Input{
		Role: role, Rules: stamp.RuleSet(s.Signing.Rules), Font: font,
		Width: geom.MM(s.Signing.SealWidthMM), Agency: s.Agency.Name, Time: time.Now(), Title: s.Signing.Title,
	}
	if in.Rules == "" {
		in.Rules = stamp.TT01
	}
	if in.Profile, err = g.variant(in.Rules, role); err != nil {
		return stamp.Input{}, nil, err
	}
	in = Signed(in, cert)
	if role == stamp.Number {
		in.Town = s.Agency.Place
		if in.Italic, err = g.Italic(); err != nil {
			return stamp.Input{}, nil, err
		}
	}
	if picture == "" {
		return in, nil, nil
	}
	data, err := os.ReadFile(picture)
	if err != nil {
		return stamp.Input{}, nil, fmt.Errorf("picture of the stamp: %w", err)
	}
	p, findings, err := review.ReadPicture(data, role)
	if err != nil {
		return stamp.Input{}, nil, err
	}
	in.Picture = p
	if in.Width <= 0 { // nobody measured it in the settings; the rule's own width comes last
		in.Width = geom.MM(review.WidthSaid(data))
	}
	return in, findings, nil
}

// RulesFile is the file in the home that holds an agency's own changes to the
// stamp rules.
const RulesFile = "stamp-rules.json"

// variant is the agency's own profile, nil where it keeps to the built-in ones.
func (g *Graph) variant(set stamp.RuleSet, role stamp.Role) (*stamp.Profile, error) {
	data, err := os.ReadFile(filepath.Join(g.Home, RulesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("stamp rules of the agency: %w", err)
	}
	rules, err := stamp.Variant(data)
	if err != nil {
		return nil, &message.Coded{Code: "error.settings", Err: err}
	}
	p, err := rules.Profile(set, role)
	if err != nil {
		return nil, &message.Coded{Code: "error.settings", Err: err}
	}
	return &p, nil
}

// Signed fills the names that a stamp takes from the certificate.
func Signed(in stamp.Input, cert *x509.Certificate) stamp.Input {
	if cert == nil {
		return in
	}
	in.Signer = cert.Subject.CommonName
	if in.Agency == "" && len(cert.Subject.Organization) > 0 {
		in.Agency = cert.Subject.Organization[0]
	}
	for _, a := range cert.Subject.Names {
		if title, ok := a.Value.(string); ok && in.Title == "" && a.Type.String() == titleOID {
			in.Title = title
		}
	}
	return in
}

// titleOID is the attribute of a certificate's subject that holds the title of
// the person (X.520, 6.4.1).
const titleOID = "2.5.4.12"
