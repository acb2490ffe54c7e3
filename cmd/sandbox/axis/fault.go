package axis

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Kind names a fault.
type Kind string

// The faults.
const (
	FaultNone       Kind = "none"        // takes every fault away
	FaultDown       Kind = "down"        // the connection is closed at once
	FaultCut        Kind = "cut"         // the connection is closed in the middle of the request
	FaultCutAnswer  Kind = "cut-answer"  // carried out; half of the answer comes
	FaultLostAnswer Kind = "lost-answer" // carried out; the connection is closed without an answer
	FaultSlow       Kind = "slow"        // carried out; the answer comes after Delay
	FaultHTML       Kind = "html"        // 500 with a page of HTML; not carried out
	FaultPortal     Kind = "portal"      // 200 with a page of HTML; not carried out
	FaultEmpty      Kind = "empty"       // 200 without a body; not carried out
	FaultNulls      Kind = "nulls"       // 200 with JSON of nulls; not carried out
	FaultLogin      Kind = "login"       // 401 with a page of HTML; not carried out
	FaultGarbage    Kind = "garbage"     // carried out; the answer is not JSON
	FaultNumeric    Kind = "numeric"     // carried out; ErrorCode is a number
	FaultWrongTime  Kind = "wrong-time"  // the clock of the axis is off by Delay
)

func kinds() []Kind {
	return []Kind{
		FaultNone, FaultDown, FaultCut, FaultCutAnswer, FaultLostAnswer, FaultSlow, FaultHTML, FaultPortal,
		FaultEmpty, FaultNulls, FaultLogin, FaultGarbage, FaultNumeric, FaultWrongTime,
	}
}

// Fault says what goes wrong, for which requests. It is one line of a script
// and the body of POST _fault.
type Fault struct {
	Fault Kind `json:"fault"`
	// Operation is one operation ("sendEdoc"); empty: all.
	Operation string `json:"operation,omitempty"`
	// Count is how many requests it meets; 0: all from now on.
	Count int `json:"count,omitempty"`
	// Skip lets so many matching requests pass before.
	Skip int `json:"skip,omitempty"`
	// Every meets only each n-th matching request; 0 and 1: every one.
	Every int `json:"every,omitempty"`
	// Delay is how long FaultSlow waits (default 3s) and by how much the clock
	// of FaultWrongTime is off (default 72h, may be negative).
	Delay Duration `json:"delay,omitempty"`

	seen int
}

// Duration is a time.Duration that is written "1.5s" in JSON.
type Duration time.Duration

// UnmarshalJSON reads "1.5s".
func (d *Duration) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("duration: %w", err)
	}
	v, err := time.ParseDuration(s)
	*d = Duration(v)
	return err
}

// MarshalJSON writes "1.5s".
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// Check refuses a fault that means nothing.
func (f Fault) Check() error {
	if !slices.Contains(kinds(), f.Fault) {
		return fmt.Errorf("unknown fault %q; known are %v", f.Fault, kinds())
	}
	if f.Count < 0 || f.Skip < 0 || f.Every < 0 {
		return fmt.Errorf("fault %s: negative number", f.Fault)
	}
	return nil
}

// SetFault adds a fault; FaultNone takes all away (or those of its operation).
func (s *Server) SetFault(f Fault) error {
	if err := f.Check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Fault == FaultNone {
		s.faults = slices.DeleteFunc(s.faults, func(old *Fault) bool {
			return f.Operation == "" || f.Operation == old.Operation
		})
		return nil
	}
	if f.Delay == 0 {
		f.Delay = Duration(3 * time.Second)
		if f.Fault == FaultWrongTime {
			f.Delay = Duration(72 * time.Hour)
		}
	}
	s.faults = append(s.faults, &f)
	return nil
}

// fault is the fault that meets this request of the operation, if any. The
// oldest one wins; a used-up one is dropped.
func (s *Server) fault(operation string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Operation != "" && f.Operation != operation {
			continue
		}
		f.seen++
		n := f.seen - f.Skip
		if n <= 0 || f.Every > 1 && n%f.Every != 0 {
			continue
		}
		met := *f
		if f.Count > 0 && n/max(f.Every, 1) >= f.Count {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return met
	}
	return Fault{Fault: FaultNone}
}
