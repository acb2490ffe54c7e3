package review

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"trinhky/signer"
	"trinhky/signer/verify"
)

// Evidence is where a verification was kept: certificates, CRLs and OCSP
// answers, so that it can be repeated, and deleted (TT 15/2025/TT-BKHCN, art.
// 5(4), 6(2)).
type Evidence struct {
	Dir   string // of this document; its name is the SHA-256 of the file
	Files []string
}

// evidenceDir is the folder of a document under home.
func evidenceDir(home string, sum [32]byte) string {
	return filepath.Join(home, "evidence", hex.EncodeToString(sum[:]))
}

// KeepEvidence writes what a verification stands on under home. source adds
// what the file does not hold; nil: nobody is asked.
func KeepEvidence(ctx context.Context, home string, r *verify.Report, source signer.EvidenceSource) (Evidence, error) {
	e := Evidence{Dir: evidenceDir(home, r.SHA256)}
	certificates, chains := pathsOf(r)
	ocsps, crls := r.OCSPs, r.CRLs
	if source != nil && len(chains) > 0 {
		got, err := source.Collect(ctx, chains)
		if err != nil && len(got.OCSPs)+len(got.CRLs) == 0 {
			return e, fmt.Errorf("collect the evidence: %w", err)
		}
		certificates = append(certificates, got.Certificates...)
		ocsps, crls = append(ocsps[:len(ocsps):len(ocsps)], got.OCSPs...), append(crls[:len(crls):len(crls)], got.CRLs...)
	}
	if err := os.MkdirAll(e.Dir, 0o700); err != nil {
		return e, fmt.Errorf("keep the evidence: %w", err)
	}
	seen := map[[32]byte]bool{}
	write := func(ext string, der []byte) error {
		sum := sha256.Sum256(der)
		if seen[sum] {
			return nil
		}
		seen[sum] = true
		name := hex.EncodeToString(sum[:8]) + ext
		e.Files = append(e.Files, name)
		return writeWhole(filepath.Join(e.Dir, name), der)
	}
	var failed []error
	for _, c := range certificates {
		failed = append(failed, write(".cer", c.Raw))
	}
	for _, d := range ocsps {
		failed = append(failed, write(".ocsp", d))
	}
	for _, d := range crls {
		failed = append(failed, write(".crl", d))
	}
	return e, errors.Join(failed...)
}

// pathsOf lists the certificates of a report, and the paths to ask about.
func pathsOf(r *verify.Report) (all []*x509.Certificate, chains [][]*x509.Certificate) {
	for i := range r.Signatures {
		s := &r.Signatures[i]
		if len(s.Path) > 0 {
			all = append(all, s.Path...)
			chains = append(chains, s.Path)
		} else if s.Certificate != nil {
			all = append(all, s.Certificate)
		}
	}
	return all, chains
}

// DeleteEvidence deletes what was kept of a document; none is no error.
func DeleteEvidence(home string, sum [32]byte) error {
	return os.RemoveAll(evidenceDir(home, sum))
}

// KeptEvidence says what is kept of a document; no files where nothing is.
func KeptEvidence(home string, sum [32]byte) (Evidence, error) {
	e := Evidence{Dir: evidenceDir(home, sum)}
	entries, err := os.ReadDir(e.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return e, nil
	}
	for _, f := range entries {
		e.Files = append(e.Files, f.Name())
	}
	return e, err
}
