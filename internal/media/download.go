package media

import (
	"context"
	"errors"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

const (
	// downloadsAtOnce is how many files a process fetches at the same time.
	downloadsAtOnce = 2
	// downloadLease is how long a job stays with a process that no longer speaks for
	// it, by the server's clock, and how long one is left alone that has failed for a
	// reason of ours, such as a full disk.
	downloadLease = time.Minute
	// downloadTime is how long the fetching of a file may take. It is well below the
	// time after which a blob without a row is taken for a crash's.
	downloadTime = 30 * time.Minute
	// downloadTries bounds how often a job is begun that ends with its process, or
	// with an error of ours.
	downloadTries = 5
)

// kind is the fetching of files as the engine sees it: a job is a key.
func (s *Service) kind() work.Kind {
	return work.Kind{
		Name:  "download",
		Lease: work.Lease{Table: "media_job", Key: "no", Holder: "worker", Until: "due_at", Tries: "tries", Where: "status = 1", Length: downloadLease},
		Hold:  true, Slots: downloadsAtOnce, Every: 5 * time.Second,
		Retry:   work.Retry{After: []time.Duration{downloadLease}, Tries: downloadTries},
		Waiting: waitingJobs, Take: s.take, Backlog: jobBacklog,
	}
}

// Start lets the jobs run, those too that are there from before, until Stop.
func (s *Service) Start() { s.work.Start() }

// Stop ends the jobs that are under way; they are done again at the next start.
// It returns when they have ended.
func (s *Service) Stop() { s.work.Stop() }

// Settle looks for jobs and returns when none is due any more and none running.
// It is for tests, which would have to sleep.
func (s *Service) Settle() { s.work.Settled(context.Background()) }

// download is a job that is worked on.
type download struct {
	s    *Service
	job  Job
	file File
	why  *wire.Error // why there is no file
}

func (s *Service) take(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	j, found, err := selectJob(tx, `no = ? AND status = 1`, t.Key)
	if err != nil || !found {
		return nil, time.Time{}, err
	}
	return &download{s: s, job: j}, time.Time{}, nil
}

// Do fetches the file. It answers an error where that fails for a reason of ours:
// the job is then done again, by this process or another.
func (d *download) Do(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, downloadTime)
	defer cancel()
	f, err := d.s.fetchFile(within, d.job)
	var why wire.Error
	switch {
	case err == nil:
		d.file = f
	case errors.As(err, &why):
		d.why = &why
	case ctx.Err() == nil && within.Err() != nil:
		late := ErrFetch.With("it took too long")
		d.why = &late
	default:
		return err
	}
	return nil
}

// Record ends the job and tells whoever gave it, unless it is done again.
func (d *download) Record(ctx context.Context, tx *store.Tx, r work.Result) error {
	if r.Err != nil && !r.Final {
		return nil
	}
	j := d.job
	j.Status, j.EndedAt = JobDone, tx.Now()
	switch {
	case r.Final:
		j.Status, j.Failure = JobFailed, ErrFetch.With("given up after several attempts")
	case d.why != nil:
		j.Status, j.Failure = JobFailed, *d.why
	default:
		f := d.file
		if err := insertFile(tx, j.By, &f); err != nil {
			return err
		}
		j.MediaID = f.MediaID
	}
	if err := endJob(tx, j); err != nil {
		return err
	}
	return d.s.UploadFinished.Record(ctx, tx, j.By, UploadFinishedEvent{JobID: j.JobID, App: j.By.App})
}
