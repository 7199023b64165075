package moment

import (
	"encoding/json"
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Routes returns the calls of a member's page, with the member's session.
func (s *Service) Routes() []door.Route {
	page := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /phone/api/moments", Handler: page(s.phoneMoments)},
		{Pattern: "POST /phone/api/moments", Handler: page(s.phoneShare)},
		{Pattern: "POST /phone/api/moments/{moment}/{step}", Handler: page(s.phoneStep)},
		{Pattern: "GET /phone/api/moments/{moment}/files/{media}", Handler: s.deps.Member.File(s.phoneFile)},
	}
}

// phoneMoments answers what the member is asked to publish, and what the member has published.
func (s *Service) phoneMoments(r *http.Request, sess login.Session) (any, error) {
	var out struct {
		Todo      []shownMoment `json:"todo"`
		Published []shownMoment `json:"published"`
	}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		out.Todo, out.Published, err = s.ofMember(tx, sess.CorpID, sess.Member.No)
		return err
	})
	return out, err
}

// phoneShare publishes a moment of the member's own.
func (s *Service) phoneShare(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		Text        string           `json:"text"`
		Attachments []Attachment     `json:"attachments"`
		Tags        []id.CustomerTag `json:"tag_list"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	var answer publishAnswer
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) (err error) {
		answer.MomentID, answer.Customers, err = s.Share(r.Context(), tx, access.System(sess.CorpID), sess.Member.UserID, NewContent{req.Text, req.Attachments, nil}, req.Tags)
		return err
	})
	return answer, err
}

// phoneStep does something with a moment: publish, like, comment or delete.
func (s *Service) phoneStep(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		Text string `json:"text"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	answer := publishAnswer{MomentID: r.PathValue("moment")}
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) (err error) {
		by, user := access.System(sess.CorpID), sess.Member.UserID
		switch r.PathValue("step") {
		case "publish":
			answer.Customers, err = s.Confirm(r.Context(), tx, by, answer.MomentID, user)
		case "like":
			err = s.Respond(r.Context(), tx, by, answer.MomentID, user, "", Response{Liked: true})
		case "comment":
			err = s.Respond(r.Context(), tx, by, answer.MomentID, user, "", Response{Text: req.Text})
		case "delete":
			err = s.Withdraw(r.Context(), tx, by, answer.MomentID, user)
		default:
			err = door.ErrNotFound
		}
		return err
	})
	return answer, err
}

// phoneFile returns a file of a moment that the member publishes.
func (s *Service) phoneFile(r *http.Request, sess login.Session) (*wire.File, error) {
	return s.file(r.Context(), sess.CorpID, r.PathValue("moment"), r.PathValue("media"), func(tx *store.Tx, p Post) (bool, error) {
		n, err := tx.Count(`SELECT count(*) FROM moment_task WHERE corpid = ? AND moment = ? AND member = ?`, sess.CorpID, p.No, sess.Member.No)
		return n > 0, err
	})
}
