package signer

import (
	"archive/zip"
	"bytes"
	"path"
	"slices"
	"strings"

	"trinhky/signer/internal/pdf"
)

// executables are the endings of files that Windows or a shell would run.
const executables = " .exe .com .scr .pif .bat .cmd .ps1 .psm1 .vbs .vbe .js .jse .wsf .wsh .hta .msi .msp .mst .dll .cpl .ocx " +
	".sys .jar .lnk .reg .inf .scf .chm .url .sh .bash .run .bin .elf .deb .rpm .appimage .apk .dmg .pkg .app .command " +
	".docm .xlsm .pptm .dotm .xlam .iso .img .vhd "

func isExecutable(name string) bool {
	ext := strings.ToLower(path.Ext(strings.TrimRight(name, " .")))
	return ext != "" && strings.Contains(executables, " "+ext+" ")
}

// embedded looks at an embedded file: its name, and how its bytes begin.
func (s *activeSearch) embedded(spec pdf.Value) {
	name := s.get(spec, "UF").Text()
	if name == "" {
		name = s.get(spec, "F").Text()
	}
	kind := ActiveFile
	if isExecutable(name) {
		kind = ActiveExecutable
	}
	ef := s.get(spec, "EF")
	for i := range min(ef.Len(), 4) {
		if kind == ActiveFile && s.runs(value(ef, i)) {
			kind = ActiveExecutable
		}
	}
	s.add(kind, shorten(name))
}

// runs says whether a stream begins as a program does, or packs one.
func (s *activeSearch) runs(v pdf.Value) bool {
	data := s.peek(v)
	for _, magic := range []string{
		"MZ", "\x7fELF", "#!", "\xca\xfe\xba\xbe", "\xcf\xfa\xed\xfe", "\xfe\xed\xfa\xcf", "L\x00\x00\x00\x01\x14\x02", "MSCF",
	} {
		if strings.HasPrefix(string(data[:min(len(data), 16)]), magic) {
			return true
		}
	}
	return packsProgram(data)
}

// peek is the data of a stream, nil where it cannot be read or enough were.
func (s *activeSearch) peek(v pdf.Value) []byte {
	if s.peeked++; s.peeked > mostPeeked {
		return nil
	}
	stream, err := s.doc.Resolve(v)
	if err != nil || stream.Kind() != pdf.KindStream {
		return nil
	}
	data, err := s.doc.Data(stream)
	if err != nil {
		return nil
	}
	return data
}

// mostPacked bounds the names that are read of an archive.
const mostPacked = 5000

// packsProgram says whether data is a ZIP archive with a program among its
// files, or with the macros of an office document.
func packsProgram(data []byte) bool {
	if !bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return false
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return false
	}
	return slices.ContainsFunc(z.File[:min(len(z.File), mostPacked)], func(f *zip.File) bool {
		return isExecutable(f.Name) || path.Base(f.Name) == "vbaProject.bin"
	})
}

// scripts looks into the parts of an XFA form for scripts.
func (s *activeSearch) scripts(xfa pdf.Value) {
	parts := []pdf.Value{xfa}
	for i := range min(xfa.Len(), 2*mostPeeked) {
		if xfa.Kind() == pdf.KindArray {
			parts = append(parts, xfa.At(i))
		}
	}
	for _, v := range parts {
		if x, err := s.doc.Resolve(v); err == nil && x.Kind() == pdf.KindStream && bytes.Contains(s.peek(v), []byte("<script")) {
			s.add(ActiveScript, "XFA")
			return
		}
	}
}
