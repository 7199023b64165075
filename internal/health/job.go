package health

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The kinds of questions (doc 93678).
const (
	textQuestion = iota + 1
	singleChoice
	multiChoice
	fileQuestion
	signature
	itinerary
)

// Question is one of a job's. The page calls its parts by the same names.
type Question struct {
	ID       int64    `json:"question_id"`
	Title    string   `json:"title"`
	Type     int64    `json:"question_type"`
	Required bool     `json:"is_required"`
	Options  []string `json:"options,omitempty"` // of a choice; they count up from 1
}

// How often members report.
const (
	once = iota + 1
	Daily
)

// Content is what a job asks whom.
type Content struct {
	Title       string       `json:"title"`
	Creator     id.UserID    `json:"creator"`
	Range       access.Range `json:"range"` // members and departments
	ReportTo    []id.UserID  `json:"report_to,omitempty"`
	ReportType  int64        `json:"report_type"`
	SkipWeekend bool         `json:"skip_weekend,omitempty"`
	Questions   []Question   `json:"questions"`
}

// Job is what members are asked to report.
type Job struct {
	No     int64
	CorpID string
	ID     string
	Ended  bool
	Content
}

// Limits of a job; the pages name none.
const (
	maxTitle     = 100
	maxQuestions = 50
	maxOptions   = 50
	maxText      = 2000
	maxFiles     = 20
)

func (c Content) valid() error {
	bad := wire.ErrParameter
	switch {
	case c.Title == "" || utf8.RuneCountInString(c.Title) > maxTitle:
		return bad.With("title: 1 to %d characters expected", maxTitle)
	case c.ReportType != once && c.ReportType != Daily:
		return bad.With("report_type: 1 once or 2 daily expected")
	case len(c.Questions) == 0 || len(c.Questions) > maxQuestions:
		return bad.With("question_templates: 1 to %d expected", maxQuestions)
	case c.Range.Empty():
		return bad.With("apply_range: userids or partyids expected")
	}
	for i, q := range c.Questions {
		choice := q.Type == singleChoice || q.Type == multiChoice
		switch {
		case q.Title == "" || utf8.RuneCountInString(q.Title) > maxTitle:
			return bad.With("question_templates[%d].title: 1 to %d characters expected", i, maxTitle)
		case q.Type < textQuestion || q.Type > itinerary:
			return bad.With("question_templates[%d].question_type: 1 to %d expected", i, itinerary)
		case choice != (len(q.Options) > 0) || len(q.Options) > maxOptions:
			return bad.With("question_templates[%d].option_list: 1 to %d, of a choice alone, expected", i, maxOptions)
		}
	}
	return nil
}

// Create starts a job.
func (s *Service) Create(ctx context.Context, tx *store.Tx, by access.Caller, c Content) (Job, error) {
	for i := range c.Questions {
		c.Questions[i].ID = int64(i + 1)
	}
	if err := c.valid(); err != nil {
		return Job{}, err
	}
	users := []*id.UserID{&c.Creator}
	for _, list := range [][]id.UserID{c.Range.Members, c.ReportTo} {
		for i := range list {
			users = append(users, &list[i])
		}
	}
	for _, u := range users {
		m, err := s.deps.Directory.Member(ctx, tx, by, *u)
		if err != nil {
			return Job{}, err
		}
		*u = m.UserID
	}
	known, err := s.deps.Directory.VisibleDepartments(tx, by, c.Range.Departments)
	if err != nil {
		return Job{}, err
	}
	for _, d := range c.Range.Departments {
		if !known[d] {
			return Job{}, wire.ErrParameter.With("apply_range.partyids: there is no department %d", d)
		}
	}
	return insertJob(tx, Job{CorpID: by.CorpID, ID: id.Letters(32), Content: c})
}

