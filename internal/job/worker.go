package job

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"qiwei/internal/store"
)

// worker takes jobs as they come, and looks now and then for those that another
// server has left.
type worker struct {
	wake    chan struct{}
	stop    context.CancelFunc
	running sync.WaitGroup
}

func (w *worker) poke() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// lookEvery is how often a server looks for jobs that it was not told of.
const lookEvery = 5 * time.Second

// Start begins to work. Stop ends it.
func (s *Service) Start() {
	ctx, stop := context.WithCancel(context.Background())
	s.worker.stop = stop
	for range atOnce {
		s.worker.running.Go(func() {
			tick := time.NewTicker(lookEvery)
			defer tick.Stop()
			for {
				worked, err := s.RunOne(ctx)
				if err != nil && ctx.Err() == nil {
					s.deps.Log.Error("job", "err", err)
				}
				if worked && err == nil {
					s.worker.poke() // there may be more, for others too
					continue
				}
				select {
				case <-ctx.Done():
					return
				case <-s.worker.wake:
				case <-tick.C:
				}
			}
		})
	}
}

// Stop lets the steps under way come to their end and gives the jobs back.
func (s *Service) Stop() {
	if s.worker.stop != nil {
		s.worker.stop()
		s.worker.running.Wait()
	}
}

var errLost = errors.New("another worker has the job")

// RunOne works on one job, if there is one, until it has ended or ctx is done. It
// is what a worker does again and again, and tests call.
func (s *Service) RunOne(ctx context.Context) (worked bool, err error) {
	return s.RunSteps(ctx, -1)
}

// RunSteps is RunOne that stops after a number of steps, as a server does that
// comes to its end: the job is left where it is, and its lease given back.
func (s *Service) RunSteps(ctx context.Context, steps int) (worked bool, err error) {
	// Most looks find nothing, and a read keeps nobody from writing.
	waiting := int64(0)
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		waiting, err = tx.Count(`SELECT count(*) FROM job WHERE state < ? AND lease <= ?`, Done, tx.Now().UnixMilli())
		return err
	})
	if err != nil || waiting == 0 {
		return false, err
	}
	var j Job
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) (err error) {
		j, worked, err = s.take(tx)
		return err
	})
	if err != nil || !worked {
		return false, err
	}
	err = s.work(ctx, &j, steps)
	switch refused, ok := isRefusal(err); {
	case err == nil && j.State != Running, errors.Is(err, errLost):
		return true, nil
	case err == nil, ctx.Err() != nil:
		return true, s.leave(j, 0, j.failures)
	case ok:
		j.State, j.ErrCode, j.ErrMsg = Failed, int64(refused.Code), refused.Message()
		return true, s.end(ctx, &j)
	}
	s.deps.Log.Error("step of a job failed", "job", j.No, "kind", j.Kind, "err", err)
	if j.failures++; j.failures >= maxFailures {
		j.State, j.ErrCode, j.ErrMsg = Failed, int64(ErrFailed.Code), ErrFailed.Message()
		return true, s.end(ctx, &j)
	}
	return true, s.leave(j, retryAfter, j.failures)
}

// work takes the steps of a job.
func (s *Service) work(ctx context.Context, j *Job, steps int) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	kind, ok := s.kinds[j.Kind]
	if !ok {
		return fmt.Errorf("no kind of job is called %q", j.Kind)
	}
	w, err := kind.Open(ctx, *j)
	if err != nil {
		return err
	}
	for n := 0; n != steps; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		step, err := w.Next(ctx)
		if err != nil {
			return err
		}
		if step == nil {
			j.State = Done
			return s.end(ctx, j)
		}
		err = s.step(ctx, j, step, false)
		if _, ok := isRefusal(err); ok {
			err = s.step(ctx, j, step, true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// step runs one step and writes down how far it has brought the job.
func (s *Service) step(ctx context.Context, j *Job, step Step, careful bool) error {
	var after Job
	err := s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		after = *j
		// First, so that of two workers that both believe to have it one waits here.
		if err := update(tx, after, tx.Now().Add(lease).UnixMilli()); err != nil {
			return err
		}
		if err := step(ctx, tx, &after, careful); err != nil {
			return err
		}
		after.failures = 0
		return update(tx, after, tx.Now().Add(lease).UnixMilli())
	})
	if err == nil {
		*j = after
	}
	return err
}

// end writes the job's end, and what its kind does then.
func (s *Service) end(ctx context.Context, j *Job) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := update(tx, *j, 0); err != nil {
			return err
		}
		if err := deleteFile(tx, j.No); err != nil {
			return err
		}
		if ended := s.kinds[j.Kind].Ended; ended != nil {
			return ended(ctx, tx, *j)
		}
		return nil
	})
}

// leave gives the job back, for a while or at once.
func (s *Service) leave(j Job, wait time.Duration, failures int64) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE job SET lease = ?, failures = ? WHERE no = ? AND holder = ? AND state = ?`,
			tx.Now().Add(wait).UnixMilli(), failures, j.No, j.holder, Running)
		return err
	})
	return err
}
