package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// room is a package that serves pages, with the types of all that is in it.
type room struct {
	files []*ast.File
	info  *types.Info
	pkg   *types.Package
	// bodies are the package's functions and methods.
	bodies map[types.Object]*ast.FuncDecl
}

// listed is what `go list` says of a package.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// rooms returns the packages in whose files the words of a path of pages' calls are.
func rooms() ([]*room, error) {
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles", "qiwei/internal/platform")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	exports := map[string]string{}
	var ours []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var one listed
		if err := dec.Decode(&one); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		exports[one.ImportPath] = one.Export
		if strings.HasPrefix(one.ImportPath, "qiwei/internal/") {
			ours = append(ours, one)
		}
	}
	slices.SortFunc(ours, func(a, b listed) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	var list []*room
	for _, one := range ours {
		r, serves, err := parse(fset, one)
		if err != nil {
			return nil, err
		}
		if !serves {
			continue
		}
		conf := types.Config{Importer: imports}
		r.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
		if r.pkg, err = conf.Check(one.ImportPath, fset, r.files, r.info); err != nil {
			return nil, err
		}
		r.bodies = map[types.Object]*ast.FuncDecl{}
		for _, f := range r.files {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok {
					r.bodies[r.info.Defs[fn.Name]] = fn
				}
			}
		}
		list = append(list, r)
	}
	return list, nil
}

func parse(fset *token.FileSet, one listed) (r *room, serves bool, err error) {
	r = &room{}
	for _, name := range one.GoFiles {
		path := filepath.Join(one.Dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, false, err
		}
		serves = serves || bytes.Contains(text, []byte(" /console/api/")) || bytes.Contains(text, []byte(" /phone/api/"))
		f, err := parser.ParseFile(fset, path, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, false, err
		}
		r.files = append(r.files, f)
	}
	return r, serves, nil
}
