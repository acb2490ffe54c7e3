package review_test

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trinhky/app/message"
	"trinhky/app/review"
	"trinhky/assets"
	"trinhky/pdfview/geom"
	"trinhky/signer/verify"
)

func wordsOf(t *testing.T, language string) *message.Table {
	t.Helper()
	data, err := assets.Locale.ReadFile("locale/message." + language + ".json")
	if err != nil {
		t.Fatal(err)
	}
	m, err := message.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func certificate(name, organization, issuer string) *x509.Certificate {
	return &x509.Certificate{
		Subject:      pkix.Name{CommonName: name, Organization: []string{organization}},
		Issuer:       pkix.Name{CommonName: issuer},
		SerialNumber: big.NewInt(7), NotBefore: time.Unix(1.7e9, 0), NotAfter: time.Unix(1.9e9, 0), Raw: []byte(name),
	}
}

// twoSignatures is a leader's signature and an agency's seal over its left third.
func twoSignatures() *verify.Report {
	leader := certificate("Nguyễn Văn Đạt", "UBND tỉnh Sông Gianh", "CA phục vụ các cơ quan Nhà nước G2")
	agency := certificate("UBND tỉnh Sông Gianh", "UBND tỉnh Sông Gianh", "CA phục vụ các cơ quan Nhà nước G2")
	return &verify.Report{
		File: "công văn.pdf", Pages: 2, Verdict: verify.Valid, Revisions: []int64{1000, 2000, 3000},
		Signatures: []verify.Signature{
			{
				N: 1, Certificate: leader, Verdict: verify.Valid, Intact: true, Coverage: verify.CoverageRevision, Changes: verify.ChangesAllowed,
				Chain: verify.ChainTrusted, Revocation: verify.RevocationGood, Page: 2, Revision: 2, Claimed: time.Unix(1.79e9, 0),
				Rect: geom.Rect{X0: 300, Y0: 100, X1: 400, Y1: 160}, Digest: "SHA-256", Algorithm: "RSA-2048",
			},
			{
				N: 2, Certificate: agency, Verdict: verify.Valid, Intact: true, Coverage: verify.CoverageFile, Chain: verify.ChainTrusted,
				Revocation: verify.RevocationGood, Page: 2, Revision: 3, Timestamp: &verify.Timestamp{Time: time.Unix(1.79e9, 0), Authority: "TSA", Valid: true},
				Rect: geom.Rect{X0: 240, Y0: 90, X1: 333, Y1: 180},
			},
		},
	}
}

func lawCodes(r *verify.Report) []string {
	var out []string
	for _, f := range review.Law(r) {
		out = append(out, f.Code)
	}
	return out
}

func TestLaw(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(r *verify.Report)
		want   []string
	}{
		{"complete", func(*verify.Report) {}, []string{review.LawComplete}},
		{"no seal", func(r *verify.Report) { r.Signatures = r.Signatures[:1] }, []string{review.LawNoAgency}},
		{"no leader", func(r *verify.Report) { r.Signatures = r.Signatures[1:] }, []string{review.LawNoLeader}},
		{"the wrong order", func(r *verify.Report) { r.Signatures[0].N, r.Signatures[1].N = 2, 1 }, []string{review.LawOrder}},
		{"the leader's is invalid", func(r *verify.Report) { r.Signatures[0].Verdict = verify.Invalid }, []string{review.LawNoLeader}},
		{"the seal elsewhere", func(r *verify.Report) { r.Signatures[1].Rect = geom.Rect{X0: 10, Y0: 90, X1: 90, Y1: 180} }, []string{review.LawSealPlace}},
		{"the seal on the right", func(r *verify.Report) {
			r.Signatures[1].Rect = geom.Rect{X0: 370, Y0: 90, X1: 460, Y1: 180}
		}, []string{review.LawSealPlace}},
		{"the seal on another page", func(r *verify.Report) { r.Signatures[1].Page = 1 }, []string{review.LawSealPage}},
		{"no look", func(r *verify.Report) { r.Signatures[0].Rect = geom.Rect{} }, []string{review.LawComplete}},
		{"a public certificate", func(r *verify.Report) {
			r.Signatures[0].Certificate = certificate("Lê Thị Bình", "Công ty", "VNPT-CA SHA-256")
		}, []string{review.LawComplete, review.LawFamilyPublic}},
		{"nothing", func(r *verify.Report) { r.Signatures = nil }, nil},
	} {
		r := twoSignatures()
		c.change(r)
		if got := lawCodes(r); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestPaper: the report says what TT 15/2025, art. 6(4), asks for, in both
// languages, and its text can be read.
func TestPaper(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed")
	}
	for language, want := range map[string][]string{
		"vi": {
			"KẾT QUẢ KIỂM TRA CHỮ KÝ SỐ", "Hợp lệ", "Nguyễn Văn Đạt", "Đơn vị quản lý chứng thư", "CA phục vụ các cơ quan Nhà nước G2",
			"Thời hạn của chứng thư", "chuyên dùng công vụ", "dấu thời gian của TSA", "Nguyên vẹn", "Trang 1/", "Diễn biến của tệp", "công văn.pdf",
		},
		"en": {"VERIFICATION OF DIGITAL SIGNATURES", "Nguyễn Văn Đạt", "Unit managing the certificate", "Intact"},
	} {
		m := wordsOf(t, language)
		path := filepath.Join(t.TempDir(), "báo cáo.pdf")
		p := review.Paper{
			Report: twoSignatures(), At: time.Unix(1.795e9, 0), Font: assets.StampFont(), Words: m.Say, Verdict: m.Verdict,
			Finding: func(f verify.Finding) string { return m.Finding(f).String() },
		}
		if err := p.Write(path); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(tool, "-layout", path, "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(string(out)), " ")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is missing in %q", language, w, text)
			}
		}
	}
}

