package message_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"trinhky/submit"
)

// Whatever keeps a document from its destination has words in both languages:
// what happened, what it means, what to do. The codes of the destinations are
// read from their sources, so that a new one cannot be forgotten.
func TestWays(t *testing.T) {
	codes := append(submit.WayCodes(), problemCodes(t, "../../submit")...)
	if len(codes) < 30 {
		t.Fatalf("only %d codes were found: %q", len(codes), codes)
	}
	for _, lang := range []string{"vi", "en"} {
		words := table(t, lang)
		for _, code := range codes {
			if m := words.Message("error.way." + code); m.Title == "" || m.Text == "" || m.Next == "" {
				t.Errorf("%s: %q is not explained: %+v", lang, code, m)
			}
		}
	}
}

// problemCodes are the strings that methods called ProblemCode can return.
func problemCodes(t *testing.T, root string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || d.Name() == "testdata" {
			return err
		}
		paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			return err
		}
		known := map[string]string{} // constants of the package
		var methods []*ast.FuncDecl
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ValueSpec:
					for i, v := range n.Values {
						if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING && i < len(n.Names) {
							known[n.Names[i].Name], _ = strconv.Unquote(lit.Value)
						}
					}
				case *ast.FuncDecl:
					if n.Name.Name == "ProblemCode" && n.Recv != nil {
						methods = append(methods, n)
					}
				}
				return true
			})
		}
		for _, m := range methods {
			out = append(out, returned(m, known)...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// returned are the strings that a method returns; a field stands for every
// constant of the package that names a fault of TLS.
func returned(m *ast.FuncDecl, known map[string]string) (out []string) {
	ast.Inspect(m.Body, func(n ast.Node) bool {
		r, ok := n.(*ast.ReturnStmt)
		if !ok || len(r.Results) != 1 {
			return true
		}
		switch v := r.Results[0].(type) {
		case *ast.BasicLit:
			code, _ := strconv.Unquote(v.Value)
			out = append(out, code)
		case *ast.Ident:
			out = append(out, known[v.Name])
		case *ast.SelectorExpr:
			for _, value := range known {
				if strings.HasPrefix(value, "tls-") {
					out = append(out, value)
				}
			}
		}
		return true
	})
	return out
}

// Errors of the system are sorted by what a person can do about them.
func TestWayCode(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for _, c := range []struct {
		err  error
		want string
	}{
		{context.DeadlineExceeded, "slow"},
		{dial(syscall.ETIMEDOUT), "slow"},
		{&net.DNSError{Name: "truc.example", IsNotFound: true}, "no-name"},
		{&net.DNSError{Name: "truc.example", IsTimeout: true}, "slow"},
		{dial(syscall.ECONNREFUSED), "down"},
		{dial(syscall.ENETUNREACH), "offline"},
		{fmt.Errorf("read: %w", syscall.ECONNRESET), "cut"},
		{&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, "disk-full"},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, "denied"},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.ENOENT}, "gone"},
		{submit.Unknown(submit.AnswerError("HTML")), "answer"},
		{&submit.AuthError{Code: "401"}, "credentials"},
		{fmt.Errorf("%w: d1", submit.ErrDoubtful), "doubtful"},
		{&submit.FieldError{Field: "number"}, "field"},
		{errors.New("no idea"), "other"},
	} {
		if got := submit.WayCode(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}
