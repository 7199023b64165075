// Package devmcp is the door for coding agents: `qiwei dev` speaks the Model Context Protocol at POST
// /_qiwei/mcp, and what a developer does in the console and with the test controls are its tools. It is not
// mounted by `qiwei serve`. The protocol is https://modelcontextprotocol.io/specification/2025-11-25, its
// streamable HTTP without streams: the server never has anything to say unasked.
package devmcp

import (
	"context"
	"log/slog"
	"net/http"

	"qiwei/internal/aibot"
	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/clock"
	"qiwei/internal/console"
	"qiwei/internal/control"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/internal/token"
	"qiwei/internal/wire"
)

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Clock     *clock.Clock
	Corps     *corp.Service
	Directory *directory.Service
	Apps      *app.Service
	Tokens    *token.Service
	Messages  *message.Service
	Bots      *aibot.Service
	Callbacks *callback.Service
	Control   *control.Service
	Recorder  *console.Recorder
	Log       *slog.Logger

	Endpoints func() []wire.Endpoint
	Scripts   func() []door.Route // those of all rooms
	Serve     http.Handler        // everything that the server answers
	BaseURL   func() string
	Version   string
}

// Service serves the tools.
type Service struct {
	deps    Deps
	tools   []tool
	stopped context.Context
	stop    context.CancelFunc
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d}
	s.stopped, s.stop = context.WithCancel(context.Background())
	for _, list := range [][]tool{s.enterpriseTools(), s.personTools(), s.callTools(), s.callbackTools(), s.controlTools(), s.scriptTools()} {
		s.tools = append(s.tools, list...)
	}
	return s
}

// Stop ends the calls that wait for something.
func (s *Service) Stop() { s.stop() }

// path is where the door is.
const path = "/_qiwei/mcp"

// Routes returns the door. As with the test controls, pages of other sites cannot use it.
func (s *Service) Routes() []door.Route {
	own := http.NewCrossOriginProtection()
	return []door.Route{
		{Pattern: path, Handler: own.Handler(http.HandlerFunc(s.serve))},
	}
}
