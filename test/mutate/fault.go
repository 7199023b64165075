package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A mutant is one fault that could be in a room.
type mutant struct {
	id       int
	file     string // from the module's folder
	line     int
	was, now string
	tenant   bool // a condition on the enterprise
	handsOn  bool // what is left out only hands an error on
}

func (m mutant) String() string {
	return fmt.Sprintf("%s:%d: %s → %s", m.file, m.line, short(m.was), short(m.now))
}

func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 90 {
		return string(r[:87]) + "…"
	}
	return s
}

// A place is an expression that faults are put into. render writes it so that the
// fault that is active happens; it gets the text of what is inside by asking for
// it, because there are places inside as well.
type place struct {
	from, to token.Pos
	ids      []int
	render   func(inside func(ast.Node) string) string
}

// A finder collects the places of one file.
type finder struct {
	fset   *token.FileSet
	info   *types.Info
	src    []byte
	root   string            // the module's folder
	names  map[string]string // import paths as the file calls them
	limits map[types.Object][2]int
	texts  map[types.Object][]int
	next   func() int // the next id
	skip   map[int]bool
	// decided are limits that no test needs to meet.
	decided map[string]bool

	mutants []mutant
	places  []place
}

func (f *finder) text(n ast.Node) string {
	return string(f.src[f.fset.Position(n.Pos()).Offset:f.fset.Position(n.End()).Offset])
}

// add makes a mutant and returns its id.
func (f *finder) add(at ast.Node, was, now string, tenant bool) int {
	pos := f.fset.Position(at.Pos())
	file, err := filepath.Rel(f.root, pos.Filename)
	if err != nil {
		file = pos.Filename
	}
	m := mutant{id: f.next(), file: file, line: pos.Line, was: was, now: now, tenant: tenant}
	f.mutants = append(f.mutants, m)
	return m.id
}

func (f *finder) place(n ast.Node, render func(func(ast.Node) string) string, ids ...int) {
	if slices.ContainsFunc(ids, func(id int) bool { return f.skip[id] }) {
		return
	}
	f.places = append(f.places, place{n.Pos(), n.End(), ids, render})
}

// visit is for ast.Inspect.
func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GenDecl:
		return n.Tok == token.VAR
	case *ast.ImportSpec, *ast.ArrayType, *ast.FuncType, *ast.StructType, *ast.InterfaceType:
		return false
	case *ast.IfStmt:
		f.refusal(n)
	case *ast.BinaryExpr:
		f.binary(n)
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			id := f.add(n, f.text(n), f.text(n.X), false)
			f.place(n, func(in func(ast.Node) string) string { return fmt.Sprintf("mutantNot(%d, %s)", id, in(n.X)) }, id)
		}
	case *ast.KeyValueExpr:
		// The number of a page of the documentation changes nothing.
		if lit, ok := n.Value.(*ast.BasicLit); ok && f.text(n.Key) != "Doc" {
			f.number(lit, f.text(n.Key))
		}
	case *ast.BasicLit:
		if n.Kind == token.STRING {
			f.sql(n, n.Value, f.ids(n, f.value(n), nil))
		}
	case *ast.Ident:
		f.constant(n)
	}
	return true
}

// refusal finds `if …  { … return }`: what the condition guards is left out.
func (f *finder) refusal(n *ast.IfStmt) {
	if len(n.Body.List) == 0 {
		return
	}
	switch last := n.Body.List[len(n.Body.List)-1].(type) {
	case *ast.ReturnStmt:
	case *ast.BranchStmt:
		if last.Tok != token.CONTINUE {
			return
		}
	default:
		return
	}
	cond := f.text(n.Cond)
	id := f.add(n, "if "+cond+" "+f.text(n.Body), "left out", false)
	b, ok := n.Cond.(*ast.BinaryExpr)
	f.mutants[len(f.mutants)-1].handsOn = ok && b.Op == token.NEQ && f.isErrorCheck(b) && len(n.Body.List) == 1
	f.place(n.Cond, func(in func(ast.Node) string) string { return fmt.Sprintf("mutantRefuse(%d, %s)", id, in(n.Cond)) }, id)
}

