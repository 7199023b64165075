package health

import (
	"encoding/json"
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Routes returns the calls of a member's page, with the member's session.
func (s *Service) Routes() []door.Route {
	page := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /phone/api/health", Handler: page(s.phoneJobs)},
		{Pattern: "POST /phone/api/health/{jobid}", Handler: page(s.phoneReport)},
	}
}

type (
	phoneJob struct {
		ID         string         `json:"jobid"`
		Title      string         `json:"title"`
		ReportType int64          `json:"report_type"`
		Reported   bool           `json:"reported"` // today, or ever where it is reported once
		Questions  []questionWire `json:"question_templates"`
	}
	phoneReport struct {
		Values []Value `json:"report_values"`
	}
)

// jobsShown is how many jobs a member's page has.
const jobsShown = 100

// phoneJobs lists what the member is asked, and counts the visit. The workbench asks for how much waits; that is none.
func (s *Service) phoneJobs(r *http.Request, sess login.Session) (any, error) {
	out := []phoneJob{}
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		if r.URL.Query().Get("for") != "workbench" {
			if err := s.Use(tx, sess.CorpID, sess.Member.UserID); err != nil {
				return err
			}
		}
		list, err := s.asked(tx, sess.CorpID, sess.Member)
		if err != nil {
			return err
		}
		out = out[:0]
		for _, j := range list {
			where := ``
			args := []any{j.No, j.CorpID, sess.Member.UserID.Key()}
			if j.ReportType == Daily {
				where, args = ` AND day = ?`, append(args, dayOf(tx.Now()))
			}
			n, err := tx.Count(`SELECT count(*) FROM health_answer WHERE job = ? AND corpid = ? AND userkey = ?`+where, args...)
			if err != nil {
				return err
			}
			out = append(out, phoneJob{j.ID, j.Title, j.ReportType, n > 0, newQuestions(j)})
		}
		return nil
	})
	return map[string]any{"jobs": out}, err
}

// asked returns the running jobs that ask the member.
func (s *Service) asked(tx *store.Tx, corpID string, m directory.Member) (out []Job, err error) {
	list, err := selectJobs(tx, `corpid = ? AND ended = 0 ORDER BY no LIMIT ?`, corpID, int64(jobsShown))
	if err != nil {
		return nil, err
	}
	for _, j := range list {
		in, err := s.deps.Directory.InRange(tx, corpID, j.Range, m)
		if err != nil {
			return nil, err
		}
		if in {
			out = append(out, j)
		}
	}
	return out, nil
}

func (s *Service) phoneReport(r *http.Request, sess login.Session) (any, error) {
	var req phoneReport
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<18)).Decode(&req); err != nil {
		return nil, wire.ErrParameter.With("report_values: %v", err)
	}
	return map[string]any{}, s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		return s.Report(r.Context(), tx, access.MemberOf(sess.CorpID, sess.Member.UserID), r.PathValue("jobid"), sess.Member.UserID, req.Values)
	})
}
