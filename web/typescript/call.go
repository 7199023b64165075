package main

import (
	"go/ast"
	"go/constant"
	"go/types"
	"strings"
)

// call is a call of the pages' JSON.
type call struct {
	pattern string
	takes   string // empty for a call without a body of JSON
	answer  string
}

// calls returns those of a room. A call is a composite literal that has the pattern and, beside it, a function that
// returns an answer and an error, or a door made of one.
func (r *room) calls(w *writer) (out []call) {
	for _, f := range r.files {
		ast.Inspect(f, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			pattern, serve := "", ast.Node(nil)
			for _, e := range lit.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					e = kv.Value
				}
				if v := r.info.Types[e].Value; v != nil && v.Kind() == constant.String && strings.Contains(constant.StringVal(v), "/api/") {
					pattern = constant.StringVal(v)
				} else if body := r.handler(e); body != nil {
					serve = body
				}
			}
			if pattern != "" && serve != nil {
				s := &served{room: r, writer: w, seen: map[ast.Node]bool{}}
				s.read(serve)
				if len(s.answers) > 0 {
					out = append(out, call{pattern, strings.Join(s.takes, " | "), strings.Join(s.answers, " | ")})
				}
			}
			return true
		})
	}
	return out
}

// answers reports whether a type is that of functions which return an answer and an error.
func answers(t types.Type) bool {
	sig, ok := t.(*types.Signature)
	if !ok || sig.Results().Len() != 2 {
		return false
	}
	first, ok := sig.Results().At(0).Type().Underlying().(*types.Interface)
	return ok && first.Empty()
}

// handler returns the body of the function that an expression names, writes down, or makes a door of.
func (r *room) handler(e ast.Expr) ast.Node {
	if c, ok := e.(*ast.CallExpr); ok && !answers(r.info.Types[e].Type) {
		for _, arg := range c.Args {
			if body := r.handler(arg); body != nil {
				return body
			}
		}
		return nil
	}
	if t := r.info.Types[e].Type; t == nil || !answers(t.Underlying()) {
		return nil
	}
	switch e := e.(type) {
	case *ast.FuncLit:
		return e.Body
	case *ast.CallExpr: // which returns the handler
		return r.body(e.Fun)
	}
	return r.body(e)
}

// body returns the body of a function or method of the room.
func (r *room) body(e ast.Expr) ast.Node {
	var name *ast.Ident
	switch e := e.(type) {
	case *ast.Ident:
		name = e
	case *ast.SelectorExpr:
		name = e.Sel
	}
	if name != nil {
		if fn := r.bodies[r.info.Uses[name]]; fn != nil {
			return fn.Body
		}
	}
	return nil
}

// served is what is found in a handler.
type served struct {
	*room
	*writer
	takes, answers []string
	seen           map[ast.Node]bool
}

// read looks through a body for what it decodes and returns. The functions inside it that return something else, such as
// those of transactions, are looked through for what they decode.
func (s *served) read(body ast.Node) {
	if s.seen[body] {
		return
	}
	s.seen[body] = true
	s.walk(body, true)
}

func (s *served) walk(body ast.Node, returns bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			s.walk(n.Body, answers(s.info.Types[n].Type))
			return false
		case *ast.ReturnStmt:
			if returns {
				s.returned(n)
			}
		case *ast.CallExpr:
			s.decoded(n)
		}
		return true
	})
}

func (s *served) returned(n *ast.ReturnStmt) {
	switch len(n.Results) {
	case 1: // what another function answers
		if c, ok := n.Results[0].(*ast.CallExpr); ok {
			if body := s.body(c.Fun); body != nil {
				s.read(body)
			}
		}
	case 2:
		if tv := s.info.Types[n.Results[0]]; !tv.IsNil() {
			add(&s.answers, s.value(n.Results[0]))
		}
	}
}

// value returns the type of what an expression answers. The names in a map that is written down are those of an object.
func (s *served) value(e ast.Expr) string {
	e = ast.Unparen(e)
	if lit, ok := e.(*ast.CompositeLit); ok {
		if _, isMap := s.info.Types[e].Type.Underlying().(*types.Map); isMap && len(lit.Elts) > 0 {
			var fields []string
			for _, el := range lit.Elts {
				kv := el.(*ast.KeyValueExpr)
				name := s.info.Types[kv.Key].Value
				if name == nil {
					return s.ts(s.info.Types[e].Type)
				}
				fields = append(fields, property(constant.StringVal(name))+": "+s.value(kv.Value))
			}
			return "{ " + strings.Join(fields, "; ") + " }"
		}
	}
	if u, ok := e.(*ast.UnaryExpr); ok {
		return s.value(u.X)
	}
	t := s.info.Types[e].Type
	if p, ok := t.Underlying().(*types.Pointer); ok { // of an answer, which is there
		t = p.Elem()
	}
	return s.ts(t)
}

// decoded notes what a call of read, Decode or Unmarshal fills in. Of a request every field may be missing.
func (s *served) decoded(c *ast.CallExpr) {
	sel, ok := c.Fun.(*ast.SelectorExpr)
	if !ok || len(c.Args) == 0 || sel.Sel.Name != "read" && sel.Sel.Name != "Decode" && sel.Sel.Name != "Unmarshal" {
		return
	}
	u, ok := c.Args[len(c.Args)-1].(*ast.UnaryExpr)
	if !ok {
		return
	}
	text := s.ts(s.info.Types[u.X].Type)
	if _, isStruct := s.info.Types[u.X].Type.Underlying().(*types.Struct); isStruct {
		text = "Partial<" + text + ">"
	}
	add(&s.takes, text)
}

func add(list *[]string, text string) {
	for _, t := range *list {
		if t == text {
			return
		}
	}
	*list = append(*list, text)
}
