// Package library reads the header of a shared library (ELF or PE) before
// anybody loads it: which machine it is for and whether it is a PKCS#11
// module. A wrong architecture otherwise shows up as an opaque loader error.
package library

import (
	"debug/elf"
	"debug/pe"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"

	"trinhky/signer"
)

// What is wrong with a file that is no module for this machine.
var (
	ErrNotLibrary     = errors.New("not a program library")
	ErrNoFunctionList = errors.New("not a PKCS#11 module: C_GetFunctionList is not among its exports")
)

// ArchitectureError says that a library is for another kind of program.
type ArchitectureError struct {
	Library string // "windows/386"
	Program string
}

func (e *ArchitectureError) Error() string {
	return fmt.Sprintf("the library is for %s, this program is %s", e.Library, e.Program)
}

// entry is the one function that every PKCS#11 module exports.
const entry = "C_GetFunctionList"

// Platform is the operating system family and machine of a library, in Go's
// words: "linux/amd64", "windows/386".
type Platform struct{ System, Machine string }

func (p Platform) String() string { return p.System + "/" + p.Machine }

// This is the platform of the running program.
func This() Platform { return Platform{runtime.GOOS, runtime.GOARCH} }

// Inspect reads path and says for which platform it is. It fails with
// fs.ErrNotExist, ErrNotLibrary or ErrNoFunctionList.
func Inspect(path string) (Platform, error) {
	f, err := os.Open(path)
	if err != nil {
		return Platform{}, err
	}
	defer func() { _ = f.Close() }()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return Platform{}, ErrNotLibrary
	}
	return inspect(f)
}

func inspect(r io.ReaderAt) (p Platform, err error) {
	// Headers may be hostile; the parsers of the standard library are not
	// promised to be safe with those.
	defer func() {
		if r := recover(); r != nil {
			p, err = Platform{}, fmt.Errorf("%w: %v", ErrNotLibrary, r)
		}
	}()
	var magic [4]byte
	if _, err := r.ReadAt(magic[:], 0); err != nil {
		return Platform{}, ErrNotLibrary
	}
	switch {
	case string(magic[:]) == elf.ELFMAG:
		return inspectELF(r)
	case string(magic[:2]) == "MZ":
		return inspectPE(r)
	case slices.Contains([]uint32{0xfeedface, 0xfeedfacf, 0xcafebabe}, binary.BigEndian.Uint32(magic[:])),
		slices.Contains([]uint32{0xfeedface, 0xfeedfacf}, binary.LittleEndian.Uint32(magic[:])):
		// Mach-O: several machines may share a file; left to the loader.
		return Platform{"darwin", runtime.GOARCH}, nil
	}
	return Platform{}, ErrNotLibrary
}

func inspectELF(r io.ReaderAt) (Platform, error) {
	f, err := elf.NewFile(r)
	if err != nil {
		return Platform{}, fmt.Errorf("%w: %w", ErrNotLibrary, err)
	}
	machines := map[elf.Machine]string{
		elf.EM_X86_64: "amd64", elf.EM_386: "386", elf.EM_AARCH64: "arm64", elf.EM_ARM: "arm",
		elf.EM_RISCV: "riscv64", elf.EM_PPC64: "ppc64le", elf.EM_S390: "s390x", elf.EM_LOONGARCH: "loong64",
	}
	p := Platform{"linux", machines[f.Machine]}
	if p.Machine == "" {
		p.Machine = f.Machine.String()
	}
	if f.Type != elf.ET_DYN {
		return p, ErrNotLibrary
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return p, ErrNoFunctionList
	}
	for _, s := range symbols {
		if s.Name == entry && s.Section != elf.SHN_UNDEF {
			return p, nil
		}
	}
	return p, ErrNoFunctionList
}

func inspectPE(r io.ReaderAt) (Platform, error) {
	f, err := pe.NewFile(r)
	if err != nil {
		return Platform{}, fmt.Errorf("%w: %w", ErrNotLibrary, err)
	}
	machines := map[uint16]string{
		pe.IMAGE_FILE_MACHINE_AMD64: "amd64", pe.IMAGE_FILE_MACHINE_I386: "386", pe.IMAGE_FILE_MACHINE_ARM64: "arm64",
	}
	p := Platform{"windows", machines[f.Machine]}
	if p.Machine == "" {
		p.Machine = fmt.Sprintf("machine %#x", f.Machine)
	}
	if f.Characteristics&pe.IMAGE_FILE_DLL == 0 {
		return p, ErrNotLibrary
	}
	names, err := exports(f)
	if err != nil || !slices.Contains(names, entry) {
		return p, ErrNoFunctionList
	}
	return p, nil
}

const maxExports = 1 << 16

// exports lists the names of the export directory (PE format, .edata section).
func exports(f *pe.File) ([]string, error) {
	var dir pe.DataDirectory
	switch h := f.OptionalHeader.(type) {
	case *pe.OptionalHeader32:
		dir = h.DataDirectory[pe.IMAGE_DIRECTORY_ENTRY_EXPORT]
	case *pe.OptionalHeader64:
		dir = h.DataDirectory[pe.IMAGE_DIRECTORY_ENTRY_EXPORT]
	}
	head := make([]byte, 40)
	if err := readVirtual(f, dir.VirtualAddress, head); err != nil {
		return nil, err
	}
	count, table := binary.LittleEndian.Uint32(head[24:]), binary.LittleEndian.Uint32(head[32:])
	if count > maxExports {
		return nil, errors.New("too many exports")
	}
	addresses := make([]byte, 4*count)
	if err := readVirtual(f, table, addresses); err != nil {
		return nil, err
	}
	var names []string
	for i := range count {
		name := make([]byte, len(entry)+1)
		if err := readVirtual(f, binary.LittleEndian.Uint32(addresses[4*i:]), name); err != nil {
			continue // a short name at the end of its section
		}
		if n := slices.Index(name, 0); n >= 0 {
			names = append(names, string(name[:n]))
		}
	}
	return names, nil
}

// readVirtual reads len(buf) bytes at a virtual address of the image.
func readVirtual(f *pe.File, at uint32, buf []byte) error {
	for _, s := range f.Sections {
		if at >= s.VirtualAddress && at-s.VirtualAddress < s.Size {
			_, err := s.ReadAt(buf, int64(at-s.VirtualAddress))
			return err
		}
	}
	return errors.New("address outside of every section")
}

// Fault gives an error of Inspect its place in the vocabulary of signing.
func Fault(err error) signer.ModuleFault {
	var architecture *ArchitectureError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return signer.ModuleMissing
	case errors.As(err, &architecture):
		return signer.ModuleArchitecture
	case errors.Is(err, ErrNoFunctionList):
		return signer.ModuleNoFunctionList
	case errors.Is(err, ErrNotLibrary):
		return signer.ModuleNotPKCS11
	}
	return signer.ModuleFailed
}
