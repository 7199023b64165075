package kf_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestWhatCustomersWrite: each type is read as the page has it (doc 94670).
func TestWhatCustomersWrite(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		picture, voice, silk := h.picture(), h.upload("voice", "a.amr", amr(50)), h.upload("file", "a.silk", []byte("\x02#!SILK_V3......"))
		cursor := h.read("").Next
		same := func(msgtype, object string) [3]string {
			return [3]string{msgtype, object, `"msgtype":"` + msgtype + `","` + msgtype + `":` + object + `}`}
		}
		for _, tt := range [][3]string{
			same("text", `{"content":"<b> \"您好\" & 再见"}`),
			same("image", `{"media_id":"`+picture+`"}`),
			same("voice", `{"media_id":"`+voice+`"}`),
			{"voice", `{"media_id":"` + voice + `","silk_media_id":"` + silk + `"}`, `"msgtype":"voice","voice":{"media_id":"` + voice + `"}}`},
			same("file", `{"media_id":"`+silk+`"}`),
			same("location", `{"latitude":23.1,"longitude":113.25,"name":"某地","address":"某路"}`),
			same("link", `{"title":"t","desc":"d","url":"u","pic_url":"p"}`),
			same("business_card", `{"userid":"lisi"}`),
			same("miniprogram", `{"title":"t","appid":"a","pagepath":"p","thumb_media_id":"`+picture+`"}`),
			same("msgmenu", `{"head_content":"h","list":[{"type":"click","click":{"id":"1","content":"c"}}],"tail_content":""}`),
			same("channels_shop_product", `{"product_id":"1","head_image":"h","title":"t","sales_price":"1200","shop_nickname":"s","shop_head_image":"i"}`),
			same("channels_shop_order", `{"order_id":"1","product_titles":"t","price_wording":"p","state":"s","image_url":"i","shop_nickname":"n"}`),
			same("merged_msg", `{"title":"t","item":[{"send_time":1665649618,"msgtype":"text","sender_name":"n","msg_content":"{\"msgtype\":\"text\"}"}]}`),
			same("channels", `{"sub_type":1,"nickname":"n","title":"t"}`),
			{"meeting", ``, `"msgtype":"meeting"}`}, {"calendar", ``, `"msgtype":"calendar"}`}, {"note", ``, `"msgtype":"note"}`},
		} {
			message := `"msgtype":"` + tt[0] + `"`
			if tt[1] != "" {
				message += `,"` + tt[0] + `":` + tt[1]
			}
			msgID := h.sends(message)
			got := h.must("sync_msg", fmt.Sprintf(`{"open_kfid":%q,"cursor":%q}`, h.open, cursor))
			want := fmt.Sprintf(`"has_more":0,"msg_list":[{"msgid":%q,"open_kfid":%q,"external_userid":%q,"send_time":%d,"origin":3,%s]}`, msgID, h.open, h.ma, h.Clock.Now().Unix(), tt[2])
			if !strings.HasSuffix(got.Body, want) {
				t.Errorf("%s: %s, want %s", tt[0], got.Body, want)
			}
			var l list
			got.Decode(&l)
			cursor = l.Next
		}
		for what, message := range map[string]string{
			"no type": `"text":{"content":"x"}`, "no object": `"msgtype":"text"`, "an event": `"msgtype":"event"`, "an empty text": `"msgtype":"text","text":{"content":""}`,
			"a menu_id": `"msgtype":"text","text":{"content":"x","menu_id":"1"}`, "no file": `"msgtype":"image","image":{"media_id":"x"}`,
			"nobody's card": `"msgtype":"business_card","business_card":{"userid":"nobody"}`, "no place": `"msgtype":"location","location":{}`, "another field": `"msgtype":"text","texts":{}`,
		} {
			if status, text := h.script(h.Corp, "kf/send", h.at(message)); status == 200 {
				t.Errorf("%s: %s", what, text)
			}
		}
		if got := h.read(cursor); len(got.Messages) > 0 {
			t.Errorf("read all the same: %+v", got)
		}
	})
}

