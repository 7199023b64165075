package checkin

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/approval"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// The items of a day besides check-ins (doc 93374).
const (
	itemLeave      int64 = 1
	itemCorrection int64 = 2
	itemTrip       int64 = 3
	itemOuting     int64 = 4
	itemField      int64 = 100
)

// item is one of them.
type item struct {
	Count    int64  `json:"count"`
	Duration int64  `json:"duration"`  // seconds
	TimeType int64  `json:"time_type"` // 0 by days, 1 by hours
	Type     int64  `json:"type"`
	Vacation int64  `json:"vacation_id"`
	Name     string `json:"name"`
}

// items returns those of a day: every kind of leave and the others, also those that there are none of.
func (d *dayReport) items(vacations []approval.Vacation) []item {
	var out []item
	at := map[int64]int{}
	for _, v := range vacations {
		at[v.ID] = len(out)
		out = append(out, item{TimeType: v.TimeAttr, Type: itemLeave, Vacation: v.ID, Name: v.Name})
	}
	fixed := len(out)
	out = append(out, item{Type: itemCorrection, Name: "补卡次数", Count: int64(len(d.corrections))},
		item{Type: itemTrip, Name: "出差"}, item{Type: itemOuting, TimeType: 1, Name: "外出"}, item{Type: itemField, Name: "外勤次数", Count: d.field})
	for _, a := range d.away {
		seconds := secondsOn(a, d.day)
		if seconds == 0 {
			continue
		}
		i := -1
		switch a.Kind {
		case form.Leave:
			found, ok := at[a.Vacation]
			if !ok { // the kind is gone
				found = len(out)
				at[a.Vacation] = found
				out = append(out, item{Type: itemLeave, Vacation: a.Vacation, Name: a.Name})
			}
			i = found
		case form.Trip:
			i = fixed + 1
		case form.Outing:
			i = fixed + 2
		default:
			continue
		}
		out[i].Count++
		out[i].Duration += seconds
		if a.Kind != form.Leave && a.ByHour {
			out[i].TimeType = 1
		} else if a.Kind != form.Leave {
			out[i].TimeType = 0
		}
	}
	return out
}

// secondsOn is how much of an absence falls on a day: as the approval has it, or by the clock.
func secondsOn(a approval.Absence, midnight int64) int64 {
	for _, s := range a.Days {
		if s.Day == midnight {
			return s.Duration
		}
	}
	if len(a.Days) > 0 {
		return 0
	}
	return max(min(a.End, midnight+day)-max(a.Begin, midnight), 0)
}

// about is an approval that concerns a day, in words.
type about struct{ number, title, text string }

// approvals returns the approvals that concern the day.
func (d *dayReport) approvals() (out []about) {
	moment := func(at int64) string { return time.Unix(at, 0).In(form.China).Format("01/02 15:04") }
	for _, a := range d.away {
		name, amount := map[int64]string{form.Leave: "请假", form.Trip: "出差", form.Outing: "外出", form.Overtime: "加班"}[a.Kind], ""
		if a.ByHour {
			amount = fmt.Sprintf("%.1f小时", float64(a.Duration)/hour)
		} else {
			amount = fmt.Sprintf("%.1f天", float64(a.Duration)/float64(day))
		}
		out = append(out, about{a.SpNo, name + amount, moment(a.Begin) + "~" + moment(a.End)})
	}
	for _, r := range d.corrections {
		out = append(out, about{r.SpNo, "补卡", moment(r.At)})
	}
	return out
}

// conversion is what overtime becomes.
type conversion struct{ leave, money int64 }

// converted returns what the overtime of a day becomes.
func (d *dayReport) converted() (c conversion) {
	if d.rule == nil {
		return c
	}
	switch o := d.planOvertime(); {
	case !o.Convert:
	case o.ConvertTo == 1:
		c.leave = d.overtime.Seconds * o.Ratio / 100
	default:
		c.money = d.overtime.Seconds
	}
	return c
}

// month is what became of a member's days together.
type month struct {
	days     []*dayReport
	workdays int64
	regular  int64
	rest     int64
	except   int64
	worked   int64
	standard int64
	flaws    [7]tally
	items    []item
	overtime [holiday + 1]int64
	becomes  [holiday + 1]conversion
}

// sum adds days up.
func sum(days []*dayReport, vacations []approval.Vacation) *month {
	m := &month{days: days}
	for _, d := range days {
		wrong := slices.ContainsFunc(d.flaws[:], func(t tally) bool { return t.count > 0 })
		switch {
		case d.kind == workday && wrong:
			m.workdays++
			m.except++
		case d.kind == workday:
			m.workdays++
			m.regular++
		case d.kind != noDay:
			m.rest++
		}
		m.worked += d.regular
		m.standard += d.standard()
		for f, t := range d.flaws {
			m.flaws[f].count += t.count
			m.flaws[f].seconds += t.seconds
		}
		for i, it := range d.items(vacations) {
			if i < len(m.items) && m.items[i].Type == it.Type && m.items[i].Vacation == it.Vacation {
				m.items[i].Count += it.Count
				m.items[i].Duration += it.Duration
				continue
			}
			m.items = add(m.items, it)
		}
		c := d.converted()
		m.overtime[d.kind] += d.overtime.Seconds
		m.becomes[d.kind].leave += c.leave
		m.becomes[d.kind].money += c.money
	}
	return m
}

// add adds an item to a list that may have it already.
func add(list []item, it item) []item {
	i := slices.IndexFunc(list, func(o item) bool { return o.Type == it.Type && o.Vacation == it.Vacation })
	if i < 0 {
		return append(list, it)
	}
	list[i].Count += it.Count
	list[i].Duration += it.Duration
	return list
}

// names are what a report says of a member besides the userid.
type names struct{ name, alias, departments, ids string }

// namesOf returns those of people. A member's departments are all in which the member is, by their paths.
func (s *Service) namesOf(ctx context.Context, tx *store.Tx, corpID string, people []*person) (map[id.UserID]names, error) {
	var ids []int64
	for _, p := range people {
		ids = append(ids, p.Departments()...)
	}
	slices.Sort(ids)
	paths, err := s.deps.Directory.DepartmentPaths(tx, corpID, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	out := map[id.UserID]names{}
	for _, p := range people {
		var in, numbers []string
		for _, dep := range p.Departments() {
			in, numbers = append(in, strings.TrimPrefix(paths[dep], "/")), append(numbers, strconv.FormatInt(dep, 10))
		}
		out[p.UserID] = names{p.Name, p.Alias, strings.Join(in, ";"), strings.Join(numbers, ";")}
	}
	return out, nil
}
