package submit

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Series is one row of numbers. It starts again with 1 on 1 January; paper and
// electronic documents share it (Decree 30/2020, Art. 15).
type Series struct {
	Agency string // code
	Year   int
	Book   string // the kinds of documents that share it, e.g. "Quyết định"; "" where all do
}

// NumberState is what has become of a number.
type NumberState string

// The states of a number.
const (
	NumberReserved NumberState = "reserved" // between giving it and sealing
	NumberIssued   NumberState = "issued"
	NumberReleased NumberState = "released" // sealing failed; given out again first
)

// Line is one line of the register of outgoing documents, with the columns of
// Decree 30/2020, Annex IV, part I.
type Line struct {
	Series     Series
	Number     int
	State      NumberState
	Notation   string
	Date       Date
	Type       string
	Subject    string
	Signer     string
	Receivers  string
	Keeper     string // unit or person that keeps the file copy
	Copies     int
	Sent       time.Time
	Receipt    string // who confirmed
	Note       string
	DocumentID string
	Envelope   string
	Reserved   time.Time
	By         string // who reserved it
	// Draft is what a reserved number is for; nil once it is issued.
	Draft *Draft `json:",omitempty"`
}

// Draft is the document that a reserved number is put into and that waits for
// its seal. It lies in the register, so that a program that was killed, or one
// whose token was taken out for another, goes on with the same number.
type Draft struct {
	Source string   // the document that its leader signed
	SHA256 [32]byte // of Source
	// Numbered is the file that carries number and date, and Sum what it must
	// be; Sum is zero until it is there whole.
	Numbered    string
	Sum         [32]byte
	Town        string
	Attachments []string
}

// Waits says whether l is a number that stands in a document without its seal.
func (l Line) Waits() bool {
	return l.State == NumberReserved && l.Draft != nil && l.Draft.Sum != [32]byte{}
}

// Register gives out numbers: no gaps, no doubles.
type Register interface {
	// Reserve gives the lowest number that was released, else the next one.
	Reserve(ctx context.Context, s Series) (Line, error)
	// Hold keeps what a reserved number is for: notation, date and draft.
	// ErrNumberTaken where it is not reserved.
	Hold(ctx context.Context, l Line) error
	// Issue fills the line of a reserved number. ErrNumberTaken where it is not
	// reserved.
	Issue(ctx context.Context, l Line) error
	// Release gives a reserved number back.
	Release(ctx context.Context, s Series, number int) error
	// Lines lists a year, by book and number; what is released is left out.
	Lines(ctx context.Context, agency string, year int) ([]Line, error)
	// SetFirst makes a series go on behind the numbers that were given out
	// elsewhere; it never goes back.
	SetFirst(ctx context.Context, s Series, first int) error
}

// ErrNumberTaken: the number is issued already, or nobody reserved it.
var ErrNumberTaken = errors.New("the number is not reserved")

// Check names what a line lacks before it is issued.
func (l Line) Check() error {
	switch {
	case l.Notation == "":
		return &FieldError{"notation", "missing"}
	case l.Date == "":
		return &FieldError{"date", "missing"}
	case l.Subject == "":
		return &FieldError{"subject", "missing"}
	case l.Signer == "":
		return &FieldError{"signer", "missing"}
	}
	t, err := l.Date.Time()
	if err != nil || t.Year() != l.Series.Year {
		return &FieldError{"date", fmt.Sprintf("%q is not in the year %d of the series", l.Date, l.Series.Year)}
	}
	return nil
}

// FormatNumber writes a number as documents do: below 10 with a nought before
// it (Decree 30/2020, Annex I).
func FormatNumber(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
