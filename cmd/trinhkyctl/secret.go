package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"trinhky/signer"
)

// longestSecret is more than any PIN or password.
const longestSecret = 4096

// secretFlags are the ways to hand over a PIN.
type secretFlags struct {
	PINFile  string `name:"pin-file" help:"${pin_file}" placeholder:"F"`
	PINStdin bool   `name:"pin-stdin" help:"${pin_stdin}"`
}

// pin reads the PIN: file, standard input, TRINHKY_PIN, or a prompt on a
// terminal. The caller wipes it.
func (f secretFlags) pin(s *session, prompt string) (signer.PIN, error) {
	switch {
	case f.PINFile != "" && f.PINStdin:
		return nil, usage("two-pins")
	case f.PINFile != "":
		return secretOfFile(f.PINFile)
	case f.PINStdin:
		return secretOf(s.in)
	}
	return ask(s, "TRINHKY_PIN", prompt)
}

// passwordFlags are the ways to hand over the password of a document.
type passwordFlags struct {
	PasswordFile  string `name:"password-file" help:"${password_file}" placeholder:"F"`
	PasswordStdin bool   `name:"password-stdin" help:"${password_stdin}"`
}

// password reads the password of the documents, nil where none is given: most
// documents need none, so nothing is asked.
func (f passwordFlags) password(s *session) (signer.PIN, error) {
	switch {
	case f.PasswordFile != "" && f.PasswordStdin:
		return nil, usage("two-passwords")
	case f.PasswordFile != "":
		return secretOfFile(f.PasswordFile)
	case f.PasswordStdin:
		return secretOf(s.in)
	}
	if v, ok := os.LookupEnv("TRINHKY_PASSWORD"); ok {
		return signer.PIN(v), nil
	}
	return nil, nil
}

func secretOfFile(path string) (signer.PIN, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return secretOf(f)
}

// secretOf reads a secret; one trailing newline is not part of it.
func secretOf(r io.Reader) (signer.PIN, error) {
	data, err := io.ReadAll(io.LimitReader(r, longestSecret+1))
	if err != nil {
		return nil, fmt.Errorf("read secret: %w", err)
	}
	if len(data) > longestSecret {
		clear(data)
		return nil, usage("long-secret")
	}
	data = bytes.TrimSuffix(data, []byte("\n"))
	return signer.PIN(bytes.TrimSuffix(data, []byte("\r"))), nil
}

// errNoPIN: none of the ways gave one.
var errNoPIN = errors.New("no PIN was given and there is no terminal to ask on")

// ask takes the environment variable, else asks on the terminal.
func ask(s *session, variable, prompt string) (signer.PIN, error) {
	if v, ok := os.LookupEnv(variable); ok {
		return signer.PIN(v), nil
	}
	pin, err := promptSecret(s.in, s.stdio.err, prompt)
	if errors.Is(err, errNoTerminal) {
		return nil, errNoPIN
	}
	return pin, err
}

// errNoTerminal: there is nobody to ask.
var errNoTerminal = errors.New("standard input is no terminal")

// promptSecret asks on the terminal in, without showing what is typed.
func promptSecret(in *os.File, out io.Writer, prompt string) (signer.PIN, error) {
	restore, err := hideInput(in)
	if err != nil {
		return nil, errNoTerminal
	}
	defer func() {
		restore()
		_, _ = fmt.Fprintln(out)
	}()
	if _, err := fmt.Fprint(out, prompt+": "); err != nil {
		return nil, err
	}
	return readLine(in)
}

// readLine reads up to the end of the line, one byte at a time: what follows
// belongs to somebody else.
func readLine(r io.Reader) (signer.PIN, error) {
	line := make(signer.PIN, 0, longestSecret)
	one := make([]byte, 1)
	for len(line) < longestSecret {
		n, err := r.Read(one)
		if n == 1 && one[0] == '\n' {
			break
		}
		line = append(line, one[:n]...)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			line.Wipe()
			return nil, fmt.Errorf("read the PIN: %w", err)
		}
	}
	return bytes.TrimSuffix(line, []byte("\r")), nil
}
