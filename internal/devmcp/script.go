package devmcp

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

func (s *Service) scriptTools() []tool {
	return []tool{
		newTool("scripts", reads, "The scripts below /_qiwei/ that play people and things beyond the other tools: WeChat users, chats of members, providers and their suites, approvals, devices …", s.listScripts),
		newTool("run_script", writes, "Runs one of the scripts: JSON in, JSON out. What is wrong with the body is said in words.", s.runScript),
	}
}

// patterns are the scripts, as "METHOD /path", without this door.
func (s *Service) patterns() []string {
	out := []string{}
	for _, r := range s.deps.Scripts() {
		if method, at, ok := strings.Cut(r.Pattern, " "); ok && strings.HasPrefix(at, "/_qiwei/") && at != path {
			out = append(out, method+" "+at)
		}
	}
	slices.Sort(out)
	return out
}

func (s *Service) listScripts(context.Context, nothing) (any, error) {
	return map[string]any{"scripts": s.patterns(), "docs": "docs/testing.md, docs/wechat.md and docs/providers.md of qiwei have their bodies"}, nil
}

type scriptRequest struct {
	Method string            `json:"method" doc:"POST if left out." enum:"GET,POST,DELETE"`
	Path   string            `json:"path" doc:"The script's path, such as /_qiwei/wechat/add." need:"1"`
	Query  map[string]string `json:"query" doc:"Parameters of a GET."`
	Body   json.RawMessage   `json:"body" doc:"The script's JSON."`
}

func (s *Service) runScript(ctx context.Context, req scriptRequest) (any, error) {
	if req.Method == "" {
		req.Method = "POST"
	}
	if !strings.HasPrefix(req.Path, "/_qiwei/") || req.Path == path || strings.ContainsAny(req.Path, "?# ") {
		return nil, argument("path: that of a script expected; the tool scripts has them")
	}
	query := url.Values{}
	for name, value := range req.Query {
		query.Set(name, value)
	}
	target := req.Path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	got, err := s.ask(ctx, req.Method, target, req.Body)
	if err != nil {
		return nil, err
	}
	switch {
	case got.status >= 400:
		return nil, argumentf("%s %s answered %d: %s", req.Method, req.Path, got.status, strings.TrimSpace(got.body.String()))
	case got.json():
		return map[string]any{"status": got.status, "answer": json.RawMessage(got.body.Bytes())}, nil
	}
	return map[string]any{"status": got.status, "content_type": got.header.Get("Content-Type"), "bytes": got.body.Len()}, nil
}
