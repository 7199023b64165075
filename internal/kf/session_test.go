package kf_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
)

// bring brings Ma's session into a state by what people and the API do.
func (h *house) bring(state int) {
	h.t.Helper()
	if state == 4 {
		return
	}
	h.writes("您好")
	code := 0
	switch state {
	case 1:
		code = h.answer("您好")
	case 2:
		code, _ = h.move(2, "")
	case 3:
		code, _ = h.move(3, "zhangsan")
	}
	if code != 0 {
		h.t.Fatalf("to %d: %d", state, code)
	}
}

// TestMoves walks from every state to every other, by the API (doc 94669).
func TestMoves(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		want := [5][5]int{
			0: {95016, 0, 0, 0, 95016},
			1: {95016, 95016, 0, 0, 95016},
			2: {95016, 95016, 95016, 0, 95016},
			3: {95016, 95016, 95016, 0, 0}, // to lisi
			4: {95013, 95013, 95013, 95013, 95013},
		}
		for from := range 5 {
			for to := range 5 {
				h.ma, _ = h.enter(`{"open_kfid":"` + h.open + `","name":"x"}`)
				h.bring(from)
				code, _ := h.move(to, "lisi")
				if code != want[from][to] {
					t.Errorf("from %d to %d: %d, want %d", from, to, code, want[from][to])
				}
				state := fmt.Sprint(from)
				if code == 0 {
					state = fmt.Sprint(to)
				}
				switch {
				case state == "3" && from == 3 && code != 0:
					state += " zhangsan"
				case state == "3":
					state += " lisi"
				}
				if got := h.state(); got != state {
					t.Errorf("from %d to %d: it is in %q, want %q", from, to, got, state)
				}
			}
		}
	})
}

// TestWhatMovesRefuse: whom a session may be given to (doc 94669).
func TestWhatMovesRefuse(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.crowd(1) // m0 has never signed in
		h.must("servicer/add", `{"open_kfid":"`+h.open+`","userid_list":["m0"],"department_id_list":[3]}`)
		h.must("servicer/del", `{"open_kfid":"`+h.open+`","userid_list":["lisi"]}`)
		h.done(h.Corp, "kf/serve", `{"open_kfid":"`+h.open+`","userid":"zhangsan","action":"stop"}`, nil)
		h.bring(0)
		stranger, _ := h.enterIn(h.Second, `{"open_kfid":"`+first(h.account(h.Second, `"userid_list":["lisi"]`))+`","name":"x"}`)
		for _, tt := range []struct {
			what, body string
			code       int
		}{
			{"no servicer", h.at(`"service_state":3`), 40058},
			{"nobody", h.at(`"service_state":3,"servicer_userid":"nobody"`), 60111},
			{"no servicer of the account", h.at(`"service_state":3,"servicer_userid":"wangwu"`), 60253},
			{"one who has never signed in", h.at(`"service_state":3,"servicer_userid":"m0"`), 95014},
			{"one who has stopped", h.at(`"service_state":3,"servicer_userid":"zhangsan"`), 95019},
			{"no state", h.at(`"servicer_userid":"lisi"`), 40058},
			{"a state that is none", h.at(`"service_state":5`), 40058},
			{"a text for a state", h.at(`"service_state":"x"`), 40058},
			{"a customer of nobody", `{"open_kfid":"` + h.open + `","external_userid":"wmAAAA1","service_state":2}`, 40096},
			{"the twin's", `{"open_kfid":"` + h.open + `","external_userid":"` + stranger + `","service_state":2}`, 40096},
			{"no customer", `{"open_kfid":"` + h.open + `","service_state":2}`, 41035},
			{"one of a department", h.at(`"service_state":"3","servicer_userid":"LiSi"`), 0},
			{"the same again", h.at(`"service_state":3,"servicer_userid":"lisi"`), 95016},
		} {
			if got := h.call("service_state/trans", tt.body); got.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", tt.what, got.Body, tt.code)
			}
		}
		if got := h.state(); got != "3 lisi" {
			t.Errorf("it is in %q", got)
		}
		h.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=lisi", "")
		if got := h.must("service_state/get", h.at(`"x":1`)); strings.Contains(got.Body, "servicer_userid") {
			t.Errorf("once the servicer has left: %s", got.Body)
		}
	})
}

func first[A, B any](a A, _ B) A { return a }

