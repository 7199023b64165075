// Package direct serves the devices that connect by themselves (硬件直连接入, doc 94032): one WebSocket each, JSON in
// text frames, files in binary ones. A device registers, is activated once a corp has bound it, subscribes to
// the corp, and then reads who uses it and reports what they do.
//
//	register ──active_code──> active ──secret──> subscribe_corp ──> commands, and pushes from package hardware
//
// A connection costs one goroutine, whose stack stays small, and no buffer of its own: what a frame asks for is
// done at the desk, by a few goroutines for all connections. A push is written by a goroutine that lives as long
// as there is something to write, so a device that reads slowly holds up nobody else.
package direct

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"qiwei/internal/clock"
	"qiwei/internal/door"
	"qiwei/internal/hardware"
	"qiwei/internal/rescue"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Deps is what the room needs.
type Deps struct {
	Store    *store.Store
	Clock    *clock.Clock
	Hardware *hardware.Service
	Log      *slog.Logger
	Rescue   rescue.Rescuer
	// ClientIP says where a request comes from.
	ClientIP func(*http.Request) netip.Addr
	// Limits turns on how often an address may subscribe.
	Limits bool
}

// Service holds the connections of this server.
type Service struct {
	deps    Deps
	hub     hub
	pace    *wire.Limiter
	large   chan struct{} // a place for each large frame in memory
	desk    desk
	ctx     context.Context
	end     context.CancelFunc
	running sync.WaitGroup
}

const (
	// maxFrame bounds a frame: a print or a scan of 20 MB and its head.
	maxFrame = 20<<20 + 64<<10
	// maxFirst bounds a frame of a connection that has not subscribed, which anybody may have.
	maxFirst = 16 << 10
	// small is what a frame may have without a place among the large ones, and largeAtOnce are those places.
	small       = 64 << 10
	largeAtOnce = 3
	// introduction is how long a connection may take to register, after which it may wait for a corp.
	introduction = 30 * time.Second
	// lookEvery is how often, by the machine's clock, a server looks for pushes that another one has queued.
	lookEvery = time.Second
	writeFor  = 10 * time.Second
	// largeFor is how long a large frame may take, either way.
	largeFor = 2 * time.Minute
	// heardEvery is how often it is stored that a connection is heard of.
	heardEvery = 45 * time.Second
	// maxStrangers is how many connections may be open that have not registered.
	maxStrangers = 4096
	// subscribePerMinute is how often an address may subscribe with one serial number (600045).
	subscribePerMinute = 5
)

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d, pace: wire.NewLimiter(), large: make(chan struct{}, largeAtOnce)}
	s.hub.conns, s.hub.all, s.hub.strangers.Most = map[int64]*conn{}, map[*conn]struct{}{}, maxStrangers
	s.desk.jobs, s.desk.rescue = make(chan job), d.Rescue
	s.ctx, s.end = context.WithCancel(context.Background())
	d.Hardware.OnQueued(s.flush)
	return s
}

// Host is the platform's host for devices, which they connect to without a path.
const Host = "openhw.work.weixin.qq.com"

// Path is where this server has it, whatever its host.
const Path = "/hardware/connect"

// Is reports whether a request asks for a device's connection by the platform's host.
func Is(r *http.Request) bool {
	host, _, _ := strings.Cut(strings.ToLower(r.Host), ":")
	return host == Host
}

// Routes returns the room's routes.
func (s *Service) Routes() []door.Route {
	return []door.Route{{Pattern: "GET " + Path, Handler: http.HandlerFunc(s.ServeWebSocket)}}
}

// Start begins to look for pushes and for connections that have fallen silent, until Stop.
func (s *Service) Start() { s.running.Go(s.watch) }

// Stop ends all connections. Their devices will reconnect.
func (s *Service) Stop() {
	s.end()
	s.hub.stop()
	s.desk.close()
	s.running.Wait()
}

// Sweep has nothing to do: what connections leave behind is package hardware's.
func (s *Service) Sweep(context.Context) error { return nil }

func (s *Service) watch() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var last int64
	first := true
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		s.deps.Rescue.Run("devices' pushes", func() error {
			s.hub.quiet(s.deps.Clock.Now())
			var devices []int64
			err := s.deps.Store.Read(s.ctx, func(tx *store.Tx) (err error) {
				from := last
				if first {
					from = 0
				}
				devices, last, err = s.deps.Hardware.QueuedFor(tx, from)
				return err
			})
			if err != nil {
				if s.ctx.Err() == nil {
					s.deps.Log.Warn("look for devices' pushes", "err", err)
				}
				return nil
			}
			first = false
			for _, no := range devices {
				s.flush(no)
			}
			return nil
		})
	}
}

// flush writes to a device what waits for it, if it is connected here.
func (s *Service) flush(device int64) {
	if c := s.hub.find(device); c != nil {
		c.flush()
	}
}
