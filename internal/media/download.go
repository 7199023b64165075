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
	// downloadLease is how long, by the server's clock, a silent process keeps a job. It is also the pause
	// after a failure of our own, such as a full disk.
	downloadLease = time.Minute
	// downloadTime is how long the fetching of a file may take. It is well below the age at which a blob
	// without a row is taken for the leftover of a crash.
	downloadTime = 30 * time.Minute
	// downloadTries bounds how often a job is begun if its process dies or an error of our own ends it.
	downloadTries = 5
)

// kind is the fetching of files as the work engine sees it: a job is a key.
func (s *Service) kind() work.Kind {
	return work.Kind{
		Name:  "download",
		Lease: work.Lease{Table: "media_job", Key: "no", Holder: "worker", Until: "due_at", Tries: "tries", Where: "status = 1", Length: downloadLease},
		Hold:  true, Slots: downloadsAtOnce, Every: 5 * time.Second,
		Retry:   work.Retry{After: []time.Duration{downloadLease}, Tries: downloadTries},
		Waiting: waitingJobs, Take: s.take, Backlog: jobBacklog,
	}
}

// Start runs the jobs until Stop, including those from before.
func (s *Service) Start() { s.work.Start() }

// Stop ends the jobs under way and returns when they have ended. They are done again at the next start.
func (s *Service) Stop() { s.work.Stop() }

// Settle looks for jobs and returns when none is due or running. It is for tests, which would otherwise have
// to sleep.
func (s *Service) Settle() { s.work.Settled(context.Background()) }

// download is a running job.
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

// Do fetches the file. It returns an error if it fails for a reason of our own: the job is then done again,
// by this process or another.
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

// Record ends the job and tells its submitter, unless the job is done again.
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
