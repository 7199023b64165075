package aibot

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/message"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) responseEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/aibot/response", Doc: 101138, Credential: s.responseCode(), Allow: access.Allow{access.Robot: access.Own}, Handle: wire.Write(s.aibotResponse)},
	}
}

// responseCode is the credential of a response_url, good for one answer. A code that was used, has expired or
// was never given out is answered 60140 (unverified).
func (s *Service) responseCode() *wire.Credential {
	return &wire.Credential{
		Param: "response_code", What: "code of a robot's response_url", Missing: message.ErrCode.With("response_code is missing"),
		Invalid: message.ErrCode, Expired: message.ErrCode,
		Resolve: func(tx *store.Tx, code string) (access.Caller, error) {
			_, p, err := s.turnOfCode(tx, s.codeMAC(code))
			if err != nil {
				return access.Caller{}, err
			}
			return access.RobotOf(access.Robot, p.bot.CorpID, p.bot.No), nil
		},
	}
}

func (s *Service) codeMAC(code string) []byte { return s.deps.Box.MAC(seal.BotCode, code) }

type aibotResponseRequest struct {
	Code     string     `json:"response_code"` // in the query
	MsgType  string     `json:"msgtype"`
	Markdown *textReply `json:"markdown"`
	Card     *cardReply `json:"template_card"`
}

// aibotResponse takes one answer: the code is looked up again in the transaction that uses it.
func (s *Service) aibotResponse(ctx context.Context, tx *store.Tx, _ access.Caller, req aibotResponseRequest) (wire.None, error) {
	return wire.None{}, s.respond(ctx, tx, s.codeMAC(req.Code), reply{MsgType: req.MsgType, Markdown: req.Markdown, Card: req.Card})
}
