package licence_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// quoted writes a list as JSON.
func quoted(list []string) string { return `["` + strings.Join(list, `","`) + `"]` }

// TestMerging: a second code over an account adds its time, late enough and within five
// years, and the first ends.
func TestMerging(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		codes := h.codes(3, 0, 1)
		long := h.codes(1, 0, 60)[0]
		if a := h.activate(codes[0], "lisi"); a.Code() != 0 {
			t.Fatal(a)
		}
		end := h.info(codes[0]).Int("active_info.expire_time") // 31 days, and what is left of the day
		if a := h.activate(codes[1], "lisi"); a.Code() != 701082 {
			t.Errorf("a month before the end: %v", a)
		}
		if a := h.activate(codes[0], "wangwu"); a.Code() != 701003 {
			t.Errorf("a bound code: %v", a)
		}
		w.Advance(time.Unix(end, 0).Sub(w.Clock.Now()) - 20*24*time.Hour - time.Second)
		h.SignIn()
		if a := h.activate(codes[1], "lisi"); a.Code() != 701082 {
			t.Errorf("20 days and a second before the end: %v", a)
		}
		w.Advance(time.Second)
		if a := h.activate(long, "lisi"); a.Code() != 701030 {
			t.Errorf("more than five years: %v", a)
		}
		if a := h.activate(codes[1], "lisi"); a.Code() != 0 {
			t.Fatalf("20 days before the end: %v", a)
		}
		now := w.Clock.Now().Unix()
		old, next := h.info(codes[0]), h.info(codes[1])
		if old.Int("active_info.status") != 5 || old.Text("active_info.merge_info.to_active_code") != codes[1] || old.Int("active_info.expire_time") != now {
			t.Errorf("the old code: %v", old)
		}
		if next.Int("active_info.status") != 2 || next.Text("active_info.merge_info.from_active_code") != codes[0] || next.Int("active_info.expire_time") != end+31*86400 || next.Int("active_info.active_time") != now {
			t.Errorf("the new code: %v, want the end %d", next, end+31*86400)
		}
		if a := h.activate(codes[0], "wangwu"); a.Code() != 701021 {
			t.Errorf("a merged code: %v", a)
		}
		// An account that has ended begins again.
		h.Days(60)
		if a := h.activate(codes[2], "lisi"); a.Code() != 0 {
			t.Fatal(a)
		}
		if old := h.info(codes[1]); old.Int("active_info.status") != 5 || old.Int("active_info.expire_time") != end+31*86400 {
			t.Errorf("a code that had ended keeps its end: %v", old)
		}
		if a := h.info(codes[2]); a.Int("active_info.expire_time") <= w.Clock.Now().Unix()+31*86400 || a.Int("active_info.expire_time") > w.Clock.Now().Unix()+32*86400 {
			t.Errorf("a new beginning: %v", a)
		}
	})
}

// TestBatches: what fails in a batch has its code in the list; if all fails, the call
// does.
func TestBatches(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		codes := h.codes(3, 1, 1)
		one := func(code, user string) string { return fmt.Sprintf(`{"active_code":%q,"userid":%q}`, code, user) }
		batch := func(list ...string) string {
			return `{"corpid":"` + h.open + `","active_list":[` + strings.Join(list, ",") + `]}`
		}
		got := h.Must("license/batch_active_account", batch(one(codes[0], h.user("lisi")), one(codes[3], h.user("lisi")), one("nonsense", h.user("wangwu")), one(codes[1], "nobody"), one(codes[2], "wangwu")))
		want := []string{"0", "0", "701021", "701019", "0"}
		for i, c := range want {
			if got.Text(fmt.Sprintf("active_result.%d.errcode", i)) != c {
				t.Errorf("result %d of %v, want %s", i, got, c)
			}
		}
		// A userid of the corp's own is taken, and the provider's answered.
		if got.Text("active_result.4.userid") != h.user("wangwu") {
			t.Errorf("userids: %v", got)
		}
		for _, tt := range []struct {
			what, body string
			code       int
		}{
			{"no list", batch(), 701025},
			{"a code twice", batch(one(codes[1], h.user("lisi")), one(codes[1], h.user("wangwu"))), 701023},
			{"all fail", batch(one(codes[0], h.user("wangwu"))), 701024},
			{"no enterprise", `{"active_list":[` + one(codes[1], "x") + `]}`, 41002},
			{"an unknown enterprise", `{"corpid":"wpnobody","active_list":[` + one(codes[1], "x") + `]}`, 40013},
			{"one that never dealt with the provider", `{"corpid":"` + w.Second.CorpID + `","active_list":[` + one(codes[1], "x") + `]}`, 701015},
		} {
			if a := h.Call("license/batch_active_account", tt.body); a.Code() != tt.code {
				t.Errorf("%s: %v, want %d", tt.what, a, tt.code)
			}
		}
		infos := h.Must("license/batch_get_active_info_by_code", `{"corpid":"`+w.CorpID+`","active_code_list":`+quoted([]string{codes[0], "nonsense", codes[1]})+`}`)
		if infos.Int("active_info_list.0.status") != 2 || infos.Int("active_info_list.1.status") != 1 || infos.Text("invalid_active_code_list.0") != "nonsense" {
			t.Errorf("batch_get_active_info_by_code: %v", infos)
		}
		if a := h.Call("license/get_active_info_by_code", `{"corpid":"`+h.open+`","active_code":"nonsense"}`); a.Code() != 701021 {
			t.Errorf("an unknown code: %v", a)
		}
		by := func(typ int, user string) qiweitest.JSON {
			return h.Call("license/active_account_by_type", fmt.Sprintf(`{"corpid":%q,"type":%d,"userid":%q}`, h.open, typ, user))
		}
		if a := by(1, h.user("lisi")); a.Code() != 701011 {
			t.Errorf("by type, with an account: %v", a)
		}
		if a := by(2, h.user("wangwu")); a.Code() != 701072 {
			t.Errorf("by type, without a code: %v", a)
		}
		if a := by(3, h.user("wangwu")); a.Code() != 701006 {
			t.Errorf("by no type: %v", a)
		}
		if a := by(1, h.user("zhangsan")); a.Code() != 0 || h.info(codes[1]).Text("active_info.userid") != h.user("zhangsan") {
			t.Errorf("by type: %v", a)
		}
	})
}

