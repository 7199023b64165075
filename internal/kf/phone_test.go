package kf_test

import (
	"strings"
	"testing"

	"qiwei/qiweitest"
)

// A servicer takes a customer at the desk, answers, hands over and ends; colleagues see what concerns them.
func TestPhoneDesk(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang, li, wang, foreign := h.Phone("zhangsan"), h.Phone("lisi"), h.Phone("wangwu"), h.Second.Phone("zhangsan")
		at := "kf/" + h.open + "/sessions/" + h.ma
		h.writes("在吗")
		sessions := func(p qiweitest.Phone) string {
			p.T.Helper()
			for _, a := range p.Ask("kf").List("accounts") {
				return strings.Join(qiweitest.Lines(qiweitest.JSON(a.(map[string]any)).List("sessions"), "name", "service_state", "waits", "mine", "last.content.content"), "|")
			}
			return "no account"
		}
		if got := sessions(zhang); got != "" { // an application decides what becomes of it
			t.Errorf("%q", got)
		}
		h.move(2, "")
		if got := sessions(zhang); got != "Ma 2 true false 在吗" {
			t.Errorf("%q", got)
		}
		if got := sessions(wang) + sessions(foreign); got != "no accountno account" {
			t.Errorf("%q", got)
		}
		for _, p := range []qiweitest.Phone{wang, foreign} {
			p.Lacks(at)
			p.Does(at+"/take", 404, qiweitest.JSON{})
			p.Does("kf/"+h.open+"/duty", 404, qiweitest.JSON{"duty": "stop"})
		}
		zhang.Lacks("kf/"+h.open+"/sessions/wmx", "kf/wkx/sessions/"+h.ma)
		text := qiweitest.JSON{"msgtype": "text", "text": qiweitest.JSON{"content": "您好"}}
		zhang.Does(at+"/reply", 400, text)
		li.Does("kf/"+h.open+"/duty", 200, qiweitest.JSON{"duty": "stop"})
		li.Does("kf/"+h.open+"/duty", 400, qiweitest.JSON{"duty": "sleep"})
		li.Does(at+"/take", 400, qiweitest.JSON{})
		zhang.Does(at+"/take", 200, qiweitest.JSON{})
		zhang.Does(at+"/take", 400, qiweitest.JSON{})
		zhang.Does(at+"/reply", 200, text)
		zhang.Does(at+"/reply", 400, qiweitest.JSON{"msgtype": "text"})
		zhang.Does(at+"/smell", 404, qiweitest.JSON{})
		if got := sessions(zhang) + " / " + sessions(li); got != "Ma 3 false true 您好 / " {
			t.Errorf("%q", got)
		}
		zhang.Does(at+"/transfer", 400, qiweitest.JSON{"to": "lisi"}) // has stopped
		li.Does("kf/"+h.open+"/duty", 200, qiweitest.JSON{"duty": "receive"})
		zhang.Does(at+"/transfer", 200, qiweitest.JSON{"to": "lisi"})
		if got := zhang.Ask(at); got.Text("servicer.userid") != "lisi" || got["mine"] != false {
			t.Errorf("%v", got)
		}
		zhang.Does(at+"/end", 400, qiweitest.JSON{})
		li.Does(at+"/end", 200, qiweitest.JSON{})
		page := li.Ask(at)
		if got := strings.Join(qiweitest.Lines(page.List("messages"), "from", "userid", "content.content"), "|"); got != "customer 在吗|servicer zhangsan 您好" || page.Int("service_state") != 4 {
			t.Errorf("%q %v", got, page)
		}
	})
}

// Where no application manages an account, a servicer takes whoever has written.
func TestPhoneTakesUnmanaged(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang := h.Phone("zhangsan")
		open, _ := h.account(h.Corp, `"userid_list":["zhangsan"]`)
		ma, _ := h.enter(`{"open_kfid":"` + open + `","external_userid":"` + h.ma + `"}`)
		h.done(h.Corp, "kf/send", `{"open_kfid":"`+open+`","external_userid":"`+ma+`","msgtype":"text","text":{"content":"有人吗"}}`, nil)
		at := "kf/" + open + "/sessions/" + ma
		if got := zhang.Ask(at); got["waits"] != true || got.Int("service_state") != 0 {
			t.Errorf("%v", got)
		}
		zhang.Does(at+"/take", 200, qiweitest.JSON{})
		if got := zhang.Ask(at); got["waits"] != false || got["mine"] != true || got.Int("service_state") != 3 {
			t.Errorf("%v", got)
		}
		// Of the other account, an application decides.
		h.writes("在吗")
		zhang.Does("kf/"+h.open+"/sessions/"+h.ma+"/take", 400, qiweitest.JSON{})
	})
}

// A picture of a session is read at the desk alone, and one that was taken back by nobody.
func TestPhoneSessionFile(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang := h.Phone("zhangsan")
		var sent struct{ MsgID string }
		h.done(h.Corp, "kf/send", h.at(`"msgtype":"image","image":{"media_id":"`+h.picture()+`"}`), &sent)
		at := "kf/" + h.open + "/sessions/" + h.ma
		path := qiweitest.First(zhang.Ask(at).List("messages"), 0).Text("path")
		if got := zhang.Get(path); got.Status != 200 || got.Header.Get("Content-Type") != "image/jpeg" {
			t.Errorf("%s: %d", path, got.Status)
		}
		for _, p := range []qiweitest.Phone{h.Phone("wangwu"), h.Second.Phone("zhangsan")} {
			if got := p.Get(path); got.Status != 404 {
				t.Errorf("%d", got.Status)
			}
		}
		dev, _ := h.messages()[0]["path"].(string)
		if got := zhang.Get(dev); got.Status != 200 {
			t.Errorf("%s: %d", dev, got.Status)
		}
		h.done(h.Corp, "kf/recall", h.at(`"msgid":"`+sent.MsgID+`"`), nil)
		if got := zhang.Get(path); got.Status != 404 {
			t.Errorf("of a message that was taken back: %d", got.Status)
		}
	})
}
