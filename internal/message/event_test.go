package message_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

const wholeMenu = `{"button":[
	{"name":"按","sub_button":[{"type":"click","name":"今日","key":"today"},{"type":"view","name":"网页","url":"https://a.example/?a=1&b=2"},{"type":"view_miniprogram","name":"小程序","appid":"wx0123456789abcdef","pagepath":"pages/index"}]},
	{"name":"扫","sub_button":[{"type":"scancode_push","name":"扫码","key":"6"},{"type":"scancode_waitmsg","name":"扫码等","key":"7"},{"type":"location_select","name":"位置","key":"where"}]},
	{"name":"拍","sub_button":[{"type":"pic_sysphoto","name":"拍照","key":"p1"},{"type":"pic_photo_or_album","name":"拍或选","key":"p2"},{"type":"pic_weixin","name":"选","key":"p3"}]}]}`

// whatMembersDo is all that a member can do with an application: the request of the member's page. The
// application is told as testdata/push/app.txt says.
var whatMembersDo = []struct{ what, path, body string }{
	{"he opens it", "enter", ``},
	{"he lets it know where he is", "location", `"latitude":23.104,"longitude":113.32,"precision":65`},
	{"more exactly", "location", `"latitude":23.1041056,"longitude":-113.3201,"precision":4.5`},
	{"click", "menu", `"type":"click","key":"today"`},
	{"view", "menu", `"type":"view","key":"https://a.example/?a=1&b=2"`},
	{"view_miniprogram", "menu", `"type":"view_miniprogram","key":"pages/index"`},
	{"scancode_push", "menu", `"type":"scancode_push","key":"6","scan_result":"https://a.example/?x=<1>"`},
	{"scancode_waitmsg with a bar code", "menu", `"type":"scancode_waitmsg","key":"7","scan_type":"barcode","scan_result":"6901234567892"`},
	{"pic_sysphoto", "menu", `"type":"pic_sysphoto","key":"p1","pictures":["<image>"]`},
	{"pic_photo_or_album", "menu", `"type":"pic_photo_or_album","key":"p2","pictures":["<image>"]`},
	{"pic_weixin with two", "menu", `"type":"pic_weixin","key":"p3","pictures":["<image>","<image>"]`},
	{"location_select", "menu", `"type":"location_select","key":"where","location":{"latitude":23,"longitude":113.5,"scale":15,"label":"珠江 & 码头","poiname":"码头"}`},
	{"a button of a card", "cards", `"no":<button>,"key":"ok"`},
	{"a card with choices", "cards", `"no":<vote>,"selected":{"q":["a","b"]}`},
	{"the menu of a card", "cards", `"no":<notice>,"key":"mute","menu":true`},
	{"a task card", "cards", `"no":<task>,"key":"k"`},
	{"he writes a text", "messages", `"msgtype":"text","content":"你好"`},
	{"an image", "messages", `"msgtype":"image","media_id":"<image>"`},
	{"a voice", "messages", `"msgtype":"voice","media_id":"<voice>"`},
	{"a video", "messages", `"msgtype":"video","media_id":"<video>","thumb_media_id":"<image>"`},
	{"a file", "messages", `"msgtype":"file","media_id":"<file>"`},
	{"a place", "messages", `"msgtype":"location","latitude":23.134,"longitude":113.358,"scale":20,"label":"珠江"`},
	{"a link", "messages", `"msgtype":"link","title":"t","description":"d","url":"https://a.example","picurl":"https://a.example/p"`},
}

var changing = regexp.MustCompile(`<(CreateTime|MsgId|AgentID|AgentId|ResponseCode)>.*?</|/wwpic/[0-9a-f]+/`)

