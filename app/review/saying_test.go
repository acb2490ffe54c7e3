package review_test

import (
	"strings"

	"trinhky/signer/verify"
)

// saying puts a finding into the values of its arguments: tests look at what is
// said, the sentences are tested in app/message.
func saying(f verify.Finding) string {
	var out []string
	for _, key := range []string{"what", "text", "number", "subject", "count", "hidden", "mm", "want", "dpi"} {
		if v := f.Args[key]; v != "" {
			out = append(out, v)
		}
	}
	return strings.Join(out, " ")
}
