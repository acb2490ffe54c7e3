package edxml

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"trinhky/submit"
)

// Built is a message in a file, read back and compared.
type Built struct {
	Path   string
	Size   int64
	SHA256 [32]byte
}

// Build writes m into a new file in dir, reads it back and compares every field
// and the hash of every inner file: what does not survive is not sent. The file
// belongs to the caller; after an error there is none.
func Build(m Message, dir string) (b Built, err error) {
	f, err := os.CreateTemp(dir, "message-*.edxml")
	if err != nil {
		return Built{}, err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	h := sha256.New()
	if err := Write(io.MultiWriter(f, h), m); err != nil {
		return Built{}, err
	}
	b = Built{Path: f.Name(), SHA256: [32]byte(h.Sum(nil))}
	if b.Size, err = f.Seek(0, io.SeekCurrent); err != nil {
		return Built{}, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return Built{}, err
	}
	return b, readBack(f, m, dir)
}

func readBack(r io.Reader, m Message, dir string) error {
	back, err := os.MkdirTemp(dir, "back-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(back) }() // dir is the caller's to clear
	got, err := Read(bufio.NewReader(r), holding(m, back))
	if err != nil {
		return fmt.Errorf("read the message back: %w", err)
	}
	return Compare(m, got)
}

// Compare names the first field in which two messages differ, as a
// *submit.FieldError: no retry makes such a message whole. Of attachments the
// inner files count: name, description and hash.
func Compare(want, got Message) error {
	if reflect.TypeOf(want) != reflect.TypeOf(got) {
		return errors.New("the message read back is of another kind")
	}
	a, b := reflect.ValueOf(plain(want)), reflect.ValueOf(plain(got))
	for i := range a.NumField() {
		if !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			return &submit.FieldError{Field: a.Type().Field(i).Name, Reason: "is not the same in the message read back"}
		}
	}
	return nil
}

// plain is a copy of what m says, without where files lie and how they were
// wrapped.
func plain(m Message) any {
	switch m := m.(type) {
	case *Document:
		d := *m
		d.Attachments = nil
		for _, a := range m.Attachments {
			d.Attachments = append(d.Attachments, Attachment{
				ContentID: a.ContentID, Name: a.Name, Description: a.Description, Size: a.Size, SHA256: a.SHA256,
			})
		}
		return d
	case *Status:
		s := *m
		s.At = s.At.Truncate(time.Second).UTC()
		return s
	}
	return nil
}

// Remove deletes the files of the attachments of a message that was read.
func Remove(m Message) error {
	d, ok := m.(*Document)
	if !ok || len(d.Attachments) == 0 {
		return nil
	}
	return os.RemoveAll(filepath.Dir(d.Attachments[0].Path))
}
