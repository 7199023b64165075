// Package wechat plays WeChat in dev: the page at /wechat/ is the phone of people outside, one beside the other,
// who know members of the enterprises on this server. What they do goes through the scripts of the rooms that it
// concerns (/_qiwei/wechat/…); what the page asks beside that is answered here.
package wechat

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/acquisition"
	"qiwei/internal/archive"
	"qiwei/internal/corp"
	"qiwei/internal/customer"
	"qiwei/internal/customergroup"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/kf"
	"qiwei/internal/login"
	"qiwei/internal/oauth"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Customers *customer.Service
	Links     *acquisition.Service
	Groups    *customergroup.Service
	KF        *kf.Service
	Login     *login.Service
	OAuth     *oauth.Service
	Archive   *archive.Service
	Box       *seal.Box
	Log       *slog.Logger
	// Dev says that there are people who play WeChat users.
	Dev bool
	// BaseURL is where clients reach this server, without a slash at the end.
	BaseURL func() string
}

// Service answers the page.
type Service struct{ deps Deps }

// New returns the room. In dev its people open pages of applications.
func New(d Deps) *Service {
	s := &Service{deps: d}
	if d.Dev {
		d.OAuth.Know(s)
	}
	return s
}

// Scripts returns what the page asks, in dev.
func (s *Service) Scripts() []door.Route {
	return []door.Route{
		{Pattern: "GET /_qiwei/wechat/people", Handler: s.answer(s.people)},
		{Pattern: "GET /_qiwei/wechat/codes", Handler: s.answer(s.codes)},
		{Pattern: "GET /_qiwei/wechat/person", Handler: s.answer(s.person)},
		{Pattern: "POST /_qiwei/wechat/open", Handler: http.NewCrossOriginProtection().Handler(http.HandlerFunc(s.open))},
	}
}

func (s *Service) answer(what func(r *http.Request, tx *store.Tx) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		door.Answer(w, r, s.deps.Log, nil, func() (out any, err error) {
			err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
				out, err = what(r, tx)
				return err
			})
			return out, err
		})
	}
}

// asks is what the page shows of an archive's question: asked, or the answer; empty where nobody asks.
func asks(asked bool, answer archive.Answer) string {
	if asked && answer == "" {
		return "asked"
	}
	return string(answer)
}

// local removes this server's own address from a link, so that the link works on the host under which the page
// was opened.
func (s *Service) local(link string) string { return strings.TrimPrefix(link, s.deps.BaseURL()) }

type corpAnswer struct {
	CorpID string `json:"corpid"`
	Name   string `json:"name"`
}

type memberAnswer struct {
	UserID string `json:"userid"`
	Name   string `json:"name"`
	Avatar string `json:"avatar,omitempty"`
}

// member returns how a member is shown to people outside.
func (s *Service) member(ctx context.Context, tx *store.Tx, corpID string, user id.UserID) (memberAnswer, error) {
	m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), user)
	if err != nil {
		return memberAnswer{}, err
	}
	_, thumb := s.deps.Directory.AvatarURL(&m)
	return memberAnswer{string(m.UserID), m.Name, s.local(thumb)}, nil
}
