package customer

import (
	"context"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) welcomeEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("POST", "send_welcome_msg", 92137, wire.Direct(s.sendWelcomeMsg), permitWelcome),
	}
}

type sendWelcomeMsgRequest struct {
	Code        string       `json:"welcome_code"`
	Text        *Text        `json:"text"`
	Attachments []Attachment `json:"attachments"`
}

// sendWelcomeMsg refuses one of two that send at the same time, who may try again (41096).
func (s *Service) sendWelcomeMsg(ctx context.Context, st *store.Store, by access.Caller, req sendWelcomeMsgRequest) (none wire.None, err error) {
	if w, err := s.openWelcome(by, req.Code); err == nil {
		free, ok := s.claim("welcome " + by.CorpID + " " + strconv.FormatInt(w.Follow, 10))
		if !ok {
			return none, ErrSending
		}
		defer free()
	}
	return none, st.Write(ctx, func(tx *store.Tx) error {
		return s.Welcome(ctx, tx, by, req.Code, Content{req.Text, req.Attachments})
	})
}
