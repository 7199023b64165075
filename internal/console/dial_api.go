package console

import (
	"strconv"

	"qiwei/internal/dial"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Records of calls by the enterprise's telephone (公费电话).

func (s *Service) dialCalls() []call {
	return []call{
		{pattern: "GET /console/api/dial", right: readCorp, handle: s.listDial},
	}
}

type dialLine struct {
	No      int64        `json:"no"`
	At      int64        `json:"at"`
	Caller  person       `json:"caller"`
	Minutes int64        `json:"minutes"`
	Total   int64        `json:"total"`
	Callees []calleeLine `json:"callees"`
}

type calleeLine struct {
	Name    string `json:"name"` // of a member, or the number
	UserID  string `json:"userid,omitempty"`
	Minutes int64  `json:"minutes"`
}

func (s *Service) listDial(v *visit) (any, error) {
	_, limit, err := v.before()
	if err != nil {
		return nil, err
	}
	q := dial.Search{Caller: id.UserID(v.query("caller")), Size: limit}
	for name, into := range map[string]*int64{"from": &q.From, "to": &q.To, "before_at": &q.Before.At, "before_no": &q.Before.No} {
		if *into, err = v.number(name); err != nil {
			return nil, err
		}
	}
	var out struct {
		Records []dialLine `json:"records"`
		More    bool       `json:"more"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		list, err := s.deps.Dial.Find(tx, v.corpID, q)
		if err != nil {
			return err
		}
		out.More = int64(len(list)) == limit
		var users []id.UserID
		for _, r := range list {
			users = append(users, r.Caller)
			for _, c := range r.Callees {
				users = append(users, c.UserID)
			}
		}
		names, err := v.called(tx, users)
		out.Records = []dialLine{}
		for _, r := range list {
			line := dialLine{No: r.No, At: r.At.Unix(), Caller: names[r.Caller], Minutes: r.Minutes, Total: r.Total()}
			for _, c := range r.Callees {
				one := calleeLine{names[c.UserID].Name, string(c.UserID), c.Minutes}
				if c.UserID == "" {
					one.Name = strconv.FormatInt(c.Phone, 10)
				}
				line.Callees = append(line.Callees, one)
			}
			out.Records = append(out.Records, line)
		}
		return err
	})
}
