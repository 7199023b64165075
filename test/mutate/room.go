package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed active.go.txt
var active string

// goPackage is what `go list` says of a package.
type goPackage struct {
	Dir, ImportPath, Name, Export string
	GoFiles                       []string
	TestGoFiles, XTestGoFiles     []string
	DepOnly                       bool
}

// A room is a folder below internal, with the packages in it.
type room struct {
	name     string
	root     string
	packages []goPackage
	exports  map[string]string // the compiled packages that it imports

	skip    map[int]bool      // faults that do not compile
	decided map[string]bool   // limits that no test needs to meet, with their room
	placed  map[int]bool      // faults that are in the files
	mutants []mutant          // in the order of their ids
	files   map[string][]byte // what the overlay puts in place of a file
}

func openRoom(ctx context.Context, root, name string) (*room, error) {
	r := &room{name: name, root: root, exports: map[string]string{}, skip: map[int]bool{}, decided: decidedLimits(root)}
	cmd := exec.CommandContext(ctx, "go", "list", "-export", "-deps", "-json=Dir,ImportPath,Name,Export,GoFiles,TestGoFiles,XTestGoFiles,DepOnly", "./internal/"+name+"/...")
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		r.exports[p.ImportPath] = p.Export
		// What only tests import is not what tests are to notice.
		if !p.DepOnly && len(p.GoFiles) > 0 && !strings.HasSuffix(p.Name, "test") {
			r.packages = append(r.packages, p)
		}
	}
	return r, nil
}

// find parses the room and writes the files with all its faults in them.
func (r *room) find() error {
	r.mutants, r.placed, r.files = nil, map[int]bool{}, map[string][]byte{}
	for _, p := range r.packages {
		if err := r.findPackage(p); err != nil {
			return fmt.Errorf("%s: %w", p.ImportPath, err)
		}
	}
	return nil
}

func (r *room) nextID() int { return len(r.mutants) + 1 }

func (r *room) findPackage(p goPackage) error {
	fset := token.NewFileSet()
	var files []*ast.File
	var texts [][]byte
	for _, name := range p.GoFiles {
		src, err := os.ReadFile(filepath.Join(p.Dir, name))
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files, texts = append(files, file), append(texts, src)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(r.exports[path]) })
	if _, err := (&types.Config{Importer: imports}).Check(p.ImportPath, fset, files, info); err != nil {
		return err
	}
	next := r.nextID()
	id := func() int { next++; return next - 1 }
	limits, sqls := map[types.Object][2]int{}, map[types.Object][]int{}
	for i, file := range files {
		if onPostgres(p.GoFiles[i]) {
			continue
		}
		f := r.finder(fset, info, texts[i], id)
		f.limits, f.texts = limits, sqls
		f.constants(file)
		r.mutants = append(r.mutants, f.mutants...)
	}
	for i, file := range files {
		if onPostgres(p.GoFiles[i]) {
			continue
		}
		f := r.finder(fset, info, texts[i], id)
		f.limits, f.texts, f.names = limits, sqls, importNames(file, p.ImportPath)
		ast.Inspect(file, f.visit)
		r.mutants = append(r.mutants, f.mutants...)
		for _, p := range f.places {
			for _, id := range p.ids {
				r.placed[id] = true
			}
		}
		if len(f.places) > 0 {
			r.files[fset.Position(file.Pos()).Filename] = f.splice()
		}
	}
	r.files[filepath.Join(p.Dir, "mutant_active.go")] = []byte(strings.Replace(active, "PACKAGE", p.Name, 1))
	return nil
}

// onPostgres reports whether a file is for PostgreSQL alone, which is not tried.
func onPostgres(name string) bool { return strings.HasPrefix(name, "postgres") }

func (r *room) finder(fset *token.FileSet, info *types.Info, src []byte, id func() int) *finder {
	return &finder{fset: fset, info: info, src: src, root: r.root, next: id, skip: r.skip, decided: r.decided}
}

// importNames says what to write before the names of a package, the dot included.
func importNames(file *ast.File, own string) map[string]string {
	names := map[string]string{own: ""}
	for _, imp := range file.Imports {
		to, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			continue
		}
		as := path.Base(to)
		if imp.Name != nil {
			as = imp.Name.Name
		}
		if as != "_" && as != "." {
			names[to] = as + "."
		}
	}
	return names
}

