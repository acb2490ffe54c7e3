package review

import "fmt"

// Rule is a rule that forbids going on.
type Rule int

// The rules.
const (
	// RuleNoPlace: no place for the stamp was found (exit code 14).
	RuleNoPlace Rule = iota + 1
	// RuleUnsure: a place was found, but nobody is sure of it (exit code 14).
	RuleUnsure
	// RuleSecret: the document carries a secrecy mark; such documents are
	// neither signed nor sent here (QĐ 28/2018, article 1).
	RuleSecret
	// RuleNoLeader: an agency's key signs only what carries the competent
	// person's valid signature (Decree 30/2020, article 32(2)(d)).
	RuleNoLeader
	// RuleNoPage: the document has no such page.
	RuleNoPage
	// RuleOutside: the place asked for lies outside the page.
	RuleOutside
	// RuleSealRoom: the field is too small for the seal in its true size (Decree
	// 30/2020, Annex I, Part I, II.8(c)).
	RuleSealRoom
	// RuleOutput: the output is the input.
	RuleOutput
	// RuleNoFolder: the folder of the output does not exist or takes no file.
	RuleNoFolder
	// RuleNumbered: the document prints a number or date already, another one
	// than is issued, or leaves nothing to fill in.
	RuleNumbered
	// RuleUnsealed: the agency's policy sends nothing without the leader's
	// signature and the seal.
	RuleUnsealed
	// RuleUnchecked: what did not pass its check is accepted only with a reason
	// (Decree 30/2020, article 21(2)).
	RuleUnchecked
	// RuleDamaged: readers forgive the damage, but nothing can be signed onto it.
	RuleDamaged
	// RuleNoTimeServer: a timestamp is asked for and no authority is set.
	RuleNoTimeServer
)

// String is a stable word, the end of the message's code.
func (r Rule) String() string {
	switch r {
	case RuleNoPlace:
		return "no-place"
	case RuleUnsure:
		return "unsure"
	case RuleSecret:
		return "secret"
	case RuleNoLeader:
		return "no-leader"
	case RuleNoPage:
		return "no-page"
	case RuleOutside:
		return "outside-page"
	case RuleSealRoom:
		return "seal-room"
	case RuleOutput:
		return "output-is-input"
	case RuleNoFolder:
		return "no-folder"
	case RuleNumbered:
		return "numbered"
	case RuleUnsealed:
		return "unsealed"
	case RuleUnchecked:
		return "unchecked"
	case RuleDamaged:
		return "damaged"
	case RuleNoTimeServer:
		return "no-time-server"
	}
	return "unknown"
}

// Rules lists all rules.
func Rules() []Rule {
	return []Rule{
		RuleNoPlace, RuleUnsure, RuleSecret, RuleNoLeader,
		RuleNoPage, RuleOutside, RuleSealRoom, RuleOutput, RuleNoFolder, RuleNumbered,
		RuleUnsealed, RuleUnchecked, RuleDamaged, RuleNoTimeServer,
	}
}

// RuleError says which rule forbids going on; Args fill its sentence.
type RuleError struct {
	Rule Rule
	Args map[string]string
	Err  error // the cause, where there is one
}

func (e *RuleError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("rule %s %v: %v", e.Rule, e.Args, e.Err)
	}
	return fmt.Sprintf("rule %s %v", e.Rule, e.Args)
}

func (e *RuleError) Unwrap() error { return e.Err }

// SpaceError says that the disk of Dir has not the bytes that the output needs.
type SpaceError struct {
	Dir        string
	Need, Free int64
}

func (e *SpaceError) Error() string {
	return fmt.Sprintf("%s has %d bytes free, %d are needed", e.Dir, e.Free, e.Need)
}
