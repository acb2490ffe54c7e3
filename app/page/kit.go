// Package page draws the pages of the window. A page is a function of a state
// of the flow: it shows what it is given, and calls a method of the flow when
// the person acts. It waits for nothing and keeps no truth.
//
// One page a file. Every word comes from Words or from the message table.
package page

import (
	"context"
	"image"
	"log/slog"
	"strconv"
	"time"

	"fyne.io/fyne/v2"

	"trinhky/app/flow"
	"trinhky/app/message"
	"trinhky/app/settings"
	"trinhky/app/widget"
	"trinhky/signer"
)

// Icon names an icon of ours.
type Icon string

// The icons.
const (
	IconWaiting  Icon = "waiting"
	IconSigned   Icon = "signed"
	IconSend     Icon = "send"
	IconSettings Icon = "settings"
	IconToken    Icon = "token"
	IconAxis     Icon = "axis"
	IconClock    Icon = "clock"
	IconSign     Icon = "sign"
	IconDocument Icon = "document"
	IconReset    Icon = "reset"
	IconFit      Icon = "fit"
	IconBatch    Icon = "batch"
	IconPrepare  Icon = "prepare"
	IconIssue    Icon = "issue"
	IconInbox    Icon = "inbox"
	IconVerify   Icon = "verify"
	IconStudio   Icon = "studio"
	IconDoctor   Icon = "doctor"
)

// Icons lists all icons of ours.
func Icons() []Icon {
	return []Icon{
		IconWaiting, IconSigned, IconSend, IconSettings, IconToken, IconAxis,
		IconClock, IconSign, IconDocument, IconReset, IconFit,
		IconBatch, IconPrepare, IconIssue, IconInbox, IconVerify, IconStudio, IconDoctor,
	}
}

// Kit is what every page needs.
type Kit struct {
	Words    Words
	Messages *message.Table
	Flow     *flow.Flow
	Runner   widget.Runner
	Window   fyne.Window
	Icons    map[Icon]fyne.Resource
	Now      func() time.Time
	Secrets  Secrets
	Trust    Trust    // nil: there is no trust store
	KeyFiles KeyFiles // nil: keys come from tokens alone
	// TimeServers tries time-stamping servers and knows their quotas; nil: nobody does.
	TimeServers TimeServers
	Log         *slog.Logger

	// Preview paints an appearance on nothing, w × h pixels; off the thread of
	// the user interface.
	Preview func(ctx context.Context, a *signer.Appearance, w, h int) (image.Image, error)
	// PickPDF and PickPNG ask for a file; chosen gets nothing where the person
	// cancels.
	PickPDF func(chosen func(path string))
	PickPNG func(chosen func(path string))
	// PickPhoto asks for a photo or a scan.
	PickPhoto func(chosen func(path string))
	// PickFolder asks for a folder.
	PickFolder func(chosen func(path string))
	// PickFile asks for a file of a kind by its endings, without the dots.
	PickFile func(kind string, endings []string, chosen func(path string))
	// PickSave asks where to write a file, with a name to begin with.
	PickSave func(name string, chosen func(path string))
	// ShowFolder shows a file in the file manager.
	ShowFolder func(path string)
	// LocalTrust makes the certificate of the local signing bridge and lets the
	// user's browsers trust it, or takes it away; off the thread of the user
	// interface. nil: there is none.
	LocalTrust func(ctx context.Context, on bool) error
	// Raise brings the window in front of the others.
	Raise func()
	// Go shows a page of the rail; the frame sets it.
	Go func(p Place)

	// parts are the named parts of the window, so that what drives the program
	// (the demonstration, tests) finds the very widgets that people use.
	parts map[string]fyne.CanvasObject
}

// Secrets is what the settings page needs to know of the secrets.
type Secrets interface {
	Lies(name string) (settings.Where, error)
	Set(name, value string) (settings.Where, error)
	Delete(name string) error
}

// name gives a part of the window a name and returns it.
func name[T fyne.CanvasObject](k *Kit, as string, o T) T {
	if k.parts == nil {
		k.parts = map[string]fyne.CanvasObject{}
	}
	k.parts[as] = o
	return o
}

// Part is the part of the window with that name, nil where there is none.
func (k *Kit) Part(as string) fyne.CanvasObject { return k.parts[as] }

// forget takes a name away.
func (k *Kit) forget(as string) { delete(k.parts, as) }

func (k *Kit) say(key string, args ...string) string { return k.Words.Say(key, args...) }

func (k *Kit) icon(i Icon) fyne.Resource { return k.Icons[i] }

// problem is the notice of an error; nil where there is nothing to say.
func (k *Kit) problem(err error) *widget.Notice {
	m := k.Messages.Of(err)
	if m.Silent() {
		return nil
	}
	return &widget.Notice{
		Tone: widget.Danger, Title: m.Title, Text: m.Text, Next: m.Next,
		Cause: m.Cause, CauseLabel: k.say("notice.cause"),
	}
}

func (k *Kit) now() time.Time {
	if k.Now != nil {
		return k.Now()
	}
	return time.Now()
}

// size writes a number of bytes.
func (k *Kit) size(n int64) string {
	if n < 1<<20 {
		return k.say("size.kb", "n", strconv.FormatInt((n+1023)/1024, 10))
	}
	return k.say("size.mb", "n", strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64))
}

// day writes a date as offices here do.
func day(t time.Time) string { return vietnam(t).Format("02/01/2006") }

// moment writes a date and a time.
func moment(t time.Time) string { return vietnam(t).Format("15:04 02/01/2006") }

func vietnam(t time.Time) time.Time { return t.In(vietnamZone()) }

func vietnamZone() *time.Location { return time.FixedZone("+07:00", 7*60*60) }
