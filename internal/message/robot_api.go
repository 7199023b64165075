package message

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) robotEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/webhook/send", Doc: 91770, Open: true, Handle: wire.Direct(s.webhookSend)},
	}
}

type webhookSendRequest struct {
	robotContent
	Key     string `json:"key"` // in the query
	MsgType string `json:"msgtype"`
}

func (s *Service) webhookSend(ctx context.Context, st *store.Store, _ access.Caller, req webhookSendRequest) (wire.None, error) {
	if req.Key == "" {
		return wire.None{}, ErrRobot
	}
	return wire.None{}, st.Write(ctx, func(tx *store.Tx) error {
		say := req.robotContent
		if say.Image != nil { // SayAsRobot takes the picture out of it, and may run again
			image := *say.Image
			say.Image = &image
		}
		return s.SayAsRobot(ctx, tx, req.Key, req.MsgType, say)
	})
}
