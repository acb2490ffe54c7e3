package main

import (
	"context"
	"encoding/hex"
	"time"

	"trinhky/app/message"
	"trinhky/cmd/internal/wire"
	"trinhky/signer"
)

type tokenCommands struct {
	List tokenListCommand `cmd:"" help:"${token_list}"`
}

type tokenListCommand struct {
	Module []string `sep:"none" placeholder:"PATH" help:"${module}"`
}

type tokenInfo struct {
	Label        string            `json:"label"`
	Serial       string            `json:"serial"`
	Manufacturer string            `json:"manufacturer"`
	Model        string            `json:"model"`
	Reader       string            `json:"reader"`
	Module       string            `json:"module"`
	PIN          string            `json:"pin"`
	PINPad       bool              `json:"pin_pad"`
	MinPIN       int               `json:"min_pin"`
	MaxPIN       int               `json:"max_pin"`
	Certificates []certificateInfo `json:"certificates"`
	Error        *problem          `json:"error,omitempty"`
}

type certificateInfo struct {
	URI          string   `json:"uri"`
	Label        string   `json:"label"`
	ID           string   `json:"id"`
	CommonName   string   `json:"common_name"`
	Organization string   `json:"organization"`
	Issuer       string   `json:"issuer"`
	Serial       string   `json:"serial"`
	NotBefore    string   `json:"not_before"`
	NotAfter     string   `json:"not_after"`
	Usable       bool     `json:"usable"`
	Problem      *problem `json:"problem"`
}

// Run lists the tokens. None at all ends with 10, after the (empty) list.
func (c *tokenListCommand) Run(ctx context.Context, s *session) error {
	source, err := s.Tokens(c.Module)
	if err != nil {
		return err
	}
	slots, err := source.Slots(ctx)
	if len(slots) == 0 && err != nil {
		return err
	}
	if len(slots) == 0 {
		return signer.ErrNoToken
	}
	if err != nil { // some modules failed, others did not
		s.say("%s", s.explain(err))
	}
	list := make([]tokenInfo, 0, len(slots))
	for _, slot := range slots {
		t := s.describe(ctx, source, slot)
		list = append(list, t)
		s.listed(t)
	}
	s.answer(map[string]any{"tokens": list})
	return ctx.Err()
}

func (s *session) describe(ctx context.Context, source signer.TokenSource, slot signer.Slot) tokenInfo {
	t := tokenInfo{
		Label: slot.Token.Label, Serial: slot.Token.Serial, Manufacturer: slot.Token.Manufacturer,
		Model: slot.Token.Model, Reader: slot.Reader, Module: slot.Module,
		PIN: slot.Token.PIN.String(), PINPad: slot.Token.PINPad,
		MinPIN: slot.Token.MinPIN, MaxPIN: slot.Token.MaxPIN, Certificates: []certificateInfo{},
	}
	token, err := source.Open(slot)
	if err != nil {
		t.Error = s.problem(err)
		return t
	}
	certificates, err := token.Certificates(ctx)
	if err != nil {
		t.Error = s.problem(err)
	}
	for _, c := range certificates {
		t.Certificates = append(t.Certificates, s.certificate(slot, c))
	}
	return t
}

func (s *session) certificate(slot signer.Slot, c signer.Certificate) certificateInfo {
	info := certificateInfo{URI: wire.TokenURI(slot, c), Label: c.Label, ID: hex.EncodeToString(c.ID)}
	err := c.Unusable
	if x := c.X509; x != nil {
		info.CommonName, info.Issuer, info.Serial = x.Subject.CommonName, x.Issuer.CommonName, x.SerialNumber.Text(16)
		if len(x.Subject.Organization) > 0 {
			info.Organization = x.Subject.Organization[0]
		}
		info.NotBefore, info.NotAfter = x.NotBefore.Format(time.RFC3339), x.NotAfter.Format(time.RFC3339)
		if err == nil {
			err = wire.MaySign(x, time.Now())
		}
	}
	info.Usable = err == nil
	if err != nil {
		info.Problem = s.problem(err)
	}
	return info
}

func (s *session) listed(t tokenInfo) {
	s.tell("cli.token", "label", t.Label, "serial", t.Serial, "pin", s.Words.Word("pin."+t.PIN), "module", t.Module)
	for _, c := range t.Certificates {
		until := c.NotAfter
		if at, err := time.Parse(time.RFC3339, c.NotAfter); err == nil {
			until = message.Time(at)
		}
		s.tell("cli.certificate", "name", c.CommonName, "until", until, "uri", c.URI)
		if c.Problem != nil {
			s.say("      %s", c.Problem.Text)
		}
	}
	if t.Error != nil {
		s.say("    %s", t.Error.Text)
	}
}
