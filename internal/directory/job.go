package directory

import (
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// JobDoneEvent tells that an asynchronous job has ended, well or not (doc 90973). It goes to the application
// that submitted the job, or to the callback given with the job. The room that runs the job records it.
type JobDoneEvent struct {
	App     int64
	JobID   string
	JobType string // sync_user, replace_user, replace_party, export_user, …
	ErrCode int64
	ErrMsg  string

	// From is the member named as the sender of an import. An application submits imports and no member does;
	// which member the platform names is unverified.
	From id.UserID `json:",omitempty"`

	Endpoint event.Endpoint `json:"-"` // without a URL: the application's own callback
	// Command has a suite told at its command URL, as of an export (doc 94956).
	Command bool `json:"-"`
}

// Receiver returns the one who submitted the job.
func (e JobDoneEvent) Receiver() event.Receiver {
	return event.Receiver{App: e.App, Endpoint: e.Endpoint, Command: e.Command}
}

// Push writes batch_job_result (doc 90973). This page names a member as the sender, the page of export jobs
// says sys. Of which corp it is, is not said to a suite (doc 94956).
func (e JobDoneEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	var f, job event.Fields
	job.Text("JobId", e.JobID)
	job.Text("JobType", e.JobType)
	job.Int("ErrCode", e.ErrCode)
	job.Text("ErrMsg", e.ErrMsg)
	f.Group("BatchJob", job)
	return []event.Push{{Event: "batch_job_result", From: e.From, Fields: f}}, nil
}
