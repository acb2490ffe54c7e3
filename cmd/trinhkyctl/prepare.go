package main

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/app/template"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/stamp"
)

type prepareCommand struct {
	passwordFlags
	In  string `arg:"" name:"in.pdf" help:"${document}"`
	Out string `short:"o" required:"" placeholder:"OUT.pdf" help:"${prepared_file}"`

	Role   []string `required:"" enum:"leader,seal,attachment,copy,digitised,archive,initials,number" help:"${prepare_role}"`
	Rules  string   `enum:"tt01,nd30" default:"tt01" help:"${rules}"`
	Agency string   `placeholder:"NAME" help:"${agency}"`
	Image  string   `placeholder:"PNG" help:"${prepare_image}"`

	Place string `default:"auto" enum:"auto" help:"${prepare_place}"`
	rectFlags
	AcceptUnsure bool `name:"accept-unsure" help:"${accept_unsure}"`
	NoTemplates  bool `name:"no-templates" help:"${no_templates}"`

	Signer      string   `placeholder:"NAME" help:"${prepare_signer}"`
	Title       string   `placeholder:"TITLE" help:"${who_title}"`
	Certificate string   `placeholder:"FILE" help:"${prepare_certificate}"`
	Lock        []string `enum:"leader,seal,attachment,copy,digitised,archive,initials,number" help:"${prepare_lock}"`
	Overwrite   bool     `help:"${overwrite}"`
}

// preparedField is one field of the answer of `prepare`.
type preparedField struct {
	Name       string     `json:"name"`
	Role       string     `json:"role"`
	Person     string     `json:"person,omitempty"`
	Page       int        `json:"page"`
	RectMM     [4]float64 `json:"rect_mm"`
	Confidence float64    `json:"confidence"`
}

// prepared is the answer of `prepare`.
type prepared struct {
	Input  string          `json:"input"`
	Output string          `json:"output"`
	SHA256 string          `json:"sha256"`
	Fields []preparedField `json:"fields"`
}

// Run prepares one document.
func (c *prepareCommand) Run(ctx context.Context, s *session) error {
	fixed, err := c.fixed()
	if err != nil {
		return err
	}
	options, err := c.options(s)
	if err != nil {
		return err
	}
	if err := notExist(c.In); err != nil {
		return err
	}
	password, err := c.password(s)
	if err != nil {
		return err
	}
	defer password.Wipe()
	d, err := c.examine(ctx, s, password)
	if err != nil {
		return err
	}
	defer s.closing(d.Close)
	slots, err := c.slots(ctx, s, d, fixed)
	if err != nil {
		return err
	}
	ready, err := signer.AddFields(ctx, signer.Preparation{
		Input: c.In, Output: c.Out, Overwrite: c.Overwrite, Password: password, Source: &d.SHA256,
		Fields: d.PreparedFields(slots, options),
	})
	if err != nil {
		return err
	}
	c.tell(s, slots, ready)
	return nil
}

// fixed says whether a place was given; it belongs to one role.
func (c *prepareCommand) fixed() (bool, error) {
	f := signFlags{rectFlags: c.rectFlags}
	how, err := f.how()
	if err != nil {
		return false, err
	}
	if how == review.Fixed && len(c.Role) > 1 {
		return false, usage("one-role")
	}
	return how == review.Fixed, nil
}

// examine opens the document, with the renderer where places are to be found.
// What cannot be read for sure (damage, earlier signatures) is refused before.
func (c *prepareCommand) examine(ctx context.Context, s *session, password signer.PIN) (*review.Document, error) {
	r, err := s.Reader()
	if err != nil {
		return nil, err
	}
	if err := review.CheckOutput(c.In, c.Out, c.Overwrite, 0); err != nil {
		return nil, err
	}
	if c.Page != nil {
		return r.Examine(ctx, c.In, password)
	}
	return r.Open(ctx, c.In, password)
}

