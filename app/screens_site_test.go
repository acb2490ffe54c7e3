package app_test

import (
	"crypto/sha256"
	"os"
	"path/filepath"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/app/page"
	"trinhky/app/settings"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/submit"
)

// siteScreens are those of the local signing bridge.
func siteScreens() []screen {
	ask := func(a flow.SiteAsk) func(s *stage) {
		return func(s *stage) {
			s.flow.Start()
			s.flow.AskSite(flow.SiteQuestion{
				Ask: a, Origin: "https://xn--qunlvnbn-yya5b58a.sothongtin.tinhmau.gov.vn", Readable: "https://quảnlývănbản.sothongtin.tinhmau.gov.vn",
				Operation: "/SignApproved", Role: stamp.Leader, Download: []string{"quanly.sothongtin.tinhmau.gov.vn:443"},
				Upload: "quanly.sothongtin.tinhmau.gov.vn:443", Foreign: []string{"kho.tinhmau.gov.vn:9000"}, Insecure: a == flow.SiteHosts, Files: 3,
			}, func(flow.SiteAnswer) {})
		}
	}
	return []screen{
		{"site-first", false, ask(flow.SiteFirst)},
		{"site-hosts", false, ask(flow.SiteHosts)},
		{"site-private", false, ask(flow.SitePrivate)},
		{"site-certificate", false, ask(flow.SiteCertificate)},
		{"site-gone", false, ask(flow.SiteGone)},
		{"site-choose", false, ask(flow.SiteChoose)},
		{"site-issue", false, func(s *stage) { s.flow.Start(); s.issueSite("79") }},
		{"site-issue-two-tokens", false, func(s *stage) { s.officeTokens(false); s.flow.Start(); s.issueSite("79") }},
		{"pin-site-wrong", false, func(s *stage) {
			s.officeTokens(false)
			s.flow.Start()
			s.issueSite("79")
			s.flow.Sign()
			s.flow.EnterPIN(signer.PIN("0"), false)
		}},
		{"pin-site-number", false, func(s *stage) { s.officeTokens(false); s.flow.Start(); s.issueSite("79"); s.flow.Sign() }},
		{"pin-site-seal", false, func(s *stage) {
			s.officeTokens(false)
			s.flow.Start()
			s.issueSite("79")
			s.flow.Sign()
			s.flow.EnterPIN(signer.PIN("12345678"), false)
			s.flow.EnterPIN(signer.PIN("0"), false)
		}},
		{"site-issue-empty", false, func(s *stage) { s.flow.Start(); s.issueSite("") }},
		{"site-issue-taken", false, func(s *stage) {
			s.flow.Start()
			series := submit.Series{Agency: s.flow.Settings().Agency.Code, Year: 2026}
			s.world.Book.All = []submit.Line{{Series: series, Number: 79, Notation: "STN-VP", State: submit.NumberIssued}}
			s.issueSite("79")
		}},
		{"site-comment", false, func(s *stage) { s.flow.Start(); s.siteAs(1, stamp.Comment) }},
		{"site-appendix", false, func(s *stage) { s.flow.Start(); s.siteAs(1, stamp.Attachment) }},
		{"site-open", false, func(s *stage) { s.open(); s.site(1) }},
		{"site-placing", false, func(s *stage) { s.flow.Start(); s.site(3) }},
		{"site-last", false, func(s *stage) { s.flow.Start(); s.site(2); s.flow.Sign() }},
		{"site-pin", false, func(s *stage) { s.flow.Start(); s.site(1); s.flow.Sign() }},
		{"site-done", false, func(s *stage) {
			s.flow.Start()
			s.site(1)
			s.flow.Sign()
			s.flow.EnterPIN(signer.PIN("12345678"), false)
			s.flow.SiteStored(nil)
		}},
		{"site-settings", false, func(s *stage) {
			c := s.flow.Settings()
			c.Bridge = settings.Bridge{Enabled: true, Sites: []settings.Site{
				{Origin: "https://quanlyvanban.tinhmau.gov.vn", Hosts: []string{"kho.tinhmau.gov.vn:9000"}}, {Origin: "https://motcua.tinhmau.gov.vn"},
			}}
			s.flow.Change(c, func(error) {})
			s.settings(page.TabBridge)
		}},
	}
}

// site lets a page ask for n documents.
func (s *stage) site(n int) {
	s.t.Helper()
	s.siteAs(n, stamp.Leader)
}

// siteAs lets a page ask for n documents in a role.
func (s *stage) siteAs(n int, role stamp.Role) {
	s.t.Helper()
	j := flow.SiteJob{Origin: "https://quanlyvanban.sothongtin.tinhmau.gov.vn", Upload: "quanlyvanban.sothongtin.tinhmau.gov.vn:443", Role: role}
	for i := range n {
		path := filepath.Join(s.world.Home, "bridge", "calls", "1", string(rune('a'+i))+".pdf")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("%PDF-1.7"), 0o600); err != nil {
			s.t.Fatal(err)
		}
		j.Documents = append(j.Documents, flow.SiteDocument{Path: path, SHA256: sha256.Sum256([]byte(path)), Host: "kho.tinhmau.gov.vn:9000"})
	}
	s.flow.SignForSite(j, func([]flow.SiteSigned, error) {})
	s.doAll()
}

// issueSite lets a page ask for number, date and seal of a document that its
// leader signed.
func (s *stage) issueSite(number string) {
	s.t.Helper()
	path := filepath.Join(s.world.Home, "bridge", "calls", "1", "a.pdf")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("%PDF-1.7"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.world.Documents[path] = flowtest.Unnumbered(path)
	s.flow.SignForSite(flow.SiteJob{
		Origin: "https://quanlyvanban.sothongtin.tinhmau.gov.vn", Upload: "quanlyvanban.sothongtin.tinhmau.gov.vn:443",
		Role: stamp.Seal, Number: number,
		Documents: []flow.SiteDocument{{Path: path, SHA256: sha256.Sum256([]byte(path))}},
	}, func([]flow.SiteSigned, error) {})
	s.doAll()
}
