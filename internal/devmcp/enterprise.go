package devmcp

import (
	"context"
	"errors"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

func (s *Service) enterpriseTools() []tool {
	return []tool{
		newTool("enterprise", reads, "The server's base URL and its enterprises with their applications and robots: agentid, kind, secret, callback. These are the credentials for the code under test.", s.enterprise),
		newTool("members", reads, "Members of an enterprise, all or those that match words: userid, name, departments.", s.members),
	}
}

// corp returns the enterprise of the id, or the first if it is empty.
func (s *Service) corp(tx *store.Tx, corpID string) (corp.Corp, error) {
	if corpID != "" {
		c, err := s.deps.Corps.Corp(tx, corpID)
		if errors.Is(err, corp.ErrNotFound) {
			err = argumentf("corpid: there is no enterprise %q", corpID)
		}
		return c, err
	}
	list, err := s.deps.Corps.Corps(tx)
	if err == nil && len(list) == 0 {
		err = argument("there is no enterprise")
	}
	if err != nil {
		return corp.Corp{}, err
	}
	return list[0], nil
}

// member returns a member of an enterprise.
func (s *Service) member(ctx context.Context, tx *store.Tx, corpID string, user string) (directory.Member, error) {
	m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), id.UserID(user))
	if err != nil {
		err = fmt.Errorf("userid %q: %w", user, err)
	}
	return m, err
}

type enterpriseRequest struct {
	CorpID string `json:"corpid" doc:"One enterprise alone; all if left out."`
}

type shownCorp struct {
	CorpID  string     `json:"corpid"`
	Name    string     `json:"name"`
	Members int64      `json:"members"`
	Apps    []shownApp `json:"apps"`
	Bots    []shownBot `json:"robots"`
}

type shownApp struct {
	AgentID  int64  `json:"agentid"`
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	Secret   string `json:"secret,omitempty"`
	Callback string `json:"callback_url"`
	Token    string `json:"callback_token,omitempty"`
	AESKey   string `json:"callback_encoding_aes_key,omitempty"`
	Domain   string `json:"redirect_domain,omitempty"`
}

type shownBot struct {
	BotID    string `json:"bot_id"`
	Name     string `json:"name"`
	Secret   string `json:"secret,omitempty"`
	Callback string `json:"callback_url,omitempty"`
}

// enterprise shows secrets: whoever reaches this door may already sign in as anybody, and what it serves is a
// demonstration.
func (s *Service) enterprise(ctx context.Context, req enterpriseRequest) (any, error) {
	corps := []shownCorp{}
	err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		list, err := s.deps.Corps.Corps(tx)
		if req.CorpID != "" {
			var one corp.Corp
			one, err = s.corp(tx, req.CorpID)
			list = []corp.Corp{one}
		}
		if err != nil {
			return err
		}
		for _, c := range list {
			shown, err := s.shownCorp(tx, c)
			if err != nil {
				return err
			}
			corps = append(corps, shown)
		}
		return nil
	})
	return map[string]any{"base_url": s.deps.BaseURL(), "corps": corps}, err
}

func (s *Service) shownCorp(tx *store.Tx, c corp.Corp) (shownCorp, error) {
	out := shownCorp{CorpID: c.CorpID, Name: c.Name, Apps: []shownApp{}, Bots: []shownBot{}}
	var err error
	if out.Members, _, err = s.deps.Directory.Size(tx, c.CorpID); err != nil {
		return out, err
	}
	apps, err := s.deps.Apps.Apps(tx, c.CorpID)
	if err != nil {
		return out, err
	}
	for _, a := range apps {
		out.Apps = append(out.Apps, newShownApp(a))
	}
	bots, err := s.deps.Bots.Bots(tx, c.CorpID)
	for _, b := range bots {
		out.Bots = append(out.Bots, shownBot{b.BotID, b.Name, b.Secret, b.URL})
	}
	return out, err
}

func newShownApp(a app.App) shownApp {
	return shownApp{a.AgentID, string(a.Kind), a.Name, a.Secret, a.CallbackURL, a.CallbackToken, a.CallbackAESKey, a.RedirectDomain}
}

type membersRequest struct {
	CorpID string `json:"corpid" doc:"The enterprise; the first if left out."`
	Words  string `json:"words" doc:"Words of names, userids, mobiles or addresses."`
	Limit  int    `json:"limit" doc:"How many at most; 20 if left out, 200 at most."`
}

func (s *Service) members(ctx context.Context, req membersRequest) (any, error) {
	type shown struct {
		UserID      id.UserID `json:"userid"`
		Name        string    `json:"name"`
		Departments []int64   `json:"department"`
	}
	list, total := []shown{}, int64(0)
	err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		c, err := s.corp(tx, req.CorpID)
		if err != nil {
			return err
		}
		var found []directory.Member
		found, total, err = s.deps.Directory.ListMembers(ctx, tx, access.System(c.CorpID), directory.MemberFilter{Words: req.Words, Limit: limited(req.Limit, 20, 200)})
		for _, m := range found {
			list = append(list, shown{m.UserID, m.Name, m.Departments()})
		}
		return err
	})
	return map[string]any{"members": list, "total": total}, err
}

// limited returns a limit that was given, within bounds.
func limited(given, usual, most int) int {
	if given <= 0 {
		return usual
	}
	return min(given, most)
}
