package internal_test

import (
	"go/ast"
	"go/printer"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// calledFor is what requests to the outside are made for, the addresses that each may reach, and how many redirects it
// follows. The policy is asked when a connection is made, with the address that the name was resolved to, also for a
// redirect (package outbound). What members, applications and their servers name may not reach this machine and its
// networks, unless the operator says so; what an administrator of the whole enterprise names may, because products that
// stand beside the server are what it is for, but never addresses of cloud metadata and link-local ones.
var calledFor = map[string]string{
	"callback":      "d.Policy()",                       // callbacks, tickets, robots, tries and buttons of the console
	"doctor":        "s.Callback.Policy()",              // the examination of a callback, by its Options
	"download":      "d.FetchFrom redirects: fetchHops", // add_file_by_url, pictures of messages and cards
	"hardware file": "d.FetchFrom",                      // firmware and pictures of devices
	"archive":       "p",                                // hooks: Policy{Private: true}, see the assembly
	"scim":          "outbound.Policy{Private: true}",   // products that are provisioned
	"logout":        "outbound.Policy{Private: true}",   // news of sign-outs to OpenID Connect clients
	"checkup":       "outbound.Policy{Anywhere: true}",  // the server's own base URL, which the operator sets
	"doctor (CLI)":  "outbound.Policy{Anywhere: true}",  // qiwei callback doctor, by whoever may run programs here
}

// TestOutboundPolicies walks all clients for the outside. A further one, and one that may reach more, is a line above.
func TestOutboundPolicies(t *testing.T) {
	t.Parallel()
	found := map[string]string{}
	for _, s := range sources(t) {
		if s.test() || s.pkg() == "internal/outbound" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok || text(lit.Type) != "outbound.Options" {
				return true
			}
			purpose, policy, redirects := "", "outbound.Policy{}", ""
			for _, e := range lit.Elts {
				kv := e.(*ast.KeyValueExpr)
				switch text(kv.Key) {
				case "Purpose":
					purpose, _ = strconv.Unquote(text(kv.Value))
				case "Policy":
					policy = text(kv.Value)
				case "Redirects":
					redirects = " redirects: " + text(kv.Value)
				}
			}
			switch {
			case purpose == "" && s.pkg() == "cmd/qiwei":
				purpose = "doctor (CLI)"
			case purpose == "" && s.pkg() == "internal/platform":
				purpose = "doctor"
			}
			if purpose == "" || found[purpose] != "" {
				t.Errorf("%s: purpose %q; each client has one of its own", files.Position(n.Pos()), purpose)
			}
			found[purpose] = policy + redirects
			return true
		})
	}
	for _, purpose := range slices.Sorted(maps.Keys(calledFor)) {
		if found[purpose] != calledFor[purpose] {
			t.Errorf("%s: may reach %q, want %q", purpose, found[purpose], calledFor[purpose])
		}
		delete(found, purpose)
	}
	for purpose, policy := range found {
		t.Errorf("%s, which may reach %q, is not listed", purpose, policy)
	}
}

func text(n ast.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	printer.Fprint(&b, files, n)
	return b.String()
}
