package flowtest

import (
	"cmp"
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/verify"
)

// VerifyAll hands over what Verified says of each path; others have no signature.
func (w *World) VerifyAll(ctx context.Context, paths []string, password signer.PIN, each func(o review.Outcome, done, all int)) error {
	for i, p := range paths {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		o, ok := w.Verified[filepath.Base(p)]
		if !ok {
			o = review.Outcome{Report: &verify.Report{Pages: 2, Revisions: []int64{1000}}}
		}
		if errors.Is(o.Err, signer.ErrPassword) && string(password) == "mở" {
			o = review.Outcome{Report: &verify.Report{Pages: 2, Revisions: []int64{1000}}}
		}
		o.File = p
		if o.Report != nil {
			o.Report.File = p
		}
		each(o, i+1, len(paths))
	}
	return nil
}

// ViewSigned is a document of two pages.
func (w *World) ViewSigned(context.Context, *verify.Report, int, signer.PIN) (pdfview.Document, []geom.Page, error) {
	d := Document("")
	return d.View, d.Pages, nil
}

// Compare finds a place that was changed, and one that was added, on page 2.
func (w *World) Compare(_ context.Context, _ *verify.Report, n int, _ signer.PIN, _ func(done, all int)) (review.Compared, error) {
	return review.Compared{Differences: []review.Difference{{
		Signature: n, Page: 1, Allowed: []bool{false, true},
		Places: []geom.Rect{{X0: 120, Y0: 200, X1: 260, Y1: 230}, {X0: 330, Y0: 500, X1: 480, Y1: 580}},
	}}}, nil
}

// SignedReport is what verification says of a document with a leader's signature
// and an agency's seal; changed: something was changed after signing.
func SignedReport(changed bool) *verify.Report {
	certificate := func(name, organization string) *x509.Certificate {
		return &x509.Certificate{
			Subject: pkix.Name{CommonName: name, Organization: []string{organization}}, SerialNumber: big.NewInt(77),
			Issuer:    pkix.Name{CommonName: "CA phục vụ các cơ quan Nhà nước G2", Organization: []string{"Ban Cơ yếu Chính phủ"}},
			NotBefore: Now.Add(-365 * 24 * time.Hour), NotAfter: Now.Add(365 * 24 * time.Hour),
		}
	}
	r := &verify.Report{
		Pages: 2, Revisions: []int64{40_000, 90_000, 140_000}, Verdict: verify.Valid,
		Signatures: []verify.Signature{
			{
				N: 1, Field: "leader", Certificate: certificate("Nguyễn Văn Thử", "Sở Thử nghiệm tỉnh Mẫu"), Verdict: verify.Valid, Intact: true,
				Coverage: verify.CoverageRevision, Changes: verify.ChangesAllowed, Chain: verify.ChainTrusted, Revocation: verify.RevocationGood,
				Level: signer.LevelT, Claimed: Now, Digest: "SHA-256", Algorithm: "RSA-2048", Page: 2, Revision: 2,
				Timestamp: &verify.Timestamp{Time: Now, Authority: "Dịch vụ cấp dấu thời gian", Valid: true},
				Rect:      geom.Rect{X0: 330, Y0: 240, X1: 500, Y1: 310},
			},
			{
				N: 2, Field: "seal", Certificate: certificate("Sở Thử nghiệm tỉnh Mẫu", "Sở Thử nghiệm tỉnh Mẫu"), Verdict: verify.Valid, Intact: true,
				Coverage: verify.CoverageFile, Chain: verify.ChainTrusted, Revocation: verify.RevocationUnchecked, Claimed: Now,
				Digest: "SHA-256", Algorithm: "RSA-2048", Page: 2, Revision: 3, Rect: geom.Rect{X0: 285, Y0: 225, X1: 387, Y1: 327},
			},
		},
	}
	if changed {
		s := &r.Signatures[0]
		r.Verdict, s.Verdict, s.Changes = verify.Invalid, verify.Invalid, verify.ChangesSuspicious
		s.Findings = []verify.Finding{{Code: "content-changed-after-signing", Severity: verify.Error, Page: 2}}
	}
	return r
}

// Augment is the Augment of a flow.Config: it writes a file, or fails with
// AugmentErr.
func (w *World) Augment(ctx context.Context, _ settings.Settings, a signer.Augmentation, on func(signer.Stage)) (signer.Signed, error) {
	w.Augmented = append(w.Augmented, a)
	on(signer.StageTimestamp)
	if err := cmp.Or(w.AugmentErr, ctx.Err()); err != nil {
		return signer.Signed{}, err
	}
	return signer.Signed{Path: a.Output, Level: a.Level}, os.WriteFile(a.Output, []byte("%PDF-1.7 more"), 0o600)
}
