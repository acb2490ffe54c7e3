package review

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"trinhky/pdfview/geom"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// The codes of what the law asks of a signed document beside the worth of its
// signatures. They never change a verdict.
const (
	LawComplete      = "law-complete"
	LawNoLeader      = "law-leader-missing"
	LawNoAgency      = "law-agency-missing"
	LawOrder         = "law-order"
	LawSealPlace     = "law-seal-place"
	LawSealPage      = "law-seal-page"
	LawFamilyPublic  = "law-family-public"
	LawFamilyUnknown = "law-family-unknown"
)

// LawCodes lists them.
func LawCodes() []string {
	return []string{
		LawComplete, LawNoLeader, LawNoAgency, LawOrder, LawSealPlace, LawSealPage, LawFamilyPublic, LawFamilyUnknown,
	}
}

// Family is who stands behind a certificate.
type Family int

// The families: Law 20/2023, art. 22(3), asks for those of the official
// authority where an agency signs.
const (
	FamilyUnknown  Family = iota
	FamilyOfficial        // công vụ: the authority of the Government Cipher Committee
	FamilyPublic          // a public authority under the national root
)

// String is the word of the JSON.
func (f Family) String() string { return [...]string{"unknown", "official", "public"}[f] }

// familyNames are words of the issuers' names, without marks, in lower case.
var familyNames = map[Family][]string{
	FamilyOfficial: {
		"chuyen dung chinh phu", "ban co yeu chinh phu", "co quan nha nuoc", "co quan chung thuc so chinh phu",
		"co quan chung thuc so bo tai chinh", "co quan dang",
	},
	FamilyPublic: {
		"vietnam national root ca", "mic national root ca", "vnpt certification authority", "vnpt-ca", "viettel-ca", "fpt-ca", "fpt certification",
		"bkavca", "bkav corporation", "ca2", "newtel-ca", "smartsign", "easyca", "trustca", "misa-ca", "lotusca", "efy-ca", "nc-ca", "win-ca",
		"safe-ca", "cmc-ca", "i-ca", "hilo-ca", "intrustca", "mobifone-ca",
	},
}

// FamilyOf tells the family of a signer's certificate from the names on its path.
func FamilyOf(s *verify.Signature) Family {
	var names []string
	if c := s.Certificate; c != nil {
		names = append(names, plain(c.Issuer.String()))
	}
	for i, c := range s.Path {
		if i > 0 {
			names = append(names, plain(c.Subject.String()))
		}
	}
	for _, f := range []Family{FamilyOfficial, FamilyPublic} {
		for _, n := range names {
			for _, word := range familyNames[f] {
				if strings.Contains(n, word) {
					return f
				}
			}
		}
	}
	return FamilyUnknown
}

// plain is a text without marks, in lower case.
func plain(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'đ':
			b.WriteByte('d')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// signers are the signatures that the law knows, by who made them.
type signers struct{ leader, agency *verify.Signature }

func signersOf(r *verify.Report) (s signers, attached bool) {
	for i := range r.Signatures {
		g := &r.Signatures[i]
		if g.Kind == verify.DocumentTimestamp || g.Verdict == verify.Invalid || g.Certificate == nil {
			continue
		}
		role, named := stamp.RoleOfField(g.Field)
		attached = attached || named && (role == stamp.Attachment || role == stamp.Copy || role == stamp.Digitised)
		switch {
		case ofAgency(*g):
			if s.agency == nil {
				s.agency = g
			}
		case leads(g.Field) && s.leader == nil:
			s.leader = g
		}
	}
	return s, attached
}

// Law says what the law asks of a document that carries signatures: the
// competent person's and the agency's, in this order (Decree 30/2020, art. 5,
// 32(2)(d)), the seal over the left third of the signature's image (Annex I,
// II.8), certificates of the official family (Law 20/2023, art. 22(3)). A copy,
// an attachment and a digitised document carry the agency's alone.
func Law(r *verify.Report) []verify.Finding {
	if len(r.Signatures) == 0 {
		return nil
	}
	s, attached := signersOf(r)
	var out []verify.Finding
	add := func(code string, severity verify.Severity, page int, args map[string]string) {
		out = append(out, verify.Finding{Code: code, Severity: severity, Page: page, Args: args})
	}
	if s.leader == nil && !attached {
		add(LawNoLeader, verify.Warning, 0, nil)
	}
	if s.agency == nil {
		add(LawNoAgency, verify.Warning, 0, nil)
	}
	if s.leader != nil && s.agency != nil {
		if s.agency.N < s.leader.N {
			add(LawOrder, verify.Warning, 0, nil)
		}
		if code := sealPlace(s.leader, s.agency); code != "" {
			add(code, verify.Warning, s.agency.Page, nil)
		}
	}
	if len(out) == 0 {
		add(LawComplete, verify.Info, 0, nil)
	}
	for _, g := range []*verify.Signature{s.leader, s.agency} {
		if g == nil {
			continue
		}
		args := map[string]string{"n": strconv.Itoa(g.N), "signer": g.Certificate.Subject.CommonName}
		switch FamilyOf(g) {
		case FamilyPublic:
			add(LawFamilyPublic, verify.Info, 0, args)
		case FamilyUnknown:
			add(LawFamilyUnknown, verify.Info, 0, args)
		case FamilyOfficial:
		}
	}
	return out
}

// How much of the width of the signature's image the seal may cover, from the
// left: about a third.
const leastSeal, mostSeal = 0.15, 0.55

// sealPlace says what is wrong with where the seal stands; empty where nothing
// is, or where one of the two has no look.
func sealPlace(leader, agency *verify.Signature) string {
	if leader.Rect.Empty() || agency.Rect.Empty() || leader.Page == 0 || agency.Page == 0 {
		return ""
	}
	if leader.Page != agency.Page {
		return LawSealPage
	}
	both := leader.Rect.Intersect(agency.Rect)
	if both.Empty() {
		return LawSealPlace
	}
	share := both.W() / leader.Rect.W()
	if share < leastSeal || share > mostSeal || middle(agency.Rect) > middle(leader.Rect) {
		return LawSealPlace
	}
	return ""
}

func middle(r geom.Rect) float64 { return (r.X0 + r.X1) / 2 }
