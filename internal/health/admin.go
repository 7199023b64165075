package health

import (
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What administrators do in the console, beside starting and ending jobs: they see who has reported on a day, and who
// has not.

// foundAtOnce is how many jobs or answers a page of a list has, at most.
const foundAtOnce = 200

// Jobs returns a page of the corp's jobs that run, or of those that have ended, the newest first and below a number.
func (s *Service) Jobs(tx *store.Tx, corpID string, ended bool, before, size int64) ([]Job, error) {
	if size < 1 || size > foundAtOnce {
		return nil, wire.ErrParameter.With("size: 1 to %d expected", foundAtOnce)
	}
	where, args := `corpid = ? AND ended = ?`, []any{corpID, flag(ended)}
	if before > 0 {
		where, args = where+` AND no < ?`, append(args, before)
	}
	return selectJobs(tx, where+` ORDER BY no DESC LIMIT ?`, append(args, size)...)
}

// Job returns a job of the corp. It answers 40058.
func (s *Service) Job(tx *store.Tx, corpID, jobID string) (Job, error) {
	return s.job(tx, corpID, jobID)
}

// Day is what has come of a job on a day.
type Day struct {
	Date     string `json:"date"`
	Finished int64  `json:"finished"`
	Asked    int64  `json:"asked"`   // whom the job asks now
	Opened   int64  `json:"opened"`  // how often the application was opened
	Openers  int64  `json:"openers"` // by how many
}

// countedAtOnce is how many members a day's figures count, at most.
const countedAtOnce = 100_000

// OfDay returns the figures of a job on a day, as in 2026-03-27.
func (s *Service) OfDay(tx *store.Tx, j Job, day string) (d Day, err error) {
	if err := within(day, tx.Now(), maxStatBack); err != nil {
		return d, err
	}
	d.Date = day
	if d.Finished, err = finished(tx, j, day); err != nil {
		return d, err
	}
	if d.Opened, d.Openers, err = used(tx, j.CorpID, day); err != nil {
		return d, err
	}
	last, err := s.deps.Directory.LastMember(tx, j.CorpID)
	if err != nil {
		return d, err
	}
	asked, err := s.deps.Directory.Audience(tx, j.CorpID, j.Range, 0, last, countedAtOnce)
	d.Asked = int64(len(asked))
	return d, err
}

// Answers returns a page of what was reported on a day.
func (s *Service) Answers(tx *store.Tx, j Job, day string, offset, size int64) ([]Answer, error) {
	if size < 1 || size > foundAtOnce || offset < 0 {
		return nil, wire.ErrParameter.With("size: 1 to %d expected", foundAtOnce)
	}
	if err := within(day, tx.Now(), maxStatBack); err != nil {
		return nil, err
	}
	return selectAnswers(tx, j, day, size, offset)
}

// pagesAtOnce is how many pages of members one question for those missing reads, at most.
const pagesAtOnce = 50

// Missing returns members whom the job asks and who have not reported: on the day, or at all where it is reported once.
// They are those behind a number, and the number to go on behind is returned; 0 where that was all.
func (s *Service) Missing(tx *store.Tx, j Job, day string, after int64, size int) (users []id.UserID, next int64, err error) {
	if size < 1 || size > foundAtOnce {
		return nil, 0, wire.ErrParameter.With("size: 1 to %d expected", foundAtOnce)
	}
	if err := within(day, tx.Now(), maxStatBack); err != nil {
		return nil, 0, err
	}
	last, err := s.deps.Directory.LastMember(tx, j.CorpID)
	for round := 0; err == nil && len(users) < size && round < pagesAtOnce; round++ {
		var some []int64
		if some, err = s.deps.Directory.Audience(tx, j.CorpID, j.Range, after, last, foundAtOnce); err != nil || len(some) == 0 {
			return users, 0, err
		}
		var who map[int64]directory.Brief
		if who, err = s.deps.Directory.Briefs(tx, some); err != nil {
			return nil, 0, err
		}
		var keys []string
		for _, no := range some {
			keys = append(keys, who[no].UserID.Key())
		}
		var done map[string]bool
		if done, err = reported(tx, j, day, keys); err != nil {
			return nil, 0, err
		}
		for _, no := range some {
			if len(users) == size {
				return users, after, nil
			}
			if after = no; !done[who[no].UserID.Key()] {
				users = append(users, who[no].UserID)
			}
		}
		if len(some) < foundAtOnce {
			return users, 0, nil
		}
	}
	return users, after, err
}

// CreateAsAdmin starts a job in the name of an administrator.
func (s *Service) CreateAsAdmin(tx *store.Tx, by access.Caller, c Content) (Job, error) {
	c.Creator = by.UserID
	return s.Create(tx.Context(), tx, by, c)
}

// HasFile reports whether a media_id is a file that somebody has answered the job with.
func (s *Service) HasFile(tx *store.Tx, j Job, mediaID string) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM health_answer WHERE job = ? AND corpid = ? AND lower(body) `+store.Like, j.No, j.CorpID, store.Pattern("", `"`+strings.ToLower(mediaID)+`"`, ""))
	return n > 0, err
}
