package review

import (
	"context"
	"fmt"

	"trinhky/signer"
)

// inspect fills what the signing side knows of the document.
func (d *Document) inspect(ctx context.Context, password signer.PIN) error {
	info, err := signer.Inspect(ctx, d.Path, password)
	if err != nil {
		return fmt.Errorf("inspect: %w", err)
	}
	if d.Pages, err = signer.Geometry(ctx, d.Path, password); err != nil {
		return fmt.Errorf("read the pages: %w", err)
	}
	d.Size = info.Size
	d.Permissions = permissions(info)
	d.redrawn = info.Redrawn
	for _, f := range info.Fields {
		if f.Type == "Sig" {
			d.Fields = append(d.Fields, Field{
				Name: f.Name, Page: f.Page, Rect: f.Rect, Signed: f.Signed, Locked: f.Locked, Barred: f.Barred, Tooltip: f.Tooltip, Seed: f.Seed,
			})
		}
	}
	return nil
}

func permissions(info *signer.DocumentInfo) PermissionsInfo {
	p := info.Permissions
	return PermissionsInfo{
		Encrypted: info.Encrypted, Print: p.Print, Modify: p.Modify, Copy: p.Copy,
		Annotate: p.Annotate, FillForms: p.FillForms, Assemble: p.Assemble,
		// A signature needs form filling at least, and a certification that
		// leaves room for it (ISO 32000-1, tables 22 and 254).
		Sign:      (p.Modify || p.Annotate || p.FillForms) && info.Certified != 1 && !info.Repairable,
		Certified: info.Certified, XFA: info.XFA, Repairable: info.Repairable,
	}
}
