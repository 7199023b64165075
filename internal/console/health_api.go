package console

import (
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/health"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Health reports (健康上报): what members are asked, who has answered on a day, and who has not.

func (s *Service) healthCalls() []call {
	return []call{
		{pattern: "GET /console/api/health/jobs", right: readCorp, handle: s.listHealthJobs},
		{pattern: "POST /console/api/health/jobs", right: editCorp, handle: s.createHealthJob},
		{pattern: "GET /console/api/health/jobs/{job}", right: readCorp, handle: s.getHealthJob},
		{pattern: "POST /console/api/health/jobs/{job}/end", right: editCorp, handle: s.endHealthJob},
		{pattern: "GET /console/api/health/jobs/{job}/missing", right: readCorp, handle: s.missingHealth},
		{pattern: "GET /console/api/health/jobs/{job}/files/{media_id}", right: readCorp, handle: s.getHealthFile},
	}
}

type healthLine struct {
	No          int64             `json:"no"`
	ID          string            `json:"jobid"`
	Title       string            `json:"title"`
	By          person            `json:"by"`
	ReportType  int64             `json:"report_type"` // 1 once, 2 daily
	SkipWeekend bool              `json:"skip_weekend"`
	Ended       bool              `json:"ended"`
	Questions   []health.Question `json:"questions"`
	Range       *rangeDetail      `json:"range,omitempty"`
	ReportTo    []person          `json:"report_to"`
}

func (v *visit) healthLine(tx *store.Tx, j health.Job) (l healthLine, err error) {
	l = healthLine{No: j.No, ID: j.ID, Title: j.Title, ReportType: j.ReportType, SkipWeekend: j.SkipWeekend, Ended: j.Ended, Questions: j.Questions}
	by, err := v.called(tx, []id.UserID{j.Creator})
	if err != nil {
		return l, err
	}
	l.By = by[j.Creator]
	if l.Range, err = v.named(tx, j.Range); err != nil {
		return l, err
	}
	l.ReportTo, err = v.people(tx, j.ReportTo)
	return l, err
}

func (s *Service) listHealthJobs(v *visit) (any, error) {
	before, limit, err := v.before()
	if err != nil {
		return nil, err
	}
	var out struct {
		Jobs []healthLine `json:"jobs"`
		More bool         `json:"more"`
	}
	out.Jobs = []healthLine{}
	return &out, v.look(func(tx *store.Tx) error {
		list, err := s.deps.Health.Jobs(tx, v.corpID, v.query("ended") == "1", before, limit)
		out.More = int64(len(list)) == limit
		for _, j := range list {
			l, err := v.healthLine(tx, j)
			if err != nil {
				return err
			}
			out.Jobs = append(out.Jobs, l)
		}
		return err
	})
}

func (s *Service) createHealthJob(v *visit) (any, error) {
	var req struct {
		Title       string            `json:"title"`
		ReportType  int64             `json:"report_type"`
		SkipWeekend bool              `json:"skip_weekend"`
		Members     []id.UserID       `json:"members"`
		Departments []int64           `json:"departments"`
		ReportTo    []id.UserID       `json:"report_to"`
		Questions   []health.Question `json:"questions"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var made string
	err := v.change(func(tx *store.Tx) (done, error) {
		j, err := s.deps.Health.CreateAsAdmin(tx, v.by, health.Content{Title: req.Title, ReportType: req.ReportType, SkipWeekend: req.SkipWeekend,
			Range: access.Range{Members: req.Members, Departments: req.Departments}, ReportTo: req.ReportTo, Questions: req.Questions})
		made = j.ID
		return done{"health.create", req.Title, map[string]any{"jobid": made}}, err
	})
	return map[string]string{"jobid": made}, err
}

// healthJob returns the job that the path names.
func (v *visit) healthJob(tx *store.Tx) (health.Job, error) {
	j, err := v.s.deps.Health.Job(tx, v.corpID, v.r.PathValue("job"))
	return j, gone(err, wire.ErrParameter)
}

func (s *Service) endHealthJob(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		j, err := v.healthJob(tx)
		if err != nil {
			return done{}, err
		}
		return done{"health.end", j.Title, map[string]any{"jobid": j.ID}}, s.deps.Health.End(tx, v.corpID, j.ID)
	})
}

type healthAnswer struct {
	Who    person         `json:"who"`
	At     int64          `json:"at"`
	Values []health.Value `json:"values"`
}

// getHealthJob shows a job, its figures on a day, and a page of what was answered then.
func (s *Service) getHealthJob(v *visit) (any, error) {
	offset, limit, err := v.page(50, 200)
	if err != nil {
		return nil, err
	}
	var out struct {
		Job     healthLine     `json:"job"`
		Day     health.Day     `json:"day"`
		Answers []healthAnswer `json:"answers"`
		More    bool           `json:"more"`
	}
	out.Answers = []healthAnswer{}
	return &out, v.look(func(tx *store.Tx) error {
		j, err := v.healthJob(tx)
		if err != nil {
			return err
		}
		day := v.healthDay(tx)
		if out.Job, err = v.healthLine(tx, j); err != nil {
			return err
		}
		if out.Day, err = s.deps.Health.OfDay(tx, j, day); err != nil {
			return err
		}
		list, err := s.deps.Health.Answers(tx, j, day, int64(offset), int64(limit))
		if err != nil {
			return err
		}
		out.More = len(list) == limit
		var users []id.UserID
		for _, a := range list {
			users = append(users, a.UserID)
		}
		names, err := v.called(tx, users)
		for _, a := range list {
			out.Answers = append(out.Answers, healthAnswer{names[a.UserID], a.At, a.Values})
		}
		return err
	})
}

// healthDay is the day that a page asks for, today if it names none.
func (v *visit) healthDay(tx *store.Tx) string {
	if day := v.query("date"); day != "" {
		return day
	}
	return tx.Now().In(china).Format(dayForm)
}

func (s *Service) missingHealth(v *visit) (any, error) {
	after, err := v.number("after")
	if err != nil {
		return nil, err
	}
	var out struct {
		Missing []person `json:"missing"`
		Next    int64    `json:"next"` // 0: that was all
	}
	return &out, v.look(func(tx *store.Tx) error {
		j, err := v.healthJob(tx)
		if err != nil {
			return err
		}
		users, next, err := s.deps.Health.Missing(tx, j, v.healthDay(tx), after, 100)
		if err != nil {
			return err
		}
		out.Next = next
		out.Missing, err = v.people(tx, users)
		return err
	})
}

// getHealthFile answers with a file of an answer of the day.
func (s *Service) getHealthFile(v *visit) (any, error) {
	return v.file(func(tx *store.Tx) (*wire.File, error) {
		j, err := v.healthJob(tx)
		if errors.Is(err, errGone) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		mediaID := v.r.PathValue("media_id")
		has, err := s.deps.Health.HasFile(tx, j, mediaID)
		if err != nil || !has {
			return nil, err
		}
		return v.preserved(tx, mediaID)
	})
}
