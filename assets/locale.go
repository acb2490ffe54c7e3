// Package assets holds the files that are built into the programs. It imports
// nothing of ours; cmd hands its contents to the packages that need them.
package assets

import "embed"

// Locale holds the words: locale/message.<language>.json and others.
//
//go:embed locale/*.json
var Locale embed.FS
