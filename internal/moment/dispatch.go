package moment

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/job"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// dispatchKind is the job that asks members to publish a moment.
const dispatchKind = "moment"

// Dispatch says who is asked to publish a moment of the corp, and which customers see it (doc 95094).
type Dispatch struct {
	Users       []id.UserID
	Departments []int64
	Tags        []id.CustomerTag
}

const (
	maxSenders = 100_000 // of user_list (doc 95094)
	// maxNamed is how many departments or tags may be named; unverified.
	maxNamed = 10_000
	// askedAtOnce is how many members a step of the job looks at.
	askedAtOnce = 500
	// jobKept is how long the result of a job can be read (doc 95094).
	jobKept = 24 * time.Hour
)

func (d Dispatch) valid() error {
	switch {
	case len(d.Users) > maxSenders:
		return wire.ErrParameter.With("user_list: at most %d userids, %d given", maxSenders, len(d.Users))
	case len(d.Departments) > maxNamed:
		return wire.ErrParameter.With("department_list: at most %d, %d given", maxNamed, len(d.Departments))
	case len(d.Tags) > maxNamed:
		return wire.ErrParameter.With("tag_list: at most %d, %d given", maxNamed, len(d.Tags))
	}
	return nil
}

// dispatchInput is what a job is to do.
type dispatchInput struct {
	Moment int64
	Dispatch
}

// dispatchPlace is what a job has come to.
type dispatchPlace struct {
	After int64 // the last member who was looked at
	Over  bool
	Asked int64
	// What was named and is not there, or not in the caller's range.
	BadUsers       []id.UserID      `json:",omitempty"`
	BadDepartments []int64          `json:",omitempty"`
	BadTags        []id.CustomerTag `json:",omitempty"`
}

// Propose makes a moment of the corp and asks members to publish it, in a job whose id it returns. Doc 95094.
func (s *Service) Propose(ctx context.Context, tx *store.Tx, by access.Caller, n NewContent, d Dispatch) (jobID string, err error) {
	if err := n.valid(); err != nil {
		return "", err
	}
	if err := d.valid(); err != nil {
		return "", err
	}
	now := tx.Now().In(china)
	made, err := countPosts(tx, by.CorpID, time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, china))
	if err != nil {
		return "", err
	}
	if made >= maxMonth {
		return "", ErrMonth
	}
	tags, _, err := s.deps.Customers.CorpTags(tx, by.CorpID, d.Tags)
	if err != nil {
		return "", err
	}
	p := Post{Kind: OfCorp, App: by.App, Public: len(d.Tags) == 0, Tags: tags, CreatedAt: tx.Now()}
	if p.Content, err = s.keep(tx, by, n); err != nil {
		return "", err
	}
	if p.No, err = insertPost(tx, by.CorpID, p); err != nil {
		return "", err
	}
	return s.deps.Jobs.Enqueue(ctx, tx, job.New{By: by, Kind: dispatchKind, Input: dispatchInput{p.No, d}})
}

// china is where the corp's month begins.
var china = time.FixedZone("UTC+8", 8*60*60)

// dispatchWork asks the members, some in each step.
type dispatchWork struct {
	s     *Service
	in    dispatchInput
	place dispatchPlace
}

func (s *Service) openDispatch(_ context.Context, j job.Job) (job.Work, error) {
	w := &dispatchWork{s: s}
	if err := json.Unmarshal(j.Input, &w.in); err != nil {
		return nil, err
	}
	if len(j.Place) > 0 {
		return w, json.Unmarshal(j.Place, &w.place)
	}
	return w, nil
}

// Next returns the next step, nil once all members were looked at.
func (w *dispatchWork) Next(context.Context) (job.Step, error) {
	if w.place.Over {
		return nil, nil
	}
	return func(ctx context.Context, tx *store.Tx, j *job.Job, _ bool) error {
		place := w.place
		if err := w.s.ask(ctx, tx, j.By, w.in, &place); err != nil {
			return err
		}
		text, err := json.Marshal(place)
		if err != nil {
			return err
		}
		j.Place, j.Done = text, place.Asked
		tx.AfterCommit(func() { w.place = place })
		return nil
	}, nil
}

