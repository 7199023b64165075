package meeting

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

// Scripts returns the calls by which scripts act as people of meetings in dev.
func (s *Service) Scripts() []door.Route {
	at, log := func(name string) string { return "POST /_qiwei/meetings/" + name }, s.deps.Log
	out := []door.Route{
		door.Script(at("create"), log, s.scriptCreate),
		door.Script(at("move"), log, s.scriptMove),
		door.Script(at("cancel"), log, s.scriptCancel),
		door.Script(at("join"), log, s.scriptJoin),
		door.Script(at("leave"), log, s.scriptLeave),
		door.Script(at("end"), log, s.scriptEnd),
		door.Script(at("lead"), log, s.scriptLead),
		door.Script(at("enroll"), log, s.scriptEnroll),
		door.Script(at("cancel_enroll"), log, s.scriptUnenroll),
	}
	for _, act := range []Act{Mute, Unmute, Film, Unfilm, Share, Unshare} {
		out = append(out, door.Script(at(string(act)), log, func(ctx context.Context, req comeScript) (stateAnswer, error) { return s.scriptDo(ctx, req, act) }))
	}
	return out
}

type (
	none          struct{}
	meetingScript struct {
		CorpID string `json:"corpid"`
		ID     string `json:"meetingid,omitempty"`
		Code   string `json:"meeting_code,omitempty"` // in place of meetingid
		Who
	}
	comeScript struct {
		meetingScript
		Instance *int64 `json:"instance_id,omitempty"` // 1, a PC, where somebody joins; all of theirs where they leave or do something
		Password string `json:"password,omitempty"`
		Key      string `json:"key,omitempty"` // of a link
	}
	createScript struct {
		CorpID   string      `json:"corpid"`
		UserID   id.UserID   `json:"userid"`
		Title    string      `json:"title"`
		Start    int64       `json:"meeting_start"`
		Length   int64       `json:"meeting_duration"`
		Invitees []id.UserID `json:"invitees,omitempty"`
	}
	moveScript struct {
		meetingScript
		Start  int64 `json:"meeting_start"`
		Length int64 `json:"meeting_duration"`
	}
	cancelScript struct {
		meetingScript
		Sub string `json:"sub_meetingid,omitempty"`
	}
	leadScript struct {
		meetingScript
		Step
	}
	enrollScript struct {
		meetingScript
		Nickname string             `json:"nick_name,omitempty"`
		Answers  map[int64][]string `json:"answers,omitempty"` // by the number of the question
	}
	enrollAnswer struct {
		ID     string   `json:"enroll_id"`
		Status Approval `json:"status"`
	}
	stateAnswer struct {
		ID      string `json:"meetingid"`
		Code    string `json:"meeting_code"`
		Status  Status `json:"status"`
		Waiting bool   `json:"waiting"` // in the waiting room
		OpenID  string `json:"tmp_openid,omitempty"`
	}
)

// inCorp runs a script in one write transaction. The meeting may be named by its number.
func (s *Service) inCorp(ctx context.Context, req *meetingScript, fn func(tx *store.Tx) error) error {
	return s.inTx(ctx, func(tx *store.Tx) error {
		if _, err := s.deps.Corps.Corp(tx, req.CorpID); errors.Is(err, corp.ErrNotFound) {
			return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", req.CorpID))
		} else if err != nil {
			return err
		}
		if req.ID == "" && req.Code != "" {
			m, err := numbered(tx, req.CorpID, req.Code)
			if err != nil {
				return err
			}
			req.ID = m.ID
		}
		return fn(tx)
	})
}

// asMember is inCorp for what a member does.
func (s *Service) asMember(ctx context.Context, req *meetingScript, fn func(tx *store.Tx, by access.Caller) error) error {
	return s.inCorp(ctx, req, func(tx *store.Tx) error {
		m, err := s.deps.Directory.Member(ctx, tx, access.System(req.CorpID), req.UserID)
		if errors.Is(err, directory.ErrMemberNotFound) {
			return door.Missing(fmt.Sprintf("userid: there is no member %q", req.UserID))
		}
		if err != nil {
			return err
		}
		return fn(tx, access.MemberOf(req.CorpID, m.UserID))
	})
}

// answer tells what has become of a meeting, and of somebody there.
func (s *Service) answer(ctx context.Context, tx *store.Tx, m Meeting, w Who) (a stateAnswer, err error) {
	st, err := stateOf(tx, m)
	if err != nil {
		return a, err
	}
	a = stateAnswer{ID: m.ID, Code: m.Code, Status: st.Status}
	if w == (Who{}) {
		return a, nil
	}
	p, err := s.person(ctx, tx, m, w)
	if err != nil {
		return a, err
	}
	a.OpenID = p.OpenID
	there, err := present(tx, m)
	for _, v := range there {
		a.Waiting = a.Waiting || v.Person == p.No && v.Waiting
	}
	return a, err
}

