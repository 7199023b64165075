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
		{pattern: "GET /console/api/messages.csv", right: readCorp, handle: s.exportMessages},
		{pattern: "GET /console/api/messages/{no}/receivers", right: readCorp, handle: s.receivers},
		{pattern: "POST /console/api/messages/{no}/recall", right: editCorp, handle: s.recall},
	}
}

// messageQuery reads the filter that the list and the export share. Whose messages they are is looked up by sent.
func (v *visit) messageQuery() (f message.SentFilter, err error) {
	f = message.SentFilter{MsgType: v.query("msgtype"), Text: v.query("q")}
	if f.AgentID, err = v.number("agentid"); err != nil {
		return f, err
	}
	f.Before, err = v.number("before")
	return f, err
}

// sent returns the messages of a filter.
func (v *visit) sent(tx *store.Tx, f message.SentFilter) ([]message.SentMessage, error) {
	if user := v.query("userid"); user != "" {
		m, err := v.s.deps.Directory.Member(v.ctx(), tx, access.System(v.corpID), id.UserID(user))
		if err != nil {
			return nil, err
		}
		f.Member = &m
	}
	return v.s.deps.Messages.Sent(v.ctx(), tx, v.by, f)
}

func (s *Service) listMessages(v *visit) (any, error) {
	f, err := v.messageQuery()
	if err != nil {
		return nil, err
	}
	if _, f.Limit, err = v.page(30, 200); err != nil {
		return nil, err
	}
	out := []message.SentMessage{}
	err = v.look(func(tx *store.Tx) error {
		list, err := v.sent(tx, f)
		out = append(out, list...)
		return err
	})
	return map[string]any{"messages": out}, err
}

// exportMessages writes the messages that the filter selects, the newest first.
func (s *Service) exportMessages(v *visit) (any, error) {
	f, err := v.messageQuery()
	if err != nil {
		return nil, err
	}
	header := []string{"Number", "Time", "agentid", "Application", "Chat", "Written by", "Type", "Content", "Receivers", "Recalled"}
	if v.chinese() {
		header = []string{"编号", "时间", "agentid", "应用", "群聊", "发送成员", "类型", "内容", "接收人数", "撤回时间"}
	}
	return v.sheet("messages.csv", func(tx *store.Tx, put func([]string) error) error {
		if err := put(header); err != nil {
			return err
		}
		f.Before, f.Limit = 0, 500 // some at a time: their contents may be large
		for n := 0; n < exportedMost; n += f.Limit {
			list, err := v.sent(tx, f)
			if err != nil {
				return err
			}
			for _, m := range list {
				if err := put([]string{
					itoa(m.No), sheetTime(m.SentAt), itoa(m.AgentID), m.App, m.Chat, m.From, m.MsgType, string(m.Body), itoa(m.Copies), sheetTime(m.Recalled),
				}); err != nil {
					return err
				}
			}
			if len(list) < f.Limit {
				break
			}
			f.Before = list[len(list)-1].No
		}
		return nil
	})
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
