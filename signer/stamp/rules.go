package stamp

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trinhky/signer"
)

//go:embed rules.json
var builtIn []byte

// rulesVersion is the version of the data format that this code reads.
const rulesVersion = 1

// Rules is a file of rule sets.
type Rules struct {
	Version int             `json:"version"`
	Sets    map[RuleSet]Set `json:"sets"`
	Text    TextRule        `json:"text"` // for all profiles without one of their own
}

// Set is one rule set. What it does not say is taken from Base.
type Set struct {
	Name     string             `json:"name"`
	Base     RuleSet            `json:"base,omitempty"`
	Profiles map[string]Profile `json:"profiles"` // by Role.String
}

// Profile is the rule of one stamp.
type Profile struct {
	Certificate string      `json:"certificate"` // "personal" or "agency"
	Place       Place       `json:"place"`
	Source      string      `json:"source"` // the article
	Picture     PictureRule `json:"picture"`
	// WidthMM is where lines are broken when nothing else limits them.
	WidthMM float64 `json:"width_mm,omitempty"`
	Lines   []Line  `json:"lines,omitempty"`
	// WithoutPicture is shown instead of a picture that is missing.
	WithoutPicture []Line    `json:"without_picture,omitempty"`
	Text           *TextRule `json:"text,omitempty"`
}

// Place says how the place of a stamp is found.
type Place string

// The places.
const (
	AtBand    Place = "band"     // centred between title and name
	AtThird   Place = "third"    // over the left third of the leader's stamp
	AtCorner  Place = "corner"   // top right of the first page
	AtLineEnd Place = "line-end" // after the last line of the body
	AtHeading Place = "heading"  // where the heading leaves number and date open
)

// PictureUse says whether a profile shows a picture.
type PictureUse string

// The uses.
const (
	PictureShown  PictureUse = "shown"
	PictureHidden PictureUse = "hidden"
)

// PictureRule is what a profile says of its picture.
type PictureRule struct {
	Use      PictureUse `json:"use"`
	Colour   string     `json:"colour,omitempty"` // "blue" or "red"; the hue counts
	TrueSize bool       `json:"true_size,omitempty"`
	WidthMM  float64    `json:"width_mm,omitempty"` // of a true-size picture, where the agency gave none
	// UsualMM is the width and height that the rule's own place gives to a
	// picture without a true size, MaxMM what a person may make of it, and
	// MarginMM what stays free around it at the rule's place.
	UsualMM  [2]float64 `json:"usual_mm,omitzero"`
	MaxMM    [2]float64 `json:"max_mm,omitzero"`
	MarginMM float64    `json:"margin_mm,omitempty"`
}

// Line is a line of text with fields in braces: signer, agency, number,
// copyform, time, issued (place and date of issue), opinion.
type Line struct {
	Text   string `json:"text"`
	Italic bool   `json:"italic,omitempty"`
	Source string `json:"source"` // the article
}

// TextRule is how text is set.
type TextRule struct {
	Size   float64 `json:"size"` // points
	Colour string  `json:"colour"`
	// Time is a pattern of dd, MM, yyyy, HH, mm, ss and zzz (offset, "+07:00").
	Time        string `json:"time"`
	ZoneMinutes int    `json:"zone_minutes"`
	Source      string `json:"source"`

	color signer.Color
}

// BuiltIn returns the rule sets of the program.
func BuiltIn() (Rules, error) { return ParseRules(builtIn) }

// ParseRules reads a rule file and refuses what could not be followed.
func ParseRules(data []byte) (Rules, error) {
	var r Rules
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Rules{}, fmt.Errorf("stamp rules: %w", err)
	}
	if r.Version != rulesVersion {
		return Rules{}, fmt.Errorf("stamp rules: version %d, want %d", r.Version, rulesVersion)
	}
	if err := r.Text.check(); err != nil {
		return Rules{}, fmt.Errorf("stamp rules: %w", err)
	}
	for name, set := range r.Sets {
		if _, ok := r.Sets[set.Base]; set.Base != "" && (!ok || r.Sets[set.Base].Base != "") {
			return Rules{}, fmt.Errorf("stamp rules: %s: base %q is no set that stands alone", name, set.Base)
		}
		for word, p := range set.Profiles {
			if err := p.check(word, r.Text); err != nil {
				return Rules{}, fmt.Errorf("stamp rules: %s: %s: %w", name, word, err)
			}
			set.Profiles[word] = p
		}
	}
	return r, nil
}

// Profile is the profile of a role in a set, or in the set's base.
func (r Rules) Profile(name RuleSet, role Role) (Profile, error) {
	set, ok := r.Sets[name]
	if !ok {
		return Profile{}, fmt.Errorf("stamp rules: no set %q", name)
	}
	if p, ok := set.Profiles[role.String()]; ok {
		return p, nil
	}
	if p, ok := r.Sets[set.Base].Profiles[role.String()]; ok {
		return p, nil
	}
	return Profile{}, fmt.Errorf("stamp rules: no profile for %s in %s", role, name)
}

func (p *Profile) check(word string, common TextRule) error {
	if p.Text == nil {
		p.Text = &common
	} else if err := p.Text.check(); err != nil {
		return err
	}
	known := slices.Contains([]Place{AtBand, AtThird, AtCorner, AtLineEnd, AtHeading}, p.Place)
	switch {
	case !slices.Contains(roleWords[:], word):
		return errors.New("no such role")
	case !known:
		return fmt.Errorf("no such place: %q", p.Place)
	case p.Certificate != "personal" && p.Certificate != "agency":
		return fmt.Errorf("no such certificate: %q", p.Certificate)
	case p.Source == "":
		return errors.New("no source")
	case len(p.Lines)+len(p.WithoutPicture) == 0:
		return errors.New("nothing to show without a picture")
	}
	if err := p.Picture.check(); err != nil {
		return err
	}
	for _, l := range slices.Concat(p.Lines, p.WithoutPicture) {
		if l.Source == "" {
			return fmt.Errorf("line %q has no source", l.Text)
		}
		if _, err := (Input{}).fill(l.Text, *p.Text); err != nil {
			return err
		}
	}
	return nil
}

func (p PictureRule) check() error {
	switch {
	case p.Use == PictureHidden:
		return nil
	case p.Use != PictureShown:
		return fmt.Errorf("no such use of a picture: %q", p.Use)
	case p.Colour != "" && p.Colour != "blue" && p.Colour != "red":
		return fmt.Errorf("no such colour of a picture: %q", p.Colour)
	case p.TrueSize && p.WidthMM <= 0:
		return errors.New("true size without a width")
	case !p.TrueSize && (min(p.UsualMM[0], p.UsualMM[1]) <= 0 || p.MaxMM[0] < p.UsualMM[0] || p.MaxMM[1] < p.UsualMM[1]):
		return errors.New("a picture without its usual and its largest size")
	}
	return nil
}

func (t *TextRule) check() error {
	if t.Size <= 0 || t.Size > 72 || t.Time == "" || t.ZoneMinutes < -14*60 || t.ZoneMinutes > 14*60 {
		return errors.New("text: size, time and zone are needed")
	}
	hex, ok := strings.CutPrefix(t.Colour, "#")
	v, err := strconv.ParseUint(hex, 16, 24)
	if !ok || len(hex) != 6 || err != nil {
		return fmt.Errorf("text: colour %q is not #RRGGBB", t.Colour)
	}
	t.color = signer.Color{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v)}
	return nil
}
