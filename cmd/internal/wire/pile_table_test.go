package wire

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trinhky/app/message"
	"trinhky/assets"
	"trinhky/signer"
	"trinhky/signer/batch"
	"trinhky/signer/pkcs11"
	"trinhky/signer/signertest"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/sample"
	"trinhky/signer/signertest/shim"
	"trinhky/signer/signertest/softhsm"
	"trinhky/signer/verify"
)

// tablePIN is the PIN of the tokens here.
const tablePIN = "123456"

// tableRow is one row of the table: what a token does, what the person sees,
// what was tried on the token, and what is on the disk.
type tableRow struct {
	faults       []string
	always       bool   // the key has CKA_ALWAYS_AUTHENTICATE
	wrongBefore  int    // wrong PINs that another program gave before
	pin, sigPIN  string // "" for sigPIN: none
	sees         string // entry of the locale file; "": nothing, all is signed
	users, again int    // C_Login that reached the token: user, context-specific
	signed       int    // of three documents
}

var table = map[string]tableRow{
	"right PIN":             {nil, false, 0, tablePIN, "", "", 1, 0, 3},
	"one session, no RW":    {[]string{"sessions 1", "no_rw"}, false, 0, tablePIN, "", "", 1, 0, 3},
	"length 0":              {[]string{"length0"}, false, 0, tablePIN, "", "", 1, 0, 3},
	"wrong PIN":             {[]string{"tries 3"}, false, 0, "000000", "", "error.pin.count-low", 1, 0, 0},
	"wrong PIN, then final": {[]string{"tries 3"}, false, 1, "000000", "", "error.pin.final-try", 1, 0, 0},
	"wrong PIN, last try":   {[]string{"tries 3"}, false, 2, "000000", "", "error.pin.locked", 1, 0, 0},
	"locked before":         {[]string{"tries 3"}, false, 3, tablePIN, "", "error.token.locked", 0, 0, 0},
	"PIN too short":         {nil, false, 0, "1", "", "error.pin-length", 0, 0, 0},
	"pulled before the 2nd": {[]string{"remove_before 2"}, false, 0, tablePIN, "", "error.token.removed", 1, 0, 1},
	"pulled during the 2nd": {[]string{"remove_during 2"}, false, 0, tablePIN, "", "error.token.removed", 1, 0, 1},
	"garbage signature":     {[]string{"garbage"}, false, 0, tablePIN, "", "error.token.failed", 1, 0, 0},
	"empty signature":       {[]string{"empty"}, false, 0, tablePIN, "", "error.token.failed", 1, 0, 0},
	"hangs in sign":         {[]string{"hang sign"}, false, 0, tablePIN, "", "error.token.hung", 1, 0, 0},
	"crashes in sign":       {[]string{"crash sign"}, false, 0, tablePIN, "", "error.token.failed", 1, 0, 0},
	"crashes in login":      {[]string{"crash login"}, false, 0, tablePIN, "", "error.token.failed", 0, 0, 0},
	"asks each time":        {nil, true, 0, tablePIN, "", "", 1, 3, 3},
	"signature PIN unknown": {[]string{"signature_pin 9999"}, true, 0, tablePIN, "", "error.pin.signature", 1, 1, 0},
	"signature PIN wrong":   {[]string{"signature_pin 9999"}, true, 0, tablePIN, "8888", "error.pin.signature", 1, 1, 0},
	"signature PIN given":   {[]string{"signature_pin 9999"}, true, 0, tablePIN, "9999", "", 1, 3, 3},
}

// Every row of the table: a pile of three documents meets the token.
func TestPileMeetsToken(t *testing.T) {
	if testing.Short() {
		t.Skip("many helpers")
	}
	ca, err := pki.New(pki.Options{Keys: pki.RSA2048})
	if err != nil {
		t.Fatal(err)
	}
	tokens := map[bool]*softhsm.Token{}
	for _, always := range []bool{false, true} {
		tokens[always], err = softhsm.NewToken(t.TempDir(), "Lãnh đạo", tablePIN, softhsm.Object{
			ID: []byte{1}, Label: "x", Key: ca.Leader.Key, Certificate: ca.Leader.Certificate, AlwaysAuth: always,
		})
		if errors.Is(err, softhsm.ErrNotInstalled) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	helper := signertest.Helper(t)
	words := map[string]*message.Table{}
	for _, language := range []string{"vi", "en"} {
		data, err := assets.Locale.ReadFile("locale/message." + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if words[language], err = message.Parse(data); err != nil {
			t.Fatal(err)
		}
	}
	for name, row := range table {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &meeting{T: t, row: row, ca: ca, words: words}
			m.prepare(helper, tokens[row.always])
			m.sign()
			m.seen()
			m.tried()
			m.disk()
		})
	}
}

