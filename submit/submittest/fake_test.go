package submittest_test

import (
	"testing"

	"trinhky/submit/submittest"
)

func TestFake(t *testing.T) {
	submittest.Suite(t, func(*testing.T) submittest.Destination { return submittest.NewFake() })
}
