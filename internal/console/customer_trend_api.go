package console

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

func (s *Service) customerTrendCalls() []call {
	return []call{{pattern: "GET /console/api/customer-trends", right: readCustomers, handle: s.getCustomerTrends}}
}

type trendDay struct {
	Day      string `json:"day"`
	Applied  int64  `json:"applied"`
	Added    int64  `json:"added"`
	Lost     int64  `json:"lost"`
	Chats    int64  `json:"chats"`
	Messages int64  `json:"messages"`
	Asked    int64  `json:"asked"`
	Replied  int64  `json:"replied"`
	Waited   int64  `json:"waited"` // seconds until the first answers, all together
}

type funnelLine struct {
	Way     int64 `json:"way"`
	Came    int64 `json:"came"`
	Friends int64 `json:"friends"`
	Talked  int64 `json:"talked"`
	Kept    int64 `json:"kept"`
}

// trendDays are the spans that a page asks for. The statistics of the API answer up to thirty days at a time.
var trendDays = []int64{7, 30, 90}

// spanAtOnce is how many days one question for behaviour covers.
const spanAtOnce = 30

// getCustomerTrends shows each day of a span up to today, and what has come of its customers: of a member, of a
// department, or of all whom the admin sees.
func (s *Service) getCustomerTrends(v *visit) (any, error) {
	n, err := v.number("days")
	if err != nil {
		return nil, err
	}
	if n == 0 {
		n = 30
	}
	if !slices.Contains(trendDays, n) {
		return nil, badRequest{errors.New("days: 7, 30 or 90 expected")}
	}
	department, err := v.number("department")
	if err != nil {
		return nil, err
	}
	out := struct {
		Days   []trendDay   `json:"days"`
		Funnel funnelLine   `json:"funnel"`
		Ways   []funnelLine `json:"ways"` // the same by the way in which they came, the largest first
	}{Days: []trendDay{}, Ways: []funnelLine{}}
	return &out, v.look(func(tx *store.Tx) error {
		users, departments, members, err := v.trendOf(tx, id.UserID(v.query("userid")), department)
		if err != nil {
			return err
		}
		today := customer.DayOf(tx.Now())
		first := today.AddDate(0, 0, int(1-n))
		for from := first; !from.After(today); from = from.AddDate(0, 0, spanAtOnce) {
			to := from.AddDate(0, 0, spanAtOnce-1)
			if to.After(today) {
				to = today
			}
			days, err := s.deps.Customers.Behavior(v.ctx(), tx, v.by, users, departments, customer.Span{From: from, To: to})
			if err != nil {
				return err
			}
			for _, d := range days {
				out.Days = append(out.Days, trendDay{d.At.In(china).Format(dayForm), d.Applied, d.Added, d.Removals, d.Chats, d.Messages, d.Asked, d.Replied, int64(d.Waited / time.Second)})
			}
		}
		ways, err := s.deps.Customers.FunnelOf(tx, v.by, members, first, today.AddDate(0, 0, 1))
		for _, way := range slices.Sorted(maps.Keys(ways)) {
			f := ways[way]
			out.Ways = append(out.Ways, funnelLine{way, f.Came, f.Friends, f.Talked, f.Kept})
			out.Funnel = funnelLine{0, out.Funnel.Came + f.Came, out.Funnel.Friends + f.Friends, out.Funnel.Talked + f.Talked, out.Funnel.Kept + f.Kept}
		}
		slices.SortStableFunc(out.Ways, func(a, b funnelLine) int { return cmp.Compare(b.Came, a.Came) })
		return err
	})
}

// trendOf returns whose figures are asked for, as the statistics name them, and by number for a member or a
// department.
func (v *visit) trendOf(tx *store.Tx, user id.UserID, department int64) (users []id.UserID, departments, members []int64, err error) {
	dir := v.s.deps.Directory
	switch {
	case user != "":
		m, err := v.seen(tx, user)
		return []id.UserID{m.UserID}, nil, []int64{m.No}, err
	case department != 0:
		if err := v.within(tx, department); err != nil {
			return nil, nil, nil, err
		}
		last, err := dir.LastMember(tx, v.corpID)
		if err != nil {
			return nil, nil, nil, err
		}
		members, err = dir.Audience(tx, v.corpID, access.Range{Departments: []int64{department}}, 0, last, int(last))
		return nil, []int64{department}, orEmpty(members), err
	case v.by.SeesAll():
		return nil, []int64{access.Root}, nil, nil
	}
	there, err := dir.VisibleDepartments(tx, v.by, v.by.Range.Departments)
	for _, d := range v.by.Range.Departments {
		if there[d] {
			departments = append(departments, d)
		}
	}
	return nil, departments, nil, err
}