func (s *Service) scriptCreate(ctx context.Context, req createScript) (answer stateAnswer, err error) {
	as := meetingScript{CorpID: req.CorpID, Who: Who{UserID: req.UserID}}
	err = s.asMember(ctx, &as, func(tx *store.Tx, by access.Caller) error {
		m, err := s.CreateAsMember(ctx, tx, by, NewMeeting(req.Title, req.Start, req.Length, req.Invitees))
		answer = stateAnswer{ID: m.ID, Code: m.Code, Status: Reserved}
		return err
	})
	return answer, err
}

func (s *Service) scriptMove(ctx context.Context, req moveScript) (none, error) {
	return none{}, s.asMember(ctx, &req.meetingScript, func(tx *store.Tx, by access.Caller) error {
		return s.UpdateAsMember(ctx, tx, by, req.ID, Change{Start: &req.Start, Length: &req.Length})
	})
}

func (s *Service) scriptCancel(ctx context.Context, req cancelScript) (none, error) {
	return none{}, s.asMember(ctx, &req.meetingScript, func(tx *store.Tx, by access.Caller) error {
		return s.CancelAsMember(ctx, tx, by, req.ID, req.Sub)
	})
}

func (s *Service) scriptJoin(ctx context.Context, req comeScript) (answer stateAnswer, err error) {
	err = s.inCorp(ctx, &req.meetingScript, func(tx *store.Tx) error {
		e := Entry{Who: req.Who, Instance: 1, Password: req.Password, Key: req.Key}
		if req.Instance != nil {
			e.Instance = *req.Instance
		}
		m, _, err := s.Join(ctx, tx, req.CorpID, req.ID, e)
		if err == nil {
			answer, err = s.answer(ctx, tx, m, req.Who)
		}
		return err
	})
	return answer, err
}

// device is with which device somebody acts: all of theirs if the script names none.
func (req comeScript) device() int64 {
	if req.Instance == nil {
		return -1
	}
	return *req.Instance
}

func (s *Service) scriptLeave(ctx context.Context, req comeScript) (answer stateAnswer, err error) {
	err = s.inCorp(ctx, &req.meetingScript, func(tx *store.Tx) error {
		m, err := s.Leave(ctx, tx, req.CorpID, req.ID, req.Who, req.device())
		if err == nil {
			answer, err = s.answer(ctx, tx, m, req.Who)
		}
		return err
	})
	return answer, err
}

func (s *Service) scriptEnd(ctx context.Context, req meetingScript) (answer stateAnswer, err error) {
	err = s.inCorp(ctx, &req, func(tx *store.Tx) error {
		m, err := s.End(ctx, tx, req.CorpID, req.ID, req.Who)
		if err == nil {
			answer, err = s.answer(ctx, tx, m, req.Who)
		}
		return err
	})
	return answer, err
}

func (s *Service) scriptDo(ctx context.Context, req comeScript, act Act) (answer stateAnswer, err error) {
	err = s.inCorp(ctx, &req.meetingScript, func(tx *store.Tx) error {
		m, err := s.Do(ctx, tx, req.CorpID, req.ID, req.Who, req.device(), act)
		if err == nil {
			answer, err = s.answer(ctx, tx, m, req.Who)
		}
		return err
	})
	return answer, err
}

// scriptLead does what only those who lead a meeting do.
func (s *Service) scriptLead(ctx context.Context, req leadScript) (none, error) {
	return none{}, s.inCorp(ctx, &req.meetingScript, func(tx *store.Tx) error {
		return s.Lead(ctx, tx, req.CorpID, req.ID, req.Who, req.Step)
	})
}

func (s *Service) scriptEnroll(ctx context.Context, req enrollScript) (answer enrollAnswer, err error) {
	err = s.inCorp(ctx, &req.meetingScript, func(tx *store.Tx) error {
		e, err := s.Enrol(ctx, tx, req.CorpID, req.ID, req.Who, req.Nickname, req.Answers)
		answer = enrollAnswer{e.ID, e.Status}
		return err
	})
	return answer, err
}

func (s *Service) scriptUnenroll(ctx context.Context, req meetingScript) (none, error) {
	return none{}, s.inCorp(ctx, &req, func(tx *store.Tx) error { return s.Unenrol(ctx, tx, req.CorpID, req.ID, req.Who) })
}
