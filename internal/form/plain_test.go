package form

import "testing"

func TestPlainTextOfWhatWasFilledIn(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	for want, c := range map[string]Content{
		"买书":         {Value: Value{Text: text("买书")}},
		"12.5":       {Value: Value{NewMoney: text("12.5")}},
		"":           {Hidden: 1, Value: Value{Text: text("不显示")}},
		"甲、乙":        {Value: Value{Selector: &SelectorValue{Options: []Option{{Key: "1", Value: In("甲")}, {Key: "2", Value: In("乙")}}}}},
		"2026-01-05": {Value: Value{Date: &DateValue{Type: "day", Timestamp: "1767542400"}}},
		"2026-01-05 上午 至 2026-01-05 下午（1天）": {Value: Value{DateRange: &RangeValue{Type: "halfday", Begin: 1767542400, End: 1767585600, Duration: 86400}}},
		"年假 2026-01-05 09:00 至 2026-01-05 10:30（1.5小时）": {Value: Value{Vacation: &VacationValue{Selector: SelectorValue{Options: []Option{{Value: In("年假")}}},
			Attendance: AttendanceValue{DateRange: RangeValue{Type: "hour", Begin: 1767574800, End: 1767580200, Duration: 5400}}}}},
		"金额：3；说明：车费\n金额：4": {Value: Value{Children: []Row{
			{List: []Content{{Title: In("金额"), Value: Value{NewMoney: text("3")}}, {Title: In("说明"), Value: Value{Text: text("车费")}}}},
			{List: []Content{{Title: In("金额"), Value: Value{NewMoney: text("4")}}, {Title: In("说明"), Value: Value{Text: text("")}}}},
		}}},
		"张三": {Value: Value{Members: []Member{{UserID: "zhangsan", Name: "张三"}}}},
	} {
		if got := Plain(c); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