// TestEventsOfMembers compares every push that a member causes with testdata.
func TestEventsOfMembers(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		rc := w.Receiver(a)
		other := w.Receiver(w.WithApp(access.SelfBuilt, app.Settings{Name: "旁", Range: access.Everything()}))
		a.Configure(func(a *app.App) { a.ReportEnter, a.ReportLocation = 1, 1 })
		if got := a.Call("POST", fmt.Sprintf("/cgi-bin/menu/create?agentid=%d", a.AgentID), wholeMenu); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		for _, card := range []string{buttonCard, voteCard, with(with(noticeCard, "action_menu", `{"action_list":[{"text":"静音","key":"mute"}]}`), "task_id", `"N"`)} {
			sendCard(a, "lisi", card)
		}
		send(a, `"touser":"lisi","msgtype":"interactive_taskcard","interactive_taskcard":{"title":"t","task_id":"t1","btn":[{"key":"k","name":"批准"}]}`)
		lisi := signedIn(t, w, w.Corp, "lisi")
		ids := map[string]string{}
		for kind := range contents {
			ids[kind] = lisi.upload(kind)
		}
		for i, m := range messagesOf(t, w, "lisi", a.AgentID) {
			ids[[]string{"button", "vote", "notice", "task"}[i]] = fmt.Sprint(m.No)
		}
		var told strings.Builder
		for _, do := range whatMembersDo {
			body := strings.TrimSuffix(fmt.Sprintf(`{"agentid":%d,%s`, a.AgentID, fill(do.body, ids)), ",") + "}"
			if status, answer := lisi.do("POST", "/phone/api/"+do.path, body); status != 200 {
				t.Fatalf("%s: %d %s", do.what, status, answer)
			}
			w.Delivered()
			fmt.Fprintf(&told, "# %s\n", do.what)
			for _, push := range rc.Take() {
				text := strings.NewReplacer(w.CorpID, "CORPID", w.URL, "http://server").Replace(push.XML() + push.Problem)
				for kind := range contents {
					text = strings.ReplaceAll(text, ids[kind], "MEDIA_ID_OF_"+strings.ToUpper(kind))
				}
				fmt.Fprintln(&told, changing.ReplaceAllStringFunc(text, func(s string) string {
					if strings.HasPrefix(s, "/") {
						return "/wwpic/PICTURE/"
					}
					name := s[1:strings.Index(s, ">")]
					if name == "ResponseCode" {
						return "<ResponseCode><![CDATA[CODE]]></"
					}
					return "<" + name + ">" + strings.ToUpper(name) + "</"
				}))
			}
		}
		qiweitest.Golden(t, "push/app.txt", told.String())
		if got := other.Kinds(); len(got) > 0 {
			t.Errorf("another application was told of %q", got)
		}
	})
}

// TestEventsNotTold: no push for what an application does not want to know, cannot receive, or a member may
// not do.
func TestEventsNotTold(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		rc := w.Receiver(a)
		silent := w.WithApp(access.SelfBuilt, app.Settings{Name: "静", Range: access.Everything(), ReportEnter: 1, ReportLocation: 1, HomeURL: "https://home.example"})
		rd := w.WithApp(access.SelfBuilt, app.Settings{Name: "研发", Range: access.Range{Departments: []int64{2}}, ReportEnter: 1})
		w.Receiver(rd)
		for _, c := range []*qiweitest.Client{a, silent} {
			if got := c.Call("POST", fmt.Sprintf("/cgi-bin/menu/create?agentid=%d", c.AgentID), wholeMenu); got.ErrCode != 0 {
				t.Fatal(got.Body)
			}
		}
		lisi, wangwu := signedIn(t, w, w.Corp, "lisi"), signedIn(t, w, w.Corp, "wangwu")
		file := lisi.upload("file")
		for _, tt := range []struct {
			what   string
			as     *phone
			agent  int64
			path   string
			body   string
			status int
			says   string
		}{
			{"opens one that does not want to know", lisi, a.AgentID, "enter", ``, 200, `{"report_location":false,"writable":true}`},
			{"opens one that hears nothing", lisi, silent.AgentID, "enter", ``, 200, `{"home_url":"https://home.example","report_location":false,"writable":false}`},
			{"opens one that he does not see", wangwu, rd.AgentID, "enter", ``, 404, ""},
			{"opens an unknown one", lisi, 999, "enter", ``, 404, ""},
			{"opens contact sync", lisi, w.As(access.ContactSync).AgentID, "enter", ``, 404, ""},
			{"reports where he is to one that does not ask", lisi, a.AgentID, "location", `"latitude":1,"longitude":1,"precision":1`, 400, "report_location_flag"},
			{"reports it to one that hears nothing", lisi, silent.AgentID, "location", `"latitude":1,"longitude":1,"precision":1`, 400, "43012"},
			{"clicks what is not there", lisi, a.AgentID, "menu", `"type":"click","key":"6"`, 400, "no such button"},
			{"scans nothing", lisi, a.AgentID, "menu", `"type":"scancode_push","key":"6"`, 400, "40063"},
			{"takes no picture", lisi, a.AgentID, "menu", `"type":"pic_sysphoto","key":"p1"`, 400, "1 to 9"},
			{"takes ten", lisi, a.AgentID, "menu", `"type":"pic_sysphoto","key":"p1","pictures":["1","2","3","4","5","6","7","8","9","0"]`, 400, "1 to 9"},
			{"takes a file for one", lisi, a.AgentID, "menu", `"type":"pic_sysphoto","key":"p1","pictures":["` + file + `"]`, 400, "40007"},
			{"is off the globe", lisi, a.AgentID, "menu", `"type":"location_select","key":"where","location":{"latitude":91}`, 400, "40058"},
			{"clicks where nobody hears it", lisi, silent.AgentID, "menu", `"type":"click","key":"today"`, 400, "43012"},
			{"opens a link there", lisi, silent.AgentID, "menu", `"type":"view","key":"https://a.example/?a=1&b=2"`, 200, ""},
			{"presses the menu of one that has none", lisi, rd.AgentID, "menu", `"type":"click","key":"today"`, 400, "no such button"},
		} {
			body := strings.TrimSuffix(fmt.Sprintf(`{"agentid":%d,%s`, tt.agent, tt.body), ",") + "}"
			if status, answer := tt.as.do("POST", "/phone/api/"+tt.path, body); status != tt.status || !strings.Contains(answer, tt.says) {
				t.Errorf("%s: %d %s", tt.what, status, answer)
			}
		}
		for _, tt := range []struct {
			agent  int64
			status int
			has    int
		}{{a.AgentID, 200, 3}, {rd.AgentID, 200, 0}, {999, 404, 0}} {
			var menu struct {
				Buttons []struct {
					Sub []json.RawMessage `json:"sub_button"`
				} `json:"button"`
			}
			status, body := lisi.do("GET", fmt.Sprintf("/phone/api/menu?agentid=%d", tt.agent), "")
			if err := json.Unmarshal([]byte(body), &menu); err != nil || status != tt.status || len(menu.Buttons) != tt.has {
				t.Errorf("menu of %d: %d %s", tt.agent, status, body)
			}
		}
		w.Delivered()
		if got := rc.Kinds(); len(got) > 0 {
			t.Errorf("pushed %q", got)
		}
	})
}

