// Package stamp knows the stamp rules: Circular 01/2019/TT-BNV and Decree
// 30/2020/NĐ-CP. Rule sets are data (rules.json) with the article each line
// comes from; laying out and placing are pure functions.
//
// Lengths are points, and places are in shown space (geom), unless a name says
// millimetres.
package stamp

import (
	"fmt"
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
	Number  // number, place and date, in the secretary's own signature
	Comment // an opinion in words: no approval of what the document decides
)

var roleWords = [...]string{"leader", "seal", "attachment", "copy", "digitised", "archive", "initials", "number", "comment"}

// String is the word of the command line's --role.
func (r Role) String() string {
	if r < 0 || int(r) >= len(roleWords) {
		return fmt.Sprintf("role %d", int(r))
	}
	return roleWords[r]
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
	Profile  *Profile        // an agency's own variant; nil: the one of Rules and Role
	Picture  *signer.Picture // signature or seal; nil: the signer's name and the time
	Width    float64         // true width of a seal in points; 0: from the rule set
	Signer   string          // name for a stamp without a picture
	Title    string          // of the signer: chooses the box of that level; never shown
	Agency   string
	Number   string // "15/QĐ-UBND"
	CopyForm string // "SAO Y"
	Opinion  string // of a comment
	Time     time.Time
	Town     string    // place of issue: "Hà Nội"
	Issued   time.Time // date of issue; its day counts in its own zone
	Font     *signer.Font
	Italic   *signer.Font // of the same family; nil: Font
}

// FontError says that a stamp needs characters that its font cannot show.
type FontError struct{ Runes []rune }

func (e *FontError) Error() string {
	return fmt.Sprintf("the stamp's font cannot show %q", string(e.Runes))
}

// Lay makes the appearance, no larger than box where the rule leaves the size
// open: a seal keeps its true size and text its size. A side of box that is 0
// means the usual one. The appearance is as small as what it shows.
func Lay(in Input, box geom.Size) (signer.Appearance, error) {
	p, err := in.profile()
	if err != nil {
		return signer.Appearance{}, err
	}
	var shape geom.Size
	if in.Picture != nil && p.Picture.Use == PictureShown {
		if shape, err = p.pictureSize(in, box); err != nil {
			return signer.Appearance{}, err
		}
	}
	lines := p.Lines
	if shape == (geom.Size{}) && len(lines) == 0 {
		lines = p.WithoutPicture
	}
	set, err := p.set(in, lines, p.wrapWidth(box, shape))
	if err != nil {
		return signer.Appearance{}, err
	}
	if shape == (geom.Size{}) && len(set) == 0 {
		return signer.Appearance{}, fmt.Errorf("stamp %s: neither a picture nor text to show", in.Role)
	}
	return p.stack(in, shape, set), nil
}

// profile is the profile that applies.
func (in Input) profile() (Profile, error) {
	if in.Profile != nil {
		return *in.Profile, nil
	}
	rules, err := BuiltIn()
	if err != nil {
		return Profile{}, err
	}
	return rules.Profile(in.Rules, in.Role)
}

// pictureSize is how large the picture is shown.
func (p Profile) pictureSize(in Input, box geom.Size) (geom.Size, error) {
	if in.Picture.W <= 0 || in.Picture.H <= 0 {
		return geom.Size{}, fmt.Errorf("stamp %s: an empty picture", in.Role)
	}
	shape := geom.Size{W: float64(in.Picture.W), H: float64(in.Picture.H)}
	if p.Picture.TrueSize {
		w := in.Width
		if w <= 0 {
			w = geom.MM(p.Picture.WidthMM)
		}
		return shape.Scale(w / shape.W), nil
	}
	limit := geom.Size{W: limit(p.Picture, 0, box.W), H: limit(p.Picture, 1, box.H)}
	// A phone photo has more pixels than points: only the shape counts here.
	return shape.Scale(max(limit.W/shape.W, limit.H/shape.H)).Fit(limit), nil
}

// TrueWidth is how wide the picture of a stamp has to be, in points; 0 where
// the rule leaves the size open.
func TrueWidth(in Input) float64 {
	p, err := in.profile()
	switch {
	case err != nil || !p.Picture.TrueSize || p.Picture.Use != PictureShown || in.Picture == nil:
		return 0
	case in.Width > 0:
		return in.Width
	}
	return geom.MM(p.Picture.WidthMM)
}

// AssumesWidth says whether the true width of a stamp's picture is only the
// usual one of the built-in rule set: nobody named this seal's own.
func AssumesWidth(in Input) bool {
	if in.Width > 0 || TrueWidth(in) == 0 {
		return false
	}
	usual := in
	usual.Profile = nil
	return TrueWidth(in) == TrueWidth(usual)
}

// limit is how long side (0 width, 1 height) of a picture may be in a box.
func limit(p PictureRule, side int, box float64) float64 {
	if box <= 0 {
		return geom.MM(p.UsualMM[side])
	}
	return min(box, geom.MM(p.MaxMM[side]))
}

// stack puts the picture above the lines, each centred; lines alone start at
// the left.
func (p Profile) stack(in Input, shape geom.Size, set []setLine) signer.Appearance {
	size := shape
	for _, l := range set {
		size.W = max(size.W, l.width)
	}
	a := signer.Appearance{}
	if shape.W > 0 {
		left := (size.W - shape.W) / 2
		a.Items = append(a.Items, signer.Image{Rect: geom.At(geom.Point{X: left}, shape), Picture: in.Picture})
	}
	up, down := 0.0, 0.0
	if len(set) > 0 {
		up, down = in.Font.Ascent(p.Text.Size), in.Font.Descent(p.Text.Size)
	}
	for _, l := range set {
		x := 0.0
		if shape.W > 0 || p.Place == AtBand {
			x = (size.W - l.width) / 2
		}
		a.Items = append(a.Items, signer.Text{
			At:   geom.Point{X: x, Y: size.H + up},
			Size: p.Text.Size, Color: p.Text.color, Font: l.font, Text: l.text,
		})
		size.H += up + down
	}
	a.Size = size
	return a
}
