package form

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Plain writes what was filled in as one text for people, for sheets. A table has a line for each row.
func Plain(c Content) string {
	v := c.Value
	switch {
	case c.Hidden == 1:
		return ""
	case v.Text != nil:
		return *v.Text
	case v.NewNumber != nil:
		return *v.NewNumber
	case v.NewMoney != nil:
		return *v.NewMoney
	case v.Formula != nil:
		return v.Formula.Value
	case v.Date != nil:
		at, _ := whole(v.Date.Timestamp)
		return moment(at, v.Date.Type)
	case v.Selector != nil:
		return joined(v.Selector.Options, func(o Option) string { return First(o.Value) })
	case v.DateRange != nil:
		return v.DateRange.plain()
	case v.Attendance != nil:
		return v.Attendance.DateRange.plain()
	case v.Vacation != nil:
		return joined(v.Vacation.Selector.Options, func(o Option) string { return First(o.Value) }) + " " + v.Vacation.Attendance.DateRange.plain()
	case v.Punch != nil:
		return moment(v.Punch.Time, byHour)
	case v.Location != nil:
		return strings.TrimSpace(v.Location.Title + " " + v.Location.Address)
	case v.BankAccount != nil:
		return v.BankAccount.Name + " " + v.BankAccount.Number + " " + v.BankAccount.Bank.Branch
	case len(v.Members) > 0:
		return joined(v.Members, func(m Member) string { return m.Name })
	case len(v.Departments) > 0:
		return joined(v.Departments, func(d Department) string { return d.Name })
	case len(v.Files) > 0:
		return joined(v.Files, func(f FileValue) string { return f.Name })
	case len(v.Related) > 0:
		return joined(v.Related, func(r Related) string { return First(r.Names) + " " + r.SpNo })
	}
	var rows []string
	for _, row := range v.Children {
		var cells []string
		for _, cell := range row.List {
			if text := Plain(cell); text != "" {
				cells = append(cells, First(cell.Title)+"："+text)
			}
		}
		rows = append(rows, strings.Join(cells, "；"))
	}
	return strings.Join(rows, "\n")
}

func joined[T any](list []T, text func(T) string) string {
	out := make([]string, len(list))
	for i, one := range list {
		out[i] = text(one)
	}
	return strings.Join(out, "、")
}

// moment writes a time by the scale that it has.
func moment(at int64, scale string) string {
	t := time.Unix(at, 0).In(China)
	switch scale {
	case byDay:
		return t.Format("2006-01-02")
	case halfDay:
		return t.Format("2006-01-02") + map[bool]string{true: " 上午", false: " 下午"}[t.Hour() < 12]
	}
	return t.Format("2006-01-02 15:04")
}

func (v RangeValue) plain() string {
	unit, size := "小时", int64(3600)
	if v.Type == halfDay {
		unit, size = "天", int64(day)
	}
	return fmt.Sprintf("%s 至 %s（%s%s）", moment(v.Begin, v.Type), moment(v.End, v.Type), strconv.FormatFloat(float64(v.Duration)/float64(size), 'f', -1, 64), unit)
}
