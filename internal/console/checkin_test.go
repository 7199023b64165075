package console_test

import (
	"fmt"
	"strings"
	"testing"

	admins "qiwei/internal/admin"
	"qiwei/qiweitest"
)

// TestCheckin: an administrator makes, changes and ends rules of check-in, gives members shifts, and sees what became
// of their months.
func TestCheckin(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		a := as(t, w, w.CorpID, "zhangsan")
		rule := func(name, people string) string {
			return `{"effective_now":true,"rule":{"grouptype":2,"groupname":"` + name + `","range":{` + people + `},"wifimac_infos":[{"wifiname":"a","wifimac":"00:11:22:33:44:55"}],
				"schedulelist":[{"schedule_id":0,"schedule_name":"休息"},{"schedule_id":1,"schedule_name":"早班","time_section":[{"time_id":1,"work_sec":28800,"off_work_sec":57600}]}]}}`
		}
		var made struct{ GroupID int64 }
		a.ok("POST", "/console/api/checkin/rules", rule("倒班", `"userid":["lisi"]`), &made)
		var list struct {
			Rules []struct {
				GroupID int64
				App     string
				Rule    struct {
					GroupName string
					Creator   string `json:"create_userid"`
				}
			}
		}
		a.ok("GET", "/console/api/checkin/rules", "", &list)
		if len(list.Rules) != 1 || list.Rules[0].GroupID != made.GroupID || list.Rules[0].Rule.GroupName != "倒班" || list.Rules[0].Rule.Creator != "zhangsan" || list.Rules[0].App != "" {
			t.Fatalf("rules %+v", list)
		}
		path := fmt.Sprintf("/console/api/checkin/rules/%d", made.GroupID)
		a.ok("PUT", path, rule("三班", `"party_id":[3]`), nil)
		a.ok("POST", path+"/shifts", `{"yearmonth":203101,"items":[{"userid":"lisi","day":6,"schedule_id":1},{"userid":"lisi","day":7,"schedule_id":0}]}`, nil)
		for body, words := range map[string]string{
			rule("", `"party_id":[3]`): "groupname", rule("x", ""): "range", rule("x", `"userid":["nobody"]`): "nobody", rule("x", `"party_id":[3]`): "overlaps",
		} {
			if got := a.refused(422, "POST", "/console/api/checkin/rules", body); !strings.Contains(got.Error, words) {
				t.Errorf("%s: %s", words, got.Error)
			}
		}
		a.refused(422, "POST", path+"/shifts", `{"yearmonth":203101,"items":[{"userid":"lisi","day":6,"schedule_id":5}]}`)
		a.refused(400, "POST", "/console/api/checkin/rules", `{"rules":1}`)
		type months struct {
			Total   int
			Members []struct {
				UserID string
				Rule   string
				Days   []struct {
					Workday bool
					Shift   string
				}
			}
		}
		var got months
		a.ok("GET", "/console/api/checkin/months?month=2031-01&department=3", "", &got)
		if got.Total != 1 || len(got.Members) != 1 || got.Members[0].UserID != "lisi" || got.Members[0].Rule != "三班" || !got.Members[0].Days[5].Workday || got.Members[0].Days[5].Shift != "早班" || got.Members[0].Days[6].Workday {
			t.Errorf("months %+v", got)
		}
		a.refused(422, "GET", "/console/api/checkin/months?month=x", "")
		a.ok("DELETE", path+"?now=true", "", nil)
		a.refused(422, "DELETE", path, "")
		a.ok("GET", "/console/api/checkin/rules", "", &list)
		if len(list.Rules) != 0 {
			t.Errorf("after the end: %+v", list)
		}
		audit := ""
		_, audit = a.do("GET", "/console/api/audit", "")
		for _, action := range []string{"checkin_rule.create", "checkin_rule.update", "checkin_rule.shifts", "checkin_rule.delete"} {
			if !strings.Contains(audit, action) {
				t.Errorf("the audit log has no %s", action)
			}
		}
	})
}
