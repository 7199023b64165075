package platform_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/wire/errcode"
)

// TestErrorTexts looks up each error that a room declares in the table of codes:
// the code must be known and the text the table's.
func TestErrorTexts(t *testing.T) {
	files, fset := 0, token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files++
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			code, text, ok := declaredError(n)
			if ok && errcode.Text(code) != text {
				t.Errorf("%s: %d is %q in the table of codes, %q here", fset.Position(n.Pos()), code, errcode.Text(code), text)
			}
			return true
		})
		return nil
	})
	if err != nil || files < 50 {
		t.Errorf("%d files were read: %v", files, err)
	}
}

// declaredError returns the arguments of wire.Code(40001, "…").
func declaredError(n ast.Node) (code int, text string, ok bool) {
	call, isCall := n.(*ast.CallExpr)
	if !isCall || len(call.Args) != 2 {
		return 0, "", false
	}
	name := ""
	switch fun := call.Fun.(type) {
	case *ast.SelectorExpr:
		name = fun.Sel.Name
	case *ast.Ident:
		name = fun.Name
	}
	number, isNumber := call.Args[0].(*ast.BasicLit)
	quoted, isQuoted := call.Args[1].(*ast.BasicLit)
	if u, negative := call.Args[0].(*ast.UnaryExpr); negative {
		number, isNumber = u.X.(*ast.BasicLit)
	}
	if name != "Code" || !isNumber || !isQuoted {
		return 0, "", false
	}
	code, err := strconv.Atoi(number.Value)
	if err != nil {
		return 0, "", false
	}
	if _, negative := call.Args[0].(*ast.UnaryExpr); negative {
		code = -code
	}
	text, err = strconv.Unquote(quoted.Value)
	return code, text, err == nil
}
