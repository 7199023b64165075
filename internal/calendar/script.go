package calendar

import (
	"context"
	"errors"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Scripts returns the calls by which scripts act as members in dev.
func (s *Service) Scripts() []door.Route {
	log := s.deps.Log
	return []door.Route{
		door.Script("POST /_qiwei/schedule/respond", log, s.scriptRespond),
		door.Script("POST /_qiwei/schedule/modify", log, s.scriptModify),
		door.Script("POST /_qiwei/schedule/delete", log, s.scriptDelete),
		door.Script("POST /_qiwei/calendar/modify", log, s.scriptCalendar),
		door.Script("POST /_qiwei/calendar/delete", log, s.scriptCalendarDelete),
		door.Script("POST /_qiwei/calendar/remind", log, s.scriptRemind),
	}
}

type (
	nothing struct{}
	person  struct {
		CorpID string    `json:"corpid"`
		UserID id.UserID `json:"userid"`
	}
	respondScript struct {
		person
		ID      string `json:"schedule_id"`
		Answer  Answer `json:"response_status"`         // 1 tentative, 2 accepted, 3 accepted once, 4 declined
		OpStart int64  `json:"op_start_time,omitempty"` // of 3: the repetition
	}
	modifyScript struct {
		person
		ID       string  `json:"schedule_id"`
		Summary  *string `json:"summary,omitempty"`
		Location *string `json:"location,omitempty"`
		Start    *int64  `json:"start_time,omitempty"`
		End      *int64  `json:"end_time,omitempty"`
		Mode     Mode    `json:"op_mode,omitempty"`
		OpStart  int64   `json:"op_start_time,omitempty"`
	}
	modifyAnswer struct {
		ID string `json:"schedule_id,omitempty"`
	}
	deleteScript struct {
		person
		ID      string `json:"schedule_id"`
		Mode    Mode   `json:"op_mode,omitempty"`
		OpStart int64  `json:"op_start_time,omitempty"`
	}
	calendarScript struct {
		person
		ID      string `json:"cal_id"`
		Summary string `json:"summary"`
	}
	calendarDeleteScript struct {
		person
		ID string `json:"cal_id"`
	}
)

// as runs fn as the member, in one transaction.
func (s *Service) as(ctx context.Context, p person, fn func(tx *store.Tx, by access.Caller) error) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.deps.Corps.Corp(tx, p.CorpID); errors.Is(err, corp.ErrNotFound) {
			return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", p.CorpID))
		} else if err != nil {
			return err
		}
		m, err := s.deps.Directory.Member(ctx, tx, access.System(p.CorpID), p.UserID)
		if errors.Is(err, directory.ErrMemberNotFound) {
			return door.Missing(fmt.Sprintf("userid: there is no member %q", p.UserID))
		}
		if err != nil {
			return err
		}
		return fn(tx, access.MemberOf(p.CorpID, m.UserID))
	})
}

func (s *Service) scriptRespond(ctx context.Context, req respondScript) (nothing, error) {
	return nothing{}, s.as(ctx, req.person, func(tx *store.Tx, by access.Caller) error {
		return s.Respond(ctx, tx, by, req.ID, req.Answer, req.OpStart)
	})
}

func (s *Service) scriptModify(ctx context.Context, req modifyScript) (answer modifyAnswer, err error) {
	err = s.as(ctx, req.person, func(tx *store.Tx, by access.Caller) error {
		sch, err := s.existing(tx, by, req.ID)
		if err != nil {
			return err
		}
		u := Update{Mode: req.Mode, OpStart: req.OpStart, SkipAttendees: true, Draft: Draft{Schedule: sch}}
		for to, from := range map[*string]*string{&u.Summary: req.Summary, &u.Schedule.Location: req.Location} {
			if from != nil {
				*to = *from
			}
		}
		for to, from := range map[*int64]*int64{&u.Start: req.Start, &u.End: req.End} {
			if from != nil {
				*to = *from
			}
		}
		if req.Mode == OnlyThis {
			u.Repeat = Repeat{}
		}
		answer.ID, err = s.ChangeAsMember(ctx, tx, by, u)
		return err
	})
	return answer, err
}

func (s *Service) scriptDelete(ctx context.Context, req deleteScript) (nothing, error) {
	return nothing{}, s.as(ctx, req.person, func(tx *store.Tx, by access.Caller) error {
		return s.CancelAsMember(ctx, tx, by, req.ID, req.Mode, req.OpStart)
	})
}

func (s *Service) scriptCalendar(ctx context.Context, req calendarScript) (nothing, error) {
	return nothing{}, s.as(ctx, req.person, func(tx *store.Tx, by access.Caller) error {
		c, err := s.administered(tx, by, req.ID)
		if err != nil {
			return err
		}
		w := Wish{Calendar: c}
		w.Summary = req.Summary
		for _, p := range c.Shares {
			if p.Admin {
				w.Admins = append(w.Admins, p.UserID)
			}
		}
		_, err = s.UpdateAsMember(ctx, tx, by, w)
		return err
	})
}

func (s *Service) scriptCalendarDelete(ctx context.Context, req calendarDeleteScript) (nothing, error) {
	return nothing{}, s.as(ctx, req.person, func(tx *store.Tx, by access.Caller) error {
		return s.DeleteAsMember(ctx, tx, by, req.ID)
	})
}

// scriptRemind reminds of what is due by the server's clock, without waiting for the next look.
func (s *Service) scriptRemind(ctx context.Context, _ nothing) (nothing, error) {
	return nothing{}, s.RemindDue(ctx)
}
