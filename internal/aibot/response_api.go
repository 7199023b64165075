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
		{Method: "POST", Path: "/cgi-bin/aibot/response", Doc: 101138, Open: true, Handle: wire.Direct(s.aibotResponse)},
	}
}

type aibotResponseRequest struct {
	Code     string     `json:"response_code"` // in the query
	MsgType  string     `json:"msgtype"`
	Markdown *textReply `json:"markdown"`
	Card     *cardReply `json:"template_card"`
}

// aibotResponse answers 60140 for a response_code that was used, has expired or
// was never given out. That it is this code is unverified.
func (s *Service) aibotResponse(ctx context.Context, st *store.Store, _ access.Caller, req aibotResponseRequest) (wire.None, error) {
	if req.Code == "" {
		return wire.None{}, message.ErrCode.With("response_code is missing")
	}
	return wire.None{}, st.Write(ctx, func(tx *store.Tx) error {
		return s.respond(ctx, tx, s.deps.Box.MAC(seal.BotCode, req.Code), reply{MsgType: req.MsgType, Markdown: req.Markdown, Card: req.Card})
	})
}
