package checkin

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) reportEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("getcheckin_daydata", 93374, 100, wire.Read(s.getcheckinDaydata), access.Custom, access.ThirdParty),
		endpoint("getcheckin_monthdata", 93387, 60, wire.Read(s.getcheckinMonthdata), access.Custom, access.ThirdParty),
	}
}

// The parts of both reports.
type (
	baseInfo struct {
		Record      int64     `json:"record_type"`
		Name        id.UserID `json:"name"` // of a type that is translated: a third party reads a userid here
		Alias       string    `json:"name_ex"`
		Departments string    `json:"departs_name"`
		Account     id.UserID `json:"acctid"`
	}
	exceptionInfo struct {
		Count     int64 `json:"count"`
		Duration  int64 `json:"duration"` // seconds
		Exception int64 `json:"exception"`
	}
	text struct {
		Lang string `json:"lang"`
		Text string `json:"text"`
	}
	texts struct {
		Data []text `json:"data"`
	}
)

// The parts of a day's report (doc 93374).
type (
	dayData struct {
		Base struct {
			Date int64 `json:"date"`
			baseInfo
			Rule struct {
				Group        int64         `json:"groupid"`
				GroupName    string        `json:"groupname"`
				Schedule     int64         `json:"scheduleid"`
				ScheduleName string        `json:"schedulename"`
				Times        []workSection `json:"checkintime"`
			} `json:"rule_info"`
			Kind int64 `json:"day_type"` // 0 a day of work, 1 of rest
		} `json:"base_info"`
		Summary struct {
			Checkins int64 `json:"checkin_count"`
			Worked   int64 `json:"regular_work_sec"`
			Standard int64 `json:"standard_work_sec"`
			First    int64 `json:"earliest_time"` // seconds after midnight
			Last     int64 `json:"lastest_time"`
		} `json:"summary_info"`
		Holidays   []holidayInfo   `json:"holiday_infos"`
		Exceptions []exceptionInfo `json:"exception_infos"`
		Overtime   dayOvertime     `json:"ot_info"`
		Items      []item          `json:"sp_items"`
	}
	workSection struct {
		Work int64 `json:"work_sec"`
		Off  int64 `json:"off_work_sec"`
	}
	holidayInfo struct {
		Text   texts  `json:"sp_description"`
		Number string `json:"sp_number"`
		Title  texts  `json:"sp_title"`
	}
	dayOvertime struct {
		Status         int64   `json:"ot_status"` // 0 none, 1 in order, 2 too short
		Duration       int64   `json:"ot_duration"`
		Short          []int64 `json:"exception_duration"`
		WorkdayLeave   int64   `json:"workday_over_as_vacation"`
		WorkdayMoney   int64   `json:"workday_over_as_money"`
		RestdayLeave   int64   `json:"restday_over_as_vacation"`
		RestdayMoney   int64   `json:"restday_over_as_money"`
		HolidaysLeave  int64   `json:"holiday_over_as_vacation"`
		HolidaysAMoney int64   `json:"holiday_over_as_money"`
	}
	getcheckinDaydataResponse struct {
		Data []dayData `json:"datas"`
	}
)

// The permissions by which a provider's application that was developed for the corp reads names (doc 99052).
const (
	permitNames       = "contact:sensitive:user_name"
	permitDepartments = "contact:sensitive:department_name"
)

// base is what a report says of a member. A third party's application reads ids in place of names, as it does in the
// directory.
func base(by access.Caller, p *person, n names, record int64) baseInfo {
	b := baseInfo{Record: record, Account: p.UserID, Name: id.UserID(n.name), Alias: n.alias, Departments: n.departments}
	switch by.Kind {
	case access.ThirdParty:
		b.Name, b.Alias, b.Departments = p.UserID, "", n.ids
	case access.Custom:
		if !by.Granted(permitNames) {
			b.Name, b.Alias = "", ""
		}
		if !by.Granted(permitDepartments) {
			b.Departments = ""
		}
	}
	return b
}

func exceptions(flaws [7]tally) (out []exceptionInfo) {
	for f, t := range flaws {
		if t.count > 0 {
			out = append(out, exceptionInfo{t.count, t.seconds, int64(f)})
		}
	}
	return out
}

func (s *Service) getcheckinDaydata(ctx context.Context, tx *store.Tx, by access.Caller, req timeRequest) (resp getcheckinDaydataResponse, err error) {
	people, list, err := s.asked(tx, by, req)
	if err != nil {
		return resp, err
	}
	called, err := s.namesOf(ctx, tx, by.CorpID, people)
	if err != nil {
		return resp, err
	}
	vacations, err := s.deps.Approvals.Vacations(tx, by.CorpID)
	for i, p := range people {
		for _, d := range list[i] {
			v := d.data()
			v.Base.baseInfo = base(by, p, called[p.UserID], d.reported)
			v.Items = d.items(vacations)
			resp.Data = append(resp.Data, v)
		}
	}
	return resp, err
}

// asked returns the days that a request asks after.
func (s *Service) asked(tx *store.Tx, by access.Caller, req timeRequest) ([]*person, [][]*dayReport, error) {
	if err := req.valid(); err != nil {
		return nil, nil, err
	}
	people, err := s.people(tx, by, req.Users)
	if err != nil {
		return nil, nil, err
	}
	list, err := s.days(tx, by.CorpID, people, Midnight(req.From), Midnight(req.To))
	return people, list, err
}

