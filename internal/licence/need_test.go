package licence_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// template is a proxy-developed application of the provider, which has a callback of its
// own, and its access token.
func (h *house) template(rc *qiweitest.Receiver) (in suite.Installation, token string) {
	h.T.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		v, err := h.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: h.Provider.CorpID, Kind: access.Custom, Settings: suite.Settings{Name: "巡店"}})
		if err != nil {
			return err
		}
		in, _, err = h.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: v.SuiteID, CorpID: h.CorpID, Range: access.Range{Departments: []int64{1}}})
		return err
	})
	if _, err := h.Server.Callbacks.SaveCallback(context.Background(), access.System(h.CorpID), callback.Callback{
		AgentID: in.AgentID, URL: rc.URL, Token: rc.Token, AESKey: rc.AESKey,
	}); err != nil {
		h.T.Fatal(err)
	}
	var a qiweitest.JSON
	h.Send("GET", "/cgi-bin/gettoken?corpid="+h.open+"&corpsecret="+in.Secret, "").Decode(&a)
	if a.Code() != 0 {
		h.T.Fatal(a)
	}
	return in, a.Text("access_token")
}

func (h *house) send(token string, in suite.Installation, to string) (a qiweitest.JSON) {
	h.T.Helper()
	h.Send("POST", "/cgi-bin/message/send?access_token="+token, fmt.Sprintf(`{%s,"msgtype":"text","agentid":%d,"text":{"content":"x"}}`, to, in.AgentID)).Decode(&a)
	return a
}

// got counts the messages that a member has from the application.
func (h *house) got(userid string, in suite.Installation) (n int64) {
	h.T.Helper()
	if err := h.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
		n, err = tx.Count(`SELECT count(*) FROM message_copy c JOIN member m ON m.no = c.member WHERE m.corpid = ? AND m.userkey = ? AND c.app = ?`, h.CorpID, userid, in.No)
		return err
	}); err != nil {
		h.T.Fatal(err)
	}
	return n
}

// TestUnlicensed: nothing is checked until somebody says so. From then on messages reach
// those who have an account, and who has none cannot open an application.
func TestUnlicensed(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		rc := w.Receiver()
		in, token := h.template(rc)
		lisi, wangwu := h.user("lisi"), h.user("wangwu")
		both := `"touser":"` + lisi + "|" + wangwu + `"`
		if a := h.send(token, in, both); a.Code() != 0 || a.At("unlicenseduser") != nil {
			t.Fatalf("nothing is checked: %v", a)
		}
		h.Play("customer", `{"provider":"`+h.Provider.CorpID+`","corpid":"`+w.CorpID+`","checked":true}`)
		if a := h.send(token, in, both); a.Code() != 81013 || a.Text("unlicenseduser") != lisi+"|"+wangwu {
			t.Errorf("to nobody with a licence: %v", a)
		}
		codes := h.codes(1, 1, 1)
		h.activate(codes[1], "lisi") // an external account serves as a basic one
		if a := h.send(token, in, both); a.Code() != 0 || a.Text("unlicenseduser") != wangwu || a.At("invaliduser") != nil {
			t.Errorf("to one with a licence: %v", a)
		}
		if a := h.send(token, in, `"toparty":"1"`); a.Code() != 0 || a.At("unlicenseduser") != nil {
			t.Errorf("to a department: %v", a)
		}
		if a := h.send(token, in, `"touser":"@all"`); a.Code() != 0 || a.At("unlicenseduser") != nil {
			t.Errorf("to all: %v", a)
		}
		if l, ww := h.got("lisi", in), h.got("wangwu", in); l != 4 || ww != 1 {
			t.Errorf("lisi has %d messages and wangwu %d, want 4 and 1", l, ww)
		}
		// An application of the corp's own asks nobody for licences.
		own := w.As(access.SelfBuilt)
		if a := own.Call("POST", "/cgi-bin/message/send", fmt.Sprintf(`{"touser":"wangwu","msgtype":"text","agentid":%d,"text":{"content":"x"}}`, own.AgentID)); a.ErrCode != 0 || strings.Contains(a.Body, "unlicensed") {
			t.Errorf("an application of the corp's own: %s", a.Body)
		}

		rc.Take()
		if got := h.enter("wangwu", in); !strings.Contains(got, `"unlicensed":true`) {
			t.Errorf("without a licence: %s", got)
		}
		if got := h.enter("lisi", in); strings.Contains(got, "unlicensed") {
			t.Errorf("with one: %s", got)
		}
		h.Delivered()
		pushes := rc.Take()
		if len(pushes) != 1 || pushes[0].XML() != fmt.Sprintf(`<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime><MsgType><![CDATA[event]]></MsgType>`+
			`<Event><![CDATA[unlicensed_notify]]></Event><AgentID>%d</AgentID></xml>`, h.open, wangwu, w.Clock.Now().Unix(), in.AgentID) {
			t.Errorf("unlicensed_notify: %v", pushes)
		}
		// The account ends, and with it the licence.
		h.Days(33)
		var a qiweitest.JSON
		h.Send("GET", "/cgi-bin/gettoken?corpid="+h.open+"&corpsecret="+in.Secret, "").Decode(&a)
		if a := h.send(a.Text("access_token"), in, both); a.Code() != 81013 {
			t.Errorf("after a month: %v", a)
		}
	})
}