// ask asks some more members. Of those who are named the ones that the application sees count, and without
// any all that it sees; they need customer contact, and a customer with one of the tags if there are tags.
func (s *Service) ask(ctx context.Context, tx *store.Tx, by access.Caller, in dispatchInput, place *dispatchPlace) error {
	senders, bad, err := s.senders(tx, by, in.Dispatch)
	if err != nil {
		return err
	}
	tags, badTags, err := s.deps.Customers.CorpTags(tx, by.CorpID, in.Tags)
	if err != nil {
		return err
	}
	place.BadUsers, place.BadDepartments, place.BadTags = id.From[id.UserID](bad.Users), bad.Departments, badTags
	if !senders.Empty() && (len(in.Tags) == 0 || len(tags) > 0) {
		last, err := s.deps.Directory.LastMember(tx, by.CorpID)
		if err != nil {
			return err
		}
		members, err := s.deps.Directory.Audience(tx, by.CorpID, senders, place.After, last, askedAtOnce)
		if err != nil {
			return err
		}
		if len(members) > 0 {
			place.After = members[len(members)-1]
		}
		place.Over = len(members) < askedAtOnce
		if members, err = s.able(tx, by, members, tags, len(in.Tags) > 0); err != nil {
			return err
		}
		place.Asked += int64(len(members))
		if err := insertTasks(tx, by.CorpID, in.Moment, members); err != nil {
			return err
		}
	} else {
		place.Over = true
	}
	if !place.Over {
		return nil
	}
	return mark(tx, by.CorpID, in.Moment, "dispatched_at")
}

// senders returns the range of those who are asked, and what is wrong with those who are named.
func (s *Service) senders(tx *store.Tx, by access.Caller, d Dispatch) (access.Range, directory.Nodes, error) {
	if len(d.Users) > 0 || len(d.Departments) > 0 {
		return s.deps.Directory.Part(tx, by, directory.Nodes{Users: id.Texts(d.Users), Departments: d.Departments})
	}
	if by.SeesAll() {
		return access.Everything(), directory.Nodes{}, nil
	}
	return by.Range, directory.Nodes{}, nil
}

// able returns those of the members who have customer contact, and a customer with one of the tags if the
// moment is for some.
func (s *Service) able(tx *store.Tx, by access.Caller, members, tags []int64, some bool) (out []int64, err error) {
	serving, err := s.deps.Customers.Serving(tx, by, members)
	if err != nil {
		return nil, err
	}
	members = slices.DeleteFunc(members, func(no int64) bool { _, ok := serving[no]; return !ok })
	if !some {
		return members, nil
	}
	tagged, err := s.deps.Customers.Tagged(tx, by.CorpID, members, tags)
	return slices.DeleteFunc(members, func(no int64) bool { return !tagged[no] }), err
}

// dispatchEnded deletes the moment of a job that has failed.
func (s *Service) dispatchEnded(_ context.Context, tx *store.Tx, j job.Job) error {
	if j.State != job.Failed {
		return nil
	}
	var in dispatchInput
	if err := json.Unmarshal(j.Input, &in); err != nil {
		return err
	}
	list, err := selectPosts(tx, `corpid = ? AND no = ?`, j.By.CorpID, in.Moment)
	if err != nil || len(list) == 0 {
		return err
	}
	if err := s.forget(tx, j.By.CorpID, list[0].Content); err != nil {
		return err
	}
	return deletePost(tx, j.By.CorpID, in.Moment)
}

// Result is what became of a job.
type Result struct {
	Status   int64 // 1 begun, 2 under way, 3 done (doc 95094)
	Failure  *wire.Error
	MomentID string // once it is done and has not failed
	Dispatch        // what was named and could not be used
}

// jobStatus is the status by the state of the job.
var jobStatus = map[job.State]int64{job.Queued: 1, job.Running: 2, job.Done: 3, job.Failed: 3}

// Outcome returns what became of a job of the caller's application. It answers job.ErrNotFound, and
// job.ErrCleaned after 24 hours. Doc 95094.
func (s *Service) Outcome(tx *store.Tx, by access.Caller, jobID string) (r Result, err error) {
	j, err := s.deps.Jobs.Find(tx, by, jobID, dispatchKind)
	if err != nil {
		return r, err
	}
	r.Status = jobStatus[j.State]
	if r.Status != jobStatus[job.Done] {
		return r, nil
	}
	var place dispatchPlace
	if len(j.Place) > 0 {
		if err := json.Unmarshal(j.Place, &place); err != nil {
			return r, err
		}
	}
	r.Dispatch = Dispatch{place.BadUsers, place.BadDepartments, place.BadTags}
	if j.State == job.Failed {
		r.Failure = &wire.Error{Code: int(j.ErrCode), Text: j.ErrMsg}
		return r, nil
	}
	var in dispatchInput
	if err := json.Unmarshal(j.Input, &in); err != nil {
		return r, err
	}
	list, err := selectPosts(tx, `corpid = ? AND no = ?`, by.CorpID, in.Moment)
	if err == nil && len(list) > 0 && tx.Now().Sub(list[0].CreatedAt) > jobKept {
		err = job.ErrCleaned
	}
	r.MomentID = s.momentID(in.Moment)
	return r, err
}
