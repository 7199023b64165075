package todo

import (
	"cmp"
	"encoding/json"
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// Routes returns the calls of a member's page, with the member's session.
func (s *Service) Routes() []door.Route {
	page := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /phone/api/todos", Handler: page(s.phoneList)},
		{Pattern: "GET /phone/api/todos/{id}", Handler: page(s.phoneTodo)},
		{Pattern: "POST /phone/api/todos", Handler: page(s.phoneCreate)},
		{Pattern: "POST /phone/api/todos/{id}/change", Handler: page(s.phoneChange)},
		{Pattern: "POST /phone/api/todos/{id}/answer", Handler: page(s.phoneAnswer)},
		{Pattern: "POST /phone/api/todos/{id}/delete", Handler: page(s.phoneDelete)},
	}
}

// listMost is how many to-dos a page of a member's list has.
const listMost = 50

type (
	phoneFollower struct {
		UserID id.UserID `json:"userid"`
		Name   string    `json:"name"`
		Answer Answer    `json:"status"`
	}
	phoneTodo struct {
		No        int64           `json:"no"` // where the next page begins
		ID        string          `json:"todo_id"`
		Content   string          `json:"content"`
		Status    Status          `json:"status"`
		End       int64           `json:"end_time"` // Unix seconds; 0 for none
		Reminds   []int64         `json:"remind_types"`
		Creator   string          `json:"creator"` // name
		Own       bool            `json:"own"`     // the member has made it
		Answer    *Answer         `json:"answer"`  // the member's; null without taking part
		Followers []phoneFollower `json:"followers"`
	}
	phoneDraft struct {
		Content   string      `json:"content"`
		End       int64       `json:"end_time"`
		Reminds   []int64     `json:"remind_types"`
		Followers []id.UserID `json:"followers"`
	}
)

func (s *Service) shown(tx *store.Tx, sess login.Session, list []Todo) ([]phoneTodo, error) {
	var users []id.UserID
	for _, t := range list {
		users = append(append(users, t.Creator), t.users("")...)
	}
	names, err := s.deps.Directory.NamesOf(tx, sess.CorpID, users)
	if err != nil {
		return nil, err
	}
	name := func(u id.UserID) string { return cmp.Or(names[u.Key()], string(u)) }
	out := []phoneTodo{}
	for _, t := range list {
		p := phoneTodo{
			No: t.No, ID: t.ID, Content: t.Content, Status: t.Status, End: t.End, Reminds: append([]int64{}, t.Reminds...),
			Creator: name(t.Creator), Own: t.Creator.Equal(sess.Member.UserID), Followers: []phoneFollower{},
		}
		for _, f := range t.Followers {
			p.Followers = append(p.Followers, phoneFollower{f.UserID, name(f.UserID), f.Answer})
			if f.UserID.Equal(sess.Member.UserID) {
				p.Answer = &f.Answer
			}
		}
		out = append(out, p)
	}
	return out, nil
}

func (s *Service) phoneList(r *http.Request, sess login.Session) (any, error) {
	q := Search{Of: sess.Member.UserID, Limit: listMost}
	switch box := r.URL.Query().Get("box"); box {
	case "open", "done":
		status := map[string]Status{"open": Open, "done": Done}[box]
		q.Status = &status
	case "":
	default:
		return nil, ErrParameter.With("box: open or done expected")
	}
	var err error
	if q.Before, err = door.Number(r, "before"); err != nil {
		return nil, err
	}
	out := struct {
		Todos []phoneTodo `json:"todos"`
		More  bool        `json:"more"`
	}{}
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		list, more, err := s.Find(tx, sess.CorpID, sess.Member.UserID, q)
		if err != nil {
			return err
		}
		out.More = more
		out.Todos, err = s.shown(tx, sess, list)
		return err
	})
	return out, err
}

func (s *Service) phoneTodo(r *http.Request, sess login.Session) (any, error) {
	var out []phoneTodo
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		t, err := s.seen(tx, access.MemberOf(sess.CorpID, sess.Member.UserID), r.PathValue("id"))
		if err != nil {
			return err
		}
		out, err = s.shown(tx, sess, []Todo{t})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// change reads a request and runs fn in a write transaction as the member.
func change[Req any](s *Service, r *http.Request, sess login.Session, fn func(tx *store.Tx, by access.Caller, req Req) error) error {
	var req Req
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return err
	}
	return s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		return fn(tx, access.MemberOf(sess.CorpID, sess.Member.UserID), req)
	})
}

func followers(users []id.UserID) []Follower {
	out := make([]Follower, len(users))
	for i, u := range users {
		out[i] = Follower{UserID: u, Answer: Accepted}
	}
	return out
}

func (s *Service) phoneCreate(r *http.Request, sess login.Session) (any, error) {
	made := ""
	err := change(s, r, sess, func(tx *store.Tx, by access.Caller, req phoneDraft) error {
		t, err := s.Create(r.Context(), tx, by, Draft{req.Content, req.End, req.Reminds, followers(req.Followers)})
		made = t.ID
		return err
	})
	return map[string]string{"todo_id": made}, err
}

func (s *Service) phoneChange(r *http.Request, sess login.Session) (any, error) {
	type changed struct {
		Content   *string      `json:"content"`
		Status    *Status      `json:"status"`
		End       *int64       `json:"end_time"`
		Reminds   *[]int64     `json:"remind_types"`
		Followers *[]id.UserID `json:"followers"`
	}
	return struct{}{}, change(s, r, sess, func(tx *store.Tx, by access.Caller, req changed) error {
		u := Update{Content: req.Content, Status: req.Status, End: req.End, Reminds: req.Reminds}
		if req.Followers != nil {
			list := followers(*req.Followers)
			u.Followers = &list
		}
		_, err := s.Change(r.Context(), tx, by, r.PathValue("id"), u)
		return err
	})
}

func (s *Service) phoneAnswer(r *http.Request, sess login.Session) (any, error) {
	type answered struct {
		Answer Answer `json:"status"`
	}
	return struct{}{}, change(s, r, sess, func(tx *store.Tx, by access.Caller, req answered) error {
		return s.Answer(tx, by, r.PathValue("id"), by.UserID, req.Answer)
	})
}

func (s *Service) phoneDelete(r *http.Request, sess login.Session) (any, error) {
	return struct{}{}, change(s, r, sess, func(tx *store.Tx, by access.Caller, _ struct{}) error {
		return s.Delete(r.Context(), tx, by, r.PathValue("id"))
	})
}
