//go:build deps

// Package deps keeps every module of the plan in go.mod while the tree grows.
// It is deleted when the packages that use them are there.
package deps

import (
	_ "fyne.io/fyne/v2/app"
	_ "fyne.io/fyne/v2/test"
	_ "github.com/adrg/xdg"
	_ "github.com/alecthomas/kong"
	_ "github.com/cenkalti/backoff/v5"
	_ "github.com/digitorus/timestamp"
	_ "github.com/go-fonts/liberation/liberationserifregular"
	_ "github.com/go-pdf/fpdf"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/google/uuid"
	_ "github.com/klippa-app/go-pdfium/webassembly"
	_ "github.com/miekg/pkcs11"
	_ "github.com/pdfcpu/pdfcpu/pkg/api"
	_ "github.com/pelletier/go-toml/v2"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/smallstep/pkcs7"
	_ "github.com/sqweek/dialog"
	_ "github.com/tetratelabs/wazero"
	_ "github.com/zalando/go-keyring"
	_ "golang.org/x/crypto/cryptobyte"
	_ "golang.org/x/crypto/ocsp"
	_ "golang.org/x/image/font/sfnt"
	_ "golang.org/x/net/webdav"
	_ "golang.org/x/text/unicode/norm"
	_ "modernc.org/sqlite"
	_ "pgregory.net/rapid"
	_ "software.sslmate.com/src/go-pkcs12"
)
