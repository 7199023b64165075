package console

import (
	"encoding/json"
	"errors"
	"time"

	"qiwei/internal/store"
)

func (s *Service) auditCalls() []call {
	return []call{
		{pattern: "GET /console/api/audit", right: readCorp, handle: s.listAudit},
		{pattern: "GET /console/api/audit.csv", right: readCorp, handle: s.exportAudit},
	}
}

// auditQuery reads the filter that the list and the export share.
func (v *visit) auditQuery() (f auditFilter, err error) {
	f = auditFilter{source: v.query("source"), user: v.query("userid"), action: v.query("action"), text: v.query("q")}
	if f.agentID, err = v.number("agentid"); err != nil {
		return f, err
	}
	if text := v.query("before"); text != "" {
		if f.before, err = time.Parse(time.RFC3339, text); err != nil {
			return f, badRequest{errors.New("before: a time expected")}
		}
	}
	return f, nil
}

// exportedMost is how many rows an export of a log has: its newest ones.
const exportedMost = 10_000

// exportAudit writes the lines that the filter selects, the newest first.
func (s *Service) exportAudit(v *visit) (any, error) {
	f, err := v.auditQuery()
	if err != nil {
		return nil, err
	}
	f.limit = exportedMost
	header := []string{"Time", "Source", "Userid", "Name", "agentid", "Address", "Action", "Target", "Detail"}
	if v.chinese() {
		header = []string{"时间", "来源", "账号", "名称", "agentid", "地址", "操作", "对象", "详情"}
	}
	return v.sheet("audit.csv", func(tx *store.Tx, put func([]string) error) error {
		if err := put(header); err != nil {
			return err
		}
		list, err := s.auditLog(tx, v.corpID, f)
		if err != nil {
			return err
		}
		for _, e := range list {
			detail, err := json.Marshal(e.Detail)
			if err != nil {
				return err
			}
			if err := put([]string{sheetTime(e.At), e.Source, e.UserID, e.Name, numberOrNothing(e.AgentID), e.Address, e.Action, e.Target, string(detail)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// sheetTime writes a time as spreadsheets read it, in China.
func sheetTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(china).Format("2006-01-02 15:04:05")
}

func numberOrNothing(n int64) string {
	if n == 0 {
		return ""
	}
	return itoa(n)
}

func (s *Service) listAudit(v *visit) (any, error) {
	f, err := v.auditQuery()
	if err != nil {
		return nil, err
	}
	if _, f.limit, err = v.page(50, 200); err != nil {
		return nil, err
	}
	list := []entry{}
	err = v.look(func(tx *store.Tx) error {
		some, err := s.auditLog(tx, v.corpID, f)
		list = append(list, some...)
		return err
	})
	return map[string]any{"entries": list}, err
}
