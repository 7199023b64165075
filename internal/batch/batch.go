// Package batch brings whole directories in and out: imports of members and departments from CSV files (doc
// 90979) and encrypted exports (doc 94849). Both are jobs. It serves /cgi-bin/batch/syncuser and its
// neighbours, and /cgi-bin/export/. It reads and changes what directory keeps; no room below knows it.
package batch

import (
	"context"
	"embed"
	"net/http"
	"slices"

	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/job"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store // for work and downloads outside a call
	Directory *directory.Service
	Jobs      *job.Service
	Box       *seal.Box
	Media     *media.Service
	// BaseURL is where exports are downloaded from, without a slash at the end.
	BaseURL func() string
}

// Service runs imports and exports.
type Service struct{ deps Deps }

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d}
	d.Jobs.Declare(syncUser, job.Kind{Open: s.openMembers, Ended: s.importEnded})
	d.Jobs.Declare(replaceUser, job.Kind{Open: s.openMembers, Ended: s.importEnded})
	d.Jobs.Declare(replaceParty, job.Kind{Open: s.openDepartments, Ended: s.importEnded})
	for _, kind := range exportKinds {
		d.Jobs.Declare(kind, job.Kind{Open: s.openExport, Ended: s.exportEnded})
	}
	return s
}

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return append(s.importEndpoints(), s.exportEndpoints()...)
}

// Routes returns the routes for downloading exports.
func (s *Service) Routes() []door.Route {
	return []door.Route{{Pattern: "GET /export/{block}", Handler: http.HandlerFunc(s.download)}}
}

// ended records batch_job_result (doc 90973).
func (s *Service) ended(ctx context.Context, tx *store.Tx, j job.Job, jobType string, from id.UserID, to event.Endpoint) error {
	e := directory.JobDoneEvent{App: j.By.App, JobID: j.ID, JobType: jobType, ErrCode: j.ErrCode, ErrMsg: j.ErrMsg, From: from, Endpoint: to,
		Command: slices.Contains(exportKinds, jobType)}
	if e.ErrMsg == "" {
		e.ErrMsg = "ok"
	}
	return s.deps.Directory.JobDone.Record(ctx, tx, j.By, e)
}
