package clients

import (
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/work/checkin"
)

// TestSilenceperCheckin corrects and adds check-ins by the demo's rule, and reads reports of them. The library writes
// and reads the range of a rule as a list, where the page has an object, so it cannot make rules or list them.
func TestSilenceperCheckin(t *testing.T) {
	c := silenceper(server.App("self_built")).GetCheckin()
	china := time.FixedZone("UTC+8", 8*60*60)
	now := time.Now().In(china)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, china).Unix()
	user := "lisi"
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	const day = 24 * 60 * 60
	days, err := c.GetDayData(&checkin.GetCheckinDataRequest{StartTime: midnight - 7*day, EndTime: midnight - day, UserIDList: []string{user}})
	must("days", err)
	var worked int64
	for _, d := range days.Datas {
		if d.BaseInfo.DayType == 0 && d.BaseInfo.RuleInfo.GroupID != 0 {
			worked = d.BaseInfo.Date
		}
	}
	if len(days.Datas) != 7 || worked == 0 {
		t.Fatalf("no day of work among %+v", days.Datas)
	}
	mine, err := c.GetOption(&checkin.GetOptionRequest{Datetime: worked, UserIDList: []string{user}})
	must("rule", err)
	if len(mine.Info) != 1 || len(mine.Info[0].Group.CheckinDate) != 1 {
		t.Fatalf("rule %+v", mine.Info)
	}
	group, times := mine.Info[0].Group.GroupID, mine.Info[0].Group.CheckinDate[0].CheckinTime[0]
	must("correct", c.PunchCorrection(&checkin.PunchCorrectionRequest{UserID: user, ScheduleDateTime: worked, ScheduleCheckinTime: times.WorkSec, CheckinTime: worked + times.WorkSec - 61, Remark: "忘打卡"}))
	must("add", c.AddRecord(&checkin.AddRecordRequest{Records: []checkin.Record{{UserID: user, CheckinTime: worked + times.OffWorkSec + 3*60*60, LocationTitle: "东门", LocationDetail: "一楼", DeviceType: 2, DeviceDetail: "晴门"}}}))
	records, err := c.GetCheckinData(&checkin.GetCheckinDataRequest{OpenCheckinDataType: 1, StartTime: worked, EndTime: worked + day - 1, UserIDList: []string{user}})
	must("records", err)
	if list := records.CheckinData; len(list) != 2 || list[0].CheckinTime != worked+times.WorkSec-61 || list[0].Notes != "忘打卡" || list[1].LocationTitle != "东门" || list[1].GroupID != group || list[1].ExceptionType != "" {
		t.Errorf("records %+v", list)
	}
	months, err := c.GetMonthData(&checkin.GetCheckinDataRequest{StartTime: worked, EndTime: worked, UserIDList: []string{user}})
	must("months", err)
	if len(months.Datas) != 1 || months.Datas[0].SummaryInfo.WorkDays != 1 || months.Datas[0].SummaryInfo.RegularDays != 1 {
		t.Errorf("months %+v", months.Datas)
	}
	wantSilenceperCode(t, "shifts of a rule without", c.SetScheduleList(&checkin.SetScheduleListRequest{GroupID: group, YearMonth: 203012, Items: []checkin.SetScheduleListItem{{UserID: user, Day: 1}}}), 301089)
	shifts, err := c.GetScheduleList(&checkin.GetScheduleListRequest{StartTime: midnight, EndTime: midnight + 2*day, UserIDList: []string{"shenmo"}})
	must("shifts", err)
	if len(shifts.ScheduleList) == 0 {
		t.Errorf("shifts %+v", shifts)
	}
	wantSilenceperCode(t, "a face that is none", c.AddUserFace(&checkin.AddUserFaceRequest{UserID: user, UserFace: "ZmFjZQ=="}), 301072)
	wantSilenceperCode(t, "an administrator's rule", c.ClearOption(&checkin.ClearOptionRequest{GroupID: group, ClearField: []int64{3}, EffectiveNow: true}), 301092)
	wantSilenceperCode(t, "an administrator's rule", c.DelOption(&checkin.DelOptionRequest{GroupID: group, EffectiveNow: true}), 301092)
	wantSilenceperCode(t, "a rule with its range in a list", c.AddOption(&checkin.AddOptionRequest{Group: checkin.OptionGroupRule{GroupType: 3, GroupName: "自由", Range: []checkin.OptionGroupRange{{UserID: []string{user}}}}}), 301093)
}
