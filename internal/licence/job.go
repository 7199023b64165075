package licence

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
	"qiwei/internal/wire/errcode"
	"qiwei/internal/work"
)

// The kinds of job and their states.
type (
	jobKind  int64
	jobState int64
)

const (
	renewalJob jobKind = 1
	unionJob   jobKind = 2
	paymentJob jobKind = 3

	jobOpen      jobState = 0
	jobSubmitted jobState = 1
	jobDone      jobState = 2
	jobFailed    jobState = 3
)

// job is a list that an order is made of, or a payment.
type job struct {
	no, provider int64
	corp         string // of a renewal
	id           string
	kind         jobKind
	state        jobState
	buyer        id.UserID
	order        int64
	submitted    time.Time
	code         int
}

func selectJobs(tx *store.Tx, where string, args ...any) (list []job, err error) {
	err = tx.Each(`SELECT no, provider, coalesce(corpid, ''), jobid, kind, state, buyer, order_no, submitted_at, code FROM licence_job WHERE `+where, args, func(rows *store.Rows) error {
		var j job
		var at int64
		err := rows.Scan(&j.no, &j.provider, &j.corp, &j.id, &j.kind, &j.state, &j.buyer, &j.order, &at, &j.code)
		j.submitted = milli(at)
		list = append(list, j)
		return err
	})
	return list, err
}

// insertJob begins a job.
func insertJob(tx *store.Tx, j job) (job, error) {
	j.id = strings.ToUpper(id.Hex(16))
	no, err := tx.Insert(`INSERT INTO licence_job (provider, corpid, jobid, kind, state, buyer, order_no, submitted_at, code) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)`,
		j.provider, orNull(j.corp), j.id, int64(j.kind), int64(j.state), string(j.buyer), j.order, j.submitted.UnixMilli())
	if err != nil {
		return j, fmt.Errorf("insert licence job: %w", err)
	}
	j.no = no
	return j, nil
}

// job returns the provider's job of the kind, or ErrJob.
func (s *Service) job(tx *store.Tx, p suite.Provider, kind jobKind, jobID string) (job, error) {
	list, err := selectJobs(tx, `provider = ? AND kind = ? AND jobid = ?`, p.No, int64(kind), jobID)
	if err == nil && len(list) == 0 {
		err = ErrJob
	}
	if err != nil {
		return job{}, err
	}
	return list[0], nil
}

// openJob returns a list that can still be added to: a new one for a corp without an id.
// It answers ErrJob, ErrSubmitted, and ErrOtherCorp for the list of another corp.
func (s *Service) openJob(tx *store.Tx, p suite.Provider, kind jobKind, corpID, jobID string) (job, error) {
	if jobID == "" && (corpID != "" || kind == unionJob) {
		return insertJob(tx, job{provider: p.No, corp: corpID, kind: kind, submitted: time.UnixMilli(0)})
	}
	j, err := s.job(tx, p, kind, jobID)
	switch {
	case err != nil:
		return j, err
	case j.state != jobOpen:
		return j, ErrSubmitted
	case corpID != "" && j.corp != corpID:
		return j, ErrOtherCorp
	}
	return j, nil
}

// textOf is the message of a code that was kept.
func textOf(code int) string { return errcode.Text(code) }

// resultFor is how long the outcome of a job can be asked for (doc 98892, 99415).
const resultFor = 7 * 24 * time.Hour

// outcome returns a submitted job whose outcome can still be asked for. It answers ErrJob
// and ErrNotSubmitted.
func (s *Service) outcome(tx *store.Tx, p suite.Provider, kind jobKind, jobID string) (job, error) {
	j, err := s.job(tx, p, kind, jobID)
	switch {
	case err != nil:
		return j, err
	case j.state == jobOpen:
		return j, ErrNotSubmitted
	case !tx.Now().Before(j.submitted.Add(resultFor)):
		return j, ErrJob.With("the outcome of a job can be asked for within %v", resultFor)
	}
	return j, nil
}

// status is a job's on the wire: 1 done, 2 under way, 3 failed.
func (j job) status() int64 {
	return map[jobState]int64{jobSubmitted: 2, jobDone: 1, jobFailed: 3}[j.state]
}

// jobWork is what submitted jobs have left to do as the engine sees it: a job is a key. It
// needs no lease, because two servers that do one job collide.
func (s *Service) jobWork() work.Kind {
	return work.Kind{Name: "licence job", Slots: 1, Every: 5 * time.Second, Waiting: waitingJobs, Take: s.takeJob, Backlog: jobBacklog}
}

func waitingJobs(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT no, (SELECT corpid FROM provider WHERE provider.no = licence_job.provider), submitted_at FROM licence_job WHERE state = ? ORDER BY no`, []any{int64(jobSubmitted)}, func(rows *store.Rows) error {
		var w work.Waiting
		var at int64
		err := rows.Scan(&w.Key, &w.CorpID, &at)
		w.Due = milli(min(at, tx.Now().UnixMilli()))
		list = append(list, w)
		return err
	})
	return list, err
}

func jobBacklog(tx *store.Tx) (b work.Backlog, err error) {
	b.Waiting, err = tx.Count(`SELECT count(*) FROM licence_job WHERE state = ?`, int64(jobSubmitted))
	return b, err
}

func (s *Service) takeJob(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	n, err := tx.Count(`SELECT count(*) FROM licence_job WHERE no = ? AND state = ?`, t.Key, int64(jobSubmitted))
	if err != nil || n == 0 {
		return nil, time.Time{}, err
	}
	return jobStep{s, t.Key}, time.Time{}, nil
}

// jobStep is a submitted job.
type jobStep struct {
	s  *Service
	no int64
}

// Do does nothing: everything happens in the transaction.
func (jobStep) Do(context.Context) error { return nil }

// Record does the job. A refusal is its outcome, and nothing has changed then.
func (d jobStep) Record(ctx context.Context, tx *store.Tx, _ work.Result) error {
	list, err := selectJobs(tx, `no = ? AND state = ?`, d.no, int64(jobSubmitted))
	if err != nil || len(list) == 0 {
		return err
	}
	j, do := list[0], d.s.settlePayment
	if j.kind == unionJob {
		do = d.s.placeUnion
	}
	state, code, order := jobDone, 0, j.order
	err = tx.Try(func() (err error) {
		order, err = do(ctx, tx, j)
		return err
	})
	var refusal wire.Error
	switch {
	case errors.As(err, &refusal):
		state, code, order = jobFailed, refusal.Code, j.order
	case err != nil:
		return err
	}
	_, err = tx.Exec(`UPDATE licence_job SET state = ?, code = ?, order_no = ? WHERE no = ?`, int64(state), code, order, j.no)
	return err
}
