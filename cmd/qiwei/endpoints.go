package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/platform"
	"qiwei/internal/wire"
	"qiwei/internal/wire/known"
)

type endpointsCmd struct {
	languageFlag
	jsonFlag
	Missing     bool   `help:"Those that are not built." xor:"form"`
	Built       bool   `help:"Those that are." xor:"form"`
	Permissions bool   `help:"Which kind of secret may call which, and how far." xor:"form,table"`
	OpenAPI     bool   `name:"openapi" help:"The built ones as an OpenAPI 3.1 document." xor:"form,table"`
	Callbacks   bool   `help:"The callbacks instead of the calls." xor:"table"`
	Match       string `arg:"" optional:"" help:"Only those whose path or name contains this."`
}

func (cmd endpointsCmd) Run(c *console) error {
	if cmd.Callbacks {
		return cmd.callbacks(c)
	}
	endpoints := platform.Endpoints()
	if cmd.OpenAPI {
		doc, err := wire.OpenAPI(versionText(), "", endpoints)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.out, "%s\n", doc)
		return err
	}
	built := map[string]wire.Endpoint{}
	for _, ep := range endpoints {
		built[ep.Path] = ep
	}
	if cmd.Permissions {
		return cmd.permissions(c, endpoints)
	}
	pages := map[string]bool{}
	for _, p := range platform.Pages() {
		_, path, _ := strings.Cut(p, " ")
		pages[path] = true
	}
	list := cmd.list(built, pages)
	if cmd.JSON {
		return printJSON(c.out, list)
	}
	t := newTable("", "METHOD", "PATH", "WHAT", "DOC")
	n := 0
	for _, e := range list {
		mark := ""
		if e.Built {
			mark, n = "✓", n+1
		}
		what := e.NameEN
		if cmd.chinese() {
			what = e.NameZH
		}
		t.row(mark, e.Method, e.Path, what, e.URL)
	}
	if err := t.print(c.out); err != nil {
		return err
	}
	if !cmd.Missing && !cmd.Built {
		fmt.Fprintf(c.err, "%d of %d are built.\n", n, len(list))
	}
	return nil
}

// listedEndpoint is an endpoint of the list, as JSON.
type listedEndpoint struct {
	Method   string `json:"method"`
	Path     string `json:"path"`
	Category string `json:"category"`
	NameEN   string `json:"name_en"`
	NameZH   string `json:"name_zh"`
	Doc      int    `json:"doc"`
	URL      string `json:"url"`
	Built    bool   `json:"built"`
}

// list joins what WeCom has with what is built. A path that WeCom has withdrawn is listed only if it is
// built.
func (cmd endpointsCmd) list(built map[string]wire.Endpoint, pages map[string]bool) []listedEndpoint {
	out := []listedEndpoint{}
	for _, k := range known.All() {
		ep, isCall := built[k.Path]
		is := isCall || pages[k.Path]
		if (cmd.Missing && is) || (cmd.Built && !is) || (!is && !k.Documented) || !cmd.matches(k) {
			continue
		}
		e := listedEndpoint{k.Method, k.Path, k.Category, k.NameEN, k.NameZH, k.Doc, k.URL(), is}
		if isCall {
			e.Method, e.Doc, e.URL = ep.Method, ep.Doc, known.Endpoint{Doc: ep.Doc}.URL()
		}
		out = append(out, e)
	}
	return out
}

func (cmd endpointsCmd) matches(k known.Endpoint) bool {
	return strings.Contains(strings.ToLower(strings.Join([]string{k.Path, k.Category, k.NameEN, k.NameZH, strconv.Itoa(k.Doc)}, "\n")), strings.ToLower(cmd.Match))
}

// permissions prints the permission table: one row for each endpoint, one column for each kind that may call
// any.
func (cmd endpointsCmd) permissions(c *console, endpoints []wire.Endpoint) error {
	endpoints = slices.DeleteFunc(slices.Clone(endpoints), func(ep wire.Endpoint) bool { return !strings.Contains(ep.Path, cmd.Match) })
	slices.SortFunc(endpoints, func(a, b wire.Endpoint) int { return cmp.Compare(a.Path, b.Path) })
	if cmd.JSON {
		table := map[string]map[access.Kind]string{}
		for _, ep := range endpoints {
			row := map[access.Kind]string{}
			for k, l := range ep.Allow {
				row[k] = l.String()
			}
			table[ep.Path] = row
		}
		return printJSON(c.out, table)
	}
	var kinds []access.Kind
	for _, k := range access.CallerKinds() {
		if slices.ContainsFunc(endpoints, func(ep wire.Endpoint) bool { return ep.Allow[k] != access.Nothing }) {
			kinds = append(kinds, k)
		}
	}
	head := []string{"PATH"}
	for _, k := range kinds {
		head = append(head, string(k))
	}
	t := newTable(head...)
	for _, ep := range endpoints {
		row := []any{ep.Path}
		for _, k := range kinds {
			level := ep.Allow[k].String()
			if ep.Open {
				level = "open"
			}
			row = append(row, level)
		}
		t.row(row...)
	}
	return t.print(c.out)
}
