package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"time"

	"trinhky/cmd/sandbox/axis"
	"trinhky/signer/signertest/pki"
)

// line is one line of a script.
type line struct {
	Service string        `json:"service"`
	At      axis.Duration `json:"at"`
	axis.Fault
}

// services are the services that a line may name beside the axis.
func services() map[string]pki.Service {
	return map[string]pki.Service{
		"tsa": pki.ServiceTSA, "ocsp": pki.ServiceOCSP, "crl": pki.ServiceCRL, "ca": pki.ServiceCA,
	}
}

// pkiFaults are the faults of those services.
func pkiFaults() []pki.Fault {
	return []pki.Fault{
		pki.FaultDown, pki.FaultSlow, pki.FaultHTML, pki.FaultPortal, pki.FaultGarbage, pki.FaultHuge,
		pki.FaultTooMany, pki.FaultCutShort, pki.FaultWrongNonce, pki.FaultNoNonce, pki.FaultWrongImprint,
		pki.FaultWrongTime, pki.FaultWrongPolicy, pki.FaultBadSignature, pki.FaultNoCertificate,
		pki.FaultWrongESSCert, pki.FaultRejected, pki.FaultUnknown, pki.FaultTryLater, pki.FaultStale,
		pki.FaultWrongSerial, pki.FaultWrongSigner,
	}
}

func parseLine(data []byte) (line, error) {
	var l line
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return l, err
	}
	if l.Service == "" || l.Service == "axis" {
		l.Service = "axis"
		return l, l.Check()
	}
	if _, ok := services()[l.Service]; !ok {
		return l, fmt.Errorf("unknown service %q", l.Service)
	}
	if !slices.Contains(pkiFaults(), pki.Fault(l.Fault.Fault)) && l.Fault.Fault != axis.FaultNone {
		return l, fmt.Errorf("unknown fault %q of %s", l.Fault.Fault, l.Service)
	}
	return l, nil
}

// readScript reads a whole script, in the order of the times; no path, no lines.
func readScript(path string) ([]line, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var lines []line
	scan := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; scan.Scan(); n++ {
		text := bytes.TrimSpace(scan.Bytes())
		if len(text) == 0 || text[0] == '#' {
			continue
		}
		l, err := parseLine(text)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		lines = append(lines, l)
	}
	slices.SortStableFunc(lines, func(a, b line) int { return int(a.At - b.At) })
	return lines, scan.Err()
}

// play sets every fault at its time. Those at once are set before it returns;
// the others need the goroutine that later gives.
func (s *sandbox) play(lines []line) (later func(context.Context) error, err error) {
	for len(lines) > 0 && lines[0].At <= 0 {
		if err := s.set(lines[0]); err != nil {
			return nil, err
		}
		lines = lines[1:]
	}
	begin := time.Now()
	return func(ctx context.Context) error {
		for _, l := range lines {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(time.Until(begin.Add(time.Duration(l.At)))):
			}
			if err := s.set(l); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func (s *sandbox) set(l line) error {
	if l.Service == "axis" {
		return s.axis.SetFault(l.Fault)
	}
	f := pki.Fault(l.Fault.Fault)
	if l.Fault.Fault == axis.FaultNone {
		f = pki.FaultNone
	}
	s.pki.SetFault(services()[l.Service], f)
	return nil
}

// serveFault takes a line of a script as the body of a request.
func (s *sandbox) serveFault(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if err == nil {
		var l line
		if l, err = parseLine(data); err == nil {
			err = s.set(l)
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = io.WriteString(w, "{\"ok\":true}\n")
}