// enter has a member open the application on their phone.
func (h *house) enter(userid string, in suite.Installation) string {
	h.T.Helper()
	var got any
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		m, err := h.Server.Directory.Member(ctx, tx, access.System(h.CorpID), id.UserID(userid))
		if err != nil {
			return err
		}
		got, err = h.Server.Messages.Enter(ctx, tx, h.CorpID, m, in.AgentID)
		return err
	})
	text, err := json.Marshal(got)
	if err != nil {
		h.T.Fatal(err)
	}
	return string(text)
}

// TestFreeTime: an application is free for 90 days from its first installation, and a
// second one does not begin them again. A test corp has none.
func TestFreeTime(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		info := func() qiweitest.JSON {
			return h.Must("license/get_app_license_info", `{"corpid":"`+h.open+`","suite_id":"`+h.Suite.SuiteID+`"}`)
		}
		first := w.Clock.Now().Unix()
		if a := info(); a.Int("license_status") != 0 || a.At("trail_info") != nil {
			t.Errorf("nothing is checked: %v", a)
		}
		h.Play("customer", `{"suite_id":"`+h.Suite.SuiteID+`","corpid":"`+w.CorpID+`","checked":true,"trial":true}`)
		h.Days(10)
		h.Play("cancel", `{"suite_id":"`+h.Suite.SuiteID+`","corpid":"`+w.CorpID+`"}`)
		if a := h.Call("license/get_app_license_info", `{"corpid":"`+h.open+`","suite_id":"`+h.Suite.SuiteID+`"}`); a.Code() != 48004 {
			t.Errorf("of what is not installed: %v", a)
		}
		h.Install(w.CorpID)
		if a := info(); a.Int("license_status") != 1 || a.Int("trail_info.start_time") != first || a.Int("trail_info.end_time") != first+90*86400 || a.Int("license_check_time") != first+90*86400 {
			t.Errorf("installed again: %v", a)
		}
		for body, code := range map[string]int{`{"corpid":"` + h.open + `"}`: 41021, `{"corpid":"` + h.open + `","suite_id":"ww0000000000000000"}`: 40083} {
			if a := h.Call("license/get_app_license_info", body); a.Code() != code {
				t.Errorf("%s: %v, want %d", body, a, code)
			}
		}
		rc := w.Receiver()
		in, token := h.template(rc)
		if a := h.send(token, in, `"touser":"`+h.user("lisi")+`"`); a.Code() != 0 {
			t.Errorf("in the free time: %v", a)
		}

		// A test corp has no free time; its orders cost nothing and are of one month.
		h.Play("customer", `{"suite_id":"`+h.Suite.SuiteID+`","corpid":"`+w.CorpID+`","test":true}`)
		if a := info(); a.Int("license_status") != 1 || a.At("trail_info") != nil {
			t.Errorf("a test corp: %v", a)
		}
		if a := h.send(token, in, `"touser":"`+h.user("lisi")+`"`); a.Code() != 81013 {
			t.Errorf("a test corp has a free time: %v", a)
		}
		order := func(count, duration string) qiweitest.JSON {
			return h.Call("license/create_new_order", `{"corpid":"`+h.open+`","buyer_userid":"zhangsan","account_count":{"base_count":`+count+`},"account_duration":{`+duration+`}}`)
		}
		if a := order("1", `"months":2`); a.Code() != 701028 {
			t.Errorf("two months: %v", a)
		}
		if a := order("1", `"months":1,"days":1`); a.Code() != 701028 {
			t.Errorf("a month and a day: %v", a)
		}
		free := order("1", `"months":1`)
		if o := h.Must("license/get_order", `{"order_id":"`+free.Text("order_id")+`"}`); o.Int("order.order_status") != 1 || o.Int("order.price") != 0 {
			t.Errorf("an order of a test corp: %v", o)
		}
		if a := h.Must("license/list_order", `{}`); len(a.List("order_list")) != 0 {
			t.Errorf("test orders among the others: %v", a)
		}
		if a := h.Must("license/list_order", `{"corpid":"`+h.open+`"}`); len(a.List("order_list")) != 1 {
			t.Errorf("the test orders of a test corp: %v", a)
		}
		// No test corp any more: its orders are void, and the applications go.
		h.Play("customer", `{"suite_id":"`+h.Suite.SuiteID+`","corpid":"`+w.CorpID+`","test":false}`)
		if o := h.Must("license/get_order", `{"order_id":"`+free.Text("order_id")+`"}`); o.Int("order.order_status") != 7 {
			t.Errorf("an order of what was a test corp: %v", o)
		}
		if a := order("1", `"months":1`); a.Code() != 701015 {
			t.Errorf("without an application: %v", a)
		}
	})
}

