package console

import (
	"errors"
	"time"

	"qiwei/internal/store"
)

func (s *Service) auditCalls() []call {
	return []call{{pattern: "GET /console/api/audit", right: readCorp, handle: s.listAudit}}
}

func (s *Service) listAudit(v *visit) (any, error) {
	f := auditFilter{source: v.query("source"), user: v.query("userid"), action: v.query("action"), text: v.query("q")}
	var err error
	if f.agentID, err = v.number("agentid"); err != nil {
		return nil, err
	}
	if _, f.limit, err = v.page(50, 200); err != nil {
		return nil, err
	}
	if text := v.query("before"); text != "" {
		if f.before, err = time.Parse(time.RFC3339, text); err != nil {
			return nil, badRequest{errors.New("before: a time expected")}
		}
	}
	list := []entry{}
	err = v.look(func(tx *store.Tx) error {
		some, err := s.auditLog(tx, v.corpID, f)
		list = append(list, some...)
		return err
	})
	return map[string]any{"entries": list}, err
}
