package health

import (
	"context"
	"errors"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Scripts returns the calls by which scripts act as administrators and members in dev.
func (s *Service) Scripts() []door.Route {
	log := s.deps.Log
	return []door.Route{
		door.Script("POST /_qiwei/health/create", log, s.scriptCreate),
		door.Script("POST /_qiwei/health/end", log, s.scriptEnd),
		door.Script("POST /_qiwei/health/open", log, s.scriptOpen),
		door.Script("POST /_qiwei/health/report", log, s.scriptReport),
	}
}

type (
	none           struct{}
	questionScript struct {
		Title    string   `json:"title"`
		Type     int64    `json:"question_type"`
		Required bool     `json:"is_required"`
		Options  []string `json:"option_list,omitempty"` // their texts
	}
	createScript struct {
		CorpID      string           `json:"corpid"`
		Title       string           `json:"title"`
		Creator     id.UserID        `json:"creator"`
		Type        int64            `json:"type"` // 1, which is so if it is left out
		Range       rangeWire        `json:"apply_range"`
		ReportTo    []id.UserID      `json:"report_to"`
		ReportType  int64            `json:"report_type"`
		SkipWeekend bool             `json:"skip_weekend"`
		Questions   []questionScript `json:"question_templates"`
	}
	jobScript struct {
		CorpID string `json:"corpid"`
		ID     string `json:"jobid"`
	}
	jobAnswer struct {
		ID string `json:"jobid"`
	}
	memberScript struct {
		CorpID string    `json:"corpid"`
		UserID id.UserID `json:"userid"`
	}
	reportScript struct {
		CorpID string    `json:"corpid"`
		ID     string    `json:"jobid"`
		UserID id.UserID `json:"userid"`
		Values []Value   `json:"report_values"`
	}
)

// inCorp runs a script in one write transaction.
func (s *Service) inCorp(ctx context.Context, corpID string, fn func(tx *store.Tx, by access.Caller) error) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.deps.Corps.Corp(tx, corpID); errors.Is(err, corp.ErrNotFound) {
			return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", corpID))
		} else if err != nil {
			return err
		}
		return fn(tx, access.System(corpID))
	})
}

func (s *Service) scriptCreate(ctx context.Context, req createScript) (answer jobAnswer, err error) {
	if req.Type != 0 && req.Type != ofMembers {
		return answer, wire.ErrParameter.With("type: 1 expected; reports of parents (2) need schools, which are not built")
	}
	c := Content{Title: req.Title, Creator: req.Creator, Range: access.Range{Members: req.Range.Users, Departments: req.Range.Parties}, ReportTo: req.ReportTo, ReportType: req.ReportType, SkipWeekend: req.SkipWeekend}
	for _, q := range req.Questions {
		c.Questions = append(c.Questions, Question{Title: q.Title, Type: q.Type, Required: q.Required, Options: q.Options})
	}
	err = s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		j, err := s.Create(ctx, tx, by, c)
		answer.ID = j.ID
		return err
	})
	return answer, err
}

func (s *Service) scriptEnd(ctx context.Context, req jobScript) (none, error) {
	return none{}, s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error { return s.End(tx, req.CorpID, req.ID) })
}

func (s *Service) scriptOpen(ctx context.Context, req memberScript) (none, error) {
	return none{}, s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		m, err := s.deps.Directory.Member(ctx, tx, by, req.UserID)
		if err != nil {
			return err
		}
		return s.Use(tx, req.CorpID, m.UserID)
	})
}

func (s *Service) scriptReport(ctx context.Context, req reportScript) (none, error) {
	return none{}, s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.Report(ctx, tx, by, req.ID, req.UserID, req.Values)
	})
}
