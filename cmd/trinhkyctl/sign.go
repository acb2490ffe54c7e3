package main

import (
	"context"
	"crypto"
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"trinhky/app/review"
	"trinhky/cmd/internal/wire"
	"trinhky/signer"
	"trinhky/signer/stamp"
)

// signFlags are what `sign` and `batch` share.
type signFlags struct {
	secretFlags
	passwordFlags
	Key      string `placeholder:"URI" help:"${key}"`
	Role     string `default:"leader" enum:"leader,seal,attachment,copy,digitised,archive,initials,number" help:"${role}"`
	Rules    string `enum:"tt01,nd30" default:"tt01" help:"${rules}"`
	Image    string `placeholder:"PNG" help:"${image}"`
	Number   string `placeholder:"15/QĐ-UBND" help:"${number}"`
	Date     string `placeholder:"YYYY-MM-DD" help:"${issue_date}"`
	Town     string `placeholder:"NAME" help:"${town}"`
	CopyForm string `name:"copy-form" placeholder:"SAO Y" help:"${copy_form}"`
	Agency   string `placeholder:"NAME" help:"${agency}"`

	Place string `default:"auto" enum:"auto" help:"${place}"`
	rectFlags
	Field        string `placeholder:"NAME" help:"${field}"`
	Invisible    bool   `help:"${invisible}"`
	AcceptUnsure bool   `name:"accept-unsure" help:"${accept_unsure}"`
	NoTemplates  bool   `name:"no-templates" help:"${no_templates}"`
	whoFlags

	Level        string   `enum:"B,T,LT,LTA" default:"B" help:"${level}"`
	TSA          []string `name:"tsa" sep:"none" placeholder:"URL" help:"${tsa}"`
	OnTSAFailure string   `name:"on-tsa-failure" default:"fail" enum:"fail,downgrade" help:"${on_tsa_failure}"`
	Digest       string   `default:"sha256" enum:"sha256,384,sha384,512,sha512" help:"${digest}"`
	PSS          bool     `name:"pss" help:"${pss}"`
	SignPINFile  string   `name:"sign-pin-file" placeholder:"F" help:"${sign_pin_file}"`
	Reason       string   `placeholder:"TEXT" help:"${reason}"`
	Location     string   `placeholder:"TEXT" help:"${location}"`
	Certify      string   `default:"none" enum:"none,forms,annotations" help:"${certify}"`
	Overwrite    bool     `help:"${overwrite}"`
}

// rectFlags are a place by hand, in millimetres from the page's upper left
// corner as the reader sees it.
type rectFlags struct {
	Page   *int     `help:"${sign_page}"`
	X      *float64 `placeholder:"MM" help:"${x}"`
	Y      *float64 `placeholder:"MM" help:"${y}"`
	Width  *float64 `placeholder:"MM" help:"${width}"`
	Height *float64 `placeholder:"MM" help:"${height}"`
}

// given says whether any of it is.
func (f *rectFlags) given() bool {
	return f.Page != nil || f.X != nil || f.Y != nil || f.Width != nil || f.Height != nil
}

// whoFlags choose the signature block of the person who signs, where the name
// in the certificate does not.
type whoFlags struct {
	Signer string `placeholder:"NAME" help:"${who_signer}"`
	Title  string `placeholder:"TITLE" help:"${who_title}"`
}

type signCommand struct {
	signFlags
	In  string `arg:"" name:"in.pdf" help:"${document}"`
	Out string `short:"o" required:"" placeholder:"OUT.pdf" help:"${signed_file}"`

	Repair bool `help:"${repair}"`
}

// signed is the answer of `sign`, and a line of `batch`.
type signed struct {
	Input          string           `json:"input"`
	Output         *string          `json:"output"`
	SHA256         string           `json:"sha256,omitempty"`
	Level          string           `json:"level,omitempty"`
	RequestedLevel string           `json:"requested_level,omitempty"`
	Downgrade      string           `json:"downgrade"`
	Field          string           `json:"field,omitempty"`
	Page           int              `json:"page,omitempty"`
	RectMM         *[4]float64      `json:"rect_mm,omitempty"`
	Place          string           `json:"place,omitempty"`
	Confidence     float64          `json:"confidence,omitempty"`
	Corrected      bool             `json:"corrected,omitempty"` // as somebody corrected that type of document before
	Took           *took            `json:"took_ms,omitempty"`
	Findings       []review.Finding `json:"findings,omitempty"`
	Resumed        bool             `json:"resumed,omitempty"`
	Error          *problem         `json:"error"`
}

type took struct {
	Prepare int64 `json:"prepare"`
	Token   int64 `json:"token"`
	Finish  int64 `json:"finish"`
}