// TestAutomaticActivation: accounts bind themselves to who needs one, and those whose
// member has left go to somebody else.
func TestAutomaticActivation(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		rc := w.Receiver()
		in, token := h.template(rc)
		status := func() qiweitest.JSON { return h.Call("license/get_auto_active_status", `{"corpid":"`+h.open+`"}`) }
		set := func(value string) qiweitest.JSON {
			return h.Call("license/set_auto_active_status", `{"corpid":"`+h.open+`","auto_active_status":`+value+`}`)
		}
		if a, b := status(), set("1"); a.Code() != 701071 || b.Code() != 701071 {
			t.Errorf("never bought: %v, %v", a, b)
		}
		codes := h.codes(2, 0, 1)
		for value, code := range map[string]int{"2": 701070, "null": 701070, "0": 0, "1": 0} {
			if a := set(value); a.Code() != code {
				t.Errorf("%s: %v, want %d", value, a, code)
			}
		}
		set("1")
		if a := status(); a.Int("auto_active_status") != 1 {
			t.Errorf("get_auto_active_status: %v", a)
		}
		h.Play("customer", `{"suite_id":"`+h.Suite.SuiteID+`","corpid":"`+w.CorpID+`","checked":true}`)
		h.Delivered()
		h.System.Take()
		if got := h.enter("lisi", in); strings.Contains(got, "unlicensed") || h.info(codes[0]).Text("active_info.userid") != h.user("lisi") {
			t.Errorf("at the opening: %s", got)
		}
		if a := h.send(token, in, `"touser":"`+h.user("wangwu")+`"`); a.Code() != 0 || a.At("unlicenseduser") != nil {
			t.Errorf("by a message: %v", a)
		}
		if a := h.send(token, in, `"touser":"`+h.user("wangwu")+"|"+h.user("zhangsan")+`"`); a.Code() != 0 || a.Text("unlicenseduser") != h.user("zhangsan") {
			t.Errorf("no code is left: %v", a)
		}
		h.Delivered()
		pushes := h.System.Take()
		if len(pushes) != 2 || pushes[0].Field("Scene") != "1" || pushes[1].Field("Scene") != "2" || pushes[1].Field("UserId") != h.user("wangwu") || pushes[1].Field("PreviousStatus") != "1" {
			t.Errorf("auto_activate: %v", pushes)
		}
		// lisi leaves: early the next morning the code waits, and zhangsan is given it.
		if a := w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=lisi", ""); a.ErrCode != 0 {
			t.Fatal(a.Body)
		}
		sweep := func() {
			t.Helper()
			if err := w.Server.Licences.Sweep(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		sweep()
		if a := h.info(codes[0]); a.Int("active_info.status") != 2 {
			t.Errorf("on the same day: %v", a)
		}
		h.Days(1)
		sweep()
		if a := h.info(codes[0]); a.Int("active_info.status") != 4 {
			t.Errorf("the next morning: %v", a)
		}
		if a := h.info(codes[1]); a.Int("active_info.status") != 2 {
			t.Errorf("who has stayed: %v", a)
		}
		if got := h.enter("zhangsan", in); strings.Contains(got, "unlicensed") || h.info(codes[0]).Text("active_info.userid") != h.user("zhangsan") || h.info(codes[0]).Int("active_info.status") != 2 {
			t.Errorf("zhangsan: %s", got)
		}
		// Out of every range, a code waits too.
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			for _, one := range []string{in.Suite.SuiteID, h.Suite.SuiteID} {
				inst, err := w.Server.Suites.Installation(tx, w.CorpID, one)
				if err != nil {
					return err
				}
				inst.Range = access.Range{Members: []id.UserID{"zhangsan"}}
				if err := w.Server.Apps.UpdateApp(ctx, tx, inst.App); err != nil {
					return err
				}
			}
			return nil
		})
		h.Days(1)
		sweep()
		if a, b := h.info(codes[1]), h.info(codes[0]); a.Int("active_info.status") != 4 || b.Int("active_info.status") != 2 {
			t.Errorf("out of range: %v, %v", a, b)
		}
	}, qiweitest.WithCollisions())
}

// TestUnion: one order for several corps, each of which has its part.
// TestSharing: codes of an upper corp go to a lower one, as many as the relation allows.
// TestLargeOrder: many codes are made behind the payment, which does not wait for them.
// TestPushes compares what a provider is told with testdata/push, which is held against
// the pages.
// endOfMonth is when an account of 31 days ends that was bound when a World begins.
// found makes an enterprise without members, and returns its corpid.
