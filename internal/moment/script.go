package moment

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Scripts returns the calls by which scripts play members who publish moments and customers who answer, in dev.
func (s *Service) Scripts() []door.Route {
	at := func(name string) string { return "POST /_qiwei/wechat/moment/" + name }
	return []door.Route{
		door.Script(at("publish"), s.deps.Log, s.scriptPublish),
		door.Script(at("like"), s.deps.Log, s.scriptLike),
		door.Script(at("comment"), s.deps.Log, s.scriptComment),
		door.Script(at("delete"), s.deps.Log, s.scriptDelete),
		{Pattern: "GET /_qiwei/wechat/moments", Handler: http.HandlerFunc(s.scriptMoments)},
		{Pattern: "GET /_qiwei/wechat/moments/{corpid}/{moment}/files/{media}", Handler: http.HandlerFunc(s.scriptFile)},
	}
}

func (s *Service) script(ctx context.Context, corpID string, fn func(tx *store.Tx, by access.Caller) error) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.deps.Corps.Corp(tx, corpID); errors.Is(err, corp.ErrNotFound) {
			return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", corpID))
		} else if err != nil {
			return err
		}
		return fn(tx, access.System(corpID))
	})
}

// named is a moment that a member has published, or publishes.
type named struct {
	CorpID   string    `json:"corpid"`
	MomentID string    `json:"moment_id"`
	UserID   id.UserID `json:"userid"`
}

// publishScript is a member who confirms the corp's moment of the moment_id, or publishes one of their own.
type publishScript struct {
	named
	Text        string           `json:"text"`
	Attachments []Attachment     `json:"attachments"`
	Location    *Location        `json:"location"`
	Tags        []id.CustomerTag `json:"tag_list"` // of the customers who see it; all of them if it is left out
}

type publishAnswer struct {
	MomentID  string `json:"moment_id"`
	Customers int64  `json:"customers"` // for whom it was published
}

func (s *Service) scriptPublish(ctx context.Context, req publishScript) (answer publishAnswer, err error) {
	err = s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) (err error) {
		if answer.MomentID = req.MomentID; req.MomentID != "" {
			answer.Customers, err = s.Confirm(ctx, tx, by, req.MomentID, req.UserID)
			return err
		}
		answer.MomentID, answer.Customers, err = s.Share(ctx, tx, by, req.UserID, NewContent{req.Text, req.Attachments, req.Location}, req.Tags)
		return err
	})
	return answer, err
}

// respondScript is a customer who answers a member's moment, or that member if the customer is left out.
type respondScript struct {
	named
	External id.ExternalID `json:"external_userid"`
}

type commentScript struct {
	respondScript
	Text string `json:"text"`
}

type none struct{}

func (s *Service) scriptLike(ctx context.Context, req respondScript) (none, error) {
	return none{}, s.respond(ctx, req, Response{Liked: true})
}

func (s *Service) scriptComment(ctx context.Context, req commentScript) (none, error) {
	return none{}, s.respond(ctx, req.respondScript, Response{Text: req.Text})
}

func (s *Service) respond(ctx context.Context, req respondScript, r Response) error {
	return s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.Respond(ctx, tx, by, req.MomentID, req.UserID, req.External, r)
	})
}

func (s *Service) scriptDelete(ctx context.Context, req named) (none, error) {
	return none{}, s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.Withdraw(ctx, tx, by, req.MomentID, req.UserID)
	})
}

// scriptMoments answers the moments that a customer sees, the newest first.
func (s *Service) scriptMoments(w http.ResponseWriter, r *http.Request) {
	door.Answer(w, r, s.deps.Log, nil, func() (any, error) {
		q, out := r.URL.Query(), []shownMoment{}
		err := s.deps.Customers.Look(r.Context(), q.Get("corpid"), func(tx *store.Tx, by access.Caller) error {
			c, err := s.deps.Customers.Contact(tx, by.CorpID, id.ExternalID(q.Get("external_userid")))
			if err == nil {
				out, err = s.seenBy(tx, by.CorpID, c)
			}
			return err
		})
		return map[string]any{"moments": out}, err
	})
}

func (s *Service) scriptFile(w http.ResponseWriter, r *http.Request) {
	f, err := s.file(r.Context(), r.PathValue("corpid"), r.PathValue("moment"), r.PathValue("media"), anything)
	door.ServeFile(w, r, s.deps.Log, f, err)
}
