package wedoc

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
	at, log := func(name string) string { return "POST /_qiwei/wedoc/" + name }, s.deps.Log
	return []door.Route{
		door.Script(at("answer"), log, s.scriptAnswer),
		door.Script(at("remove_answer"), log, s.scriptRemoveAnswer),
		door.Script(at("members"), log, s.scriptMembers),
		door.Script(at("form_setting"), log, s.scriptFormSetting),
		door.Script(at("delete"), log, s.scriptDelete),
	}
}

type (
	nothing struct{}
	// Person is the member as whom a script acts.
	Person struct {
		CorpID string    `json:"corpid"`
		UserID id.UserID `json:"userid"`
	}
)

// As runs fn as the member, in one transaction.
func (s *Service) As(ctx context.Context, p Person, fn func(tx *store.Tx, by access.Caller) error) error {
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

type (
	answerScript struct {
		Person
		FormID    string  `json:"formid"`
		Round     string  `json:"repeated_id,omitempty"`
		Anonymous bool    `json:"anonymous,omitempty"`
		Items     []Reply `json:"items"`
	}
	answerScripted struct {
		AnswerID int64 `json:"answer_id"`
	}
)

func (s *Service) scriptAnswer(ctx context.Context, req answerScript) (out answerScripted, err error) {
	err = s.As(ctx, req.Person, func(tx *store.Tx, by access.Caller) (err error) {
		out.AnswerID, err = s.Answer(ctx, tx, by, req.FormID, Fill{req.Round, req.Anonymous, req.Items})
		return err
	})
	return out, err
}

type removeAnswerScript struct {
	Person
	FormID   string `json:"formid"`
	AnswerID int64  `json:"answer_id"`
}

// scriptRemoveAnswer has somebody who manages a form leave an answer out of the statistics.
func (s *Service) scriptRemoveAnswer(ctx context.Context, req removeAnswerScript) (nothing, error) {
	return nothing{}, s.As(ctx, req.Person, func(tx *store.Tx, by access.Caller) error {
		f, err := s.managed(tx, by, req.FormID)
		if err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE wedoc_answer SET removed = 1 WHERE form = ? AND no = ?`, f.No, req.AnswerID)
		if err == nil && n == 0 {
			err = door.Missing(fmt.Sprintf("answer_id: the form has no answer %d", req.AnswerID))
		}
		return err
	})
}

type membersScript struct {
	Person
	DocID  string      `json:"docid"`
	Set    []setScript `json:"set,omitempty"`
	Remove []id.UserID `json:"remove,omitempty"`
}

type setScript struct {
	UserID id.UserID `json:"userid"`
	Right  Right     `json:"auth"`
}

func (s *Service) scriptMembers(ctx context.Context, req membersScript) (nothing, error) {
	return nothing{}, s.As(ctx, req.Person, func(tx *store.Tx, by access.Caller) error {
		d, err := s.ManagedBy(ctx, tx, by, req.DocID)
		if err != nil {
			return err
		}
		c := MemberChange{Remove: req.Remove}
		for _, m := range req.Set {
			c.Set = append(c.Set, Member(m))
		}
		return s.ChangeMembers(ctx, tx, by, d, c)
	})
}

type formSettingScript struct {
	Person
	FormID  string      `json:"formid"`
	Setting FormSetting `json:"form_setting"`
}

func (s *Service) scriptFormSetting(ctx context.Context, req formSettingScript) (nothing, error) {
	return nothing{}, s.As(ctx, req.Person, func(tx *store.Tx, by access.Caller) error {
		f, err := s.managed(tx, by, req.FormID)
		if err != nil {
			return err
		}
		return s.ChangeSetting(ctx, tx, by, f, req.Setting)
	})
}

type deleteScript struct {
	Person
	DocID  string `json:"docid,omitempty"`
	FormID string `json:"formid,omitempty"`
}

func (s *Service) scriptDelete(ctx context.Context, req deleteScript) (nothing, error) {
	return nothing{}, s.As(ctx, req.Person, func(tx *store.Tx, by access.Caller) error {
		if req.FormID != "" {
			f, err := s.managed(tx, by, req.FormID)
			if err != nil {
				return err
			}
			return s.DeleteForm(ctx, tx, by, f)
		}
		d, err := s.ManagedBy(ctx, tx, by, req.DocID)
		if err != nil {
			return err
		}
		return s.Delete(ctx, tx, by, d)
	})
}
