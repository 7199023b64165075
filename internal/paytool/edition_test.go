package paytool_test

import (
	"context"
	"slices"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

func TestTrial(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin() // whose installation ends its trial, too
		h := open(t, w, access.ThirdParty)
		prolong := func(days string) qiweitest.JSON {
			return h.Call("service/prolong_try?suite_access_token="+h.bySuite, `{"buyer_corpid":"`+h.open+`","prolong_days":`+days+`}`)
		}
		if a := prolong("1"); a.Code() != 90351 {
			t.Errorf("nothing is sold: %v", a)
		}
		begin := w.Clock.Now().Unix()
		h.sell(7)
		sweep := func() {
			t.Helper()
			if err := w.Server.Paytool.Sweep(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		sweep()
		for days, code := range map[string]int{"0": 90305, "-1": 90305, "54": 90352} { // 7 and 53 are paytool.maxTrial
			if a := prolong(days); a.Code() != code {
				t.Errorf("%s days: %v, want %d", days, a, code)
			}
		}
		if a := prolong("13"); a.Code() != 0 || a.Int("try_end_time") != begin+20*86400 {
			t.Errorf("13 days: %v", a)
		}
		if told := h.told(); !slices.Equal(told, []string{"change_editon"}) {
			t.Errorf("told %q", told)
		}
		h.days(20)
		sweep()
		sweep()
		if told := h.told(); !slices.Equal(told, []string{"change_editon"}) || h.info().Int("edition_info.agent.0.app_status") != 2 {
			t.Errorf("told %q of the end", told)
		}
		if a := prolong("40"); a.Code() != 0 || a.Int("try_end_time") != begin+60*86400 || h.info().Int("edition_info.agent.0.app_status") != 1 {
			t.Errorf("after the end, up to 60: %v", a)
		}
		if a := prolong("1"); a.Code() != 90352 {
			t.Errorf("61: %v", a)
		}
		if a := h.Call("service/prolong_try?suite_access_token="+h.bySuite, `{"buyer_corpid":"wpnobody","prolong_days":1}`); a.Code() != 48004 {
			t.Errorf("nobody: %v", a)
		}
		// More users than were bought: told in the afternoon, and after seven days it is serious.
		order := h.signed("open_order", h.buy(0, "", `,"user_count":2,"duration_days":300`)).Text("order_id")
		h.Play("order/pay", `{"order_id":"`+order+`"}`)
		h.told()
		sweep() // it is five in the afternoon
		if told := h.told(); !slices.Equal(told, []string{"change_editon"}) || h.info().Int("edition_info.agent.0.app_status") != 6 {
			t.Errorf("told %q of too many users: %v", told, h.info())
		}
		h.days(7)
		if a := h.info(); a.Int("edition_info.agent.0.app_status") != 7 {
			t.Errorf("a week later: %v", a)
		}
		if a := prolong("1"); a.Code() != 90351 {
			t.Errorf("a trial of what was bought: %v", a)
		}
		w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=wangwu", "")
		sweep()
		if a := h.info(); a.Int("edition_info.agent.0.app_status") != 3 {
			t.Errorf("two users: %v", a)
		}
	})
}
