package checkin_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
)

// together is how many do the same at once.
const together = 8

// atOnce makes calls at once and returns how often each code was answered.
func atOnce(call func(i int) int) map[int]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	out := map[int]int{}
	for i := range together {
		wg.Go(func() {
			code := call(i)
			mu.Lock()
			defer mu.Unlock()
			out[code]++
		})
	}
	wg.Wait()
	return out
}

// TestRaces: of many who name the same member in rules at once, one wins; a check-in that comes many times is there
// once.
func TestRaces(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		rule := func(i int, users string) string {
			return `{"effective_now":true,"group":{` + group(3, fmt.Sprintf("规则%d", i), users, `"checkindate":[{"workdays":[0,1,2,3,4,5,6]}]`) + `}}`
		}
		if got := atOnce(func(i int) int { return as(h.app, "add_checkin_option", rule(i, `"lisi"`)).ErrCode }); got[0] != 1 || got[301091] != together-1 {
			t.Errorf("rules for the same member: %v", got)
		}
		var numbers []int64
		for i, user := range []string{`"zhangsan"`, `"wangwu"`} {
			h.must("add_checkin_option", rule(100+i, user))
			list := h.rules(h.app)
			numbers = append(numbers, list[len(list)-1].Group)
		}
		if got := atOnce(func(i int) int {
			return as(h.app, "update_checkin_option", fmt.Sprintf(`{"effective_now":true,"group":{"groupid":%d,"range":{"userid":[%s],"party_id":[4]}}}`, numbers[i%2], []string{`"zhangsan"`, `"wangwu"`}[i%2])).ErrCode
		}); got[0] != together/2 || got[301091] != together/2 {
			t.Errorf("rules that come to name the same department: %v", got)
		}
		now := h.Clock.Now().Unix()
		record := fmt.Sprintf(`{"records":[{"userid":"lisi","checkin_time":%d,"location_title":"a","location_detail":"a","device_type":1,"device_detail":"b"}]}`, now)
		if got := atOnce(func(int) int { return as(h.app, "add_checkin_record", record).ErrCode }); got[0] != together {
			t.Errorf("check-ins: %v", got)
		}
		h.expect("once", h.records("lisi", "01-06", 3), "上班打卡 17:00/-")
	})
}

// TestProviders: an application of a third party reads ids in place of names, and one developed for the corp what it is
// granted.
func TestProviders(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.add(group(3, "自由", `"lisi"`, `"checkindate":[{"workdays":[1,2,3,4,5]}]`))
		body := fmt.Sprintf(`{"starttime":%d,"endtime":%d,"useridlist":["lisi"]}`, at("01-06 00:00"), at("01-06 00:00"))
		for _, tt := range []struct {
			kind   access.Kind
			grants []string
			code   int
			has    string
		}{
			{access.ThirdParty, nil, 48002, ""},
			{access.ThirdParty, []string{"checkin:app:base"}, 0, `"name":"lisi","name_ex":"","departs_name":"3"`},
			{access.Custom, []string{"checkin:app:base"}, 0, `"name":"","name_ex":"","departs_name":""`},
			{access.Custom, []string{"checkin:app:base", "contact:sensitive:user_name"}, 0, `"name":"李四","name_ex":"","departs_name":""`},
			{access.Custom, []string{"checkin:app:base", "contact:sensitive:department_name"}, 0, `"name":"","name_ex":"","departs_name":"`},
		} {
			c := h.WithApp(tt.kind, app.Settings{Range: access.Everything(), Grants: tt.grants})
			for _, call := range []string{"getcheckin_daydata", "getcheckin_monthdata"} {
				if got := as(c, call, body); got.ErrCode != tt.code || !strings.Contains(got.Body, tt.has) {
					t.Errorf("%s as %s with %v: %s", call, tt.kind, tt.grants, got.Body)
				}
			}
		}
	})
}