// TestVoices are read in the format that is asked for, and a voice without it is a text that says so.
func TestVoices(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		voice, silk := h.upload("voice", "a.amr", amr(50)), h.upload("file", "a.silk", []byte("\x02#!SILK_V3......"))
		h.sends(`"msgtype":"voice","voice":{"media_id":"` + voice + `","silk_media_id":"` + silk + `"}`)
		h.sends(`"msgtype":"voice","voice":{"media_id":"` + voice + `"}`)
		for format, want := range map[string]string{
			`0`: `"voice":{"media_id":"` + voice + `"} "voice":{"media_id":"` + voice + `"}`,
			`1`: `"voice":{"media_id":"` + silk + `"} "text":{"content":"[语音] 没有 Silk 格式"}`,
		} {
			got := h.must("sync_msg", `{"open_kfid":"`+h.open+`","voice_format":`+format+`}`)
			for part := range strings.SplitSeq(want, "} ") {
				if !strings.Contains(got.Body, part) {
					t.Errorf("format %s: %s, want %s", format, got.Body, part)
				}
			}
		}
		if got := h.call("sync_msg", `{"open_kfid":"`+h.open+`","voice_format":2}`); got.ErrCode != 40058 {
			t.Errorf("another format: %s", got.Body)
		}
	})
}

// TestLargeFiles are read as a text (doc 94670).
func TestLargeFiles(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		at := h.upload("image", "a.jpg", jpegOf(t, 2<<20-len(jpegOf(t, 0))))
		above := h.upload("image", "a.jpg", jpegOf(t, 2<<20-len(jpegOf(t, 0))+1))
		h.sends(`"msgtype":"image","image":{"media_id":"` + at + `"}`)
		h.sends(`"msgtype":"image","image":{"media_id":"` + above + `"}`)
		got := h.read("").Messages
		if n := len(got); got[n-2].Type != "image" || got[n-1].Type != "text" || !strings.Contains(got[n-1].Text.Content, "图片") {
			t.Errorf("%+v", got)
		}
	})
}

// TestMenus: who taps an item of a menu answers with its text and its id (doc 94677).
func TestMenus(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.writes("x")
		_, menu := h.send(`"msgtype":"msgmenu","msgmenu":{"head_content":"满意吗","list":[{"type":"click","click":{"id":"101","content":"满意"}},{"type":"text","text":{"content":"-"}}]}`)
		for range 4 {
			h.answer("x")
		}
		h.sends(`"tap":{"msgid":"` + menu + `","id":"101"}`)
		got := h.read("").Messages
		if m := got[len(got)-1]; m.Origin != 3 || m.Text.Content != "满意" || m.Text.MenuID != "101" {
			t.Errorf("%+v", m)
		}
		if code := h.answer("y"); code != 0 {
			t.Errorf("an answer to it: %d", code)
		}
		for what, tap := range map[string]string{"an item that is not there": `"msgid":"` + menu + `","id":"7"`, "a menu that is not there": `"msgid":"x","id":"101"`, "a text": `"msgid":"` + got[len(got)-1].ID + `","id":"101"`} {
			if status, text := h.script(h.Corp, "kf/send", h.at(`"tap":{`+tap+`}`)); status == 200 {
				t.Errorf("%s: %s", what, text)
			}
		}
	})
}

// TestReading: page after page, each message once, from three days ago on (doc 94670).
func TestReading(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.writes("old")
		old := h.read("").Next
		h.Advance(3*24*time.Hour + time.Second)
		if got := h.read(""); len(got.Messages) != 0 || got.Next == "" {
			t.Errorf("three days later: %+v", got)
		}
		var want []string
		for i := range 7 {
			want = append(want, fmt.Sprint(i))
			h.writes(fmt.Sprint(i))
		}
		page := func(body string) (texts []string, l list) {
			h.must("sync_msg", fmt.Sprintf(`{"open_kfid":%q,%s}`, h.open, body)).Decode(&l)
			for _, m := range l.Messages {
				texts = append(texts, m.Text.Content)
			}
			return texts, l
		}
		for _, begin := range []string{"", old} {
			var got []string
			pages, cursor := 0, begin
			for more := 1; more == 1; pages++ {
				texts, l := page(fmt.Sprintf(`"cursor":%q,"limit":3`, cursor))
				got, cursor, more = append(got, texts...), l.Next, l.More
			}
			if strings.Join(got, " ") != strings.Join(want, " ") || pages != 3 {
				t.Errorf("from %q: %q in %d pages", begin, got, pages)
			}
			if _, l := page(fmt.Sprintf(`"cursor":%q`, cursor)); len(l.Messages) != 0 || l.More != 0 || l.Next != cursor {
				t.Errorf("at the end: %+v, the cursor was %s", l, cursor)
			}
		}
		if _, l := page(`"limit":7`); l.More != 0 {
			t.Errorf("exactly all: %+v", l)
		}
		other, _ := h.account(h.Corp, `"userid_list":["lisi"]`, h.app)
		twinApp := h.Second.WithApp(access.SelfBuilt, listed(access.Everything()))
		twin, _ := h.account(h.Second, `"userid_list":["lisi"]`, twinApp)
		for _, tt := range []struct {
			what string
			got  qiweitest.Result
			code int
		}{
			{"a cursor of nobody", h.call("sync_msg", `{"open_kfid":"`+h.open+`","cursor":"x"}`), 50100},
			{"another account's", h.call("sync_msg", `{"open_kfid":"`+other+`","cursor":"`+old+`"}`), 50100},
			{"the twin's", as(twinApp, "sync_msg", `{"open_kfid":"`+twin+`","cursor":"`+old+`"}`), 50100},
			{"the twin's account", as(twinApp, "sync_msg", `{"open_kfid":"`+h.open+`"}`), 95004},
			{"none of the twin's", as(twinApp, "sync_msg", `{"open_kfid":"`+twin+`"}`), 0},
			{"without an account", h.call("sync_msg", `{}`), 60251},
			{"numbers as texts", h.call("sync_msg", `{"open_kfid":"`+h.open+`","limit":"3","voice_format":"0"}`), 0},
			{"by the system application with the same cursor", as(h.As(access.CustomerService), "sync_msg", `{"open_kfid":"`+h.open+`","cursor":"`+old+`"}`), 0},
		} {
			if tt.got.ErrCode != tt.code || tt.code != 0 && !strings.Contains(tt.got.Body, `"msg_list":[]`) {
				t.Errorf("%s: %s, want %d", tt.what, tt.got.Body, tt.code)
			}
		}
		if len(old) > 64 {
			t.Errorf("a cursor has %d bytes", len(old))
		}
	})
}

