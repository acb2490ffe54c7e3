package localcert

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// store opens the user's own «Root» store. Windows itself asks the person
// before it takes or gives up a root.
func store() (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString("Root")
	if err != nil {
		return 0, err
	}
	return windows.CertOpenStore(
		windows.CERT_STORE_PROV_SYSTEM_W, 0, 0, windows.CERT_SYSTEM_STORE_CURRENT_USER, uintptr(unsafe.Pointer(name)))
}

// Install makes the user's browsers trust the pair's root.
func (p *Pair) Install(ctx context.Context) error {
	if err := Uninstall(ctx); err != nil {
		return err
	}
	h, err := store()
	if err != nil {
		return fmt.Errorf("local certificate: %w", err)
	}
	defer func() { _ = windows.CertCloseStore(h, 0) }() // nothing is lost
	c, err := windows.CertCreateCertificateContext(
		windows.X509_ASN_ENCODING|windows.PKCS_7_ASN_ENCODING, &p.Root.Raw[0], uint32(len(p.Root.Raw)))
	if err != nil {
		return fmt.Errorf("local certificate: %w", err)
	}
	defer func() { _ = windows.CertFreeCertificateContext(c) }() // never fails
	if err := windows.CertAddCertificateContextToStore(h, c, windows.CERT_STORE_ADD_REPLACE_EXISTING, nil); err != nil {
		return fmt.Errorf("local certificate: %w", err)
	}
	return nil
}

// each calls f with every root; true takes it out of the store.
func each(f func(*x509.Certificate) (remove bool)) error {
	h, err := store()
	if err != nil {
		return fmt.Errorf("local certificate: %w", err)
	}
	defer func() { _ = windows.CertCloseStore(h, 0) }() // nothing is lost
	var c *windows.CertContext
	for {
		c, err = windows.CertEnumCertificatesInStore(h, c)
		if err != nil {
			if errors.Is(err, syscall.Errno(windows.CRYPT_E_NOT_FOUND)) {
				return nil
			}
			return fmt.Errorf("local certificate: %w", err)
		}
		x, err := x509.ParseCertificate(bytes.Clone(unsafe.Slice(c.EncodedCert, c.Length)))
		if err != nil || !f(x) {
			continue // what cannot be read is not ours
		}
		// Deleting frees its context: take a second one, the first goes on counting.
		if err := windows.CertDeleteCertificateFromStore(windows.CertDuplicateCertificateContext(c)); err != nil {
			return fmt.Errorf("local certificate: %w", err)
		}
	}
}

// Uninstall takes every root of ours, older ones too, out of the store.
func Uninstall(context.Context) error {
	return each(func(x *x509.Certificate) bool {
		return x.Subject.CommonName == Name() && x.PermittedDNSDomainsCritical
	})
}

// Installed says whether the store trusts the root.
func (p *Pair) Installed(context.Context) (bool, error) {
	found := false
	err := each(func(x *x509.Certificate) bool { found = found || x.Equal(p.Root); return false })
	return found, err
}
