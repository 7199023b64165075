// Package known lists every endpoint that WeCom has or had, whether or not this program builds it. Routing
// uses it to distinguish a path that is only not built from one that does not exist, and `qiwei endpoints
// --missing` subtracts from it. No handler is made from it.
package known

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// One row per endpoint, sorted by path; the header names the columns.
//
//go:embed endpoints.tsv
var table string

// Endpoint is one row of the list.
type Endpoint struct {
	Method   string // GET or POST, as the page has it; clients send either to most paths (see Note)
	Path     string // as on the wire: /cgi-bin/…, or a browser page's path without its host
	Category string // the family: contacts, oauth, message, …
	Doc      int    // number of the official page; for a withdrawn path the last page, or its successor's
	NameZH   string // the page's title
	NameEN   string // what it does, in our words

	// Credential is the query parameter that carries the token: access_token,
	// suite_access_token, provider_access_token, device_access_token,
	// model_access_token, key or response_code; "merchant signature" on the
	// payment host; "none" where the call itself hands out a token or is a page.
	Credential string

	Documented bool   // on an official page of 2026; false for what was withdrawn or only clients know
	Note       string // the path to use instead, clients that send another method, another host; mostly empty
}

// URL returns the address of the endpoint's official page.
func (e Endpoint) URL() string {
	return "https://developer.work.weixin.qq.com/document/path/" + strconv.Itoa(e.Doc)
}

// All returns every endpoint, sorted by path. The caller may change the slice.
func All() []Endpoint { return slices.Clone(endpoints()) }

// Lookup returns the endpoint at path (exactly as on the wire, without query or trailing slash), and whether
// it exists. The method does not matter: WeCom dispatches on the path only.
func Lookup(path string) (Endpoint, bool) {
	all := endpoints()
	i, ok := slices.BinarySearchFunc(all, path, func(e Endpoint, p string) int {
		return strings.Compare(e.Path, p)
	})
	if !ok {
		return Endpoint{}, false
	}
	return all[i], true
}

// endpoints parses the table when it is first asked for; its strings point into
// the program's own data, so that the list costs little memory.
var endpoints = sync.OnceValue(func() []Endpoint {
	_, rows, _ := strings.Cut(table, "\n")
	all := make([]Endpoint, 0, strings.Count(rows, "\n"))
	for row := range strings.Lines(rows) {
		all = append(all, parse(strings.TrimSuffix(row, "\n")))
	}
	return all
})

// parse panics on a bad row: the table is ours, and a test reads all of it.
func parse(row string) Endpoint {
	c := strings.Split(row, "\t")
	if len(c) != 9 {
		panic("known: " + strconv.Itoa(len(c)) + " columns: " + row)
	}
	doc, err := strconv.Atoi(c[3])
	if err != nil {
		panic("known: " + err.Error())
	}
	return Endpoint{
		Method: c[0], Path: c[1], Category: c[2], Doc: doc, NameZH: c[4], NameEN: c[5],
		Credential: c[6], Documented: c[7] == "1", Note: c[8],
	}
}
