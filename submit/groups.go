package submit

import "context"

// Group is a set of receivers that a person named.
type Group struct {
	Name  string   `json:"name"`
	Codes []string `json:"codes"`
}

// Groups keeps groups of receivers (submit/store is the real one).
type Groups interface {
	// SetGroup keeps g in place of one of its name; without codes it is removed.
	SetGroup(ctx context.Context, connector string, g Group) error
	// Groups lists those of a connector by name.
	Groups(ctx context.Context, connector string) ([]Group, error)
}
