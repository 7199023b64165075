package media

import (
	"context"
	"encoding/hex"
	"net/url"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Job is a file that the server fetches by itself (media/upload_by_url, doc 96219).
type Job struct {
	No     int64
	JobID  string
	By     access.Caller // the parts that are needed when the job ends
	Kind   Kind
	Name   string
	URL    string
	MD5    string // in lower case
	Status JobStatus
	// Failure is why the job failed, MediaID its result.
	Failure   wire.Error
	MediaID   string
	CreatedAt time.Time
	EndedAt   time.Time
}

// JobStatus is the state of a job, as the platform numbers it.
type JobStatus int64

// The states of a job.
const (
	JobRunning JobStatus = 1
	JobDone    JobStatus = 2
	JobFailed  JobStatus = 3
)

// jobLife is how long a jobid can be queried (doc 96219).
const jobLife = time.Hour

// UploadFinishedEvent says that a job has ended, whether it succeeded or not. Its receiver asks for the
// result with the jobid.
type UploadFinishedEvent struct {
	JobID string
	App   int64 // that submitted the job and is told
}

// Subject names the job.
func (e UploadFinishedEvent) Subject() string { return e.JobID }

// Receiver returns the submitter of the job.
func (e UploadFinishedEvent) Receiver() event.Receiver { return event.Receiver{App: e.App} }

// Push writes upload_media_job_finish (doc 96219), which names no application.
func (e UploadFinishedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	var f event.Fields
	f.Text("JobId", e.JobID)
	return []event.Push{{Event: "upload_media_job_finish", Fields: f}}, nil
}

// Errors of jobs (doc 96219).
var (
	ErrURLLength = wire.Code(40039, "invalid url size")
	ErrURL       = wire.Code(830001, "invalid upload url")
	ErrFetch     = wire.Code(830003, "download url failed")
	ErrMD5       = wire.Code(301019, "invalid file md5")
	ErrJob       = wire.Code(40088, "jobid not exist")
)

// The rules for fetched files. The page names 45001 for a size out of bounds on either side.
var fetchRules = map[Kind]rule{
	Video: {maxFetched, ErrTooLarge, checkVideo},
	Other: {maxFetched, ErrTooLarge, checkFile},
}

// valid checks a new job. The codes of a missing or too long field are unverified, except for the URL's
// length.
func (j *Job) valid() error {
	if _, ok := fetchRules[j.Kind]; !ok {
		return ErrType.With("type %q: video or file expected", j.Kind)
	}
	if j.Name == "" || len(j.Name) > 128 {
		return wire.ErrParameter.With("filename: 1 to 128 bytes expected")
	}
	if len(j.URL) > 1024 {
		return ErrURLLength.With("at most 1024 bytes")
	}
	if u, err := url.Parse(j.URL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return ErrURL.With("url must begin with http:// or https://")
	}
	if sum, err := hex.DecodeString(j.MD5); err != nil || len(sum) != 16 {
		return ErrMD5.With("md5: 32 hexadecimal digits expected")
	}
	j.MD5 = strings.ToLower(j.MD5)
	return nil
}

// CreateJob makes the server fetch a file, and returns the job's id.
func (s *Service) CreateJob(tx *store.Tx, by access.Caller, j Job) (jobID string, err error) {
	if err := j.valid(); err != nil {
		return "", err
	}
	j.JobID = "jobid_" + id.Secret()
	j.By, j.Status, j.CreatedAt = by, JobRunning, tx.Now()
	no, err := insertJob(tx, j)
	if err != nil {
		return "", err
	}
	s.work.Queued(tx, no, 1)
	return j.JobID, nil
}

// Job returns the job of the corp, for an hour after it was submitted, or ErrJob.
func (s *Service) Job(tx *store.Tx, corpID, jobID string) (Job, error) {
	j, found, err := selectJob(tx, `jobid = ?`, jobID)
	if err != nil {
		return Job{}, err
	}
	if !found || j.By.CorpID != corpID || tx.Now().Sub(j.CreatedAt) >= jobLife {
		return Job{}, ErrJob
	}
	return j, nil
}

// fetchFile downloads the job's file and stores its content. A wire.Error is for the job's submitter; any
// other error is our own.
func (s *Service) fetchFile(ctx context.Context, j Job) (File, error) {
	r := fetchRules[j.Kind]
	d, err := s.deps.Bucket.Draft()
	if err != nil {
		return File{}, err
	}
	defer d.Discard()
	sum, err := s.fetch.file(ctx, j.URL, r.max, d)
	if err != nil {
		return File{}, err
	}
	if d.Size() <= minSize {
		return File{}, ErrTooLarge.With("%d bytes, more than %d expected", d.Size(), minSize)
	}
	if sum != j.MD5 {
		return File{}, ErrMD5.With("the file's is %s", sum)
	}
	typ, err := r.check(d, d.Size())
	if err != nil {
		return File{}, err
	}
	f := newFile(j.By.CorpID, NewFile{Kind: j.Kind, Scene: Welcome, Name: j.Name}, typ, d.Size())
	f.Key, err = s.put(ctx, j.By.CorpID, d)
	return f, err
}
