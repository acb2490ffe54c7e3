package assets

import _ "embed"

// Anchors is the list of known authorities by fingerprint, with the source of
// each: data that tells a certificate which somebody imports from any other.
//
//go:embed anchors.json
var Anchors []byte
