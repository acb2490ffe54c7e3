package edxml

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"trinhky/submit"
)

// An agency whose rules allow more than the defaults sends and receives more: a
// message is read back whatever its size, and read by others within their limits.
func TestLargerThanDefaults(t *testing.T) {
	if os.Getenv("TRINHKY_SOAK") == "" {
		t.Skip("TRINHKY_SOAK runs 66 MB through")
	}
	const size = 66 << 20
	path := filepath.Join(t.TempDir(), "van-ban.pdf")
	sum, err := noise(path, size)
	if err != nil {
		t.Fatal(err)
	}
	e := envelope(t)
	e.Files = []submit.File{{Path: path, Name: "van-ban.pdf", Original: "van-ban.pdf", SHA256: sum, Size: size}}
	d, err := FromEnvelope(e)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Build(d, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		limits submit.Limits
		good   bool
	}{
		"by default":        {submit.Limits{}, false},
		"by the agency":     {submit.Limits{FileBytes: 100 << 20}.WithDefaults(), true},
		"of a smaller rule": {submit.Limits{FileBytes: 10 << 20, MessageBytes: 10 << 20}, false},
	} {
		limits := LimitsFor(c.limits, t.TempDir())
		if b.Size > limits.MessageBytes() {
			t.Errorf("%s: a message of %d bytes would not be fetched", name, b.Size)
		}
		f, err := os.Open(b.Path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Read(bufio.NewReader(f), limits)
		_ = f.Close()
		var field *submit.FieldError
		if c.good && err != nil || !c.good && !errors.As(err, &field) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The same in numbers: which limits a message that was made here is read back
// with, and which one of others.
func TestLimits(t *testing.T) {
	one := func(sizes ...int64) *Document {
		d := &Document{}
		for _, size := range sizes {
			d.Attachments = append(d.Attachments, Attachment{Size: size})
		}
		return d
	}
	many := make([]int64, 300)
	for name, c := range map[string]struct {
		got               Limits
		file, total, many int64
	}{
		"a small document":   {holding(one(1<<10), ""), 64 << 20, 128 << 20, 200},
		"a large file":       {holding(one(300<<20), ""), 300 << 20, 300 << 20, 200},
		"many large files":   {holding(one(60<<20, 60<<20, 60<<20), ""), 64 << 20, 180 << 20, 200},
		"many files":         {holding(one(many...), ""), 64 << 20, 128 << 20, 300},
		"a status":           {holding(&Status{}, ""), 64 << 20, 128 << 20, 200},
		"of no rule":         {LimitsFor(submit.Limits{}, ""), 64 << 20, 128 << 20, 200},
		"of a smaller rule":  {LimitsFor(submit.Limits{FileBytes: 1, MessageBytes: 1}, ""), 64 << 20, 128 << 20, 200},
		"of a larger rule":   {LimitsFor(submit.Limits{FileBytes: 200 << 20, MessageBytes: 400 << 20}, ""), 200 << 20, 400 << 20, 200},
		"of a file rule":     {LimitsFor(submit.Limits{FileBytes: 200 << 20}.WithDefaults(), ""), 200 << 20, 200 << 20, 200},
		"of a message rule":  {LimitsFor(submit.Limits{MessageBytes: 500 << 20}.WithDefaults(), ""), 64 << 20, 500 << 20, 200},
		"as it was, by name": {Limits{File: 5, Total: 6, Attachments: 7}.withDefaults(), 5, 6, 7},
	} {
		if c.got.File < c.file || c.got.Total < c.total || int64(c.got.Attachments) < c.many {
			t.Errorf("%s: %+v", name, c.got)
		}
		if slack := c.file/100 + 1<<20; c.got.File > c.file+slack || c.got.Total > c.total+3*slack {
			t.Errorf("%s: more than it needs: %+v", name, c.got)
		}
	}
}
