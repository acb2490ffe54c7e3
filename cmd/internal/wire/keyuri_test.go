package wire

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"trinhky/signer"
)

func TestParseKeyURI(t *testing.T) {
	for uri, want := range map[string]KeyURI{
		"pkcs12:/a b/khóa.p12": {Scheme: "pkcs12", File: "/a b/khóa.p12"},
		"PKCS12:x.p12":         {Scheme: "pkcs12", File: "x.p12"},
		"pkcs12:C:\\x.p12":     {Scheme: "pkcs12", File: "C:\\x.p12"},
		"wincert:0a1b":         {Scheme: "wincert", File: "0a1b"},
		"pkcs11:":              {Scheme: "pkcs11"},
		"pkcs11:token=L%C3%A3nh%20%C4%91%E1%BA%A1o;serial=12;id=%01%2F?module-path=/usr/lib/softhsm/libsofthsm2.so": {
			Scheme: "pkcs11", Token: "Lãnh đạo", Serial: "12", ID: []byte{1, '/'}, Module: "/usr/lib/softhsm/libsofthsm2.so",
		},
		"pkcs11:object=ky;type=private;manufacturer=M;model=X;slot-id=7?module-name=x&module-path=%2Fx": {
			Scheme: "pkcs11", Object: "ky", Manufacturer: "M", Model: "X", Module: "/x",
		},
	} {
		got, err := ParseKeyURI(uri)
		if err != nil {
			t.Errorf("%s: %v", uri, err)
		} else if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", uri, d)
		}
	}
}

func TestParseKeyURIRefuses(t *testing.T) {
	for name, uri := range map[string]string{
		"no scheme":      "leader.p12",
		"unknown scheme": "file:x",
		"no file":        "pkcs12:",
		"no value":       "pkcs11:token",
		"bad escape":     "pkcs11:token=%zz",
		"PIN in it":      "pkcs11:token=x?pin-value=123456",
		"PIN source":     "pkcs11:token=x?pin-source=/etc/pin",
	} {
		var wrong *KeyURIError
		_, err := ParseKeyURI(uri)
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(wrong.Reason, "123456") {
			t.Errorf("%s: the PIN is repeated", name)
		}
	}
}

// What token list prints finds the same certificate again.
func TestTokenURI(t *testing.T) {
	slot := signer.Slot{
		Module: "/usr/lib/softhsm/libsofthsm2.so",
		Token:  signer.TokenInfo{Label: "Trình Ký; thử=1?&%", Serial: "b0c1"},
	}
	for _, c := range []signer.Certificate{{ID: []byte{0, 1, 0xff, '%'}}, {Label: "chứng thư 1"}} {
		k, err := ParseKeyURI(TokenURI(slot, c))
		if err != nil {
			t.Fatal(err)
		}
		if !k.OnToken(slot.Token) || !k.Names(c) || k.Module != slot.Module {
			t.Errorf("%s: %+v", TokenURI(slot, c), k)
		}
		if k.Names(signer.Certificate{ID: []byte{9}, Label: "khác"}) || k.OnToken(signer.TokenInfo{Label: "khác"}) {
			t.Errorf("%s names others too", TokenURI(slot, c))
		}
	}
}

func FuzzParseKeyURI(f *testing.F) {
	f.Add("pkcs11:token=a;id=%01?module-path=/x")
	f.Add("pkcs12:x")
	f.Fuzz(func(t *testing.T, uri string) {
		k, err := ParseKeyURI(uri)
		if err != nil {
			return
		}
		slot := signer.Slot{Module: k.Module, Token: signer.TokenInfo{Label: k.Token, Serial: k.Serial}}
		again, err := ParseKeyURI(TokenURI(slot, signer.Certificate{ID: k.ID}))
		if err != nil {
			t.Fatal(err)
		}
		if again.Token != k.Token || again.Serial != k.Serial || string(again.ID) != string(k.ID) || again.Module != k.Module {
			t.Errorf("%q: %+v became %+v", uri, k, again)
		}
	})
}
