package main

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/softhsm"
)

// The people and offices of the demonstration.
const (
	leaderName = "Nguyễn Văn Thử"
	agencyName = "Sở Thử nghiệm tỉnh Mẫu"
	parentName = "Ủy ban nhân dân tỉnh Mẫu"
)

// testPIN unlocks the token and the PKCS#12 files. It protects nothing.
const testPIN = "12345678"

const tokenLabel = "Trinh Ky thu nghiem"

// openPKI loads the authority of the home, or makes it.
func openPKI(dir, baseURL string) (*pki.PKI, error) {
	if p, err := pki.Load(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return p, err
	}
	title := asn1.ObjectIdentifier{2, 5, 4, 12}
	place := pkix.Name{Country: []string{"VN"}, Province: []string{"Mẫu"}, Organization: []string{agencyName}}
	leader, agency := place, place
	leader.CommonName = leaderName
	leader.ExtraNames = []pkix.AttributeTypeAndValue{{Type: title, Value: "Phó Giám đốc"}}
	agency.CommonName = agencyName
	p, err := pki.New(pki.Options{BaseURL: baseURL, Leader: leader, Agency: agency})
	if err != nil {
		return nil, fmt.Errorf("make the test PKI: %w", err)
	}
	if err := p.Save(dir, testPIN); err != nil {
		return nil, fmt.Errorf("save the test PKI: %w", err)
	}
	return p, nil
}

// tokenKeys is what the sandbox remembers of its token.
type tokenKeys struct {
	Leader, Agency string // key URIs
	Module, Conf   string
}

// openToken finds the token of the home, or makes it with the leader's and the
// agency's key. Without SoftHSM2 it says so in the log and gives nothing.
func openToken(dir string, p *pki.PKI, log io.Writer) (tokenKeys, error) {
	var k tokenKeys
	note := filepath.Join(dir, "token.json") // written last: without it the token is not whole
	if data, err := os.ReadFile(note); err == nil {
		return k, json.Unmarshal(data, &k)
	}
	if err := os.RemoveAll(dir); err != nil {
		return k, err
	}
	leader, agency := []byte{1}, []byte{2}
	t, err := softhsm.NewToken(dir, tokenLabel, testPIN,
		softhsm.Object{ID: leader, Label: leaderName, Key: p.Leader.Key, Certificate: p.Leader.Certificate},
		softhsm.Object{ID: agency, Label: agencyName, Key: p.Agency.Key, Certificate: p.Agency.Certificate},
		softhsm.Object{Label: "CA", Certificate: p.Intermediate.Certificate},
	)
	if errors.Is(err, softhsm.ErrNotInstalled) {
		_, _ = fmt.Fprintln(log, "sandbox: no test token:", err)
		return k, nil
	}
	if err != nil {
		return k, fmt.Errorf("make the test token: %w", err)
	}
	k = tokenKeys{Leader: t.URI(leader), Agency: t.URI(agency), Module: t.Module, Conf: t.Conf}
	data, err := json.Marshal(k)
	if err != nil {
		return k, err
	}
	return k, os.WriteFile(note, data, 0o600)
}
