package platform

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// runner is a room with background work, or with held requests that must end before the server can. Parts
// that it lacks are nil.
type runner struct {
	name  string
	start func()
	stop  func()
	sweep func(context.Context) error // deletes expired things now and then
}

// runners lists them. They are started in this order and stopped in the opposite
// one.
func (s *Server) runners() []runner {
	list := []runner{
		{"trends", nil, s.Trends.Stop, s.Trends.Sweep}, // it stops last, and counts what the others do until then
		{"downloads", s.Media.Start, s.Media.Stop, s.Media.Sweep},
		{"callbacks", s.Callbacks.Start, s.Callbacks.Stop, s.Callbacks.Sweep},
		{"jobs", s.Jobs.Start, s.Jobs.Stop, nil},
		{"messages", s.Messages.Start, s.Messages.Stop, s.Messages.Sweep},
		background("robots", s.Bots.Run, s.Bots.Stop, s.Bots.Sweep),
		{"SCIM targets", s.SCIM.Start, s.SCIM.Stop, nil},
		{"logout notices", s.OIDC.Start, s.OIDC.Stop, s.OIDC.Sweep},
		background("phone", s.Phone.Run, s.Phone.Stop, nil),
		{"console", nil, s.Console.Stop, nil},
		{"gate", nil, nil, s.Gate.Sweep},
		{"login", nil, s.Login.Stop, s.Login.Sweep},
		{"web authorisation", nil, s.OAuth.Stop, s.OAuth.Sweep},
		{"events", nil, nil, s.pruneEvents},
	}
	for _, room := range s.rooms {
		if r, ok := room.(interface {
			Start()
			Stop()
			Sweep(context.Context) error
		}); ok {
			list = append(list, runner{fmt.Sprintf("%T", r), r.Start, r.Stop, r.Sweep})
		}
	}
	for i := range list {
		switch r := &list[i]; {
		case s.JobsByHand && (r.name == "jobs" || r.name == "logout notices"):
			r.start = nil
		case s.Callback.For != nil && r.name == "callbacks":
			r.sweep = nil // it would sweep those of other servers' corps
		}
	}
	return list
}

// background is a runner whose work is a function that runs until its context ends.
// Stop, if it is not nil, is called before that.
func background(name string, run func(context.Context), stop func(), sweep func(context.Context) error) runner {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	return runner{name, func() { running.Go(func() { run(ctx) }) }, func() {
		if stop != nil {
			stop()
		}
		cancel()
		running.Wait()
	}, sweep}
}

// Start begins the server's background work: fetching files by URL, delivering callbacks and messages,
// imports and exports. A command beside a running server does not call it.
func (s *Server) Start() {
	for _, r := range s.running {
		if r.start != nil {
			r.start()
		}
	}
}

// Close ends what runs and closes the database.
func (s *Server) Close() error {
	for _, r := range slices.Backward(s.running) {
		if r.stop != nil {
			r.stop()
		}
	}
	s.sweeping.stop()
	return s.Store.Close()
}

// sweeper deletes expired things now and then.
func (s *Server) sweeper() runner {
	return background("sweeper", func(ctx context.Context) {
		tick := time.NewTicker(cmp.Or(s.SweepEvery, time.Minute))
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			s.sweep(ctx)
		}
	}, nil, nil)
}

func (s *Server) sweep(ctx context.Context) {
	ctx, span := s.Tracer.Work(ctx, "sweep")
	defer span.End()
	for _, r := range s.running {
		if r.sweep == nil {
			continue
		}
		if err := s.rescue.Run("sweep", func() error { return r.sweep(ctx) }); err != nil && ctx.Err() == nil {
			s.Log.Warn("sweep", "room", r.name, "err", err)
		}
	}
}
