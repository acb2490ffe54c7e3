package main

// Ready is the line that says where everything is. An empty address means that
// there is no such service.
type Ready struct {
	Axis       string            `json:"axis"`
	SystemID   string            `json:"system_id"`
	SecretFile string            `json:"secret_file"`
	OrganID    string            `json:"organ_id"`
	TSA        string            `json:"tsa"`
	OCSP       string            `json:"ocsp"`
	CRL        string            `json:"crl"`
	CA         string            `json:"ca"` // file of the root certificate
	DMS        string            `json:"dms"`
	WebDAV     string            `json:"webdav"`
	Workspace  string            `json:"workspace"`
	PINFile    string            `json:"pin_file"`
	Keys       Keys              `json:"keys"`
	Images     Images            `json:"images"`
	Documents  []string          `json:"documents"`
	Agencies   Agencies          `json:"agencies"`
	Env        map[string]string `json:"env"`
	// Gateways are provincial gateways before the axis, by the profile that
	// speaks to them; system and secret are those of the axis.
	Gateways map[string]string `json:"gateways"`
}

// Keys are key URIs. The two of the token are missing where SoftHSM2 is.
type Keys struct {
	Leader      string `json:"leader"`
	Agency      string `json:"agency"`
	Revoked     string `json:"revoked"`
	Expired     string `json:"expired"`
	LeaderToken string `json:"leader_token,omitempty"`
	AgencyToken string `json:"agency_token,omitempty"`
}

// Images are PNG files.
type Images struct {
	Signature string `json:"signature"`
	Seal      string `json:"seal"`
}

// Agencies are codes behind the axis.
type Agencies struct {
	Answers string `json:"answers"`
	Refuses string `json:"refuses"`
	Silent  string `json:"silent"`
}
