// Package stamp knows the stamp rules: Circular 01/2019/TT-BNV and Decree
// 30/2020/NĐ-CP. Rule sets are data with the article each line comes from;
// laying out and placing are pure functions.
package stamp

import (
	"errors"
	"time"

	"trinhky/pdfview/geom"
	"trinhky/signer"
)

// Role is whose stamp it is.
type Role int

// The roles.
const (
	Leader Role = iota
	Seal
	Attachment
	Copy
	Digitised
	Archive
	Initials
)

// String is the word of the command line's --role.
func (r Role) String() string {
	return [...]string{"leader", "seal", "attachment", "copy", "digitised", "archive", "initials"}[r]
}

// RuleSet names a rule set of the data file: "tt01" or "nd30".
type RuleSet string

// The rule sets that are built in.
const (
	TT01 RuleSet = "tt01"
	ND30 RuleSet = "nd30"
)

// Input is what a stamp carries.
type Input struct {
	Role     Role
	Rules    RuleSet
	Picture  *signer.Picture // signature or seal; nil: the signer's name and the time
	Width    float64         // true width of a seal in points; 0: from the rule set
	Signer   string          // name for a stamp without a picture
	Agency   string
	Number   string // "15/QĐ-UBND"
	CopyForm string // "SAO Y"
	Time     time.Time
	Font     *signer.Font
}

// Lay makes the appearance, no larger than box where the rule leaves the size
// open (a seal keeps its true size).
func Lay(in Input, box geom.Size) (signer.Appearance, error) {
	return signer.Appearance{}, errors.New("not built yet")
}

// Block is the place between title and name, in shown space of its page.
type Block struct {
	Band, Title, Name geom.Rect
}

// PlaceLeader centres a leader's stamp of size s in the band (Decree 30, Annex
// I, Part I, II.7(d)); shown space.
func PlaceLeader(b Block, s geom.Size) geom.Rect { return geom.Rect{} }

// PlaceSeal puts the seal over the left third of the leader's stamp (II.8(a)):
// its right edge reaches one third into it, the middles are level; shown space.
func PlaceSeal(leader geom.Rect, seal geom.Size) geom.Rect { return geom.Rect{} }