// slots finds the places.
func (c *prepareCommand) slots(ctx context.Context, s *session, d *review.Document, fixed bool) ([]review.Slot, error) {
	set := s.Settings
	set.Signing.Rules, set.Signing.Title = c.Rules, ""
	var known template.List
	if !c.NoTemplates {
		var err error
		if known, err = template.Load(s.Graph.Home); err != nil {
			return nil, err
		}
	}
	asks := make([]review.SlotAsk, 0, len(c.Role))
	for _, word := range c.Role {
		role, err := roleOf(word)
		if err != nil {
			return nil, err
		}
		in, err := c.stamp(s, set, role)
		if err != nil {
			return nil, err
		}
		ask := review.SlotAsk{Stamp: in, Fixed: fixed, Known: known}
		if role == stamp.Leader {
			ask.Person, ask.Title = c.Signer, c.Title
		}
		if fixed {
			ask.Page = *c.Page
			if ask.Page > 0 {
				ask.Page--
			}
			at := geom.Point{X: geom.MM(*c.X), Y: geom.MM(*c.Y)}
			ask.Shown = geom.At(at, geom.Size{W: geom.MM(*c.Width), H: geom.MM(*c.Height)})
			if err := review.SealRoom(in, ask.Shown.Size()); err != nil {
				return nil, err
			}
		}
		asks = append(asks, ask)
	}
	slots, err := d.Prepare(ctx, asks)
	if err != nil {
		return nil, err
	}
	for _, x := range slots {
		if !x.Sure() && !c.AcceptUnsure {
			return nil, &review.RuleError{Rule: review.RuleUnsure, Args: map[string]string{"page": strconv.Itoa(x.Page + 1)}}
		}
	}
	return slots, nil
}

// stamp is what will probably stand in a field of role; the picture is the
// signer's own affair, only that of the seal gives the field its shape.
func (c *prepareCommand) stamp(s *session, set settings.Settings, role stamp.Role) (stamp.Input, error) {
	picture := ""
	if role == stamp.Seal || role == stamp.Digitised {
		picture = c.Image
	}
	in, _, err := s.StampWith(set, role, nil, picture)
	if err != nil {
		return in, err
	}
	in.Signer, in.Time = review.UnknownSigner, time.Now()
	if c.Agency != "" {
		in.Agency = c.Agency
	}
	return in, nil
}

// options are what the fields carry.
func (c *prepareCommand) options(s *session) (review.FieldOptions, error) {
	o := review.FieldOptions{
		Rules: stamp.RuleSet(c.Rules), Required: c.Signer != "", Tooltip: func(x review.Slot) string { return s.tooltip(x) },
	}
	for _, word := range c.Lock {
		r, err := roleOf(word)
		if err != nil {
			return o, err
		}
		o.Lock = append(o.Lock, r)
	}
	if c.Certificate == "" {
		return o, nil
	}
	data, err := os.ReadFile(c.Certificate)
	if err != nil {
		return o, err
	}
	if block, _ := pem.Decode(data); block != nil {
		data = block.Bytes
	}
	cert, err := x509.ParseCertificate(data)
	if err != nil {
		return o, usage("certificate-file", "path", c.Certificate)
	}
	first, err := roleOf(c.Role[0])
	o.Certificate = map[stamp.Role]*x509.Certificate{first: cert}
	return o, err
}

// tooltip says in words what a field is for, and in the words of the contract.
func (s *session) tooltip(x review.Slot) string {
	words := s.Words.Say("field." + x.Role.String())
	if x.Person != "" {
		words += ": " + x.Person
	}
	return words + " (" + x.Role.String() + ")"
}

// tell prints what was prepared.
func (c *prepareCommand) tell(s *session, slots []review.Slot, ready signer.Ready) {
	out := prepared{Input: c.In, Output: ready.Path, SHA256: hex.EncodeToString(ready.SHA256[:])}
	for _, x := range slots {
		out.Fields = append(out.Fields, preparedField{
			Name: x.Name, Role: x.Role.String(), Person: x.Person, Page: x.Page + 1,
			RectMM: review.MM(x.Shown), Confidence: math.Round(x.Confidence*100) / 100,
		})
	}
	s.answer(out)
	s.tell("cli.prepared", "file", filepath.Base(ready.Path), "fields", strconv.Itoa(len(slots)))
	for _, f := range out.Fields {
		s.tell("cli.prepared-field", "name", f.Name, "page", strconv.Itoa(f.Page))
	}
}