// End ends a job. What was reported stays.
func (s *Service) End(tx *store.Tx, corpID, jobID string) error {
	j, err := s.job(tx, corpID, jobID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE health_job SET ended = 1 WHERE no = ? AND corpid = ?`, j.No, corpID)
	return err
}

func (s *Service) job(tx *store.Tx, corpID, jobID string) (Job, error) {
	if jobID == "" {
		return Job{}, wire.ErrEmpty.With("jobid is missing")
	}
	list, err := selectJobs(tx, `corpid = ? AND jobid = ?`, corpID, jobID)
	if err == nil && len(list) == 0 {
		err = wire.ErrParameter.With("jobid: there is no job %.64q", jobID)
	}
	if err != nil {
		return Job{}, err
	}
	return list[0], nil
}

// Value is the answer to a question. The page calls its parts by the same names.
type Value struct {
	Question int64    `json:"question_id"`
	Single   int64    `json:"single_choice,omitempty"`
	Text     string   `json:"text,omitempty"`
	Multi    []int64  `json:"multi_choice,omitempty"`
	Files    []string `json:"fileid,omitempty"`
	URL      string   `json:"url,omitempty"`
	Card     *int64   `json:"itinerary_card_type,omitempty"` // 0 not recognised, 1 green, 2 red, 3 yellow, 4 orange, 5 no card found
	Risk     string   `json:"high_risk_area,omitempty"`
}

const noCard = 5 // the last kind of itinerary card

// empty reports whether nothing was answered.
func (v Value) empty() bool {
	return v.Single == 0 && v.Text == "" && len(v.Multi) == 0 && len(v.Files) == 0 && v.URL == "" && v.Card == nil
}

func (q Question) check(v Value) error {
	option := func(n int64) bool { return n >= 1 && n <= int64(len(q.Options)) }
	fits := false
	switch q.Type {
	case textQuestion:
		fits = v.Text != "" && utf8.RuneCountInString(v.Text) <= maxText
	case singleChoice:
		fits = option(v.Single)
	case multiChoice:
		fits = len(v.Multi) > 0 && len(v.Multi) <= len(q.Options) && !slices.ContainsFunc(v.Multi, func(n int64) bool { return !option(n) })
	case fileQuestion:
		fits = len(v.Files) > 0 && len(v.Files) <= maxFiles
	case signature:
		fits = v.URL != "" && len(v.URL) <= maxText
	case itinerary:
		fits = v.Card != nil && *v.Card >= 0 && *v.Card <= noCard && len(v.Risk) <= maxText
	}
	if !fits {
		return wire.ErrParameter.With("report_values: the answer to question %d (%s) does not fit", q.ID, q.Title)
	}
	return nil
}

// Answer is what a member reported.
type Answer struct {
	No     int64
	UserID id.UserID
	At     int64
	Values []Value
}

// Report records what a member answers today. Another report of the same day takes its place.
func (s *Service) Report(ctx context.Context, tx *store.Tx, by access.Caller, jobID string, user id.UserID, values []Value) error {
	return s.ReportAt(ctx, tx, by, jobID, user, values, tx.Now())
}

// ReportAt is Report at another time, which has come.
func (s *Service) ReportAt(ctx context.Context, tx *store.Tx, by access.Caller, jobID string, user id.UserID, values []Value, at time.Time) error {
	j, err := s.job(tx, by.CorpID, jobID)
	if err != nil {
		return err
	}
	m, err := s.deps.Directory.Member(ctx, tx, access.System(by.CorpID), user)
	if err != nil {
		return err
	}
	asked, err := s.deps.Directory.InRange(tx, by.CorpID, j.Range, m)
	if err != nil {
		return err
	}
	today := at.In(china).Weekday()
	switch {
	case at.After(tx.Now()):
		return wire.ErrParameter.With("at: it has not come yet")
	case j.Ended:
		return wire.ErrParameter.With("jobid: it has ended")
	case !asked:
		return wire.ErrNoPrivilege.With("%q is not asked", m.UserID)
	case j.SkipWeekend && (today == time.Saturday || today == time.Sunday):
		return wire.ErrParameter.With("jobid: nothing is reported at weekends")
	}
	day := dayOf(at)
	if j.ReportType == once {
		if other, err := tx.Count(`SELECT count(*) FROM health_answer WHERE job = ? AND corpid = ? AND userkey = ? AND day <> ?`, j.No, j.CorpID, m.UserID.Key(), day); err != nil || other > 0 {
			if err == nil {
				err = wire.ErrParameter.With("jobid: it is reported once, and %q has", m.UserID)
			}
			return err
		}
	}
	if values, err = s.checked(tx, by.CorpID, j, values); err != nil {
		return err
	}
	return saveAnswer(tx, j, day, Answer{UserID: m.UserID, At: at.Unix(), Values: values})
}

// checked returns the answers in the order of the questions, with files that stay.
func (s *Service) checked(tx *store.Tx, corpID string, j Job, values []Value) (out []Value, err error) {
	given := map[int64]Value{}
	for _, v := range values {
		if _, again := given[v.Question]; again || v.Question < 1 || v.Question > int64(len(j.Questions)) {
			return nil, wire.ErrParameter.With("report_values: question %d is none, or there twice", v.Question)
		}
		given[v.Question] = v
	}
	for _, q := range j.Questions {
		v, ok := given[q.ID]
		if !ok || v.empty() {
			if q.Required {
				return nil, wire.ErrParameter.With("report_values: question %d (%s) must be answered", q.ID, q.Title)
			}
			continue
		}
		if err := q.check(v); err != nil {
			return nil, err
		}
		for i, mediaID := range v.Files {
			f, err := s.deps.Media.File(tx, corpID, mediaID)
			if err != nil {
				return nil, err
			}
			kept := f
			if f.Scene != media.Preserved {
				if kept, err = s.deps.Media.Preserve(tx, access.System(corpID), f); err != nil {
					return nil, err
				}
			}
			v.Files[i] = kept.MediaID
		}
		out = append(out, v)
	}
	return out, nil
}

// Use counts that a member opens the application.
func (s *Service) Use(tx *store.Tx, corpID string, user id.UserID) error {
	_, err := tx.Exec(`INSERT INTO health_use (corpid, day, userkey, times) VALUES (?, ?, ?, 1) ON CONFLICT (corpid, day, userkey) DO UPDATE SET times = health_use.times + 1`, corpID, dayOf(tx.Now()), user.Key())
	return err
}
