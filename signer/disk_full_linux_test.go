package signer_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/batch"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/smalldisk"
)

// smallDisk is a disk of 1 MB with a document and a signed document on it.
type smallDisk struct {
	*bench
	*smalldisk.Disk
	p          *signer.Pipeline
	in, signed string
}

func newSmallDisk(t *testing.T) *smallDisk {
	t.Helper()
	disk := smalldisk.Enter(t, 1<<20)
	if disk == nil {
		return nil
	}
	b, _, authority := online(t, pki.Options{Keys: pki.P256})
	b.dir = disk.Dir
	d := &smallDisk{bench: b, Disk: disk, p: preserved(authority)}
	d.in, _ = b.document(t, 0)
	r := b.request(d.in, "đã ký.pdf")
	if _, err := d.p.Sign(t.Context(), r, b.key(), nil); err != nil {
		t.Fatal(err)
	}
	d.signed = r.Output
	return d
}

// makers are all that makes files, each under the name it is given.
func (d *smallDisk) makers(t *testing.T) map[string]func(out string) error {
	return map[string]func(out string) error{
		"sign B-B": func(out string) error {
			_, err := d.p.Sign(t.Context(), d.request(d.in, out), d.key(), nil)
			return err
		},
		// A full disk is no reason for a lower level.
		"sign B-LTA": func(out string) error {
			r := d.request(d.in, out)
			r.Level, r.DowngradeAllowed = signer.LevelLTA, true
			_, err := d.p.Sign(t.Context(), r, d.key(), nil)
			return err
		},
		"finish": func(out string) error {
			made, err := d.p.Prepare(t.Context(), d.request(d.in, out))
			if err == nil {
				_, err = d.p.Finish(t.Context(), made, d.key())
			}
			return err
		},
		"augment": func(out string) error {
			a := signer.Augmentation{Input: d.signed, Output: filepath.Join(d.dir, out), Level: signer.LevelLTA}
			_, err := d.p.Augment(t.Context(), a, nil)
			return err
		},
		"prepare fields": func(out string) error {
			_, err := signer.AddFields(t.Context(), signer.Preparation{
				Input: d.in, Output: filepath.Join(d.dir, out), Fields: []signer.EmptyField{
					{Name: "Lãnh đạo", Rect: geom.Rect{X0: 60, Y0: 60, X1: 230, Y1: 128}},
				},
			})
			return err
		},
		"pile with its journal": func(out string) error {
			j, err := batch.Open(filepath.Join(d.dir, out+".journal"))
			if err != nil {
				return err
			}
			defer func() { _ = j.Close() }()
			r := d.request(d.in, out)
			item := batch.Item{Input: r.Input, Output: r.Output, Request: func(context.Context) (signer.Request, error) { return r, nil }}
			s := batch.Run(t.Context(), d.p, d.key(), []batch.Item{item}, batch.Options{Journal: j}, nil)
			if s.Results[0].Outcome == batch.Done {
				return nil
			}
			return errors.Join(s.Stopped, s.Results[0].Err)
		},
	}
}

// TestFullFileSystem has every kind of output run out of room at every page of
// it: nothing is left of it, what it was made from is untouched, and the error
// says that the disk is full.
func TestFullFileSystem(t *testing.T) {
	d := newSmallDisk(t)
	if d == nil {
		return
	}
	const page = 4096
	for name, make := range d.makers(t) {
		in, signed := sum(t, d.in), sum(t, d.signed)
		failed := 0
		for room := int64(0); ; room += page {
			d.Leave(t, room)
			out := "kết quả.pdf"
			err := make(out)
			if sum(t, d.in) != in || sum(t, d.signed) != signed {
				t.Fatalf("%s, %d bytes free: an input changed", name, room)
			}
			path := filepath.Join(d.dir, out)
			_ = os.Remove(path + ".journal")
			if err == nil {
				_ = os.Remove(path)
				break
			}
			if failed++; !errors.Is(err, syscall.ENOSPC) || errors.Is(err, signer.ErrLevel) {
				t.Fatalf("%s, %d bytes free: %v", name, room, err)
			}
			absent(t, path)
		}
		if failed < 3 {
			t.Errorf("%s ran out of room only %d times", name, failed)
		}
	}
}

// TestReadOnlyFileSystem: the whole disk takes nothing.
func TestReadOnlyFileSystem(t *testing.T) {
	d := newSmallDisk(t)
	if d == nil {
		return
	}
	d.ReadOnly(t)
	for name, make := range d.makers(t) {
		if err := make("kết quả.pdf"); !errors.Is(err, syscall.EROFS) {
			t.Errorf("%s: %v", name, err)
		}
		absent(t, filepath.Join(d.dir, "kết quả.pdf"))
	}
}
