// Command sandbox is what an agency has around it, on loopback: a test PKI
// with OCSP, CRL and time-stamping, a SoftHSM2 token and PKCS#12 files, the
// national axis with agencies behind it, a document system whose pages call the
// local signing bridge, a WebDAV folder, and on request a ready workspace for
// the programs. Everything in it is fictitious.
//
// It prints one line of JSON when it is ready and ends on SIGTERM. What it made
// is kept in --home, so that a later start goes on with it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	listen, home, workspace, script string
	step                            time.Duration
	directory                       int
}

const usage = `sandbox --listen 127.0.0.1:PORT --home DIR [--workspace DIR] [--script FILE]

Port 0 takes a free port; a later start with the same home takes the same one
again where it is free.

A script has one JSON object a line; "#" begins a comment. An object says
  service    "axis" (default), "tsa", "ocsp", "crl" or "ca"
  at         "1.5s" after the start (default: at once)
  fault      axis: none down cut cut-answer lost-answer slow html portal empty
             nulls login garbage numeric wrong-time
             tsa, ocsp, crl: none and the faults of signer/signertest/pki
  operation  axis: one operation, as "sendEdoc" (default: all)
  count      axis: so many requests (default: all from then on)
  skip       axis: so many requests pass before
  every      axis: only each n-th request
  delay      axis: "3s" of slow, the error of the clock of wrong-time
The same object is the body of POST <address>/_fault, and of POST <axis>/_fault
without service and at. GET <axis>/_state shows what the axis holds,
POST <axis>/_advance has its agencies take their next step at once. POST
<axis>/_incoming has one send a signed document to us; its body is empty or an
object of from, to, number, notation, subject, signer, kind, about, reason, pdf.
With ?from=CODE&to=CODE&type=edoc|status the body itself is passed on untouched.

`

func main() {
	o, err := parseFlags(os.Args[1:], os.Stderr)
	if err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err = run(ctx, o, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

func parseFlags(args []string, out io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	f.SetOutput(out)
	f.Usage = func() {
		_, _ = io.WriteString(out, usage)
		f.PrintDefaults()
	}
	f.StringVar(&o.listen, "listen", "127.0.0.1:0", "address on loopback")
	f.StringVar(&o.home, "home", "", "folder that keeps everything (needed)")
	f.StringVar(&o.workspace, "workspace", "", "folder that becomes a ready --home of the programs")
	f.StringVar(&o.script, "script", "", "faults to play")
	f.DurationVar(&o.step, "step", 500*time.Millisecond, "time between two steps of an agency behind the axis")
	f.IntVar(&o.directory, "directory", 0, "further agencies in the directory (the real one has 120000)")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	err := o.check(f.NArg())
	if err != nil {
		_, _ = fmt.Fprintln(out, "sandbox:", err)
	}
	return o, err
}

func (o options) check(rest int) error {
	host, _, err := net.SplitHostPort(o.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("--listen %s: only an address of loopback is served, as 127.0.0.1", o.listen)
	}
	switch {
	case o.home == "":
		return errors.New("--home is needed")
	case rest > 0:
		return errors.New("there are no arguments but flags")
	case o.step <= 0 || o.directory < 0:
		return errors.New("--step and --directory take positive values")
	}
	return nil
}

// run serves until ctx ends.
func run(ctx context.Context, o options, out, log io.Writer) error {
	s, err := open(o, log)
	if err != nil {
		return err
	}
	defer s.close()
	lines, err := readScript(o.script)
	if err != nil {
		return err
	}
	failed := s.serve(ctx, lines)
	line, err := json.Marshal(s.ready)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "%s\n", line); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}
