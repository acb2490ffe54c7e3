package settings

// Bridge is the local signing service for web pages of document systems. The
// zero value is off.
type Bridge struct {
	Enabled bool `toml:"enabled"`
	// Address is where it listens: a loopback address and a port; "" is the one
	// that the pages' script has built in.
	Address string `toml:"address,omitempty"`
	Sites   []Site `toml:"site,omitempty"`
}

// BridgeAddress is where pages look for the service.
const BridgeAddress = "127.0.0.1:8987"

// At is where the bridge listens.
func (b Bridge) At() string {
	if b.Address == "" {
		return BridgeAddress
	}
	return b.Address
}

// Site is a web site that may ask for signatures.
type Site struct {
	Origin   string   `toml:"origin"`          // "https://dms.example.gov.vn"
	Hosts    []string `toml:"hosts,omitempty"` // others that hold its files
	Private  bool     `toml:"private,omitempty"`
	Insecure bool     `toml:"insecure,omitempty"` // plain http: an administrator's word only
	Cookie   string   `toml:"cookie,omitempty"`   // name under which SessionId travels
}
