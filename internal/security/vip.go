package security

import (
	"context"
	"encoding/json"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/job"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The jobs that give the advanced features to members, and take them back.
const (
	vipAdd    = "security_vip_add"
	vipDelete = "security_vip_delete"
)

// maxVIPs is how many members one job is for (docs 99503, 99505).
const maxVIPs = 100

// Errors of jobs. The pages have none for a job that has not ended; that of imports says what it is.
var (
	ErrNobody  = wire.Code(40031, "all list invalid")
	ErrRunning = wire.Code(302008, "import job running")
)

// vipJob is what a job does.
type vipJob struct {
	Users []id.UserID `json:"users"`
}

// vipResult is what it has done.
type vipResult struct {
	Succeeded []id.UserID `json:"succeeded"`
	Failed    []id.UserID `json:"failed"`
	Over      bool        `json:"over"`
}

// SubmitVIPs starts a job for the members whom the caller sees, and returns the others. It answers 40031 if there is
// nobody to do it for.
func (s *Service) SubmitVIPs(ctx context.Context, tx *store.Tx, by access.Caller, kind string, users []id.UserID) (jobID string, invalid []id.UserID, err error) {
	switch n := len(users); {
	case n == 0:
		return "", nil, wire.ErrEmpty.With("userid_list is missing")
	case n > maxVIPs:
		return "", nil, wire.ErrParameter.With("userid_list: at most %d, %d given", maxVIPs, n)
	}
	known, err := s.deps.Directory.Named(tx, by, id.Texts(users))
	if err != nil {
		return "", nil, err
	}
	var work vipJob
	given := map[string]bool{}
	for _, u := range users {
		m, ok := known[u.Key()]
		switch {
		case given[u.Key()]:
		case !ok:
			invalid = append(invalid, u)
		default:
			work.Users = append(work.Users, m.UserID)
		}
		given[u.Key()] = true
	}
	if len(work.Users) == 0 {
		return "", invalid, ErrNobody.With("userid_list: no member whom the application sees")
	}
	jobID, err = s.deps.Jobs.Enqueue(ctx, tx, job.New{By: by, Kind: kind, Input: work, Total: int64(len(work.Users))})
	return jobID, invalid, err
}

// VIPResult returns what a job of the caller has done. It answers 40088 for another's, and ErrRunning until it is done.
func (s *Service) VIPResult(tx *store.Tx, by access.Caller, jobID, kind string) (r vipResult, err error) {
	if jobID == "" {
		return r, wire.ErrEmpty.With("jobid is missing")
	}
	j, err := s.deps.Jobs.Find(tx, by, jobID, kind)
	if err != nil {
		return r, err
	}
	switch {
	case j.State == job.Failed:
		return r, wire.Error{Code: int(j.ErrCode), Text: j.ErrMsg}
	case j.State != job.Done:
		return r, ErrRunning.With("ask again")
	}
	return r, json.Unmarshal(j.Place, &r)
}

// vipWork does a job in one step.
type vipWork struct {
	s    *Service
	job  vipJob
	kind string
	over bool
}

func (s *Service) openVIP(ctx context.Context, j job.Job) (job.Work, error) {
	w := &vipWork{s: s, kind: j.Kind}
	if err := json.Unmarshal(j.Input, &w.job); err != nil {
		return nil, err
	}
	if len(j.Place) > 0 {
		var r vipResult
		if err := json.Unmarshal(j.Place, &r); err != nil {
			return nil, err
		}
		w.over = r.Over
	}
	return w, nil
}

// Next returns the step, once.
func (w *vipWork) Next(context.Context) (job.Step, error) {
	if w.over {
		return nil, nil
	}
	return func(ctx context.Context, tx *store.Tx, j *job.Job, _ bool) error {
		r, err := w.s.allocate(tx, j.By, w.job.Users, w.kind == vipAdd)
		if err != nil {
			return err
		}
		place, err := json.Marshal(r)
		j.Place, j.Done, w.over = place, j.Total, err == nil
		return err
	}, nil
}

// allocate gives the features to members or takes them back. It fails for members who have left meanwhile or whom the
// caller sees no more, for whom no account is left, and for whom there is nothing to take back. Who has the features
// already counts among the successes (doc 99503).
func (s *Service) allocate(tx *store.Tx, by access.Caller, users []id.UserID, add bool) (r vipResult, err error) {
	r.Over = true
	known, err := s.deps.Directory.Named(tx, by, id.Texts(users))
	if err != nil {
		return r, err
	}
	left, err := s.accountsLeft(tx, by.CorpID)
	if err != nil {
		return r, err
	}
	for _, u := range users {
		m, ok := known[u.Key()]
		if !ok {
			r.Failed = append(r.Failed, u)
			continue
		}
		has, err := tx.Count(`SELECT count(*) FROM security_vip WHERE member = ? AND corpid = ?`, m.No, by.CorpID)
		if err != nil {
			return r, err
		}
		switch {
		case add && has > 0:
		case add && left > 0:
			left--
			_, err = tx.Exec(`INSERT INTO security_vip (member, corpid) VALUES (?, ?)`, m.No, by.CorpID)
		case !add && has > 0:
			_, err = tx.Exec(`DELETE FROM security_vip WHERE member = ? AND corpid = ?`, m.No, by.CorpID)
		default:
			r.Failed = append(r.Failed, m.UserID)
			continue
		}
		if err != nil {
			return r, err
		}
		r.Succeeded = append(r.Succeeded, m.UserID)
	}
	return r, nil
}

// unbought is how many accounts a corp has of which nobody has said a number: as many as it has members.
const unbought = 1 << 40

// accountsLeft counts the accounts that nobody has.
func (s *Service) accountsLeft(tx *store.Tx, corpID string) (int64, error) {
	var bought int64
	found, err := tx.Get(`SELECT accounts FROM security_quota WHERE corpid = ?`, []any{corpID}, &bought)
	if err != nil {
		return 0, err
	}
	if !found {
		return unbought, nil
	}
	used, err := tx.Count(`SELECT count(*) FROM security_vip WHERE corpid = ?`, corpID)
	return bought - used, err
}

// Buy sets how many accounts a corp has. Those who have one keep it.
func (s *Service) Buy(tx *store.Tx, corpID string, accounts int64) error {
	if accounts < 0 || accounts > unbought {
		return wire.ErrParameter.With("accounts: a number from 0 on expected")
	}
	_, err := tx.Exec(`INSERT INTO security_quota (corpid, accounts) VALUES (?, ?) ON CONFLICT (corpid) DO UPDATE SET accounts = excluded.accounts`, corpID, accounts)
	return err
}

// maxVIPPage is how many members one answer has (doc 99506).
const maxVIPPage = 200

// usualVIPPage is how many it has if nobody says so.
const usualVIPPage = 100

// VIPs returns members who have the features and whom the caller sees, after a number, and the number to go on after;
// 0 where that was all. A page may have fewer than were asked for (doc 99506).
func (s *Service) VIPs(tx *store.Tx, by access.Caller, after, limit int64) (users []id.UserID, next int64, err error) {
	if limit < 0 || limit > maxVIPPage {
		return nil, 0, wire.ErrParameter.With("limit: 1 to %d expected", maxVIPPage)
	}
	if limit == 0 {
		limit = usualVIPPage
	}
	var numbers []int64
	if err := tx.Each(`SELECT member FROM security_vip WHERE corpid = ? AND member > ? ORDER BY member LIMIT ?`, []any{by.CorpID, after, limit + 1}, func(rows *store.Rows) error {
		var no int64
		err := rows.Scan(&no)
		numbers = append(numbers, no)
		return err
	}); err != nil {
		return nil, 0, err
	}
	if int64(len(numbers)) > limit {
		numbers = numbers[:limit]
		next = numbers[limit-1]
	}
	names, err := s.deps.Directory.NumberedMembers(tx, by.CorpID, numbers)
	if err != nil {
		return nil, 0, err
	}
	for _, no := range numbers {
		users = append(users, names[no])
	}
	seen, err := s.seen(tx, by, users)
	if err != nil {
		return nil, 0, err
	}
	var out []id.UserID
	for _, u := range users {
		if u != "" && seen(u) {
			out = append(out, u)
		}
	}
	return out, next, nil
}
