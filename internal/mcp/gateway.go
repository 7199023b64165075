package mcp

import (
	"net/http"

	"qiwei/internal/door"
	"qiwei/internal/wire"
)

// The gateway below /cli/ is what versions of the command-line client after 0.1.9 use: service/discovery tells them the
// services with the schemas of their methods, which WeCom publishes nowhere. It is not built, and says so in the form
// that they read: an errcode at the top, as of the calls of the API.
func (s *Service) gatewayRoute() door.Route {
	return door.Route{Pattern: "POST /cli/{path...}", Handler: http.HandlerFunc(notBuilt)}
}

func notBuilt(w http.ResponseWriter, r *http.Request) {
	text, _ := refusalText(wire.ErrForbidden.With("not built in qiwei: %s; the tools are at the addresses that get_mcp_config answers", r.URL.Path), "-")
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Write(text)
}
