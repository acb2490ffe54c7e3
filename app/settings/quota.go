package settings

import "time"

// Quota is what a time-stamping server still allows: Left requests, -1 where
// nobody knows, and More when there are more.
type Quota struct {
	Left int
	More time.Time
}
