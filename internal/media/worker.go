package media

import (
	"context"
	"sync"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

const (
	// jobsAtOnce is how many files a process fetches at the same time.
	jobsAtOnce = 2
	// jobLease is how long a job stays with a process that no longer speaks for
	// it, by the server's clock; jobHold is how often one does, by the machine's.
	jobLease = time.Minute
	jobHold  = 20 * time.Second
	// jobTime is how long the fetching of a file may take. It is well below the
	// time after which a blob without a row is taken for a crash's.
	jobTime = 30 * time.Minute
	// jobTries bounds how often a job is begun that ends with its process, or
	// with an error of ours.
	jobTries = 5
	// jobLook is how often the table is looked at without being told to, for the
	// jobs of servers that have died.
	jobLook = 10 * time.Second
)

// worker does the jobs, which are rows: those that a stopped or killed process
// has left are taken by the next one that looks.
type worker struct {
	name string // of this process
	told chan struct{}

	mu      sync.Mutex
	changed *sync.Cond
	unseen  bool // somebody has told that there may be jobs, and they have not been looked for since
	running int
	started bool

	stop  context.CancelFunc
	ended sync.WaitGroup
}

func newWorker() *worker {
	w := &worker{name: id.Hex(8), told: make(chan struct{}, 1)}
	w.changed = sync.NewCond(&w.mu)
	return w
}

// wake has the worker look for jobs.
func (w *worker) wake() {
	w.mu.Lock()
	w.unseen = true
	w.mu.Unlock()
	select {
	case w.told <- struct{}{}:
	default:
	}
}

func (w *worker) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
	w.changed.Broadcast()
}

// Start lets the jobs run, those too that are there from before, until Stop.
func (s *Service) Start() {
	ctx, stop := context.WithCancel(context.Background())
	s.worker.stop = stop
	s.worker.set(func() { s.worker.started = true })
	s.worker.wake()
	s.worker.ended.Go(func() { s.work(ctx) })
}

// Stop ends the jobs that are under way; they are done again at the next start.
// It returns when they have ended.
func (s *Service) Stop() {
	if s.worker.stop != nil {
		s.worker.stop()
		s.worker.ended.Wait()
	}
}

// Settle looks for jobs and returns when none is due any more and none running.
// It is for tests, which would have to sleep.
func (s *Service) Settle() {
	w := s.worker
	w.wake()
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.started && (w.unseen || w.running > 0) {
		w.changed.Wait()
	}
}

func (s *Service) work(ctx context.Context) {
	w := s.worker
	places := make(chan struct{}, jobsAtOnce)
	for ctx.Err() == nil {
		places <- struct{}{}
		w.set(func() { w.unseen = false; w.running++ }) // looking counts as running
		j, found, err := s.nextJob(ctx)
		if err != nil && ctx.Err() == nil {
			s.deps.Log.Warn("look for downloads", "err", err)
		}
		if found {
			w.set(func() { w.unseen = true }) // there may be more
			w.ended.Go(func() {
				s.attempt(ctx, j)
				w.set(func() { w.running-- })
				<-places
			})
			continue
		}
		<-places
		w.set(func() { w.running-- })
		s.waitForJobs(ctx)
	}
	w.set(func() { w.unseen, w.started = false, false })
}

// nextJob takes a job that is due. It looks before it writes: mostly there is none.
func (s *Service) nextJob(ctx context.Context) (j Job, found bool, err error) {
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		due, any, err := nextDue(tx)
		found = any && !due.After(tx.Now())
		return err
	})
	if err != nil || !found {
		return Job{}, false, err
	}
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		j, found, err = takeJob(tx, s.worker.name, tx.Now().Add(jobLease))
		return err
	})
	return j, found && err == nil, err
}

// waitForJobs returns when it is time to look for jobs: when told, when the clock
// reaches the time that one is due at, or after a while.
func (s *Service) waitForJobs(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, jobLook)
	defer cancel()
	due := s.deps.Store.Now().Add(jobLease)
	s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		if at, found, err := nextDue(tx); err == nil && found {
			due = at
		}
		return nil
	})
	reached := make(chan struct{})
	go func() {
		defer close(reached)
		s.deps.Clock.Wait(ctx, due)
	}()
	select {
	case <-s.worker.told:
	case <-reached:
	}
	cancel()
	<-reached
}

// attempt does a job and speaks for it meanwhile. A job that is interrupted is
// given back, for the next process to take at once.
func (s *Service) attempt(parent context.Context, j Job) {
	ctx, cancel := context.WithTimeout(parent, jobTime)
	defer cancel()
	var holding sync.WaitGroup
	holding.Go(func() { s.speakFor(ctx, cancel, j) })
	var err error
	if j.tries > jobTries {
		err = s.giveUp(ctx, j, "given up after several attempts")
	} else if err = s.run(ctx, j); err != nil && parent.Err() == nil {
		if ctx.Err() == context.DeadlineExceeded {
			err = s.giveUp(parent, j, "it took too long")
		}
	}
	cancel()
	holding.Wait()
	if err == nil {
		return
	}
	again := time.Duration(0)
	if parent.Err() == nil { // ours, such as a full disk: it may have passed when the lease has
		s.deps.Log.Error("download", "jobid", j.JobID, "corpid", j.By.CorpID, "err", err)
		again = jobLease
	}
	s.deps.Store.Write(context.WithoutCancel(parent), func(tx *store.Tx) error {
		_, err := holdJob(tx, j, tx.Now().Add(again))
		return err
	})
}

// giveUp ends a job as failed.
func (s *Service) giveUp(ctx context.Context, j Job, why string) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		j.Status, j.EndedAt, j.Failure = JobFailed, tx.Now(), ErrFetch.With("%s", why)
		if ended, err := endJob(tx, j); err != nil || !ended {
			return err
		}
		return s.UploadFinished.Record(ctx, tx, j.By, UploadFinishedEvent{JobID: j.JobID, App: j.By.App})
	})
}

// speakFor keeps other processes from the job while it runs, and ends it where
// one has it all the same.
func (s *Service) speakFor(ctx context.Context, cancel context.CancelFunc, j Job) {
	tick := time.NewTicker(jobHold)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		held := true
		err := s.deps.Store.Write(ctx, func(tx *store.Tx) (err error) {
			held, err = holdJob(tx, j, tx.Now().Add(jobLease))
			return err
		})
		if err == nil && !held {
			s.deps.Log.Warn("download", "jobid", j.JobID, "err", "another process has taken it")
			cancel()
			return
		}
	}
}
