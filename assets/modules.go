package assets

import _ "embed"

// TokenModules is the list of known PKCS#11 modules, in the form that
// signer/pkcs11 reads. A newer list may lie beside the program's settings.
//
//go:embed modules.json
var TokenModules []byte
