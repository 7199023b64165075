package job

import (
	"context"
	"errors"
	"fmt"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

const (
	// lease is how long a silent server keeps a job.
	lease = time.Minute
	// failuresMost is how often in a row a step may fail for a reason outside the job, such as a database
	// that does not answer, or take down its server.
	failuresMost = 5
	retryAfter   = 10 * time.Second
	// atOnce is how many jobs a server works on at the same time.
	atOnce = 4
)

// kind is jobs as the work engine sees them: a job is a key.
func (s *Service) kind() work.Kind {
	return work.Kind{
		Name:  "job",
		Lease: work.Lease{Table: "job", Key: "no", Holder: "holder", Until: "lease", Tries: "failures", Where: openJob, Length: lease},
		Slots: atOnce, Every: 5 * time.Second,
		Retry:   work.Retry{After: []time.Duration{retryAfter}, Tries: failuresMost},
		Waiting: waiting, Take: s.taker(-1), Backlog: backlog,
	}
}

// Start begins to work. Stop ends it.
func (s *Service) Start() { s.work.Start() }

// Stop lets the steps under way end and gives the jobs back.
func (s *Service) Stop() { s.work.Stop() }

// RunOne works on one job, if there is one, until it has ended or ctx is done. Tests call it instead of a
// worker.
func (s *Service) RunOne(ctx context.Context) (worked bool, err error) {
	return s.RunSteps(ctx, -1)
}

// RunSteps is RunOne that stops after a number of steps, as a stopping server does: the job keeps its
// progress, and its lease is given back.
func (s *Service) RunSteps(ctx context.Context, steps int) (worked bool, err error) {
	return s.work.One(ctx, s.taker(steps))
}

// taker returns a function that takes a job for a number of steps; negative means all steps.
func (s *Service) taker(steps int) work.Taker {
	return func(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
		list, err := s.selectJobs(tx, `no = ? AND `+openJob, t.Key)
		if err != nil || len(list) == 0 {
			return nil, time.Time{}, err
		}
		r := &run{s: s, turn: t, job: list[0], steps: steps}
		if r.job.State == Queued {
			r.job.State = Running
			err = update(tx, r.job)
		}
		return r, time.Time{}, err
	}
}

// run is a job that is worked on.
type run struct {
	s     *Service
	turn  *work.Turn
	job   Job
	steps int
}

// Do takes the job's steps.
func (r *run) Do(ctx context.Context) error {
	err := r.work(ctx)
	if refused, ok := isRefusal(err); ok {
		r.job.State, r.job.ErrCode, r.job.ErrMsg = Failed, int64(refused.Code), refused.Message()
		return nil
	}
	return err
}

func (r *run) work(ctx context.Context) error {
	kind, ok := r.s.kinds[r.job.Kind]
	if !ok {
		return fmt.Errorf("no kind of job is called %q", r.job.Kind)
	}
	w, err := kind.Open(ctx, r.job)
	if err != nil {
		return err
	}
	for n := 0; n != r.steps; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		step, err := w.Next(ctx)
		if err != nil {
			return err
		}
		if step == nil {
			r.job.State = Done
			return nil
		}
		err = r.step(ctx, step, false)
		if _, ok := isRefusal(err); ok {
			err = r.step(ctx, step, true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// step runs one step and stores the job's progress.
func (r *run) step(ctx context.Context, step Step, careful bool) error {
	var after Job
	err := r.s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		after = r.job
		// This comes first, so that if two servers both believe to hold the job, one waits here.
		if err := r.turn.Progress(tx); err != nil {
			return err
		}
		if err := step(ctx, tx, &after, careful); err != nil {
			return err
		}
		return update(tx, after)
	})
	if err == nil {
		r.job = after
	}
	return err
}

// Record stores the job's end, with what its kind does then.
func (r *run) Record(ctx context.Context, tx *store.Tx, res work.Result) error {
	if res.Final {
		r.job.State, r.job.ErrCode, r.job.ErrMsg = Failed, int64(ErrFailed.Code), ErrFailed.Message()
	} else if res.Err != nil {
		return nil
	}
	if r.job.State == Running {
		return nil
	}
	if err := update(tx, r.job); err != nil {
		return err
	}
	if err := deleteFile(tx, r.job.No); err != nil {
		return err
	}
	if ended := r.s.kinds[r.job.Kind].Ended; ended != nil {
		return ended(ctx, tx, r.job)
	}
	return nil
}

// isRefusal reports whether the platform refused something, as opposed to a failure of the database.
func isRefusal(err error) (wire.Error, bool) {
	var e wire.Error
	return e, errors.As(err, &e)
}
