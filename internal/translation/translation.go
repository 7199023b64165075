// Package translation puts the names of members and departments into files that a
// provider writes with their ids (通讯录ID转译, doc 91889). The provider is not shown the
// names: who opens the result has to be signed in to the enterprise. It serves
// /cgi-bin/service/contact/id_translate, and the upload and the job that go with it.
package translation

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/job"
	"qiwei/internal/login"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Suites    *suite.Service
	Directory *directory.Service
	Jobs      *job.Service
	Media     *media.Service
	Login     *login.Service
	Events    *event.Log
	Box       *seal.Box
	// BaseURL is where results are opened, without a slash at the end.
	BaseURL func() string
}

// Service translates files.
type Service struct {
	deps  Deps
	ended *event.Kind[event.Letter]
}

// kindOfJob is the name of the job, to providers too (doc 91882).
const kindOfJob = "contact_id_translate"

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d}
	d.Jobs.Declare(kindOfJob, job.Kind{Open: s.open, Ended: s.jobEnded})
	s.ended = event.Declare(d.Events, event.Declaration{
		Name: "provider/batch_job_result", Doc: 91875, Callbacks: []string{"batch_job_result"}, Passing: true, Envelope: event.OfProvider,
	}, func() event.Letter { return event.Letter{What: endedPush("wpSample", "jobid_sample")} })
	return s
}

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	call := func(method, path string, doc int, h wire.Handler) wire.Endpoint {
		return wire.Endpoint{Method: method, Path: "/cgi-bin/service/" + path, Doc: doc, Credential: s.deps.Suites.ByProvider(), Allow: access.To(access.All, access.Provider), Handle: h}
	}
	return []wire.Endpoint{
		call("POST", "media/upload", 99310, wire.Stream(s.upload)),
		call("POST", "contact/id_translate", 91846, wire.Write(s.idTranslate)),
		call("GET", "batch/getresult", 91882, wire.Read(s.getresult)),
	}
}

// Routes returns the page that results are opened at.
func (s *Service) Routes() []door.Route {
	return []door.Route{{Pattern: "GET /service/translated/{link}", Handler: http.HandlerFunc(s.download)}}
}

func endedPush(openCorpID, jobID string) event.Push {
	p := event.Push{Event: "batch_job_result"}
	var j event.Fields
	j.Text("JobId", jobID)
	j.Text("JobType", kindOfJob)
	p.Fields.Text("AuthCorpId", openCorpID)
	p.Fields.Group("BatchJob", j)
	return p
}

// keptJobs is how many results of a provider are kept (doc 91882).
const keptJobs = 5

func (s *Service) jobEnded(ctx context.Context, tx *store.Tx, j job.Job) error {
	var in input
	if err := json.Unmarshal(j.Input, &in); err != nil {
		return err
	}
	if err := s.deps.Jobs.KeepKind(tx, j.By.CorpID, kindOfJob, keptJobs); err != nil {
		return err
	}
	if p, err := s.deps.Suites.Provider(tx, j.By.CorpID); err != nil || p.EventURL == "" {
		return err
	}
	return s.ended.Record(ctx, tx, access.System(j.By.CorpID), event.Letter{
		To: event.Receiver{Book: suite.ProviderBook, Key: j.By.CorpID}, What: endedPush(in.Named, j.ID),
	})
}

// linkLife is how long a result can be opened (doc 91882).
const linkLife = 24 * time.Hour
