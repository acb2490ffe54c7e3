package pkcs11_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"trinhky/signer"
	"trinhky/signer/pkcs11"
	"trinhky/signer/signertest/pki"
)

// rounds is how much of an endurance test is run: everything with
// TRINHKY_SOAK.
func rounds(full, quick int) int {
	if os.Getenv("TRINHKY_SOAK") != "" {
		return full
	}
	return quick
}

// size is the resident memory (KB) and the number of open files of a process.
func size(t *testing.T, pid int) (kb, files int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			if _, err := fmt.Sscan(rest, &kb); err != nil {
				t.Fatal(err)
			}
		}
	}
	open, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	return kb, len(open)
}

// Many signatures and many unlocks grow nothing in the helper.
func TestEndurance(t *testing.T) {
	id := ca(t).leaves[pki.P256]
	b := misbehaving(t, pkcs11.Limits{}, object(1, id), "sessions 1")
	tok, c, _ := b.first(t)
	total := rounds(10_000, 600)
	const perUnlock = 50
	work := func(n int) {
		for done := 0; done < n; done += perUnlock {
			k, err := tok.Unlock(t.Context(), c, signer.PIN(pin))
			if err != nil {
				t.Fatal(err)
			}
			for range perUnlock {
				if err := sign(k); err != nil {
					t.Fatal(err)
				}
			}
			if err := k.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	work(total / 4) // warm
	pid := helpers(t)[0]
	kb, files := size(t, pid)
	work(total)
	kbAfter, filesAfter := size(t, pid)
	t.Logf("%d signatures: %d KB and %d files before, %d KB and %d files after", total, kb, files, kbAfter, filesAfter)
	if filesAfter > files || kbAfter > kb+8<<10 {
		t.Errorf("the helper grew from %d KB, %d files to %d KB, %d files", kb, files, kbAfter, filesAfter)
	}
	if opened, closed := b.Calls("open"), b.Calls("close"); opened != closed {
		t.Errorf("%d sessions opened, %d closed", opened, closed)
	}
}

// Two programs use the same token at once, each with its own helper. SoftHSM2
// writes the token's file anew at a login; whoever looks or logs in at that very
// moment finds no token or fails. So there logins take turns, and each falls
// among the signatures of the other program; with the other module nothing does.
func TestTwoPrograms(t *testing.T) {
	tok := hsm(t, object(1, ca(t).Leader))
	for name, c := range map[string]struct {
		config pkcs11.Config
		turn   sync.Locker
	}{
		"softhsm2": {pkcs11.Config{Modules: []string{tok.Module}, Environment: tok.Environment()}, &sync.Mutex{}},
		"mini":     {pkcs11.Config{Modules: []string{buildMini(t, "gcc")}}, nobody{}},
	} {
		t.Run(name, func(t *testing.T) {
			var wg sync.WaitGroup
			for range 2 {
				s := source(t, c.config)
				wg.Go(func() {
					for range rounds(100, 5) {
						if err := inTurn(t, s, c.turn); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

// nobody has to wait.
type nobody struct{}

func (nobody) Lock()   {}
func (nobody) Unlock() {}

// inTurn lists and unlocks in turn, and signs whenever it likes.
func inTurn(t *testing.T, s *pkcs11.Source, turn sync.Locker) error {
	turn.Lock()
	k, err := unlocked(t, s)
	turn.Unlock()
	if err != nil {
		return err
	}
	for range 20 {
		if err := sign(k); err != nil {
			return fmt.Errorf("sign: %w", err)
		}
	}
	return k.Close()
}

// once lists, unlocks, signs and locks.
func once(t *testing.T, s *pkcs11.Source) error {
	k, err := unlocked(t, s)
	if err != nil {
		return err
	}
	if err := sign(k); err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	return k.Close()
}

// unlocked lists and unlocks the only token.
func unlocked(t *testing.T, s *pkcs11.Source) (signer.Key, error) {
	slots, err := s.Slots(t.Context())
	if err != nil {
		return nil, fmt.Errorf("slots: %w", err)
	}
	if len(slots) != 1 {
		return nil, fmt.Errorf("%d slots", len(slots))
	}
	tok, err := s.Open(slots[0])
	if err != nil {
		return nil, err
	}
	list, err := tok.Certificates(t.Context())
	if err != nil || len(list) == 0 {
		return nil, fmt.Errorf("certificates: %v, %w", list, err)
	}
	k, err := tok.Unlock(t.Context(), list[0], signer.PIN(pin))
	if err != nil {
		return nil, fmt.Errorf("unlock: %w", err)
	}
	return k, nil
}

// The helper is killed at random moments: every call ends with a typed error
// or with a good result, and the next round works. (Not with SoftHSM2: killed
// while it writes at a login, it leaves an empty token behind.)
func TestKilledAtAnyMoment(t *testing.T) {
	s := source(t, pkcs11.Config{Modules: []string{buildMini(t, "gcc")}})
	if err := once(t, s); err != nil {
		t.Fatal(err)
	}
	for i := range rounds(300, 25) {
		stop := make(chan struct{})
		var killer sync.WaitGroup
		killer.Go(func() {
			for spin := rand.IntN(200_000); spin > 0; spin-- { //nolint:gosec // any moment will do
				select {
				case <-stop:
					return
				default:
				}
			}
			for _, pid := range helpers(t) {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		})
		err := once(t, s)
		close(stop)
		killer.Wait()
		var token *signer.TokenError
		var module *signer.ModuleError
		if err != nil && !errors.As(err, &token) && !errors.As(err, &module) {
			t.Errorf("round %d: %v", i, err)
		}
		if err := afterwards(t, s); err != nil {
			t.Fatalf("round %d, afterwards: %v", i, err)
		}
	}
}

// afterwards works again, once the end of a killed helper has been seen.
func afterwards(t *testing.T, s *pkcs11.Source) error {
	err := once(t, s)
	for range 3 {
		var token *signer.TokenError
		if !errors.As(err, &token) {
			break
		}
		err = once(t, s)
	}
	return err
}
