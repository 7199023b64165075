package devmcp

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// versions of the protocol that are spoken, newest first. What differs between them (batches, streams,
// structured results) is taken from all of them alike.
var versions = []string{"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"}

// instructions are for the agent, which reads them before it sees the tools.
const instructions = `This is a local WeCom (企业微信) that speaks WeCom's HTTP API exactly, with a demo enterprise, for testing integrations offline. ` +
	`Begin with "enterprise": it has the base URL, the corpid and the secrets of the applications, which the code under test uses in place of https://qyapi.weixin.qq.com and its own. ` +
	`"say" plays a member who writes to an application or a robot; "inbox" shows what members received; "wait_for_callback" waits until the application's callback URL was told and shows what it answered; ` +
	`"calls" shows what the code under test has called and why calls were refused; "explain" says what an error code means. ` +
	`"clock" moves time (tokens live two hours), "add_fault" makes calls fail on purpose, "reset" brings the enterprise back as it was at the start.`

// method answers a request.
func (s *Service) method(ctx context.Context, name string, params json.RawMessage) (any, error) {
	switch name {
	case "initialize":
		return s.initialize(params)
	case "ping":
		return struct{}{}, nil
	case "tools/list":
		return s.listTools(params)
	case "tools/call":
		return s.callTool(ctx, params)
	}
	return nil, &rpcError{Code: codeMethod, Message: fmt.Sprintf("there is no method %q; there are initialize, ping, tools/list and tools/call", name)}
}

// initialize agrees on a version: the client's if it is spoken here, else our newest, which the client may
// then refuse.
func (s *Service) initialize(params json.RawMessage) (any, error) {
	var req struct {
		Version string `json:"protocolVersion"`
	}
	if json.Unmarshal(params, &req) != nil || req.Version == "" {
		return nil, &rpcError{Code: codeParams, Message: "protocolVersion: missing", Data: map[string]any{"supported": versions}}
	}
	if !slices.Contains(versions, req.Version) {
		req.Version = versions[0]
	}
	return map[string]any{
		"protocolVersion": req.Version,
		"capabilities":    map[string]any{"tools": struct{}{}},
		"serverInfo":      map[string]any{"name": "qiwei", "title": "qiwei dev", "version": s.deps.Version},
		"instructions":    instructions,
	}, nil
}

func (s *Service) listTools(params json.RawMessage) (any, error) {
	var req struct {
		Cursor string `json:"cursor"`
	}
	if len(params) > 0 && json.Unmarshal(params, &req) != nil || req.Cursor != "" {
		return nil, &rpcError{Code: codeParams, Message: "cursor: all tools are on the first page"}
	}
	return map[string]any{"tools": s.tools}, nil
}

// callTool runs a tool. What goes wrong in it is a result that the agent reads, not an error of the protocol.
func (s *Service) callTool(ctx context.Context, params json.RawMessage) (any, error) {
	var req struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	}
	if json.Unmarshal(params, &req) != nil || req.Name == "" {
		return nil, &rpcError{Code: codeParams, Message: "name: that of a tool expected"}
	}
	i := slices.IndexFunc(s.tools, func(t tool) bool { return t.Name == req.Name })
	if i < 0 {
		return nil, &rpcError{Code: codeParams, Message: fmt.Sprintf("there is no tool %q; tools/list has them", req.Name)}
	}
	if len(req.Arguments) == 0 || string(req.Arguments) == "null" {
		req.Arguments = json.RawMessage("{}")
	}
	answer, err := s.tools[i].run(ctx, req.Arguments)
	if err != nil {
		said, known := s.words(err)
		if !known {
			return nil, fmt.Errorf("%s: %w", req.Name, err)
		}
		return toolResult{Content: []content{{"text", said}}, IsError: true}, nil
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	return toolResult{Content: []content{{"text", string(text)}}, Structured: text}, nil
}

// toolResult is what a tool answers: JSON as text, and for clients that read it, as an object.
type toolResult struct {
	Content    []content       `json:"content"`
	Structured json.RawMessage `json:"structuredContent,omitempty"`
	IsError    bool            `json:"isError,omitempty"`
}

type content struct {
	Type string `json:"type"`
	Text string `json:"text"`
}