// constants makes the mutants of a file's numbers and SQL texts that are declared
// by name; what is counted up by iota is no limit.
func (f *finder) constants(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		d, ok := n.(*ast.GenDecl)
		if !ok || d.Tok != token.CONST {
			return true
		}
		for _, spec := range d.Specs {
			v := spec.(*ast.ValueSpec)
			for i, name := range v.Names {
				obj, ok := f.info.Defs[name].(*types.Const)
				if !ok || i >= len(v.Values) {
					continue
				}
				f.declared(name, obj, f.text(v.Values[i]))
			}
		}
		return true
	})
}

var notLimit = regexp.MustCompile(`\biota\b|\b0[0-7xbo]|'`)

func (f *finder) declared(name *ast.Ident, obj *types.Const, value string) {
	switch obj.Val().Kind() {
	case constant.String:
		if ids := f.ids(name, constant.StringVal(obj.Val()), nil); len(ids) > 0 {
			f.texts[obj] = ids
		}
	case constant.Int:
		if n, ok := constant.Int64Val(obj.Val()); !ok || n < 2 || notLimit.MatchString(value) || batchSize.MatchString(name.Name) || f.decided[f.room(obj)+"."+name.Name] {
			return
		}
		more, less := "+1", "-1"
		if isSpan(obj.Type()) {
			more, less = "doubled", "halved"
		}
		was := name.Name + " = " + value
		f.limits[obj] = [2]int{f.add(name, was, more, false), f.add(name, was, less, false)}
	}
}

// batchSize is the name of how many rows or pieces one step takes: whoever waits for all steps sees no difference.
var batchSize = regexp.MustCompile(`^[a-z]+AtOnce$`)

// room names the package that something is declared in as the test of limits does.
func (f *finder) room(obj types.Object) string {
	if obj.Pkg() == nil {
		return ""
	}
	_, room, _ := strings.Cut(obj.Pkg().Path(), "/internal/")
	return room
}

// decidedLimits returns the limits of which the test of limits says why no test meets them at their value.
func decidedLimits(root string) map[string]bool {
	out := map[string]bool{}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "internal", "limits_test.go"), nil, 0)
	if err != nil {
		return out
	}
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Names) != 1 || v.Names[0].Name != "unwalked" || len(v.Values) != 1 {
			return true
		}
		for _, e := range v.Values[0].(*ast.CompositeLit).Elts {
			if key, ok := e.(*ast.KeyValueExpr).Key.(*ast.BasicLit); ok {
				if name, err := strconv.Unquote(key.Value); err == nil {
					out[name] = true
				}
			}
		}
		return false
	})
	return out
}

// splice writes the file with the faults in it.
func (f *finder) splice() []byte {
	slices.SortStableFunc(f.places, func(a, b place) int {
		if a.from != b.from {
			return int(a.from - b.from)
		}
		return int(b.to - a.to)
	})
	start := f.fset.File(f.places[0].from).Base()
	var text func(from, to token.Pos, after int) string
	text = func(from, to token.Pos, after int) string {
		var b strings.Builder
		at := from
		for i := after; i < len(f.places); i++ {
			p := f.places[i]
			if p.from < at || p.to > to {
				continue
			}
			b.Write(f.src[int(at)-start : int(p.from)-start])
			b.WriteString(p.render(func(n ast.Node) string { return text(n.Pos(), n.End(), i+1) }))
			at = p.to
		}
		b.Write(f.src[int(at)-start : int(to)-start])
		return b.String()
	}
	return []byte(text(token.Pos(start), token.Pos(start+len(f.src)), 0))
}

var (
	mutantCall = regexp.MustCompile(`mutant[A-Z]\w*(?:\[[\w.]+\])?\((\d+)|, (\d+), "`)
	whereWrong = regexp.MustCompile(`(?m)^(?:vet: )?([^\s:]+\.go):(\d+):(\d+): `)
)

// unfit finds in what the compiler said of the overlaid files which faults it did
// not like, and reports whether it found any.
func (r *room) unfit(said string, overlaid map[string][]byte) bool {
	found := false
	for _, w := range whereWrong.FindAllStringSubmatch(said, -1) {
		lines := strings.Split(string(overlaid[filepath.Base(w[1])]), "\n")
		n, err := strconv.Atoi(w[2])
		if err != nil || n > len(lines) {
			continue
		}
		for _, c := range mutantCall.FindAllStringSubmatch(lines[n-1], -1) {
			id, err := strconv.Atoi(c[1] + c[2])
			if err == nil && !r.skip[id] {
				r.skip[id], found = true, true
			}
		}
	}
	return found
}
