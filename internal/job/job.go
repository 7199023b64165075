// Package job runs work that a call starts but does not wait for: imports and exports. A job is a row,
// enqueued in the transaction of the call. It runs step by step. Each step is a transaction with the step's
// changes and the job's progress, so a server that stops half-way continues where it was.
//
// Of several servers on one database one works on each job. It holds a lease on the job and renews it with
// each step. A step that has lost its lease changes nothing.
package job

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// State is the state of a job.
type State int64

// The states of a job.
const (
	Queued State = iota
	Running
	Done
	Failed
	Cleaned // done or failed, and its result is no longer kept
)

// Errors of jobs (doc 90979).
var (
	ErrNotFound = wire.Code(40088, "jobid not exist")
	ErrCleaned  = wire.Code(40089, "job result cleaned")
	ErrRunning  = wire.Code(302008, "import job running")
	ErrFailed   = wire.Code(302005, "import failed")
)

// Job is one job. A step changes Place, Done and Total.
type Job struct {
	No      int64
	ID      string
	By      access.Caller // the caller as which it runs
	Kind    string
	Lane    string
	State   State
	Input   json.RawMessage
	Place   json.RawMessage // progress, as its kind writes it; empty at first
	Done    int64
	Total   int64
	ErrCode int64 // why it failed
	ErrMsg  string
}

// New is a job to enqueue.
type New struct {
	By   access.Caller
	Kind string
	// Lane names a group of a corp's jobs. Only one job on a lane runs at a time, and only some of their
	// results are kept. Empty means no lane.
	Lane  string
	Input any    // what the job does; stored sealed
	File  []byte // what it works on; nil for none
	Total int64
}

// Work is a job being worked on.
type Work interface {
	// Next prepares the next step, outside a transaction. A nil step means that
	// there is none and the job is done.
	Next(ctx context.Context) (Step, error)
}

// Step is a part of a job, and of its transaction. It may run more than once and must change nothing but the
// database and j. If it is refused (wire.Error), it runs again with careful set. It then lets single parts
// fail alone, or the job fails with that refusal.
type Step func(ctx context.Context, tx *store.Tx, j *Job, careful bool) error

// Kind says how jobs of a kind are done.
type Kind struct {
	// Open begins the job, or continues from its progress.
	Open func(ctx context.Context, j Job) (Work, error)
	// Ended is called in the transaction that ends the job, whether it succeeded or not.
	Ended func(ctx context.Context, tx *store.Tx, j Job) error
}

// Deps is what the room needs.
type Deps struct {
	Store *store.Store
	Box   *seal.Box
	Work  *work.Engine
	// Views returns the ids by which a job's caller knows people; nil means the corp's own.
	Views func(*store.Tx, access.Caller) (access.IDs, error)
}

// Service keeps the jobs of all corps.
type Service struct {
	deps  Deps
	kinds map[string]Kind
	work  *work.Queue
}

// NewService returns the room. It works on nothing until Start.
func NewService(d Deps) *Service {
	s := &Service{deps: d, kinds: map[string]Kind{}}
	s.work = d.Work.Queue(s.kind())
	return s
}

// Declare says how jobs of a kind are done, before Start.
func (s *Service) Declare(kind string, k Kind) {
	if _, ok := s.kinds[kind]; ok {
		panic(fmt.Sprintf("job kind %q is declared twice", kind))
	}
	s.kinds[kind] = k
}

// Enqueue stores the job and returns its id. It answers ErrRunning if the corp has a job on the lane that has
// not ended.
func (s *Service) Enqueue(ctx context.Context, tx *store.Tx, n New) (string, error) {
	if n.Lane != "" {
		running, err := tx.Count(`SELECT count(*) FROM job WHERE corpid = ? AND lane = ? AND state < ?`, n.By.CorpID, n.Lane, Done)
		if err != nil {
			return "", err
		}
		if running > 0 {
			return "", ErrRunning
		}
	}
	jobID := "jobid_" + id.Letters(43)
	no, err := s.insert(tx, jobID, n)
	if err != nil {
		return "", fmt.Errorf("enqueue job: %w", err)
	}
	s.work.Queued(tx, no, 1)
	return jobID, nil
}

// Find returns the job that the caller asked for, of one of the kinds. It answers ErrNotFound for everybody
// else's, and ErrCleaned if the result is gone.
func (s *Service) Find(tx *store.Tx, by access.Caller, jobID string, kinds ...string) (Job, error) {
	list, err := s.selectJobs(tx, `id = ? AND corpid = ? AND app = ?`, jobID, by.CorpID, by.App)
	if err != nil {
		return Job{}, err
	}
	for _, k := range kinds {
		if len(list) > 0 && list[0].Kind == k {
			if list[0].State == Cleaned {
				return Job{}, ErrCleaned
			}
			return list[0], nil
		}
	}
	return Job{}, ErrNotFound.With("%.64q", jobID)
}

// KeepLast cleans the corp's ended jobs on the lane, except the last n.
func (s *Service) KeepLast(tx *store.Tx, corpID, lane string, n int) error {
	var no int64
	found, err := tx.Get(`SELECT no FROM job WHERE corpid = ? AND lane = ? AND state IN (?, ?) ORDER BY no DESC LIMIT 1 OFFSET ?`,
		[]any{corpID, lane, Done, Failed, n}, &no)
	if err != nil || !found {
		return err
	}
	return clean(tx, `corpid = ? AND lane = ? AND no <= ?`, corpID, lane, no)
}

// KeepKind cleans the corp's ended jobs of a kind without a lane, except the last n.
func (s *Service) KeepKind(tx *store.Tx, corpID, kind string, n int) error {
	var no int64
	found, err := tx.Get(`SELECT no FROM job WHERE corpid = ? AND lane = '' AND kind = ? AND state IN (?, ?) ORDER BY no DESC LIMIT 1 OFFSET ?`,
		[]any{corpID, kind, Done, Failed, n}, &no)
	if err != nil || !found {
		return err
	}
	return clean(tx, `corpid = ? AND lane = '' AND kind = ? AND no <= ?`, corpID, kind, no)
}

// KeepSince cleans ended jobs without a lane that are older than t.
func (s *Service) KeepSince(tx *store.Tx, t time.Time) error {
	return clean(tx, `lane = '' AND created_at < ?`, t.UnixMilli())
}