// TestAnswersToEvents: an application answers each event, and only some answers count.
func TestAnswersToEvents(t *testing.T) {
	for _, tt := range []struct {
		what, path, body string
		counts           bool
	}{
		{"enter_agent", "enter", ``, true},
		{"LOCATION", "location", `"latitude":1,"longitude":1,"precision":1`, true},
		{"click", "menu", `"type":"click","key":"today"`, true},
		{"view", "menu", `"type":"view","key":"https://a.example/?a=1&b=2"`, true},
		{"view_miniprogram", "menu", `"type":"view_miniprogram","key":"pages/index"`, true},
		{"scancode_waitmsg", "menu", `"type":"scancode_waitmsg","key":"7","scan_result":"1"`, true},
		{"scancode_push", "menu", `"type":"scancode_push","key":"6","scan_result":"1"`, false},
	} {
		t.Run(tt.what, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				a := w.As(access.SelfBuilt)
				rc := w.Receiver(a)
				a.Configure(func(a *app.App) { a.ReportEnter, a.ReportLocation = 1, 1 })
				a.Call("POST", fmt.Sprintf("/cgi-bin/menu/create?agentid=%d", a.AgentID), wholeMenu)
				rc.Next(rc.Reply(`<xml><MsgType>text</MsgType><Content>欢迎</Content></xml>`))
				body := strings.TrimSuffix(fmt.Sprintf(`{"agentid":%d,%s`, a.AgentID, tt.body), ",") + "}"
				if status, answer := signedIn(t, w, w.Corp, "lisi").do("POST", "/phone/api/"+tt.path, body); status != 200 {
					t.Fatalf("%d %s", status, answer)
				}
				w.Delivered()
				if got := has(t, w, w.Corp, "lisi", a.AgentID); (len(got) == 1 && got[0] == `text {"content":"欢迎"}`) != tt.counts {
					t.Errorf("lisi has %q", got)
				}
			})
		})
	}
}

// TestWelcome: an application greets a member who enters its visible range, and nobody when one leaves.
func TestWelcome(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		rc := w.Receiver(a)
		rc.Always(rc.Reply(`<xml><MsgType>text</MsgType><Content>欢迎</Content></xml>`))
		writer := w.As(access.ThirdPartyContacts)
		writer.Call("POST", "/cgi-bin/user/create", `{"userid":"new","name":"新","email":"new@corp.example","department":[2]}`)
		w.Delivered()
		if got := has(t, w, w.Corp, "new", a.AgentID); len(got) != 1 || got[0] != `text {"content":"欢迎"}` {
			t.Errorf("the new member has %q", got)
		}
		writer.Call("GET", "/cgi-bin/user/delete?userid=new", "")
		w.Delivered()
		if got := rc.Kinds(); strings.Join(got, " ") != "subscribe unsubscribe" {
			t.Errorf("pushed %q", got)
		}
		for _, user := range []string{"zhangsan", "lisi", "wangwu"} {
			if got := has(t, w, w.Corp, user, a.AgentID); len(got) > 0 {
				t.Errorf("%s has %q", user, got)
			}
		}
	})
}
