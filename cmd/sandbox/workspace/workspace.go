// Package workspace writes a folder that the programs can use as their --home
// at once: settings, secrets, trust anchors, images and documents that wait for
// signature.
package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"trinhky/app/settings"
	"trinhky/signer/signertest/sample"
)

// Connector is the name of the connector to the axis.
const Connector = "truc"

// Input is what a workspace is made of.
type Input struct {
	Agency      settings.Agency
	Axis        settings.Connector // its Name is Connector
	Secret      string             // of the axis
	TSA         []string
	Modules     []string          // PKCS#11
	Environment map[string]string // for token modules
	Trust       map[string][]byte // file name → certificate, PEM
	Documents   []Document
	Site        string // origin of the DMS, for which the bridge is on; "": it stays off
}

// Document is a PDF that waits for signature.
type Document struct {
	Name string // of the file
	PDF  []byte
}

// Files are what a workspace has for the hand.
type Files struct {
	Signature, Seal string
	Documents       []string
}

// Write makes or refreshes the workspace in dir. What a person changed or
// signed there stays: documents and images that exist are left alone, and of
// the settings only those that lead to the sandbox are written anew.
func Write(dir string, in Input) (Files, error) {
	files, err := WriteFiles(dir, in.Documents)
	if err != nil {
		return files, err
	}
	for name, data := range in.Trust {
		if err := writeFile(filepath.Join(dir, "trust", name), data); err != nil {
			return files, err
		}
	}
	s, err := settings.Load(dir)
	if err != nil {
		return files, err
	}
	fresh := s.Agency.Code == ""
	if fresh {
		s.Language = "vi"
		s.Agency = in.Agency
		s.Signing = settings.Signing{
			Level: "T", Image: "signature.png", Seal: "seal.png", SealWidthMM: sample.SealMM,
			Documents: "documents", Signed: "signed",
		}
	}
	s.Signing.TSA, s.Signing.Trust, s.Signing.Modules = in.TSA, "trust", in.Modules
	s.Environment = in.Environment
	i := slices.IndexFunc(s.Connectors, func(c settings.Connector) bool { return c.Name == Connector })
	if i < 0 {
		i, s.Connectors = len(s.Connectors), append(s.Connectors, settings.Connector{})
	}
	s.Connectors[i] = in.Axis
	allowSite(&s, in.Site)
	if err := settings.Save(dir, s); err != nil {
		return files, err
	}
	// The file form of the secrets: a keyring may be absent, and this secret is
	// worth nothing outside of the sandbox.
	if _, err := settings.NewSecrets(dir, nil).Set("connector/"+Connector, in.Secret); err != nil {
		return files, err
	}
	return files, nil
}

// allowSite turns the bridge on for the sandbox's own site, which is served over
// plain http. Sites that a person allowed stay.
func allowSite(s *settings.Settings, origin string) {
	if origin == "" {
		return
	}
	s.Bridge.Enabled = true
	i := slices.IndexFunc(s.Bridge.Sites, func(x settings.Site) bool { return x.Origin == origin })
	if i < 0 {
		s.Bridge.Sites = append(s.Bridge.Sites, settings.Site{Origin: origin, Insecure: true})
	}
}

// WriteFiles writes images and documents alone.
func WriteFiles(dir string, documents []Document) (Files, error) {
	files := Files{Signature: filepath.Join(dir, "signature.png"), Seal: filepath.Join(dir, "seal.png")}
	if err := drawOnce(files.Signature, func() ([]byte, error) { return sample.SignatureImage(), nil }); err != nil {
		return files, err
	}
	err := drawOnce(files.Seal, func() ([]byte, error) { return sample.SealImage(sample.DemoParent, "SỞ", "THỬ NGHIỆM") })
	if err != nil {
		return files, err
	}
	for _, d := range documents {
		path := filepath.Join(dir, "documents", d.Name)
		if err := drawOnce(path, func() ([]byte, error) { return d.PDF, nil }); err != nil {
			return files, err
		}
		files.Documents = append(files.Documents, path)
	}
	return files, nil
}

// drawOnce writes a file that is not there yet.
func drawOnce(path string, draw func() ([]byte, error)) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	data, err := draw()
	if err != nil {
		return err
	}
	return writeFile(path, data)
}

// writeFile writes a whole file or nothing.
func writeFile(path string, data []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".writing-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write %s: %w", path, err), f.Close(), os.Remove(f.Name()))
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