// Run signs one document.
func (c *signCommand) Run(ctx context.Context, s *session) error {
	if err := notExist(c.In); err != nil {
		return err
	}
	job, err := c.job(s)
	if err != nil {
		return err
	}
	defer job.password.Wipe()
	chosen, err := s.Key(ctx, c.Key)
	if err != nil {
		return err
	}
	// Everything that can fail without the key is tried before the PIN.
	source, repaired, done, err := c.sound(ctx, job)
	if err != nil {
		return err
	}
	defer done()
	item, err := job.look(ctx, files{in: c.In, source: source, out: c.Out}, chosen.Certificate.X509)
	if err != nil {
		return err
	}
	if item.document != nil {
		defer s.closing(item.document.Close)
	}
	if err := job.mayUse(ctx, chosen.Certificate); err != nil {
		return err
	}
	key, certificate, err := c.unlock(ctx, s, chosen)
	if err != nil {
		return err
	}
	defer s.closing(key.Close)
	if chosen.Certificate.X509 == nil { // a file shows its certificate only now
		if err := job.known(ctx, &item, certificate); err != nil {
			return err
		}
	}
	item.findings = append(item.findings, repaired...)
	out, err := job.sign(ctx, item, key, certificate)
	if err != nil {
		return err
	}
	s.answer(out)
	s.signed(out)
	return nil
}

// unlock gets the PIN and uses it once.
func (f *signFlags) unlock(ctx context.Context, s *session, chosen wire.Chosen) (signer.Key, signer.Certificate, error) {
	var pin signer.PIN
	if !chosen.Token.PINPad {
		var err error
		pin, err = f.pin(s, s.Words.Say("cli.pin", "name", chosen.Name))
		if err != nil && (!chosen.OwnDialog || !errors.Is(err, errNoPIN)) {
			return nil, signer.Certificate{}, err
		}
	}
	defer pin.Wipe()
	second, err := f.signaturePIN()
	if err != nil {
		return nil, signer.Certificate{}, err
	}
	defer second.Wipe()
	return chosen.Unlock(ctx, wire.PINs{Login: pin, Signature: second})
}

// signaturePIN is the second PIN of some tokens, nil where none is given.
func (f *signFlags) signaturePIN() (signer.PIN, error) {
	if f.SignPINFile != "" {
		return secretOfFile(f.SignPINFile)
	}
	if v, ok := os.LookupEnv("TRINHKY_SIGN_PIN"); ok {
		return signer.PIN(v), nil
	}
	return nil, nil
}

// how says which of the ways to give a place was used.
func (f *signFlags) how() (review.How, error) {
	given := f.given()
	whole := f.Page != nil && f.X != nil && f.Y != nil && f.Width != nil && f.Height != nil
	n := 0
	for _, b := range []bool{given, f.Field != "", f.Invisible} {
		if b {
			n++
		}
	}
	switch {
	case n > 1:
		return 0, usage("one-place")
	case given && !whole:
		return 0, usage("whole-place")
	case given && !(*f.Width > 0 && *f.Height > 0):
		return 0, usage("place-size")
	case given && *f.Page == 0:
		return 0, usage("page-zero")
	case given:
		return review.Fixed, nil
	case f.Field != "":
		return review.InField, nil
	case f.Invisible:
		return review.Invisible, nil
	}
	return review.Auto, nil
}

func roleOf(word string) (stamp.Role, error) {
	for r := stamp.Leader; r <= stamp.Number; r++ {
		if r.String() == word {
			return r, nil
		}
	}
	return 0, usage("role", "word", word)
}

func levelOf(word string) (signer.Level, error) {
	switch word {
	case "B":
		return signer.LevelB, nil
	case "T":
		return signer.LevelT, nil
	case "LT":
		return signer.LevelLT, nil
	case "LTA":
		return signer.LevelLTA, nil
	}
	return 0, usage("level", "word", word)
}

func digestOf(word string) crypto.Hash {
	switch word {
	case "384", "sha384":
		return crypto.SHA384
	case "512", "sha512":
		return crypto.SHA512
	}
	return crypto.SHA256
}

func certifyOf(word string) signer.Certification {
	switch word {
	case "forms":
		return signer.CertifyForms
	case "annotations":
		return signer.CertifyAnnotations
	}
	return signer.NoCertification
}

// signed tells a person what was signed.
func (s *session) signed(o signed) {
	code := "cli.signed"
	if o.Page == 0 {
		code = "cli.signed-invisible"
	}
	s.tell(code, "file", filepath.Base(*o.Output), "level", o.Level, "page", strconv.Itoa(o.Page))
	if o.Downgrade != "" {
		s.tell("cli.downgraded", "level", o.RequestedLevel, "reason", o.Downgrade)
	}
	for _, f := range o.Findings {
		if f.Severity != "info" {
			s.say("  - %s", f.Text)
		}
	}
}