// data is a day but for the member's names and the items.
func (d *dayReport) data() (v dayData) {
	v.Base.Date = d.day
	if d.kind != workday {
		v.Base.Kind = 1
	}
	if r := d.rule; r != nil {
		v.Base.Rule.Group, v.Base.Rule.GroupName, v.Base.Rule.Schedule = r.group, r.Name, d.shift.ID
		v.Base.Rule.ScheduleName = d.shift.Name
		if r.Type == Fixed {
			for _, s := range d.shift.Sections {
				v.Base.Rule.Times = append(v.Base.Rule.Times, workSection{s.Work, s.Off})
			}
		}
	}
	v.Summary.Checkins, v.Summary.Worked, v.Summary.Standard = d.checkins, d.regular, d.standard()
	if d.first != 0 {
		v.Summary.First, v.Summary.Last = d.first-d.day, d.last-d.day
	}
	for _, a := range d.approvals() {
		v.Holidays = append(v.Holidays, holidayInfo{texts{[]text{{"zh_CN", a.text}}}, a.number, texts{[]text{{"zh_CN", a.title}}}})
	}
	v.Exceptions = exceptions(d.flaws)
	v.Overtime.Duration = d.overtime.Seconds
	switch {
	case d.overtime.Short > 0:
		v.Overtime.Status, v.Overtime.Short = 2, []int64{d.overtime.Short}
	case d.overtime.Seconds > 0:
		v.Overtime.Status = 1
	}
	c := d.converted()
	switch d.kind {
	case workday:
		v.Overtime.WorkdayLeave, v.Overtime.WorkdayMoney = c.leave, c.money
	case restDay:
		v.Overtime.RestdayLeave, v.Overtime.RestdayMoney = c.leave, c.money
	case holiday:
		v.Overtime.HolidaysLeave, v.Overtime.HolidaysAMoney = c.leave, c.money
	}
	return v
}

// The parts of a month's report (doc 93387).
type (
	monthData struct {
		Base struct {
			baseInfo
			Rule struct {
				Group     int64  `json:"groupid"`
				GroupName string `json:"groupname"`
			} `json:"rule_info"`
		} `json:"base_info"`
		Summary struct {
			Except   int64 `json:"except_days"`
			Regular  int64 `json:"regular_days"`
			Worked   int64 `json:"regular_work_sec"`
			Standard int64 `json:"standard_work_sec"`
			Workdays int64 `json:"work_days"`
			Rest     int64 `json:"rest_days"`
		} `json:"summary_info"`
		Exceptions []exceptionInfo `json:"exception_infos"`
		Items      []item          `json:"sp_items"`
		Overtime   monthOvertime   `json:"overwork_info"`
	}
	monthOvertime struct {
		Workday       int64 `json:"workday_over_sec"`
		Holidays      int64 `json:"holidays_over_sec"`
		RestDays      int64 `json:"restdays_over_sec"`
		WorkdaysLeave int64 `json:"workdays_over_as_vacation"`
		WorkdaysMoney int64 `json:"workdays_over_as_money"`
		RestDaysLeave int64 `json:"restdays_over_as_vacation"`
		RestDaysMoney int64 `json:"restdays_over_as_money"`
		HolidaysLeave int64 `json:"holidays_over_as_vacation"`
		HolidaysMoney int64 `json:"holidays_over_as_money"`
	}
	getcheckinMonthdataResponse struct {
		Data []monthData `json:"datas"`
	}
)

// getcheckinMonthdata answers the sums of days. The rule of a member is that of the last day.
func (s *Service) getcheckinMonthdata(ctx context.Context, tx *store.Tx, by access.Caller, req timeRequest) (resp getcheckinMonthdataResponse, err error) {
	people, list, err := s.asked(tx, by, req)
	if err != nil {
		return resp, err
	}
	called, err := s.namesOf(ctx, tx, by.CorpID, people)
	if err != nil {
		return resp, err
	}
	vacations, err := s.deps.Approvals.Vacations(tx, by.CorpID)
	for i, p := range people {
		if len(list[i]) == 0 {
			continue
		}
		resp.Data = append(resp.Data, sum(list[i], vacations).data(by, p, called[p.UserID]))
	}
	return resp, err
}

func (m *month) data(by access.Caller, p *person, n names) (v monthData) {
	last := m.days[len(m.days)-1]
	record := last.reported
	if r := last.rule; r != nil {
		v.Base.Rule.Group, v.Base.Rule.GroupName = r.group, r.Name
		record = map[int64]int64{Fixed: recordFixed, Shifts: recordShifts, Free: recordFree}[r.Type]
	}
	v.Base.baseInfo = base(by, p, n, record)
	v.Summary.Except, v.Summary.Regular, v.Summary.Workdays, v.Summary.Rest = m.except, m.regular, m.workdays, m.rest
	v.Summary.Worked, v.Summary.Standard = m.worked, m.standard
	v.Exceptions, v.Items = exceptions(m.flaws), m.items
	o := &v.Overtime
	o.Workday, o.RestDays, o.Holidays = m.overtime[workday], m.overtime[restDay], m.overtime[holiday]
	o.WorkdaysLeave, o.WorkdaysMoney = m.becomes[workday].leave, m.becomes[workday].money
	o.RestDaysLeave, o.RestDaysMoney = m.becomes[restDay].leave, m.becomes[restDay].money
	o.HolidaysLeave, o.HolidaysMoney = m.becomes[holiday].leave, m.becomes[holiday].money
	return v
}
