// Command trinhky-token is the token helper of Trình Ký: a process of its own
// for one PKCS#11 module, so that a module that hangs or crashes takes no
// document with it. Trình Ký starts it and talks to it over its standard input
// and output; it has no command line. TRINHKY_TOKEN_DELAY ("200ms") makes every
// signature take that much longer, for benchmarks.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

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
	// Nothing but a slower token comes of a value that is no duration.
	delay, _ := time.ParseDuration(os.Getenv("TRINHKY_TOKEN_DELAY"))
	if err := worker.Serve(context.Background(), os.Stdin, out, worker.Options{Delay: delay}); err != nil {
		fmt.Fprintln(os.Stderr, "trinhky-token:", err)
		os.Exit(1)
	}
}
