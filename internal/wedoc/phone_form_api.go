package wedoc

import (
	"errors"
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

type (
	phoneForm struct {
		FormID    string     `json:"formid"`
		Title     string     `json:"title"`
		Desc      string     `json:"desc"`
		Header    string     `json:"header"`
		Questions []Question `json:"questions"` // those that are asked
		Anonymous bool       `json:"anonymous"`
		Until     int64      `json:"until"`              // Unix seconds; 0 if there is no end
		Round     string     `json:"repeated_id"`        // what an answer would belong to
		Refused   string     `json:"refused,omitempty"`  // why the member cannot answer now
		Reason    string     `json:"reason,omitempty"`   // the same for the page: unasked, early, ended or answered
		Answered  int64      `json:"answered,omitempty"` // how often the member has
		Last      []Reply    `json:"last,omitempty"`     // the member's newest answer
	}
	phoneFill struct {
		Round     string  `json:"repeated_id"`
		Anonymous bool    `json:"anonymous"`
		Items     []Reply `json:"items"`
	}
)

// formOf returns a form of the member's enterprise.
func (s *Service) formOf(tx *store.Tx, sess login.Session, formID string) (Form, error) {
	f, found, err := selectForm(tx, sess.CorpID, formID)
	if err == nil && !found {
		err = ErrDocID.With("formid: there is no form %q", formID)
	}
	return f, err
}

// phoneForm answers a form, with what the member has answered. Those who are not to fill it in are told that alone.
func (s *Service) phoneForm(r *http.Request, sess login.Session) (any, error) {
	var out phoneForm
	err := s.view(r, func(tx *store.Tx) error {
		f, err := s.formOf(tx, sess, r.PathValue("formid"))
		if err != nil {
			return err
		}
		by := access.MemberOf(sess.CorpID, sess.Member.UserID)
		out = phoneForm{FormID: f.FormID, Title: f.Body.Title, Questions: []Question{}}
		at, err := s.may(r.Context(), tx, f, by.UserID, "")
		var refused wire.Error
		if errors.As(err, &refused) {
			out.Refused = refused.Note
		} else if err != nil {
			return err
		}
		if out.Answered, err = tx.Count(`SELECT count(*) FROM wedoc_answer WHERE form = ? AND userkey = ? AND removed = 0`, f.No, by.UserID.Key()); err != nil {
			return err
		}
		asked, err := s.asked(r.Context(), tx, f, by.UserID)
		if err != nil {
			return err
		}
		rounds := f.rounds(tx.Now())
		if len(rounds) > 0 {
			if until := f.lasts(rounds[0], rounds); !until.IsZero() {
				out.Until = until.Unix()
			}
		}
		switch {
		case out.Refused == "":
		case !asked:
			out.Reason = "unasked"
		case len(rounds) == 0:
			out.Reason = "early"
		case out.Until > 0 && tx.Now().Unix() >= out.Until:
			out.Reason = "ended"
		default:
			out.Reason = "answered"
		}
		if !asked && out.Answered == 0 {
			return nil
		}
		out.Desc, out.Header, out.Anonymous = f.Body.Desc, f.Body.Header, f.Body.Setting.Anonymous
		for _, q := range f.Body.Question.Items {
			if q.Status == 1 {
				out.Questions = append(out.Questions, q)
			}
		}
		if out.Refused == "" {
			out.Round = f.roundID(at)
		}
		out.Last, err = lastAnswer(tx, f, by)
		return err
	})
	return out, err
}

// phoneAnswer hands in what the member has filled in.
func (s *Service) phoneAnswer(r *http.Request, sess login.Session) (any, error) {
	out := map[string]int64{}
	err := change(s, r, sess, func(tx *store.Tx, by access.Caller, req phoneFill) (err error) {
		f, err := s.formOf(tx, sess, r.PathValue("formid"))
		if err != nil {
			return err
		}
		items, err := s.handedIn(tx, by, f, req.Items)
		if err != nil {
			return err
		}
		out["answer_id"], err = s.Answer(r.Context(), tx, by, f.FormID, Fill{req.Round, req.Anonymous, items})
		return err
	})
	return out, err
}

// lastAnswer is the newest answer of the member, nil if there is none.
func lastAnswer(tx *store.Tx, f Form, by access.Caller) ([]Reply, error) {
	list, err := selectAnswers(tx, `form = ? AND userkey = ? AND removed = 0 ORDER BY no DESC LIMIT 1`, f.No, by.UserID.Key())
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0].Replies, nil
}
