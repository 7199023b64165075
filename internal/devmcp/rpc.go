package devmcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
)

// Limits of a request.
const (
	maxBody  = 1 << 20 // bytes
	maxBatch = 50      // messages
)

// The codes of JSON-RPC 2.0.
const (
	codeParse    = -32700
	codeRequest  = -32600
	codeMethod   = -32601
	codeParams   = -32602
	codeInternal = -32603
)

// rpcError is an error of the protocol, unlike the failure of a tool, which is a result.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

func (e *rpcError) Error() string { return e.Message }

// rpcMessage is what a client sends: a request, a notification (without an id), or the answer to a request of
// ours, of which there are none.
type rpcMessage struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  *string         `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   json.RawMessage `json:"error"`
}

// rpcAnswer answers a request. Its ID is null where the request's could not be read.
type rpcAnswer struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  any             `json:"result,omitempty"`
	Error   *rpcError       `json:"error,omitempty"`
}

func refusal(id json.RawMessage, code int, text string) *rpcAnswer {
	if len(id) == 0 {
		id = json.RawMessage("null")
	}
	return &rpcAnswer{Version: "2.0", ID: id, Error: &rpcError{Code: code, Message: text}}
}

// serve answers a POST with JSON. A GET would open a stream of the server's own messages, and a DELETE end a
// session: there are neither, which the specification has answered with 405.
func (s *Service) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "this door takes POST alone: it has no stream and no session", http.StatusMethodNotAllowed)
		return
	}
	if v := r.Header.Get("MCP-Protocol-Version"); v != "" && !slices.Contains(versions, v) {
		write(w, http.StatusBadRequest, refusal(nil, codeRequest, "MCP-Protocol-Version: "+v+" is not spoken here"))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if errors.As(err, new(*http.MaxBytesError)) {
		write(w, http.StatusRequestEntityTooLarge, refusal(nil, codeRequest, "a request has 1 MiB at most"))
		return
	}
	if err != nil {
		return // the client has gone
	}
	status, answer := s.body(r.Context(), body)
	write(w, status, answer)
}

// write sends an answer; without one, the status alone.
func write(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Cache-Control", "no-store")
	if answer == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}

// body answers a message or a batch of them. The answer is nil where there was no request among them.
func (s *Service) body(ctx context.Context, body []byte) (status int, answer any) {
	body = bytes.TrimSpace(body)
	if !json.Valid(body) {
		return http.StatusBadRequest, refusal(nil, codeParse, "the body is not JSON")
	}
	if body[0] != '[' {
		one, known := s.message(ctx, body, false)
		switch {
		case !known:
			return http.StatusBadRequest, one
		case one == nil:
			return http.StatusAccepted, nil
		}
		return http.StatusOK, one
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(body, &parts); err != nil || len(parts) == 0 || len(parts) > maxBatch {
		return http.StatusBadRequest, refusal(nil, codeRequest, "a batch has 1 to 50 messages")
	}
	answers := []*rpcAnswer{}
	for _, part := range parts {
		if one, _ := s.message(ctx, part, true); one != nil {
			answers = append(answers, one)
		}
	}
	if len(answers) == 0 {
		return http.StatusAccepted, nil
	}
	return http.StatusOK, answers
}

// message answers one message; nil if it wants no answer. known is false where it is no message of the
// protocol.
func (s *Service) message(ctx context.Context, text []byte, batch bool) (answer *rpcAnswer, known bool) {
	var m rpcMessage
	if err := json.Unmarshal(text, &m); err != nil || m.Version != "2.0" {
		return refusal(nil, codeRequest, `a message of JSON-RPC 2.0 expected, such as {"jsonrpc":"2.0","id":1,"method":"tools/list"}`), false
	}
	if len(m.ID) > 0 && m.ID[0] != '"' && m.ID[0] != '-' && (m.ID[0] < '0' || m.ID[0] > '9') {
		return refusal(nil, codeRequest, "id: a string or a number expected"), false
	}
	switch {
	case m.Method == nil && (m.Result != nil || m.Error != nil):
		return nil, true
	case m.Method == nil:
		return refusal(m.ID, codeRequest, "method: missing"), false
	case len(m.ID) == 0:
		return nil, true // notifications tell nothing that the server needs to know
	case batch && *m.Method == "initialize":
		return refusal(m.ID, codeRequest, "initialize stands alone"), true
	}
	result, err := s.method(ctx, *m.Method, m.Params)
	var refused *rpcError
	switch {
	case errors.As(err, &refused):
		return &rpcAnswer{Version: "2.0", ID: m.ID, Error: refused}, true
	case err != nil:
		s.deps.Log.Error("mcp", "method", *m.Method, "err", err)
		return refusal(m.ID, codeInternal, "the server could not answer"), true
	}
	return &rpcAnswer{Version: "2.0", ID: m.ID, Result: result}, true
}
