package axis_test

import (
	"fmt"
	"strings"
	"testing"

	"trinhky/cmd/sandbox/axis"
)

// TestLongDirectory: with as many rows as the real one the list is whole, and
// codes of both systems are found.
func TestLongDirectory(t *testing.T) {
	n := 120_000
	if testing.Short() {
		n = 2_000
	}
	_, c := start(t, "", axis.Filler(n)...)
	rows := c.rows(t, "getAgenciesListQD20")
	if len(rows) < n {
		t.Fatalf("%d rows", len(rows))
	}
	last := rows[len(rows)-1]
	if a := c.send(t, "edoc", letter([]string{last["code"]})); a.Status != "OK" {
		t.Errorf("new code: %+v", a)
	}
	if a := c.send(t, "edoc", letter([]string{last["code102"]})); a.Status != "OK" {
		t.Errorf("old code: %+v", a)
	}
}

// BenchmarkSend is what the axis itself takes for a message of 1 MB.
func BenchmarkSend(b *testing.B) {
	for _, size := range []int{1 << 10, 1 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			file := letter([]string{"G99"}, "JVBERi0xLjQKJSVFT0YK", "JVBERi0xLjQKJSVF"+strings.Repeat("T0YK", size/3))
			_, c := start(b, b.TempDir())
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				if _, data, err := c.trySend("edoc", "H99.97", hashHex(file), file); err != nil {
					b.Fatal(string(data), err)
				}
			}
		})
	}
}
