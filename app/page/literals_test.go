package page_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"trinhky/assets"
)

// No words stand in the code of the pages and widgets: every string that a
// person could read comes from the locale files.
func TestNoWordsInTheCode(t *testing.T) {
	for _, dir := range []string{".", "../widget", ".."} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				checkFile(t, file)
			}
		}
	}
}

func checkFile(t *testing.T, file string) {
	t.Helper()
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.CallExpr: // errors and logs are English, for us
			if f, ok := n.Fun.(*ast.SelectorExpr); ok {
				switch f.Sel.Name {
				case "Errorf", "New", "Fprintf", "Error", "Warn", "Info", "Sprintf", "Join", "Getenv":
					return false
				}
			}
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				if text, err := strconv.Unquote(n.Value); err == nil && readable(text) {
					t.Errorf("%s: words in the code: %q", set.Position(n.Pos()), text)
				}
			}
		}
		return true
	})
}

// readable says whether a text looks like words for a person: two words, a
// capital at its beginning, or a letter that only Vietnamese has.
func readable(text string) bool {
	for i, r := range text {
		if r > unicode.MaxLatin1 && unicode.IsLetter(r) || i == 0 && unicode.IsUpper(r) && len(text) > 2 {
			return true
		}
	}
	words := 0
	for _, w := range strings.Fields(text) {
		if len(w) > 1 && strings.IndexFunc(w, func(r rune) bool { return !unicode.IsLetter(r) }) < 0 {
			words++
		}
	}
	return words > 1
}

// Every key that the code asks for is in the locale file, and no key is left
// there that nobody asks for.
func TestKeys(t *testing.T) {
	data, err := assets.Locale.ReadFile("locale/window.vi.json")
	if err != nil {
		t.Fatal(err)
	}
	var words map[string]string
	if err := json.Unmarshal(data, &words); err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, dir := range []string{".", "..", "../walk", "../flow"} {
		files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			code.Write(text)
		}
	}
	for _, m := range regexp.MustCompile(`(?:[sS]ay\(|Place += )"([a-z][A-Za-z0-9_.-]*)"(?:[,)\n]| //)`).FindAllStringSubmatch(code.String(), -1) {
		if _, ok := words[m[1]]; !ok {
			t.Errorf("%q has no words", m[1])
		}
	}
	computed := regexp.MustCompile(`^(fyne\.|field\.|priority\.|stage\.|level\.|answer\.|kind\.|proxy\.|login\.|connector\.|role\.|prepare\.role\.|prepare\.add\.|walk\.site\.)`)
	for key := range words {
		// A list of files asks for these under its own key.
		base := strings.TrimSuffix(strings.TrimSuffix(key, ".hint"), ".empty")
		if base = strings.TrimSuffix(base, ".count"); base != key && strings.Contains(code.String(), "newFileList(k, "+strconv.Quote(base)) {
			continue
		}
		if !computed.MatchString(key) && !strings.Contains(code.String(), strconv.Quote(key)) && !composed(code.String(), key) {
			t.Errorf("nobody asks for %q", key)
		}
	}
}

// composed says whether the code puts the last part of a key behind the rest.
func composed(code, key string) bool {
	group := key[:max(0, strings.LastIndexByte(key, '.'))]
	return group != "" && (strings.Contains(code, strconv.Quote(group+".")+"+") || strings.Contains(code, "composeKey("+strconv.Quote(group)+","))
}
