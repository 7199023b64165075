package job_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/job"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// next is work whose steps a function makes.
type next func(ctx context.Context) (job.Step, error)

func (n next) Next(ctx context.Context) (job.Step, error) { return n(ctx) }

// declared gives the servers a kind of job that a function does.
func declared(do next, servers ...*platform.Server) {
	for _, s := range servers {
		s.Jobs.Declare("test", job.Kind{Open: func(context.Context, job.Job) (job.Work, error) { return do, nil }})
	}
}

func enqueue(w *qiweitest.World, kind string) (jobID string) {
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		jobID, err = w.Server.Jobs.Enqueue(ctx, tx, job.New{By: access.System(w.CorpID), Kind: kind, Input: struct{}{}})
		return err
	})
	return jobID
}

func find(w *qiweitest.World, jobID string) (j job.Job) {
	w.Write(func(_ context.Context, tx *store.Tx) (err error) {
		j, err = w.Server.Jobs.Find(tx, access.System(w.CorpID), jobID, "test")
		return err
	})
	return j
}

// A job that cannot be done for a reason outside of it is tried five times, ten seconds apart, and has failed
// then. What waits is told until it has ended.
func TestAJobThatCannotBeDone(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]error{"the database is away": errors.New("away"), "nobody knows the kind": nil} {
		qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
			if away != nil {
				declared(func(context.Context) (job.Step, error) { return nil, away }, w.Server)
			}
			waits := func(n int64, since time.Time) {
				t.Helper()
				all, err := w.Server.Work.Backlogs(context.Background())
				if got := all["job"]; err != nil || got.Waiting != n || !got.Oldest.Equal(since) {
					t.Errorf("%s: %d wait since %s, %v; want %d since %s", name, got.Waiting, got.Oldest, err, n, since)
				}
			}
			waits(0, time.Time{})
			jobID := enqueue(w, "test")
			since := w.Clock.Now().Truncate(time.Millisecond)
			for try := range 5 {
				if j := find(w, jobID); j.State > job.Running {
					t.Errorf("%s: after %d tries it is %d", name, try, j.State)
				}
				waits(1, since)
				if try > 0 {
					w.Advance(10*time.Second - time.Millisecond)
					if worked, err := w.Server.Jobs.RunOne(context.Background()); worked || err != nil {
						t.Errorf("%s: before ten seconds it is tried again, %v", name, err)
					}
					w.Advance(time.Millisecond)
				}
				if worked, err := w.Server.Jobs.RunOne(context.Background()); !worked || err != nil {
					t.Errorf("%s: try %d: %v, %v", name, try+1, worked, err)
				}
			}
			if j := find(w, jobID); j.State != job.Failed || j.ErrCode != 302005 {
				t.Errorf("%s: in the end it is %d with %d", name, j.State, j.ErrCode)
			}
			waits(0, time.Time{})
		})
	}
}

// A server that has fallen silent keeps a job for a minute. Another one does it then, and what the first does
// later changes nothing.
func TestAServerThatFallsSilent(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		silent, goOn := make(chan struct{}), make(chan struct{})
		step := func(name string) job.Step {
			return func(_ context.Context, _ *store.Tx, j *job.Job, _ bool) error {
				j.Place = []byte(`"` + name + `"`)
				return nil
			}
		}
		declared(func(context.Context) (job.Step, error) { close(silent); <-goOn; return step("the first"), nil }, w.Server)
		beside, steps := w.Beside(), 0
		declared(func(context.Context) (job.Step, error) {
			if steps++; steps > 1 {
				return nil, nil
			}
			return step("the second"), nil
		}, beside)
		jobID := enqueue(w, "test")
		var first sync.WaitGroup
		first.Go(func() { w.Server.Jobs.RunOne(context.Background()) })
		<-silent
		for _, wait := range []time.Duration{0, time.Minute - time.Millisecond} {
			w.Advance(wait)
			if worked, err := beside.Jobs.RunOne(context.Background()); worked || err != nil {
				t.Errorf("after %s another server takes it, %v", wait, err)
			}
		}
		w.Advance(time.Millisecond)
		if worked, err := beside.Jobs.RunOne(context.Background()); !worked || err != nil {
			t.Errorf("after a minute no other server takes it: %v", err)
		}
		close(goOn)
		first.Wait()
		if j := find(w, jobID); j.State != job.Done || string(j.Place) != `"the second"` {
			t.Errorf("it is %d at %s", j.State, j.Place)
		}
	})
}

// A server works on four jobs at once.
func TestFourAtOnce(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		const jobs = 9
		var mu sync.Mutex
		active, most := 0, 0
		four := make(chan struct{})
		w.Server.Jobs.Declare("test", job.Kind{Open: func(context.Context, job.Job) (job.Work, error) {
			steps := 0
			return next(func(context.Context) (job.Step, error) {
				mu.Lock()
				if steps == 0 {
					if active++; active == 4 && most < 4 {
						close(four)
					}
					most = max(most, active)
				}
				mu.Unlock()
				select {
				case <-four:
				case <-time.After(10 * time.Second):
					return nil, errors.New("no four at once")
				}
				if steps++; steps == 5 {
					mu.Lock()
					active--
					mu.Unlock()
					return nil, nil
				}
				return func(context.Context, *store.Tx, *job.Job, bool) error { return nil }, nil
			}), nil
		}})
		var ids []string
		for range jobs {
			ids = append(ids, enqueue(w, "test"))
		}
		w.Server.Jobs.Start()
		for _, jobID := range ids {
			for j := find(w, jobID); j.State < job.Done; j = find(w, jobID) {
			}
		}
		if most != 4 {
			t.Errorf("%d at once", most)
		}
	})
}

// A job's caller knows people by the ids of its application's view.
func TestAJobSeesAsItsCaller(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		contacts, own := w.As(access.ThirdPartyContacts), w.As(access.ContactSync)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for _, tt := range []struct {
				of   *qiweitest.Client
				view bool
			}{{contacts, true}, {own, false}} {
				a, err := w.Server.Apps.App(tx, w.CorpID, tt.of.AgentID)
				if err != nil {
					return err
				}
				by := access.Caller{CorpID: w.CorpID, App: a.No, Kind: a.Kind}
				jobID, err := w.Server.Jobs.Enqueue(ctx, tx, job.New{By: by, Kind: "sync_user", Input: struct{}{}})
				if err != nil {
					return err
				}
				if j, err := w.Server.Jobs.Find(tx, by, jobID, "sync_user"); err != nil || (j.By.IDs != nil) != tt.view {
					t.Errorf("%s: %+v, %v", a.Kind, j.By, err)
				}
			}
			return nil
		})
	}, func(c *platform.Config) {
		c.Views = func(_ *store.Tx, a app.App) (app.Seen, error) {
			if a.Kind.Installed() {
				return app.Seen{IDs: ids{}}, nil
			}
			return app.Seen{}, nil
		}
	})
}

// ids is a view that shows nobody.
type ids struct{ access.IDs }
