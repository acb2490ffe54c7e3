// Command trinhky-token is the token helper of Trình Ký: a process of its own
// for one PKCS#11 module, so that a module that hangs or crashes takes no
// document with it. Trình Ký starts it and talks to it over its standard input
// and output; it has no command line.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"trinhky/signer/pkcs11/worker"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "trinhky-token has no command line: Trình Ký starts it by itself")
		os.Exit(2)
	}
	// Ctrl-C in a terminal reaches the whole group; the program that started
	// this one decides when a token is left alone.
	signal.Ignore(os.Interrupt, syscall.SIGHUP)
	guard()
	out, err := claimOutput()
	if err != nil {
		fmt.Fprintln(os.Stderr, "trinhky-token:", err)
		os.Exit(1)
	}
	if err := worker.Serve(context.Background(), os.Stdin, out); err != nil {
		fmt.Fprintln(os.Stderr, "trinhky-token:", err)
		os.Exit(1)
	}
}