func (f *finder) isErrorCheck(e ast.Expr) bool {
	b, ok := e.(*ast.BinaryExpr)
	return ok && (b.Op == token.NEQ || b.Op == token.EQL) && (f.isError(b.X) && f.isNil(b.Y) || f.isError(b.Y) && f.isNil(b.X))
}

func (f *finder) isError(e ast.Expr) bool {
	return f.info.Types[e].Type != nil && types.Identical(f.info.Types[e].Type, types.Universe.Lookup("error").Type())
}

func (f *finder) isNil(e ast.Expr) bool { return f.info.Types[e].IsNil() }

// turned says what becomes of a comparison: turned round, and moved by one.
var turned = map[token.Token][]token.Token{
	token.LSS: {token.GEQ, token.LEQ}, token.LEQ: {token.GTR, token.LSS},
	token.GTR: {token.LEQ, token.GEQ}, token.GEQ: {token.LSS, token.GTR},
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL},
}

// isDecided reports whether an expression is a limit that no test needs to meet.
func (f *finder) isDecided(e ast.Expr) bool {
	name, ok := e.(*ast.Ident)
	if !ok {
		return false
	}
	obj, ok := f.info.Uses[name].(*types.Const)
	return ok && f.decided[f.room(obj)+"."+obj.Name()]
}

var corpName = regexp.MustCompile(`(?:[cC]orpID|\bcorp)$`)

func (f *finder) binary(n *ast.BinaryExpr) {
	tv := f.info.Types[n]
	if tv.Value != nil || tv.Type == nil {
		return
	}
	x, y := f.text(n.X), f.text(n.Y)
	was := x + " " + n.Op.String() + " " + y
	switch n.Op {
	case token.LAND, token.LOR:
		to, call := "||", "mutantAnd"
		if n.Op == token.LOR {
			to, call = "&&", "mutantOr"
		}
		id := f.add(n, was, x+" "+to+" "+y, false)
		f.place(n, func(in func(ast.Node) string) string {
			return fmt.Sprintf("%s(%d, %s, func() bool { return bool(%s) })", call, id, in(n.X), in(n.Y))
		}, id)
		return
	}
	if turned[n.Op] == nil || f.isErrorCheck(n) {
		return
	}
	if b, ok := tv.Type.Underlying().(*types.Basic); !ok || b.Kind() != types.Bool && b.Kind() != types.UntypedBool {
		return
	}
	if (corpName.MatchString(x) || corpName.MatchString(y)) && (n.Op == token.EQL || n.Op == token.NEQ) && y != `""` && y != "nil" {
		same := map[token.Token]string{token.EQL: "true", token.NEQ: "false"}[n.Op]
		id := f.add(n, was, same, true)
		f.place(n, func(in func(ast.Node) string) string {
			return fmt.Sprintf("(mutantIs(%d) && %s || !mutantIs(%d) && (%s %s %s))", id, same, id, in(n.X), n.Op, in(n.Y))
		}, id)
		return
	}
	ops := turned[n.Op]
	if f.isDecided(n.X) || f.isDecided(n.Y) {
		ops = ops[:1] // a limit that no test meets at its value
	}
	var ids []int
	for _, op := range ops {
		ids = append(ids, f.add(n, was, x+" "+op.String()+" "+y, false))
	}
	f.place(n, func(in func(ast.Node) string) string {
		var b strings.Builder
		b.WriteByte('(')
		for i, op := range ops {
			fmt.Fprintf(&b, "mutantIs(%d) && (%s %s %s) || ", ids[i], in(n.X), op, in(n.Y))
		}
		for _, id := range ids {
			fmt.Fprintf(&b, "!mutantIs(%d) && ", id)
		}
		fmt.Fprintf(&b, "(%s %s %s))", in(n.X), n.Op, in(n.Y))
		return b.String()
	}, ids...)
}