// TestWordsOfVerdicts: every state has its sentence.
func TestWordsOfVerdicts(t *testing.T) {
	m := wordsOf(t, "vi")
	finding := func(f verify.Finding) string { return m.Finding(f).String() }
	r := twoSignatures()
	check := func(what, text string) {
		t.Helper()
		if text == "" || strings.Contains(text, "reason.") || strings.Contains(text, "{") {
			t.Errorf("%s: %q", what, text)
		}
	}
	check("valid", review.Reason(r, m.Say, finding))
	check("none", review.Reason(&verify.Report{}, m.Say, finding))
	for c := verify.ChainUntrusted; c <= verify.ChainTrusted; c++ {
		for v := verify.RevocationUnchecked; v <= verify.RevocationGood; v++ {
			s := &r.Signatures[0]
			s.Chain, s.Revocation, s.Verdict = c, v, verify.Indeterminate
			r.Verdict = verify.Indeterminate
			check(c.String()+" "+v.String(), review.Reason(r, m.Say, finding))
			for _, f := range review.Facts(s, m.Say) {
				check(f.Label, f.Value)
			}
		}
	}
	for _, e := range review.Timeline(r, m.Say) {
		check("timeline", e.Text)
	}
}

func TestEvidence(t *testing.T) {
	home, r := t.TempDir(), twoSignatures()
	r.SHA256, r.OCSPs, r.CRLs = [32]byte{1}, [][]byte{{1}, {1}}, [][]byte{{2}}
	e, err := review.KeepEvidence(context.Background(), home, r, nil)
	if err != nil || len(e.Files) != 4 {
		t.Fatalf("%v, %v", e, err)
	}
	if kept, err := review.KeptEvidence(home, r.SHA256); err != nil || len(kept.Files) != 4 {
		t.Errorf("%v, %v", kept, err)
	}
	if err := review.DeleteEvidence(home, r.SHA256); err != nil {
		t.Fatal(err)
	}
	if kept, err := review.KeptEvidence(home, r.SHA256); err != nil || len(kept.Files) != 0 {
		t.Errorf("%v, %v", kept, err)
	}
}

// TestVerifyAll: outcomes come in order, and a name that a spreadsheet would run
// as a formula comes out as text.
func TestVerifyAll(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for _, n := range []string{"=a.pdf", "b.pdf", "c.pdf", "d.pdf", "e.pdf"} {
		files = append(files, filepath.Join(dir, n))
		if err := os.WriteFile(filepath.Join(dir, n), []byte("no PDF"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	var sheet review.Sheet
	err := review.VerifyAll(context.Background(), files, verify.Options{}, func(o review.Outcome) {
		got = append(got, o.File)
		o.File = filepath.Base(o.File)
		sheet.Add(o, func(err error) string { return "-hỏng, " + err.Error()[:1] })
	})
	if err != nil || !slices.Equal(got, files) {
		t.Errorf("%v, %v", got, err)
	}
	path := filepath.Join(dir, "t.csv")
	if err := sheet.Write(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(data), "\ufefffile,") || !strings.Contains(string(data), "\n'=a.pdf,error,") || !strings.Contains(string(data), `"'-hỏng, `) {
		t.Errorf("%q, %v", data, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := review.VerifyAll(ctx, files, verify.Options{}, func(review.Outcome) {}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
