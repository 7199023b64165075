package console

import (
	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/message"
	"qiwei/internal/store"
)

func (s *Service) messageCalls() []call {
	return []call{
		{pattern: "GET /console/api/messages", right: readCorp, handle: s.listMessages},
		{pattern: "GET /console/api/messages/{no}/receivers", right: readCorp, handle: s.receivers},
		{pattern: "POST /console/api/messages/{no}/recall", right: editCorp, handle: s.recall},
	}
}

func (s *Service) listMessages(v *visit) (any, error) {
	f := message.SentFilter{MsgType: v.query("msgtype"), Text: v.query("q")}
	var err error
	if f.AgentID, err = v.number("agentid"); err != nil {
		return nil, err
	}
	if f.Before, err = v.number("before"); err != nil {
		return nil, err
	}
	if _, f.Limit, err = v.page(30, 200); err != nil {
		return nil, err
	}
	out := []message.SentMessage{}
	err = v.look(func(tx *store.Tx) error {
		if user := v.query("userid"); user != "" {
			m, err := s.deps.Directory.Member(v.ctx(), tx, access.System(v.corpID), id.UserID(user))
			if err != nil {
				return err
			}
			f.Member = &m
		}
		list, err := s.deps.Messages.Sent(v.ctx(), tx, v.by, f)
		out = append(out, list...)
		return err
	})
	return map[string]any{"messages": out}, err
}

func (s *Service) receivers(v *visit) (any, error) {
	no, err := v.number("no")
	if err != nil {
		return nil, err
	}
	list := []string{}
	var total int64
	err = v.look(func(tx *store.Tx) error {
		some, n, err := s.deps.Messages.Holders(v.ctx(), tx, v.by, no, 200)
		for _, b := range some {
			list = append(list, string(b.UserID))
		}
		total = n
		return err
	})
	return map[string]any{"userids": list, "total": total}, err
}

func (s *Service) recall(v *visit) (any, error) {
	no, err := v.number("no")
	if err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		return done{"message.recall", "#" + itoa(no), map[string]any{"no": no}}, s.deps.Messages.Withdraw(v.ctx(), tx, v.by, no)
	})
}
