package internal_test

import (
	"go/ast"
	"strconv"
	"strings"
	"testing"
)

// Requests to the outside are made by internal/outbound, under its policy of
// addresses. These have clients of their own, for a reason.
var ownClients = map[string]string{
	"internal/blob/s3_service.go":    "S3 is where the operator says",
	"internal/trace/send.go":         "the receiver of traces is where the operator says",
	"internal/intercept/proxy.go":    "is a proxy: it carries what its clients send, under a policy of its own",
	"internal/intercept/upstream.go": "sends on to the one server that it stands before",
	"cmd/qiwei/check.go":             "asks the operator's own server",
	"cmd/qiwei/ready.go":             "asks the operator's own server",
	"cmd/qiwei/mcp.go":               "asks the developer's own server",
}

// outward are the names by which a package reaches the outside.
var outward = map[string][]string{
	"net/http":   {"Client", "Transport", "DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm"},
	"net":        {"Dialer", "Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix"},
	"crypto/tls": {"Dialer", "Dial", "DialWithDialer"},
}

func TestOutboundAlone(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, s := range sources(t) {
		if s.test() || s.pkg() == "internal/outbound" || !strings.HasPrefix(s.path, "internal/") && !strings.HasPrefix(s.path, "cmd/") && !strings.HasPrefix(s.path, "callbackcrypto/") {
			continue // tests and test support
		}
		names := map[string]string{} // of packages in this file: local name -> path
		for _, spec := range s.file.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			name := path[strings.LastIndexByte(path, '/')+1:]
			if spec.Name != nil {
				name = spec.Name.Name
			}
			if outward[path] != nil {
				names[name] = path
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if !ok {
				return true
			}
			for _, name := range outward[names[pkg.Name]] {
				if sel.Sel.Name != name {
					continue
				}
				if found[s.path] = true; ownClients[s.path] == "" {
					t.Errorf("%s uses %s.%s; requests to the outside are made by internal/outbound", files.Position(n.Pos()), pkg.Name, name)
				}
			}
			return true
		})
	}
	for path, why := range ownClients {
		if !found[path] {
			t.Errorf("%s makes no requests any more, though it is listed because it %s", path, why)
		}
	}
}