// TestOrders: whose an order is, what can be ordered, and until when it can be paid.
// another is a second provider, the first enterprise, whose application nobody has.
// TestListOfOrders walks list_order by its parameters.
// TestRenewal: members get more time on their accounts, by months or up to a day.
// TestTransfer: an account goes to somebody else, with its time.
func TestTransfer(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		codes := h.codes(2, 1, 12)
		h.activate(codes[0], "lisi")
		h.activate(codes[2], "lisi")
		hand := func(from, to string) qiweitest.JSON {
			return h.Call("license/batch_transfer_license", fmt.Sprintf(`{"corpid":%q,"transfer_list":[{"handover_userid":%q,"takeover_userid":%q}]}`, h.open, from, to))
		}
		result := func(a qiweitest.JSON) int64 { return a.Int("transfer_result.0.errcode") }
		lisi, wangwu, zhangsan := h.user("lisi"), h.user("wangwu"), h.user("zhangsan")
		if a := hand(wangwu, lisi); a.Code() != 701024 || result(a) != 701016 {
			t.Errorf("from somebody without an account: %v", a)
		}
		if a := hand(lisi, "nobody"); a.Code() != 701024 || result(a) != 701019 {
			t.Errorf("to nobody: %v", a)
		}
		if a := hand(lisi, "wangwu"); a.Code() != 0 || a.Text("transfer_result.0.handover_userid") != lisi || a.Text("transfer_result.0.takeover_userid") != wangwu {
			t.Errorf("to wangwu: %v", a)
		}
		for _, c := range []string{codes[0], codes[2]} {
			if got := h.info(c).Text("active_info.userid"); got != wangwu {
				t.Errorf("%s is %s's", c, got)
			}
		}
		if a := hand(wangwu, lisi); result(a) != 701017 {
			t.Errorf("again at once: %v", a)
		}
		h.activate(codes[1], "zhangsan")
		h.Days(30)
		if a := hand(wangwu, zhangsan); result(a) != 701018 {
			t.Errorf("to somebody who has an account: %v", a)
		}
		// Who has left may hand on at once.
		if a := hand(wangwu, lisi); a.Code() != 0 {
			t.Fatalf("a month later: %v", a)
		}
		if a := w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=lisi", ""); a.ErrCode != 0 {
			t.Fatal(a.Body)
		}
		if a := hand(lisi, wangwu); a.Code() != 0 || h.info(codes[0]).Text("active_info.userid") != wangwu {
			t.Errorf("from who has left: %v", a)
		}
		if a := h.Call("license/active_account", fmt.Sprintf(`{"corpid":%q,"active_code":%q,"userid":%q}`, h.open, h.codes(1, 0, 1)[0], lisi)); a.Code() != 701019 {
			t.Errorf("an account for who has left: %v", a)
		}
		if a := h.Call("license/batch_transfer_license", fmt.Sprintf(`{"corpid":%q,"transfer_list":[{"handover_userid":"a","takeover_userid":"b"},{"handover_userid":"a","takeover_userid":"c"}]}`, h.open)); a.Code() != 701020 {
			t.Errorf("somebody twice: %v", a)
		}
	})
}

// TestBalance: an order is paid with what the provider has paid in.
// TestRefund: the provider is told what becomes of a refund, and codes that were paid
// back are nobody's.
// TestRace: of two who bind one code, or pay for one order, one does.