// TestASessionEnds 48 hours after the customer's last message, and the next message begins another (doc 94669).
func TestASessionEnds(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.bring(3)
		for _, tt := range []struct {
			what  string
			do    func()
			state string
		}{
			{"47 hours later", func() { h.Advance(47 * time.Hour) }, "3 zhangsan"},
			{"the customer writes", func() { h.writes("还在吗") }, "3 zhangsan"},
			{"48 hours later", func() { h.Advance(48 * time.Hour) }, "3 zhangsan"},
			{"a moment later", func() { h.Advance(time.Millisecond) }, "4"},
			{"the customer writes", func() { h.writes("又来了") }, "0"},
			{"and enters", func() { h.enter(fmt.Sprintf(`{"open_kfid":%q,"external_userid":%q}`, h.open, h.ma)) }, "0"},
		} {
			tt.do()
			if got := h.state(); got != tt.state {
				t.Errorf("%s: %q, want %q", tt.what, got, tt.state)
			}
		}
	})
}

// TestServicersMove: what servicers do in their client moves sessions, and is told (doc 94669, 94670).
func TestServicersMove(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.writes("您好")
		h.move(2, "")
		cursor := h.read("").Next
		text := `,"msgtype":"text","text":{"content":"在"}`
		change := func(n int, old, now, code string) string {
			out := fmt.Sprintf(`"change_type":%d`, n)
			for _, f := range [][2]string{{"old_servicer_userid", old}, {"new_servicer_userid", now}} {
				if f[1] != "" {
					out += fmt.Sprintf(`,"%s":"%s"`, f[0], f[1])
				}
			}
			return out + code
		}
		const coded = `,"msg_code":"CODE`
		for _, tt := range []struct{ what, user, action, more, state, told string }{
			{"one who is not on duty", "wangwu", "take", ``, "2", ""},
			{"to reply first", "zhangsan", "reply", text, "2", ""},
			{"to take from the pool", "zhangsan", "take", ``, "3 zhangsan", change(1, "", "zhangsan", coded)},
			{"to take twice", "lisi", "take", ``, "3 zhangsan", ""},
			{"to reply", "zhangsan", "reply", text, "3 zhangsan", `"origin":5,"servicer_userid":"zhangsan","msgtype":"text","text":{"content":"在"}`},
			{"to hand over another's", "lisi", "transfer", `,"to":"zhangsan"`, "3 zhangsan", ""},
			{"to hand over to nobody", "zhangsan", "transfer", `,"to":"wangwu"`, "3 zhangsan", ""},
			{"to hand over to oneself", "zhangsan", "transfer", `,"to":"zhangsan"`, "3 zhangsan", ""},
			{"to hand over", "zhangsan", "transfer", `,"to":"lisi"`, "3 lisi", change(2, "zhangsan", "lisi", "")},
			{"to end another's", "zhangsan", "end", ``, "3 lisi", ""},
			{"to take it up again", "zhangsan", "reply", text, "3 zhangsan", change(4, "lisi", "zhangsan", "")},
			{"to end it", "zhangsan", "end", ``, "4", change(3, "zhangsan", "", coded)},
			{"to end it twice", "zhangsan", "end", ``, "4", ""},
			{"to take up what has ended", "lisi", "reply", text, "3 lisi", change(4, "zhangsan", "lisi", "")},
			{"something else", "lisi", "dance", ``, "3 lisi", ""},
		} {
			status, answer := h.script(h.Corp, "kf/serve", h.at(`"userid":"`+tt.user+`","action":"`+tt.action+`"`+tt.more))
			if (status == 200) != (tt.told != "") {
				t.Errorf("%s: %d %s", tt.what, status, answer)
			}
			if got := h.state(); got != tt.state {
				t.Errorf("%s: %q, want %q", tt.what, got, tt.state)
			}
			got := h.must("sync_msg", fmt.Sprintf(`{"open_kfid":%q,"cursor":%q}`, h.open, cursor))
			if tt.told != "" && !strings.Contains(got.Body, tt.told) || tt.told == "" && !strings.Contains(got.Body, `"msg_list":[]`) {
				t.Errorf("%s: told %s, want %s", tt.what, got.Body, tt.told)
			}
			var l list
			got.Decode(&l)
			cursor = l.Next
		}
		h.Advance(48*time.Hour + time.Second)
		if status, answer := h.script(h.Corp, "kf/serve", h.at(`"userid":"lisi","action":"reply"`+text)); status == 200 || !strings.Contains(answer, "95002") {
			t.Errorf("after 48 hours: %d %s", status, answer)
		}
	})
}
