package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"trinhky/signer/signertest/validators"
)

// The demonstration's documents, signed by the leader with a timestamp and
// sealed by the agency, both with the token, stand before every validator; the
// chain ends at the sandbox's root.
func TestValidatorsAcceptDemoDocuments(t *testing.T) {
	if testing.Short() {
		t.Skip("asks the validators")
	}
	box := startSandbox(t)
	leader, agency := box.Keys["leader_token"], box.Keys["agency_token"]
	if leader == "" {
		t.Log("no SoftHSM2: with PKCS#12 files instead")
		leader, agency = box.Keys["leader"], box.Keys["agency"]
	}
	for _, document := range box.Documents {
		t.Run(filepath.Base(document), func(t *testing.T) {
			original, err := os.ReadFile(document)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			signed, sealed := filepath.Join(dir, "signed.pdf"), filepath.Join(dir, "sealed.pdf")
			signBy(t, box, leader, document, signed, "--image", box.Images["signature"], "--level", "T", "--tsa", box.TSA)
			validators.Check(t, signed, validators.Expect{Signatures: 1, Roots: box.CA})
			signBy(t, box, agency, signed, sealed, "--role", "seal", "--image", box.Images["seal"])
			validators.Check(t, sealed, validators.Expect{Signatures: 2, Roots: box.CA})

			first, err := os.ReadFile(signed)
			if err != nil {
				t.Fatal(err)
			}
			second, err := os.ReadFile(sealed)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(first, original) || !bytes.HasPrefix(second, first) {
				t.Error("a signed file does not begin with what was signed")
			}
			if now, _ := os.ReadFile(document); !bytes.Equal(now, original) {
				t.Error("the source was written")
			}
		})
	}
}

func signBy(t *testing.T, box ready, key, in, out string, args ...string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(programs, "trinhkyctl"), append([]string{
		"--home", box.Workspace, "sign", in, "-o", out, "--key", key, "--pin-file", box.PINFile,
	}, args...)...)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("sign %s: %v\n%s", in, err, said)
	}
}