// meeting is one row being tried.
type meeting struct {
	*testing.T
	row    tableRow
	ca     *pki.PKI
	words  map[string]*message.Table
	shim   *shim.Shim
	source signer.TokenSource
	dir    string
	items  []batch.Item
	err    error // what stopped it
}

func (m *meeting) prepare(helper string, token *softhsm.Token) {
	m.Helper()
	copied, err := token.Copy(m.TempDir())
	if err != nil {
		m.Fatal(err)
	}
	m.shim, err = shim.New(m.TempDir(), copied)
	if errors.Is(err, shim.ErrNoCompiler) {
		m.Skip(err)
	}
	if err == nil {
		err = errors.Join(m.shim.SetFaults(m.row.faults...), m.shim.SetWrongPINs(m.row.wrongBefore))
	}
	if err != nil {
		m.Fatal(err)
	}
	c := pkcs11.Config{Helper: helper, Modules: []string{m.shim.Module}, Environment: m.shim.Environment()}
	if slices.Contains(m.row.faults, "hang sign") {
		c.Limits.Sign = 2 * time.Second
	}
	tokens := pkcs11.New(c)
	m.Cleanup(func() { _ = tokens.Close() })
	m.source = source{tokens}
	m.dir = m.TempDir()
	d := sample.Demo(time.Now(), "Nguyễn Văn Thử")[0]
	for i := range 3 {
		d.Number = fmt.Sprint(200 + i)
		data, _, err := sample.Generate(d)
		if err != nil {
			m.Fatal(err)
		}
		in := filepath.Join(m.TempDir(), "văn bản.pdf")
		if err := os.WriteFile(in, data, 0o400); err != nil {
			m.Fatal(err)
		}
		m.items = append(m.items, batch.Item{
			Input: in, Output: filepath.Join(m.dir, fmt.Sprintf("%d.pdf", i)),
			Request: func(context.Context) (signer.Request, error) {
				return signer.Request{Certificate: m.ca.Leader.Certificate}, nil
			},
		})
	}
}

// sign is the whole way of a pile: list, unlock once, sign, lock.
func (m *meeting) sign() {
	m.Helper()
	slots, err := m.source.Slots(m.Context())
	if err != nil || len(slots) != 1 {
		m.Fatalf("%v, %v", slots, err)
	}
	tok, err := m.source.Open(slots[0])
	if err != nil {
		m.Fatal(err)
	}
	list, err := tok.Certificates(m.Context())
	if err != nil || len(list) != 1 {
		m.Fatalf("%v, %v", list, err)
	}
	key, err := unlock(m.Context(), tok, list[0], PINs{Login: signer.PIN(m.row.pin), Signature: signer.PIN(m.row.sigPIN)})
	if err != nil {
		m.err = err
		return
	}
	j, err := batch.Open(filepath.Join(m.dir, ".journal"))
	if err != nil {
		m.Fatal(err)
	}
	sum := batch.Run(m.Context(), &signer.Pipeline{}, key, m.items, batch.Options{Workers: 1, Journal: j}, nil)
	m.err = sum.Stopped
	if err := errors.Join(key.Close(), j.Close()); err != nil {
		m.Fatal(err)
	}
	for _, r := range sum.Results {
		if r.Outcome == batch.SetAside {
			m.Errorf("a fault of the token was laid on document %d: %v", r.Index, r.Err)
		}
	}
}

// seen: the person reads a sentence of its own, with what to do, in both
// languages.
func (m *meeting) seen() {
	for language, words := range m.words {
		said := words.Of(m.err)
		if said.Code != m.row.sees {
			m.Errorf("%s: the person sees %q, want %q (%v)", language, said.Code, m.row.sees, m.err)
		}
		if m.row.sees != "" && (said.Text == "" || said.Next == "") {
			m.Errorf("%s: %+v has no sentence or no next step", language, said)
		}
	}
}

// tried: so many PINs reached the token, and none stays logged in.
func (m *meeting) tried() {
	if users, again := m.shim.Calls("login user"), m.shim.Calls("login context"); users != m.row.users || again != m.row.again {
		m.Errorf("%d user and %d context logins reached the token, want %d and %d", users, again, m.row.users, m.row.again)
	}
}

// disk: signed files are whole and valid, the others absent, the documents
// untouched; nothing half done lies about.
func (m *meeting) disk() {
	signed := 0
	for i, item := range m.items {
		if _, err := os.Stat(item.Output); errors.Is(err, os.ErrNotExist) {
			continue
		}
		signed++
		report, err := verify.File(m.Context(), item.Output, verify.Options{})
		if err != nil || len(report.Signatures) != 1 || !report.Signatures[0].Intact {
			m.Errorf("document %d: %+v, %v", i, report, err)
		}
	}
	if signed != m.row.signed {
		m.Errorf("%d signed files, want %d", signed, m.row.signed)
	}
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		m.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); name != ".journal" && !strings.HasSuffix(name, ".pdf") {
			m.Errorf("left behind: %s", name)
		}
	}
}
