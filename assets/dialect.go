package assets

import "embed"

// Dialect holds the profiles of the provinces' gateways, "dialect/NAME.toml".
//
//go:embed dialect/*.toml
var Dialect embed.FS
