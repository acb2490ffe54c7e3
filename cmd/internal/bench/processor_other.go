//go:build !unix

package bench

import "time"

func processorTime() (time.Duration, error) {
	return 0, Skip("the processor time of a process is read on Unix only")
}
