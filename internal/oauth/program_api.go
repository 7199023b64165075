package oauth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// programEndpoints are for mini programs of the corp's own applications and of proxy-developed ones; a third-party
// application has a call of its own, under service/.
func (s *Service) programEndpoints() []wire.Endpoint {
	return []wire.Endpoint{{
		Method: "GET", Path: "/cgi-bin/miniprogram/jscode2session", Doc: 91507, Allow: access.To(access.All, access.SelfBuilt, access.Custom), Handle: wire.Write(s.ownJscode2session),
	}}
}

type ownJscode2sessionResponse struct {
	CorpID     id.CorpID `json:"corpid"`
	UserID     id.UserID `json:"userid"`
	SessionKey string    `json:"session_key"`
}

// ownJscode2session redeems the code of wx.qy.login in a mini program that is linked with the calling application.
func (s *Service) ownJscode2session(ctx context.Context, tx *store.Tx, by access.Caller, req jscode2sessionRequest) (resp ownJscode2sessionResponse, err error) {
	if req.Grant != "authorization_code" {
		return resp, wire.ErrParameter.With("grant_type: authorization_code expected")
	}
	c, err := s.find(tx, by.CorpID, req.Code, forProgram)
	if err == nil && c.App != by.App {
		err = ErrCode.With("it is of the mini program of another application")
	}
	if err == nil {
		err = c.use(tx)
	}
	if err != nil {
		return resp, err
	}
	return ownJscode2sessionResponse{id.CorpID(c.CorpID), c.Member.UserID, base64.StdEncoding.EncodeToString(s.sessionKey(c))}, nil
}

type ownProgramLoginScript struct {
	CorpID  string    `json:"corpid"`
	AgentID int64     `json:"agentid"`
	UserID  id.UserID `json:"userid"`
}

// scriptOwnProgramLogin is what wx.qy.login gives a mini program that is linked with an application, for a member who
// sees the application.
func (s *Service) scriptOwnProgramLogin(ctx context.Context, req ownProgramLoginScript) (answer programLoginAnswer, err error) {
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if _, found, err := s.corpOf(tx, req.CorpID); err != nil || !found {
			if err == nil {
				err = door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", req.CorpID))
			}
			return err
		}
		a, err := s.deps.Apps.App(tx, req.CorpID, req.AgentID)
		if errors.Is(err, app.ErrNotFound) || err == nil && a.Kind != access.SelfBuilt && a.Kind != access.Custom {
			return door.Missing("agentid: there is no such application with a mini program")
		}
		if err != nil {
			return err
		}
		m, err := s.deps.Directory.Member(ctx, tx, access.System(req.CorpID), req.UserID)
		if err != nil {
			return err
		}
		seen, err := s.sees(tx, a, m)
		if err == nil && !seen {
			err = wire.ErrNoPrivilege.With("%q does not see the application", m.UserID)
		}
		if err != nil {
			return err
		}
		answer.Code, err = s.issue(tx, code{CorpID: req.CorpID, Member: m, Purpose: forProgram, App: a.No})
		return err
	})
	return answer, err
}