// TestTokens: the token of a callback is good for ten minutes and its account; without one there is a limit (doc
// 94670).
func TestTokens(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		rc := h.Receiver(h.app)
		h.writes("x")
		h.Delivered()
		pushes := rc.Take()
		token := pushes[len(pushes)-1].Field("Token")
		if len(token) > 128 || token == "" {
			t.Fatalf("a token has %d bytes", len(token))
		}
		other, _ := h.account(h.Corp, `"userid_list":["lisi"]`, h.app)
		read := func(open, token string) int {
			return h.call("sync_msg", fmt.Sprintf(`{"open_kfid":%q,"token":%q}`, open, token)).ErrCode
		}
		for what, got := range map[string]int{"another account's": read(other, token), "one of nobody": read(h.open, "ENCx"), "a longer one": read(h.open, token+"A")} {
			if got != 95007 {
				t.Errorf("%s: %d", what, got)
			}
		}
		h.Advance(10 * time.Minute)
		for n := range 62 {
			want := 0
			if n >= 60 {
				want = 45009
			}
			if got := read(h.open, ""); got != want {
				t.Fatalf("without a token, the %d. time: %d, want %d", n+1, got, want)
			}
			if got := read(h.open, token); got != 0 {
				t.Fatalf("with it, the %d. time: %d", n+1, got)
			}
		}
		h.Advance(time.Minute)
		if got := read(h.open, token); got != 95007 {
			t.Errorf("after ten minutes: %d", got)
		}
		if got := read(h.open, ""); got != 0 {
			t.Errorf("without one a minute later: %d", got)
		}
	}, qiweitest.WithLimits())
}

// TestHistoryFollowsTheMember: messages show a servicer's present userid.
func TestHistoryFollowsTheMember(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			m := directory.Member{UserID: "made1", Name: "成员", Enabled: true, Activated: true, Generated: true, Email: "made1@corp.example", Places: []directory.Place{{Department: 1}}}
			_, _, err := h.Server.Directory.CreateMember(ctx, tx, access.System(h.CorpID), m, false)
			return err
		})
		h.must("servicer/add", `{"open_kfid":"`+h.open+`","userid_list":["made1"]}`)
		h.writes("x")
		h.move(3, "made1")
		h.serve("made1", "reply", `,"msgtype":"business_card","business_card":{"userid":"made1"}`)
		h.serve("made1", "transfer", `,"to":"lisi"`)
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return h.Server.Directory.UpdateMember(ctx, tx, access.System(h.CorpID), directory.MemberUpdate{UserID: "made1", NewUserID: id.UserID("san.zhang")})
		})
		got := h.must("sync_msg", `{"open_kfid":"`+h.open+`"}`)
		for _, want := range []string{`"servicer_userid":"san.zhang"`, `"business_card":{"userid":"san.zhang"}`, `"old_servicer_userid":"san.zhang","new_servicer_userid":"lisi"`} {
			if !strings.Contains(got.Body, want) {
				t.Errorf("%s, want %s", got.Body, want)
			}
		}
	})
}