// number finds a literal that a named field is set to: `Max: 100`.
func (f *finder) number(lit *ast.BasicLit, key string) {
	tv := f.info.Types[lit]
	if lit.Kind != token.INT || len(lit.Value) > 1 && lit.Value[0] == '0' || tv.Value == nil {
		return
	}
	if n, ok := constant.Int64Val(constant.ToInt(tv.Value)); !ok || n < 2 {
		return
	}
	more := f.add(lit, key+": "+lit.Value, "+1", false)
	less := f.add(lit, key+": "+lit.Value, "-1", false)
	f.use(lit, lit.Value, tv.Type, more, less)
}

// use replaces a number by one that its faults change.
func (f *finder) use(n ast.Expr, text string, t types.Type, more, less int) {
	name := f.typeName(t)
	if name == "" {
		return
	}
	call := "mutantNumber"
	if isSpan(t) {
		call = "mutantSpan"
	}
	f.place(n, func(func(ast.Node) string) string {
		return fmt.Sprintf("%s[%s](%d, %d, %s)", call, name, more, less, text)
	}, more, less)
}

// isSpan reports whether a number is a span of time, of which one nanosecond more
// is no fault; it is doubled and halved.
func isSpan(t types.Type) bool { return types.TypeString(t, nil) == "time.Duration" }

func (f *finder) typeName(t types.Type) string {
	switch t := t.(type) {
	case *types.Basic:
		if t.Info()&types.IsInteger != 0 && t.Info()&types.IsUntyped == 0 {
			return t.Name()
		}
	case *types.Named:
		obj := t.Obj()
		if obj.Pkg() == nil || obj.Parent() != obj.Pkg().Scope() {
			return ""
		}
		if b, ok := t.Underlying().(*types.Basic); !ok || b.Info()&types.IsInteger == 0 {
			return ""
		}
		if as, ok := f.names[obj.Pkg().Path()]; ok {
			return as + obj.Name()
		}
	}
	return ""
}

// constant finds the use of a package's number or SQL text. All its uses change
// with one fault, as if it were declared otherwise.
func (f *finder) constant(n *ast.Ident) {
	obj, ok := f.info.Uses[n].(*types.Const)
	if !ok {
		return
	}
	if ids, ok := f.limits[obj]; ok {
		f.use(n, n.Name, f.info.Types[n].Type, ids[0], ids[1])
	}
	if ids, ok := f.texts[obj]; ok {
		f.sql(n, n.Name, ids)
	}
}

func (f *finder) value(n ast.Expr) string {
	if v := f.info.Types[n].Value; v != nil && v.Kind() == constant.String {
		return constant.StringVal(v)
	}
	return ""
}

// tenantSQL is a condition on the enterprise.
var tenantSQL = regexp.MustCompile(`(?:\w+\.)?\bcorpid\s*=\s*(?:\?|\w+\.corpid\b)`)

var lastKeyword = regexp.MustCompile(`(?s).*\b(SET|WHERE|ON|AND|OR|NOT)\b`)

// conditions returns the text with each condition on the enterprise made true,
// keeping its parameter. What SET assigns is none.
func conditions(text string) (conds, changed []string) {
	for _, at := range tenantSQL.FindAllStringIndex(text, -1) {
		if k := lastKeyword.FindStringSubmatch(text[:at[0]]); k != nil && k[1] == "SET" {
			continue
		}
		cond := text[at[0]:at[1]]
		conds = append(conds, cond)
		changed = append(changed, text[:at[0]]+"("+cond+" OR 1=1)"+text[at[1]:])
	}
	return conds, changed
}

// ids makes the mutants of an SQL text, in which at is where it stands.
func (f *finder) ids(at ast.Node, text string, ids []int) []int {
	conds, _ := conditions(text)
	for _, c := range conds {
		ids = append(ids, f.add(at, c+" in "+text, "always", true))
	}
	return ids
}

func (f *finder) sql(n ast.Expr, text string, ids []int) {
	if len(ids) == 0 {
		return
	}
	_, changed := conditions(f.value(n))
	f.place(n, func(func(ast.Node) string) string {
		var b strings.Builder
		fmt.Fprintf(&b, "mutantText(%s", text)
		for i, id := range ids {
			fmt.Fprintf(&b, ", %d, %s", id, strconv.Quote(changed[i]))
		}
		return b.String() + ")"
	}, ids...)
}
